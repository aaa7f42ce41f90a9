// `learn compile` behind its flags (learn §11): find the captures, compile, refuse what must not pass unnoticed, write all
// outputs or none.
import {resolve} from 'node:path'
import {PipelockError} from '../../../core/errors.js'
import {moduleDigestRoot} from '../../../core/formats/documents/compile-manifest.js'
import {checkOutputs, stageOutputs, stem, type Output} from '../outputs.js'
import {percent} from '../review/code-span.js'
import {compileIngested, type Signer} from './compile.js'
import type {Base} from './base.js'
import {discoverByAgent, discoverByPattern, manifestPath} from './discover.js'
import type {Ingested} from './ingest.js'
import {moduleDigests, type Build} from './provenance.js'
import {readFiles} from './read-files.js'
import {resolveInference, type InferenceSection, type Profile} from './settings.js'

export interface CompileRequest {
  readonly agent: string
  readonly profile: Profile
  readonly inference: InferenceSection
  /** `learn.capture_dir`; may be empty when an input is given. */
  readonly captureDir: string
  /** Hex hash of the effective configuration. */
  readonly policyHash: string
  readonly input: string | undefined
  readonly sinceMs: number
  readonly output: string
  readonly review: string | undefined
  readonly manifest: string | undefined
  readonly signer: Signer
  /** Files that outputs must not touch besides the inputs: keys, the configuration. */
  readonly protectedFiles: readonly string[]
  readonly acceptTail: boolean
  readonly acceptDrops: boolean
  readonly allowTruncatedChains: boolean
  /** The previous candidate, verified. */
  readonly base?: Base | undefined
  readonly build: Build
  readonly now: () => number
  /** Reading threads at most. */
  readonly threads: number
  readonly progress: (readBytes: number, totalBytes: number) => void
}

export interface CompileResult {
  readonly contractHash: string
  readonly events: number
  readonly rules: number
  readonly malformed: number
  readonly redacted: number
  readonly foreign: number
  readonly dropped: number
  readonly sessions: number
  readonly inputs: readonly string[]
  readonly output: string
  readonly review: string
  readonly manifest: string
  readonly segments: string | undefined
  readonly coverage: string | undefined
  readonly warnings: readonly string[]
}

export async function runCompile(request: CompileRequest): Promise<CompileResult> {
  const paths = outputPaths(request)
  const found =
    request.input === undefined
      ? discoverByAgent(requiredCaptureDir(request), request.agent, request.now() - request.sinceMs)
      : discoverByPattern(request.input)
  const files = found.chains.flat().map((path) => resolve(path))
  const outputs = Object.values(paths).filter((path) => path !== undefined)
  checkOutputs(outputs, [...files, ...request.protectedFiles])
  const warnings = found.skipped.map((reason) => `left out: ${reason}`)
  const digests = moduleDigests(request.build)
  const startedMs = request.now()
  const inference = resolveInference(request.profile, request.inference)
  const ingested = await readFiles(
    found.chains.map((chain) => chain.map((path) => ({path, name: manifestPath(resolve(path), request.captureDir)}))),
    {
      agent: request.agent,
      inference,
      allowTruncatedChains: request.allowTruncatedChains,
      threads: request.threads,
      progress: request.progress,
    },
  )
  warnings.push(...judgeInput(ingested, request.acceptDrops))
  const compiled = compileIngested(ingested, startedMs, {
    agent: request.agent,
    inference,
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
  stageOutputs(texts).publish()
  const {aggregate} = compiled.ingested
  const rules = compiled.inferred.rules.length
  if (rules === 0) warnings.push('no rules: nothing was observed that a contract could rest on')
  return {
    contractHash: compiled.contractHash,
    events: aggregate.events,
    rules,
    malformed: aggregate.malformed,
    redacted: aggregate.redacted,
    foreign: aggregate.foreign,
    dropped: aggregate.dropped,
    sessions: compiled.inferred.sessionCount,
    inputs: files,
    ...paths,
    warnings,
  }
}

function requiredCaptureDir(request: CompileRequest): string {
  if (request.captureDir !== '') return request.captureDir
  throw new PipelockError('usage', 'neither --input nor learn.capture_dir says where the captures are', {
    hint: 'give --input GLOB, or --config with learn.capture_dir',
  })
}

type OutputPaths = Pick<CompileResult, 'output' | 'review' | 'manifest' | 'segments' | 'coverage'>

function outputPaths(request: CompileRequest): OutputPaths {
  const base = stem(request.output)
  return {
    output: request.output,
    review: request.review ?? `${base}.review.md`,
    manifest: request.manifest ?? `${base}.manifest.json`,
    segments: request.profile === 'wilson_lb_v2' ? `${base}.segments.json` : undefined,
    coverage: request.profile === 'wilson_lb_v2' ? `${base}.coverage.json` : undefined,
  }
}

/** Warnings about what was read, or a refusal: what was lost may be exactly what an attacker wanted unseen (learn §4). */
function judgeInput(ingested: Ingested, acceptDrops: boolean): readonly string[] {
  const {events, malformed, redacted, dropped} = ingested.aggregate
  const warnings = ingested.chains
    .filter(({truncated}) => truncated)
    .map(({files}) => `${files[0]?.path}: the chain does not begin at genesis; what came before is unknown`)
  const all = events + malformed + redacted + dropped
  if (dropped * 100 > all) {
    const share = `${dropped} of ${all} captures were dropped (${percent(dropped, all)} %)`
    if (dropped * 10 > all && !acceptDrops) {
      throw new PipelockError('captures_dropped', share, {
        hint: 'observe again, or accept the loss with --accept-drops',
      })
    }
    warnings.push(share)
  }
  return warnings
}
