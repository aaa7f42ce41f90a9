// Infers a signed candidate contract from captures.
import {commandLine, fileWord} from '../../lib/shell-words.js'
import {Flags, PipelockCommand} from '../../cli/base.js'
import {checkpointFlags, requiredCheckpoints} from '../../cli/checkpoint-flags.js'
import {aggregateSources, mergeFlags} from '../../cli/from-aggregates.js'
import {carried} from '../../cli/next-step.js'

export default class LearnCompile extends PipelockCommand {
  static override summary = 'Infer a signed candidate contract from captures'
  static override description = 'Budgets in a contract (sizes of requests) are advice: nothing enforces them.'
  static override examples = [
    'pipelock learn compile --agent coder --config pipelock.yaml',
    "pipelock learn compile --agent coder --input 'captures/**/*.jsonl' --out candidate.yaml",
    "pipelock learn compile --agent coder --from-aggregates 'parts/*.aggregate' --out candidate.yaml",
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
    out: Flags.string({
      aliases: ['output'],
      helpValue: 'FILE',
      description: 'candidate; default: <home>/contracts/candidates/<agent>.candidate.yaml',
    }),
    force: Flags.boolean({description: 'replace a candidate that has decisions, pins or splits, or any other file'}),
    review: Flags.string({helpValue: 'FILE', description: 'review; default: beside the candidate'}),
    'compile-manifest': Flags.string({
      helpValue: 'FILE',
      description: 'compile manifest; default: beside the candidate',
    }),
    keystore: Flags.string({helpValue: 'DIR', description: 'key store; default: the home directory'}),
    'compile-key-agent': Flags.string({
      helpValue: 'NAME',
      description: 'key that signs; default: the key of the agent',
    }),
    inference: Flags.string({
      options: ['wilson_lb_v2', 'wilson_lb_v1'],
      default: 'wilson_lb_v2',
      description: 'inference profile',
    }),
    'accept-tail': Flags.boolean({
      description: 'override the unmatched-path limit; recorded as accepted by the signing key',
    }),
    'accept-drops': Flags.boolean({description: 'compile although more than a tenth of the captures was dropped'}),
    'allow-truncated-chains': Flags.boolean({description: 'accept chains whose first entries were rotated away'}),
    base: Flags.string({
      helpValue: 'CANDIDATE',
      description: 'previous candidate, whose pins and splits still hold',
    }),
    'escrow-private-key': Flags.string({
      helpValue: 'KEY',
      exclusive: ['from-aggregates'],
      description: 'open the sidecars of captures: file:/absolute/path, ${VAR} or 64 hex characters',
    }),
    ...checkpointFlags,
    deterministic: Flags.boolean({hidden: true}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(LearnCompile)
    const configured = await this.loadConfig(flags.config)
    const {config, hashes, path} = configured
    const recorder = await this.published('recorder', configured)
    const learn = await this.tools('learn')
    learn.checkInput(flags)
    const signing = await this.tools('signing')
    if (flags.deterministic) this.warn('--deterministic: clock and signing key are fixed and public, for tests only')
    const keyAgent = flags['compile-key-agent'] ?? flags.agent
    const loaded = flags.deterministic
      ? {...(await learn.deterministicSigner()), path: undefined}
      : signing.compileKey(flags.keystore, keyAgent)
    const fromAggregates = aggregateSources(flags, signing, loaded)
    const meter = this.progressMeter('reading captures')
    const result = await learn
      .compile({
        agent: flags.agent,
        profile: flags.inference === 'wilson_lb_v1' ? 'wilson_lb_v1' : 'wilson_lb_v2',
        inference: config.learn.inference,
        privacy: {privacy: config.learn.privacy, redaction: config.redaction},
        captureDir: config.learn.capture_dir,
        policyHash: hashes.policy,
        input: flags.input,
        since: flags.since,
        output: flags.out,
        force: flags.force,
        keystore: flags.keystore,
        review: flags.review,
        manifest: flags['compile-manifest'],
        signer: {keyId: loaded.keyId, key: loaded.key},
        protectedFiles: [path, loaded.path, ...(flags['aggregate-key'] ?? [])].filter((file) => file !== undefined),
        acceptTail: flags['accept-tail'],
        acceptDrops: flags['accept-drops'],
        allowTruncatedChains: flags['allow-truncated-chains'],
        checkpoints: requiredCheckpoints(flags, recorder.signingKeyPath),
        deterministic: flags.deterministic,
        base: flags.base === undefined ? undefined : {path: flags.base, keys: signing},
        fromAggregates,
        escrowPrivateKey: flags['escrow-private-key'],
        progress: meter.update,
      })
      .finally(meter.end)
    for (const warning of result.warnings) this.warn(warning)
    const beside = [
      `review: ${result.review}`,
      `manifest: ${result.manifest}`,
      ...(result.segments === undefined ? [] : [`segment ledger: ${result.segments}`]),
      ...(result.coverage === undefined ? [] : [`coverage: ${result.coverage}`]),
    ]
    this.audit(
      {
        event: 'learn_compile',
        agent: flags.agent,
        signer_key_id: loaded.keyId,
        since: flags.since,
        inputs: result.inputs,
        output: result.output,
        review: result.review,
        manifest: result.manifest,
        events_ingested: result.events,
        events_malformed: result.malformed,
        events_redacted: result.redacted,
        foreign_agent_events: result.foreign,
        events_regulated: result.regulated,
        events_sensitive: result.sensitive,
        events_dropped: result.dropped,
        sessions: result.sessions,
        ...(flags['require-checkpoints'] ? {checkpoints_required: true} : {}),
        rules_emitted: result.rules,
        cross_agent_signing: !flags.deterministic && keyAgent !== flags.agent,
        noop: result.rules === 0,
      },
      beside,
    )
    this.finish(
      {
        contract_hash: result.contractHash,
        events: result.events,
        rules: result.rules,
        output: result.output,
        review: result.review,
        manifest: result.manifest,
        ...(result.segments === undefined ? {} : {segments: result.segments}),
        ...(result.coverage === undefined ? {} : {coverage: result.coverage}),
      },
      () => `compile: ${result.events} events, ${result.rules} rules, written to ${result.output}`,
    )
    this.next(commandLine(`learn review ${fileWord(result.output)}`, ...carried(flags, 'keystore')))
  }
}
