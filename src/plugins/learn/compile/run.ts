// `learn compile` behind its flags: find the captures, compile, refuse what must not pass unnoticed, write all
// outputs or none.
import {moduleDigestRoot} from '../../../formats/documents/compile-manifest.js'
import {quoted} from '../../../lib/terminal.js'
import {uninterrupted} from './uninterrupted.js'
import {checkOutputs, stageOutputs, stem, type Output} from '../outputs.js'
import {changeLines, changesBetween, type Changes} from './changes.js'
import {decodeContract, type ContractBody} from '../../../formats/documents/contract.js'
import {previousCandidate, refuseLoss} from './overwrite.js'
import {plural} from '../../../lib/page/numbers.js'
import {compileIngested, type Signer} from './compile.js'
import type {Base} from './base.js'
import {gather, judgeInput, type GatherRequest} from './gather.js'
import {moduleDigests, type Build} from './provenance.js'
import {countsSessions, resolveInference, type InferenceSection, type Profile} from './settings.js'

export interface CompileRequest extends GatherRequest {
  readonly profile: Profile
  readonly inference: InferenceSection
  /** Hex hash of the effective configuration. */
  readonly policyHash: string
  readonly output: string
  /** Replace what a person put into the file that is there. */
  readonly force?: boolean
  readonly review: string | undefined
  readonly manifest: string | undefined
  readonly signer: Signer
  /** Files that outputs must not touch besides the inputs: keys, the configuration. */
  readonly protectedFiles: readonly string[]
  readonly acceptTail: boolean
  readonly acceptDrops: boolean
  /** The previous candidate, verified. */
  readonly base?: Base | undefined
  /** Candidate that the result is compared with; default: what the output file holds. */
  readonly previous?: string | undefined
  readonly build: Build
}

export interface CompileResult {
  readonly contractHash: string
  readonly events: number
  readonly rules: number
  readonly malformed: number
  readonly redacted: number
  readonly foreign: number
  readonly regulated: number
  readonly sensitive: number
  readonly dropped: number
  readonly sessions: number
  readonly inputs: readonly string[]
  readonly output: string
  readonly review: string
  readonly manifest: string
  readonly segments: string | undefined
  readonly coverage: string | undefined
  /** undefined where there is no earlier candidate of the agent. */
  readonly changes: {readonly document: Changes; readonly lines: readonly string[]} | undefined
  readonly warnings: readonly string[]
}

export async function runCompile(request: CompileRequest): Promise<CompileResult> {
  const paths = outputPaths(request)
  const gathered = gather(request)
  const outputs = Object.values(paths).filter((path) => path !== undefined)
  checkOutputs(outputs, [...gathered.files, ...request.protectedFiles])
  // before hours of reading, not after
  refuseLoss({path: paths.output, agent: request.agent, force: request.force === true})
  const previous = previousCandidate(request.previous ?? paths.output, request.agent)
  const warnings = [...gathered.warnings]
  const digests = moduleDigests(request.build)
  const startedMs = request.now()
  const inference = resolveInference(request.profile, request.inference)
  const ingested = await gathered.read(inference)
  warnings.push(...judgeInput(ingested, request.acceptDrops))
  const compiled = compileIngested(ingested, startedMs, {
    agent: request.agent,
    inference,
    privacy: request.privacy,
    allowTruncatedChains: request.allowTruncatedChains,
    acceptTail: request.acceptTail,
    compileConfigHash: `sha256:${request.policyHash}`,
    provenance: {
      pipelock_version: request.build.version,
      pipelock_build_sha: request.build.sha,
      go_version: request.build.runtime,
      module_digest_root: moduleDigestRoot(digests),
    },
    moduleDigests: digests,
    signer: request.signer,
    now: request.now,
    base: request.base,
  })
  const texts: Output[] = [
    {path: paths.output, text: compiled.contract},
    {path: paths.review, text: compiled.review},
    {path: paths.manifest, text: compiled.manifest},
  ]
  if (paths.segments !== undefined && compiled.segments !== undefined) {
    texts.push({path: paths.segments, text: compiled.segments})
  }
  if (paths.coverage !== undefined && compiled.coverage !== undefined) {
    texts.push({path: paths.coverage, text: compiled.coverage})
  }
  await uninterrupted(() => stageOutputs(texts).publish())
  const {aggregate} = compiled.ingested
  const rules = compiled.inferred.rules.length
  if (rules === 0) warnings.push(nothingObserved(request.agent, aggregate.foreign))
  else if (compiled.inferred.rules.every(({confidence}) => confidence === 'never_confirmed')) {
    const sessions = plural(compiled.inferred.usableSessions, 'session')
    warnings.push(
      `no rule has enough evidence to be enforced by default (from ${sessions}): observe more, in different hours`,
    )
  }
  return {
    contractHash: compiled.contractHash,
    events: aggregate.events,
    rules,
    malformed: aggregate.malformed,
    redacted: aggregate.redacted,
    foreign: aggregate.foreign,
    regulated: aggregate.regulated,
    sensitive: aggregate.sensitive,
    dropped: aggregate.dropped,
    sessions: compiled.inferred.sessionCount,
    inputs: gathered.files,
    ...paths,
    changes: previous && changesFrom(previous, compiled.contract),
    warnings,
  }
}

function changesFrom(previous: ContractBody, contract: string): CompileResult['changes'] {
  const document = changesBetween(previous, decodeContract(Buffer.from(contract), 'yaml').body)
  return {document, lines: changeLines(document)}
}

function nothingObserved(agent: string, foreign: number): string {
  const text = 'no rules: nothing was observed that a contract could rest on'
  return foreign === 0
    ? text
    : `${text}; ${plural(foreign, 'event')} of other agents left out: is --agent ${quoted(agent)} right?`
}

type OutputPaths = Pick<CompileResult, 'output' | 'review' | 'manifest' | 'segments' | 'coverage'>

function outputPaths(request: CompileRequest): OutputPaths {
  const base = stem(request.output)
  return {
    output: request.output,
    review: request.review ?? `${base}.review.md`,
    manifest: request.manifest ?? `${base}.manifest.json`,
    segments: countsSessions(request.profile) ? `${base}.segments.json` : undefined,
    coverage: countsSessions(request.profile) ? `${base}.coverage.json` : undefined,
  }
}
