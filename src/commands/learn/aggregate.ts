// Counts captures into a partial aggregate that another machine compiles from (docs/formats/aggregate.md).
import {resolve} from 'node:path'
import {commandLine} from '../../lib/shell-words.js'
import {counted} from '../../lib/page/numbers.js'
import {Flags, PipelockCommand} from '../../cli/base.js'
import {checkpointFlags, requiredCheckpoints} from '../../cli/checkpoint-flags.js'
import {aggregateSources, mergeFlags} from '../../cli/from-aggregates.js'
import {carried} from '../../cli/next-step.js'

export default class LearnAggregate extends PipelockCommand {
  static override summary = 'Count captures into a partial aggregate'
  static override description =
    'One machine of many counts its captures; learn compile --from-aggregates merges the parts to the same bytes as one compile over all captures. Aggregates name hosts and paths in clear: keep them like captures.'
  static override examples = [
    'pipelock learn aggregate --agent coder --config pipelock.yaml --out monday.aggregate',
    "pipelock learn aggregate --agent coder --from-aggregates 'parts/*.aggregate' --out all.aggregate",
  ]
  static override flags = {
    agent: Flags.string({required: true, helpValue: 'NAME', description: 'agent whose captures are read'}),
    config: Flags.string({char: 'c', helpValue: 'FILE', description: 'configuration file'}),
    input: Flags.string({
      helpValue: 'GLOB',
      description: 'capture files; default: those of the agent in learn.capture_dir',
    }),
    ...mergeFlags,
    since: Flags.string({
      default: '336h',
      helpValue: 'DURATION',
      description: 'leave out sessions not written to since',
    }),
    out: Flags.string({aliases: ['output'], helpValue: 'FILE', description: 'aggregate; default: <agent>.aggregate'}),
    keystore: Flags.string({helpValue: 'DIR', description: 'key store; default: the home directory'}),
    'compile-key-agent': Flags.string({
      helpValue: 'NAME',
      description: 'key that signs; default: the key of the agent',
    }),
    unsigned: Flags.boolean({
      exclusive: ['compile-key-agent'],
      description: 'do not sign; the merge then needs --allow-unsigned-aggregates',
    }),
    inference: Flags.string({
      options: ['wilson_lb_v2', 'wilson_lb_v1'],
      default: 'wilson_lb_v2',
      description: 'inference profile of the compile',
    }),
    'allow-truncated-chains': Flags.boolean({description: 'accept chains whose first entries were rotated away'}),
    'escrow-private-key': Flags.string({
      helpValue: 'KEY',
      exclusive: ['from-aggregates'],
      description: 'open the sidecars of captures: file:/absolute/path, ${VAR} or 64 hex characters',
    }),
    ...checkpointFlags,
    deterministic: Flags.boolean({hidden: true}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(LearnAggregate)
    const configured = await this.loadConfig(flags.config)
    const {config, path} = configured
    const recorder = await this.published('recorder', configured)
    const learn = await this.tools('learn')
    learn.checkInput(flags)
    const signing = await this.tools('signing')
    if (flags.deterministic) this.warn('--deterministic: clock and signing key are fixed and public, for tests only')
    const keyAgent = flags['compile-key-agent'] ?? flags.agent
    const signer = flags.unsigned
      ? undefined
      : flags.deterministic
        ? {...(await learn.deterministicSigner()), path: undefined}
        : signing.compileKey(flags.keystore, keyAgent)
    const meter = this.progressMeter('reading captures')
    const result = await learn
      .aggregate({
        agent: flags.agent,
        profile: flags.inference === 'wilson_lb_v1' ? 'wilson_lb_v1' : 'wilson_lb_v2',
        inference: config.learn.inference,
        privacy: {privacy: config.learn.privacy, redaction: config.redaction},
        captureDir: config.learn.capture_dir,
        input: flags.input,
        fromAggregates: aggregateSources(flags, signing, signer),
        since: flags.since,
        output: resolve(flags.out ?? `${flags.agent}.aggregate`),
        signer: signer && {keyId: signer.keyId, key: signer.key},
        protectedFiles: [path, signer?.path, ...(flags['aggregate-key'] ?? [])].filter((file) => file !== undefined),
        allowTruncatedChains: flags['allow-truncated-chains'],
        checkpoints: requiredCheckpoints(flags, recorder.signingKeyPath),
        deterministic: flags.deterministic,
        escrowPrivateKey: flags['escrow-private-key'],
        progress: meter.update,
      })
      .finally(meter.end)
    for (const warning of result.warnings) this.warn(warning)
    this.audit({
      event: 'learn_aggregate',
      agent: flags.agent,
      ...(signer ? {signer_key_id: signer.keyId} : {}),
      since: flags.since,
      inputs: result.inputs,
      output: result.output,
      events_ingested: result.events,
      events_malformed: result.malformed,
      events_redacted: result.redacted,
      foreign_agent_events: result.foreign,
      events_regulated: result.regulated,
      events_sensitive: result.sensitive,
      events_dropped: result.dropped,
      sessions: result.sessions,
      ...(flags['require-checkpoints'] ? {checkpoints_required: true} : {}),
      cross_agent_signing: signer !== undefined && !flags.deterministic && keyAgent !== flags.agent,
      noop: result.events === 0,
    })
    this.finish(
      {events: result.events, sessions: result.sessions, chains: result.chains, output: result.output},
      () =>
        `aggregate: ${counted(result.events, 'event')} of ${counted(result.sessions, 'session')}, written to ${result.output}`,
    )
    this.next(
      commandLine('learn compile', ['--agent', flags.agent], ...carried(flags, 'config', 'keystore'), [
        '--from-aggregates',
        result.output,
      ]),
    )
  }
}
