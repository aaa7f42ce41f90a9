// `learn status`: the request patterns of an agent, and how far each is from being confirmed. From a candidate, or from
// captures, which are compiled in memory: nothing is written.
import {decodeContract, type ContractBody} from '../../../formats/documents/contract.js'
import {moduleDigestRoot} from '../../../formats/documents/compile-manifest.js'
import {privateKeyFromSeed} from '../../../lib/ed25519.js'
import {compileIngested} from '../compile/compile.js'
import {gather, judgeInput, type GatherRequest} from '../compile/gather.js'
import {moduleDigests, type Build} from '../compile/provenance.js'
import {resolveInference, type InferenceSection} from '../compile/settings.js'
import {isPattern} from '../view/copies.js'
import {supportText} from '../view/family.js'
import {admittedOf} from '../view/forms.js'
import {confirmationOf, distanceText, floorsOf, type Confirmation} from '../compile/confirmation.js'
import {rowsOf} from '../view/rows.js'
import type {RuleView} from '../view/rule-view.js'
import {readCandidate} from '../candidate.js'
import {subject} from '../view/subject.js'

export interface PatternStatus extends Confirmation {
  readonly rule_id: string
  readonly pattern: string
  readonly confidence: string
  /** What its wildcards admit, in words; absent where nothing says. */
  readonly admits?: string
  /** For people. */
  readonly distance: string
}

export interface LearningStatus {
  readonly agent: string
  readonly events: number
  readonly sessions: number
  /** Sessions that count: at most one an hour. */
  readonly usable_sessions: number
  readonly sessions_needed: number
  readonly hours_needed: number
  readonly confirmed: number
  readonly patterns: readonly PatternStatus[]
}

export interface CapturesStatusRequest extends GatherRequest {
  readonly inference: InferenceSection
  readonly build: Build
}

export function candidateStatus(path: string): LearningStatus {
  return statusOf(readCandidate(path).body)
}

export async function capturesStatus(
  request: CapturesStatusRequest,
): Promise<{readonly status: LearningStatus; readonly warnings: readonly string[]}> {
  const gathered = gather(request)
  const inference = resolveInference('wilson_lb_v3', request.inference)
  const ingested = await gathered.read(inference)
  const warnings = [...gathered.warnings, ...judgeInput(ingested, true)]
  const digests = moduleDigests(request.build)
  const {contract} = compileIngested(ingested, request.now(), {
    agent: request.agent,
    inference,
    privacy: request.privacy,
    allowTruncatedChains: request.allowTruncatedChains,
    acceptTail: false,
    compileConfigHash: '',
    provenance: {
      pipelock_version: request.build.version,
      pipelock_build_sha: request.build.sha,
      go_version: request.build.runtime,
      module_digest_root: moduleDigestRoot(digests),
    },
    moduleDigests: digests,
    // the candidate leaves this function as figures only: its signature is never seen
    signer: {keyId: request.agent, key: privateKeyFromSeed(new Uint8Array(32))},
    now: request.now,
  })
  return {status: statusOf(decodeContract(Buffer.from(contract), 'yaml').body), warnings}
}

export function statusOf(body: ContractBody): LearningStatus {
  const floors = floorsOf(body)
  const rows = rowsOf(body).filter(({rule}) => isPattern(rule))
  const patterns = floors === undefined ? [] : rows.map(({rule}) => patternOf(rule, floors))
  return {
    agent: body.selector.agent ?? '',
    events: Number(body.observation_window.event_count),
    sessions: Number(body.observation_window.session_count),
    usable_sessions: rows[0]?.rule.opportunities ?? 0,
    sessions_needed: floors?.sessions ?? 0,
    hours_needed: floors?.windows ?? 0,
    confirmed: patterns.filter(({confirmed}) => confirmed).length,
    patterns,
  }
}

function patternOf(rule: RuleView, floors: NonNullable<ReturnType<typeof floorsOf>>): PatternStatus {
  const confirmation = confirmationOf(rule, floors)
  const admits = admittedOf(rule)
  return {
    rule_id: rule.id,
    pattern: subject(rule),
    confidence: rule.confidence,
    ...(admits === '' ? {} : {admits}),
    ...confirmation,
    distance: confirmation.confirmed ? confirmedText(rule) : distanceText(rule, floors),
  }
}

function confirmedText(rule: RuleView): string {
  return rule.family === undefined ? 'confirmed' : `confirmed: ${supportText(rule, (prefix) => prefix)}`
}
