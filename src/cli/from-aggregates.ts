// Flags of the commands that add up aggregate files: which files, and whose signatures are trusted.
import {PipelockError} from '../core/errors.js'
import type {PublicKey} from '../lib/ed25519.js'
import type {AggregateSources} from '../plugins/learn/compile/gather.js'
import type {SigningTools} from '../plugins/signing/tools.js'
import {Flags} from './base.js'

export const mergeFlags = {
  'from-aggregates': Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'GLOB',
    exclusive: ['input'],
    description: 'read files of learn aggregate instead of captures; repeatable',
  }),
  'aggregate-key': Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'FILE',
    dependsOn: ['from-aggregates'],
    description:
      'public key of a machine whose aggregates are trusted, in addition to the key of the agent; repeatable',
  }),
  'allow-unsigned-aggregates': Flags.boolean({
    dependsOn: ['from-aggregates'],
    description: 'accept unsigned aggregates',
  }),
}

interface MergeValues {
  readonly agent: string
  readonly keystore?: string | undefined
  readonly 'from-aggregates'?: readonly string[] | undefined
  readonly 'aggregate-key'?: readonly string[] | undefined
  readonly 'allow-unsigned-aggregates': boolean
}

/**
 * undefined without --from-aggregates. `signer` is the key that this command signs with: its own signatures are
 * trusted.
 */
export function aggregateSources(
  flags: MergeValues,
  signing: Pick<SigningTools, 'trustedKeyOf'>,
  signer: {readonly keyId: string; readonly key: {readonly public: PublicKey}} | undefined,
): AggregateSources | undefined {
  const patterns = flags['from-aggregates']
  if (patterns === undefined) return undefined
  if (patterns.includes('')) throw new PipelockError('usage', '--from-aggregates requires a file or a pattern')
  const own = signing.trustedKeyOf(flags.keystore, flags.agent)
  return {
    patterns,
    keyFiles: flags['aggregate-key'] ?? [],
    keys: new Map([
      ...(own ? [[flags.agent, own] as const] : []),
      ...(signer ? [[signer.keyId, signer.key.public] as const] : []),
    ]),
    allowUnsigned: flags['allow-unsigned-aggregates'],
  }
}
