// Brings back what an accepted manifest said, as a new generation.
import {commandLine} from '../../lib/shell-words.js'
import {Flags} from '../../cli/base.js'
import {LifecycleCommand, lifecycleFlags} from '../../cli/lifecycle.js'
import {carried} from '../../cli/next-step.js'

export default class LearnRollback extends LifecycleCommand {
  static override summary = 'Bring an earlier manifest back into force'
  static override examples = ['pipelock learn rollback --config pipelock.yaml --to sha256:… --activation-key op-anna']
  static override flags = {
    to: Flags.string({required: true, helpValue: 'HASH', description: 'accepted manifest, sha256: and 64 digits'}),
    'authorization-id': Flags.string({helpValue: 'ID', description: 'id of the receipts; default: a new one'}),
    ...lifecycleFlags,
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(LearnRollback)
    const contract = await this.tools('contract')
    const result = await contract.rollback(flags, await this.surroundings(flags))
    this.audit({
      event: 'learn_rollback',
      signer_key_id: flags['activation-key'],
      manifest: result.manifestHash,
      output: result.receiptFile,
      receipts_emitted: result.receiptsEmitted,
      noop: false,
    })
    this.finish(
      {
        manifest_hash: result.manifestHash,
        generation: result.generation,
        rollback_target: flags.to,
        receipts: result.receiptFile,
      },
      () => `rollback: manifest ${flags.to} reactivated as generation ${result.generation}`,
    )
    this.next(
      commandLine('learn status', ...carried(flags, 'config', 'contract-store', 'roster', 'roster-root-fingerprint')),
    )
  }
}
