// What the learn commands call without a running firewall. Each tool loads what it needs when it is called.
import {availableParallelism} from 'node:os'
import {join} from 'node:path'
import {PipelockError} from '../../core/errors.js'
import type {Ports} from '../../core/ports.js'
import {parseDuration} from '../../lib/duration.js'
import {quoted} from '../../lib/terminal.js'
import type {Settings} from '../../core/services/settings.js'
import type {InferenceSection} from './compile/settings.js'
import type {LearnConfig} from './config.js'
import type {CandidateKeys} from './candidate.js'
import type {CheckpointFlags} from './checkpoint-keys.js'
import type {AggregateSources, GatherRequest} from './compile/gather.js'
import type {AggregateRequest, AggregateResult} from './compile/run-aggregate.js'
import type {PrivacySections} from './privacy/privacy.js'
import type {CompileRequest, CompileResult} from './compile/run.js'
import type {DiffRequest, DiffResult} from './diff/run.js'
import type {EditResult, PinRequest, PinResult, SplitRequest} from './edit/run.js'
import type {ForgetFlags, ForgetSurroundings} from './forget/command-line.js'
import type {ForgetResult} from './forget/run.js'
import type {RatifyFlags, RatifyReport, RatifySurroundings} from './ratify/command-line.js'
import type {ReviewRequest, ReviewResult} from './review/run.js'
import type {PolicyReplayRequest, PolicyReplayResult} from './shadow/policy-run.js'
import type {Observed} from './status/observed.js'
import type {CapturesStatusRequest, LearningStatus} from './status/run.js'
import type {ShadowFlags, ShadowOutcome, ShadowSurroundings} from './shadow/command-line.js'

interface GatherFlags {
  readonly privacy: PrivacySections
  /** Duration before now. */
  readonly since: string
  readonly fromAggregates?: AggregateSources | undefined
  /** undefined: not required. */
  readonly checkpoints?: CheckpointFlags | undefined
  readonly protectedFiles: readonly string[]
  readonly deterministic: boolean
  readonly progress?: GatherRequest['progress']
}

type Resolved =
  'privacy' | 'now' | 'sinceMs' | 'threads' | 'progress' | 'fromAggregates' | 'requireCheckpoints' | 'checkpointKeys'

export interface CompileFlags
  extends Omit<CompileRequest, Resolved | 'build' | 'output' | 'base' | 'previous'>, GatherFlags {
  /** Default: among the candidates of the key store. */
  readonly output: string | undefined
  readonly keystore: string | undefined
  /** Where the key of sidecars is. */
  readonly escrowPrivateKey?: string | undefined
  /** The previous candidate, and the keys to verify it. */
  readonly base?: {readonly path: string; readonly keys: CandidateKeys} | undefined
}

export interface AggregateFlags extends Omit<AggregateRequest, Resolved>, GatherFlags {
  /** Where the key of sidecars is. */
  readonly escrowPrivateKey?: string | undefined
}

/** The captures that `learn status` counts. */
export interface StatusFlags
  extends
    Omit<CapturesStatusRequest, Resolved | 'build' | 'input' | 'allowTruncatedChains' | 'escrowKey'>,
    Pick<GatherFlags, 'privacy' | 'since' | 'progress'> {}

/** What the tools take of a configuration. */
export interface LearnSettings {
  /** Empty: none is configured. */
  readonly captureDir: string
  readonly saltSource: string
  readonly privacy: PrivacySections
  readonly inference: InferenceSection
}

