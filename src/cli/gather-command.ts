// What the commands that count captures share: their flags, the key that they sign with, and what they are asked to read.
import {PipelockError} from '../core/errors.js'
import type {AggregateSources} from '../plugins/learn/compile/gather.js'
import type {AggregateResult} from '../plugins/learn/compile/run-aggregate.js'
import type {SigningTools} from '../plugins/signing/tools.js'
import {Flags, PipelockCommand} from './base.js'
import type {Interfaces} from './oclif.js'

export const gatherFlags = {
  agent: Flags.string({required: true, helpValue: 'NAME', description: 'agent whose captures are read'}),
  config: Flags.string({char: 'c', helpValue: 'FILE', description: 'configuration file'}),
  input: Flags.string({
    helpValue: 'GLOB',
    description: 'capture files; default: those of the agent in learn.capture_dir',
  }),
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
  since: Flags.string({
    default: '336h',
    helpValue: 'DURATION',
    description: 'leave out sessions not written to since',
  }),
  keystore: Flags.string({helpValue: 'DIR', description: 'key store; default: the home directory'}),
  'compile-key-agent': Flags.string({
    helpValue: 'NAME',
    description: 'key that signs; default: the key of the agent',
  }),
  inference: Flags.option({
    options: ['wilson_lb_v3', 'wilson_lb_v2', 'wilson_lb_v1'] as const,
    default: 'wilson_lb_v3',
    description: 'inference profile of the compile',
  })(),
  'allow-truncated-chains': Flags.boolean({description: 'accept chains whose first entries were rotated away'}),
  'escrow-private-key': Flags.string({
    helpValue: 'KEY',
    exclusive: ['from-aggregates'],
    description: 'open the sidecars of captures: file:/absolute/path, ${VAR} or 64 hex characters',
  }),
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
  deterministic: Flags.boolean({hidden: true}),
}

type GatherValues = Interfaces.InferredFlags<typeof gatherFlags>
/** `path` is undefined for the fixed key of --deterministic. */
type Signer = Omit<ReturnType<SigningTools['compileKey']>, 'path'> & {readonly path: string | undefined}

export abstract class GatherCommand extends PipelockCommand {
  /** Loads what both commands need; `requestOf` makes the part of the request that both share. */
  protected async gathering(flags: GatherValues) {
    const loaded = await this.loadConfig(flags.config)
    const {config, hashes, path} = loaded
    const recorder = await this.published('recorder', loaded)
    const learn = await this.tools('learn')
    const {captureDir, privacy, inference} = learn.settingsOf(config, await this.published('redaction', loaded))
    learn.checkInput(flags)
    const signing = await this.tools('signing')
    if (flags.deterministic) this.warn('--deterministic: clock and signing key are fixed and public, for tests only')
    const keyAgent = flags['compile-key-agent'] ?? flags.agent
    return {
      learn,
      signing,
      policyHash: hashes.policy,
      usesForeignKey: !flags.deterministic && keyAgent !== flags.agent,
      readSigner: async (): Promise<Signer> =>
        flags.deterministic
          ? {...(await learn.deterministicSigner()), path: undefined}
          : signing.compileKey(flags.keystore, keyAgent),
      requestOf: (signer: Signer | undefined) => ({
        agent: flags.agent,
        profile: flags.inference,
        inference,
        privacy,
        captureDir,
        input: flags.input,
        fromAggregates: aggregateSources(flags, signing, signer),
        since: flags.since,
        protectedFiles: [path, signer?.path, ...(flags['aggregate-key'] ?? [])].filter((file) => file !== undefined),
        allowTruncatedChains: flags['allow-truncated-chains'],
        checkpoints: flags['require-checkpoints']
          ? {given: flags['checkpoint-key'] ?? [], signingKeyPath: recorder.signingKeyPath}
          : undefined,
        deterministic: flags.deterministic,
        escrowPrivateKey: flags['escrow-private-key'],
      }),
    }
  }
}

/** Members of the audit record about what was read. */
export function auditedCounts(
  result: Omit<AggregateResult, 'chains' | 'inputs' | 'output' | 'warnings'>,
  flags: Pick<GatherValues, 'require-checkpoints'>,
): Readonly<Record<string, unknown>> {
  return {
    events_ingested: result.events,
    events_malformed: result.malformed,
    events_redacted: result.redacted,
    foreign_agent_events: result.foreign,
    events_regulated: result.regulated,
    events_sensitive: result.sensitive,
    events_dropped: result.dropped,
    sessions: result.sessions,
    ...(flags['require-checkpoints'] ? {checkpoints_required: true} : {}),
  }
}

/** undefined without --from-aggregates. Signatures of `signer`, the key of this command, are trusted too. */
function aggregateSources(
  flags: GatherValues,
  signing: Pick<SigningTools, 'trustedKeyOf'>,
  signer: Pick<Signer, 'keyId' | 'key'> | undefined,
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
