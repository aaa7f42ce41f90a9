// `learn aggregate` behind its flags: what one machine counted, as a file that another one compiles from.
import {uninterrupted} from './uninterrupted.js'
import {checkOutputs, stageOutputs} from '../outputs.js'
import {aggregateBytes} from './aggregate-write.js'
import type {Signer} from './compile.js'
import {gather, headerOf, judgeInput, type GatherRequest} from './gather.js'
import {type Profile} from '../../../formats/inference-profile.js'
import {resolveInference, type InferenceSection} from './settings.js'

export interface AggregateRequest extends GatherRequest {
  readonly profile: Profile
  readonly inference: InferenceSection
  readonly output: string
  /** undefined for an aggregate that says it is unsigned. */
  readonly signer: Signer | undefined
  /** Files that the output must not touch besides the inputs: keys, the configuration. */
  readonly protectedFiles: readonly string[]
}

export interface AggregateResult {
  readonly events: number
  readonly malformed: number
  readonly redacted: number
  readonly foreign: number
  readonly regulated: number
  readonly sensitive: number
  readonly dropped: number
  /** Recorder sessions. */
  readonly sessions: number
  readonly chains: number
  readonly inputs: readonly string[]
  readonly output: string
  readonly warnings: readonly string[]
}

export async function runAggregate(request: AggregateRequest): Promise<AggregateResult> {
  const inference = resolveInference(request.profile, request.inference)
  const gathered = gather(request)
  checkOutputs([request.output], [...gathered.files, ...request.protectedFiles])
  const ingested = await gathered.read(inference)
  // how much was lost is judged by the compile, over all machines
  const warnings = [...gathered.warnings, ...judgeInput(ingested, true)]
  const text = aggregateBytes(ingested, headerOf(request.agent, inference, request.requireCheckpoints), request.signer)
  await uninterrupted(() => stageOutputs([{path: request.output, text}]).publish())
  const {events, malformed, redacted, foreign, regulated, sensitive, dropped, sessions} = ingested.aggregate
  return {
    events,
    malformed,
    redacted,
    foreign,
    regulated,
    sensitive,
    dropped,
    sessions: sessions.size,
    chains: ingested.chains.length,
    inputs: gathered.files,
    output: request.output,
    warnings,
  }
}