export interface LearnTools {
  settingsOf(config: LearnConfig, redaction: Settings['redaction']): LearnSettings
  /** Throws `usage` for values that are malformed, before a key or a file is read. */
  checkInput(flags: {readonly agent: string; readonly since: string}): void
  compile(flags: CompileFlags): Promise<CompileResult>
  aggregate(flags: AggregateFlags): Promise<AggregateResult>
  /** What was captured since a time; undefined when that is too much to read at the end of a run. */
  observedSince(captureDir: string, sinceMs: number): Promise<Observed | undefined>
  /** How far the request patterns of a candidate are from being confirmed. */
  candidateStatus(path: string): Promise<LearningStatus>
  /** The same of captures; nothing is written. */
  capturesStatus(flags: StatusFlags): Promise<{readonly status: LearningStatus; readonly warnings: readonly string[]}>
  /** The salt comes from the configured source; without one internal names show as a word. */
  review(
    request: Omit<ReviewRequest, 'salt' | 'privacy'> & {
      readonly saltSource: string
      readonly privacy: PrivacySections | undefined
    },
  ): Promise<ReviewResult>
  ratify(flags: RatifyFlags, around: RatifySurroundings): Promise<RatifyReport>
  diff(request: DiffRequest): Promise<DiffResult>
  split(request: SplitRequest, keys: CandidateKeys): Promise<EditResult>
  pin(request: PinRequest, keys: CandidateKeys): Promise<PinResult>
  forget(flags: ForgetFlags, around: ForgetSurroundings): Promise<ForgetResult>
  shadow(flags: ShadowFlags, around: ShadowSurroundings): Promise<ShadowOutcome>
  /** Captures against a configuration, without contract. */
  policyReplay(request: PolicyReplayRequest): Promise<PolicyReplayResult>
  /** Fixed key of `--deterministic`: public knowledge, so nothing signed with it proves anything. */
  deterministicSigner(): Promise<CompileRequest['signer']>
}

/** Each costs some memory of its own, and the compile as a whole has a bound. */
const MAX_THREADS = 2

const DETERMINISTIC_MS = Date.UTC(2026, 3, 29, 22)

