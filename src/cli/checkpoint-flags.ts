// Flags of the commands that count captures only under signed checkpoints.
import type {CheckpointFlags} from '../plugins/learn/checkpoint-keys.js'
import {Flags} from './base.js'

export const checkpointFlags = {
  'require-checkpoints': Flags.boolean({
    // an unsigned header cannot vouch for checkpoints
    exclusive: ['allow-unsigned-aggregates'],
    description: 'refuse captures that no signed checkpoint covers, and aggregates made without this flag',
  }),
  'checkpoint-key': Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'KEY',
    dependsOn: ['require-checkpoints'],
    exclusive: ['from-aggregates'],
    description:
      'key that signs checkpoints: 64 hex characters or a public key file; repeatable; default: that of flight_recorder.signing_key_path',
  }),
}

interface CheckpointValues {
  readonly 'require-checkpoints': boolean
  readonly 'checkpoint-key'?: readonly string[] | undefined
}

/** undefined without --require-checkpoints. */
export function requiredCheckpoints(flags: CheckpointValues, signingKeyPath: string): CheckpointFlags | undefined {
  return flags['require-checkpoints'] ? {given: flags['checkpoint-key'] ?? [], signingKeyPath} : undefined
}