export function learnTools(ports: Ports): LearnTools {
  const gatherOf = async (
    flags: GatherFlags & {readonly agent: string},
  ): Promise<Pick<GatherRequest, Resolved> & Pick<GatherFlags, 'protectedFiles'>> => {
    const sinceMs = checkInput(flags)
    const {privacyOf} = await import('./privacy/privacy.js')
    const {checkpoints, fromAggregates} = flags
    // what was counted elsewhere was held to the keys there
    const required =
      checkpoints === undefined || fromAggregates !== undefined
        ? undefined
        : (await import('./checkpoint-keys.js')).checkpointKeys(checkpoints)
    return {
      requireCheckpoints: checkpoints !== undefined,
      checkpointKeys: required?.keys,
      protectedFiles: [...flags.protectedFiles, ...(required?.files ?? [])],
      privacy: privacyOf(flags.privacy, ports.env),
      sinceMs,
      fromAggregates,
      threads: Math.min(availableParallelism(), MAX_THREADS),
      progress: flags.progress ?? (() => {}),
      now: flags.deterministic ? () => DETERMINISTIC_MS : () => ports.clock.now(),
    }
  }

  /** What is to be read, with the key that opens sidecars. */
  const withEscrow = async <
    Flags extends GatherFlags & {readonly agent: string; readonly protectedFiles: readonly string[]},
  >(
    flags: Flags,
    source: string | undefined,
  ) => {
    const {escrowKeyBytes, escrowKeyFile} = await import('./sidecar/key.js')
    const escrowKey = escrowKeyBytes(source, ports.env)
    const protectedFiles = [...flags.protectedFiles, escrowKeyFile(source)].filter((file) => file !== undefined)
    return {...flags, escrowKey, ...(await gatherOf({...flags, protectedFiles}))}
  }

  return {
    settingsOf: ({learn: {capture_dir: captureDir, privacy, inference, parameters, sessions}}, redaction) => ({
      captureDir,
      saltSource: privacy.salt_source,
      privacy: {privacy, redaction},
      inference: {...inference, sessions_per: sessions.per, parameters},
    }),
    checkInput: (flags) => void checkInput(flags),
    async compile({output, keystore, base, escrowPrivateKey, ...flags}) {
      const request = await withEscrow(flags, escrowPrivateKey)
      const {runCompile} = await import('./compile/run.js')
      return runCompile({
        ...request,
        ...(base ? await verifiedBase(base, request, keystore) : {}),
        output: output ?? join(keystore ?? ports.home, 'contracts', 'candidates', `${request.agent}.candidate.yaml`),
        build: ports.build,
      })
    },
    async aggregate({escrowPrivateKey, ...flags}) {
      const request = await withEscrow(flags, escrowPrivateKey)
      return (await import('./compile/run-aggregate.js')).runAggregate(request)
    },
    async observedSince(captureDir, sinceMs) {
      return (await import('./status/observed.js')).observedSince(captureDir, sinceMs)
    },
    async candidateStatus(path) {
      return (await import('./status/run.js')).candidateStatus(path)
    },
    async capturesStatus(flags) {
      const gathered = await gatherOf({...flags, protectedFiles: [], deterministic: false})
      const request = {...flags, ...gathered, input: undefined, allowTruncatedChains: true, build: ports.build}
      return (await import('./status/run.js')).capturesStatus(request)
    },
    async review({saltSource, privacy, ...request}) {
      const [{optionalSalt, runReview}, {resolveSalt}, {DEFAULT_PRIVACY, privacyOf}] = await Promise.all([
        import('./review/run.js'),
        import('./salt.js'),
        import('./privacy/privacy.js'),
      ])
      const salt = request.redact ? optionalSalt(() => resolveSalt(saltSource, ports.env)) : undefined
      return runReview({
        ...request,
        salt,
        privacy: privacy === undefined ? DEFAULT_PRIVACY : privacyOf(privacy, ports.env),
      })
    },
    async ratify(flags, around) {
      return (await import('./ratify/command-line.js')).ratify(flags, around, ports)
    },
    async diff(request) {
      return (await import('./diff/run.js')).runDiff(request)
    },
    async split(request, keys) {
      return (await import('./edit/run.js')).runSplit(request, keys)
    },
    async pin(request, keys) {
      return (await import('./edit/run.js')).runPin(request, keys)
    },
    async forget(flags, around) {
      return (await import('./forget/command-line.js')).forget(flags, around, ports)
    },
    async shadow(flags, around) {
      return (await import('./shadow/command-line.js')).shadow(flags, around, ports)
    },
    async policyReplay(request) {
      return (await import('./shadow/policy-run.js')).runPolicyReplay(request)
    },
    async deterministicSigner() {
      const [{privateKeyFromSeed}, {sha256}] = await Promise.all([
        import('../../lib/ed25519.js'),
        import('../../lib/hash.js'),
      ])
      const seed = sha256('pipelock deterministic compile signer')
      return {keyId: 'deterministic-contract-compile', key: privateKeyFromSeed(seed)}
    },
  }
}

/** The edits of the base, and the base among the files that no output may touch. */
async function verifiedBase(
  {path, keys}: NonNullable<CompileFlags['base']>,
  {agent, signer, protectedFiles}: Pick<CompileRequest, 'agent' | 'signer' | 'protectedFiles'>,
  keystore: string | undefined,
): Promise<Pick<CompileRequest, 'base' | 'previous' | 'protectedFiles'>> {
  const [{readBase}, {storedSignerKey}] = await Promise.all([import('./compile/base.js'), import('./candidate.js')])
  const keyOf = (id: string) => (id === signer.keyId ? signer.key.public : storedSignerKey(keys, keystore, id))
  return {base: readBase(path, agent, keyOf), previous: path, protectedFiles: [...protectedFiles, path]}
}

/** The duration in milliseconds. */
function checkInput({agent, since}: {readonly agent: string; readonly since: string}): number {
  checkAgent(agent)
  const sinceMs = parseDuration(since)
  if (sinceMs !== undefined) return sinceMs
  throw new PipelockError('usage', `--since ${quoted(since)} is not a duration such as 336h`)
}

/** One path segment: the name becomes a directory and a file name. */
function checkAgent(agent: string): void {
  if (agent === '' || agent === '.' || agent === '..' || /[/\\\u0000-\u001f\u007f]/.test(agent)) {
    throw new PipelockError('usage', `--agent ${quoted(agent)} is not one path segment`)
  }
}
