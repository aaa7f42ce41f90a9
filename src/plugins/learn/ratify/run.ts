// `learn ratify` behind its flags: verify the candidate, decide, guard, sign anew, leave a receipt. The receipt
// is durable before the ratified candidate replaces the old one: an artifact without its receipt cannot exist.
import {dirname, join, resolve} from 'node:path'
import {signBody} from '../../../formats/documents/canonical.js'
import {signContract} from '../../../formats/documents/contract.js'
import type {Contract} from '../../../formats/documents/contract.js'
import {formatOfPath} from '../../../formats/documents/decode.js'
import type {ForgottenRule} from '../../../formats/documents/forgotten.js'
import {indentedText} from '../../../formats/documents/text.js'
import type {EvidenceDraft, EvidenceSigner} from '../../../formats/evidence-receipt.js'
import {PipelockError} from '../../../core/errors.js'
import type {StagedFile} from '../../../lib/atomic-file.js'
import type {PublicKey} from '../../../lib/ed25519.js'
import {integerOf} from '../../../lib/json/reader.js'
import {formatTimestamp} from '../../../lib/timestamp.js'
import {writeYaml} from '../../../lib/yaml/writer.js'
import {candidateText, readVerified, type SigningKey} from '../candidate.js'
import {checkOutputs, stageOutputs, type Output} from '../outputs.js'
import {refuseLoss, refuseOtherDecisions} from '../compile/overwrite.js'
import type {EnforceLevel} from '../view/decisions.js'
import {viewsOf} from '../view/rule-view.js'
import {applyDecisions} from './apply.js'
import {forgottenIn} from './forgotten.js'
import {defaultDecisions, guardDecisions, readDecisions, type Decisions, type Defaults} from './choose.js'
import {askDecisions, type Dialogue} from './interactive.js'
import type {Beyond} from './outcome.js'
import {openProgress, progressPath, type Progress} from './progress.js'

export interface RatifyRequest {
  readonly candidate: string
  readonly out: string | undefined
  /** Replace what a person put into the file that is there. */
  readonly force?: boolean
  readonly decisionsFile: string | undefined
  /** Present for an interactive run. */
  readonly dialogue: Dialogue | undefined
  readonly level: EnforceLevel
  /** In a dialogue: ask about every rule, not only once for each request pattern. */
  readonly everyRule?: boolean
  readonly acceptLowConfidence: boolean
  readonly acceptHostWide: boolean
  readonly acceptTail: boolean
  /** Rules that `learn forget` removed, as the contract store records them. */
  readonly forgotten: readonly ForgottenRule[]
  /** Ids of forgotten rules that may be enforced again. */
  readonly restoreForgotten: readonly string[]
  /** Where the decisions are written for a later `--decisions`; undefined writes none. */
  readonly saveDecisions: string | undefined
  readonly receiptOut: string | undefined
  /** Key of the candidate's signer, by its id. */
  readonly contractKey: (signerKeyId: string) => PublicKey
  /** Key that signs the ratified contract; by default that of the candidate's signer. */
  readonly signer: (signerKeyId: string) => SigningKey
  readonly receiptSigner: EvidenceSigner
  /** Files that no output may touch. */
  readonly protectedFiles: readonly string[]
  readonly append: (path: string, draft: EvidenceDraft, signer: EvidenceSigner) => unknown
  /** Stages the ratified contract for the history of a store. */
  readonly stageInstall: ((contractHash: string, text: string) => Promise<StagedFile>) | undefined
  /** Read when the decision is made: a person may have taken hours. */
  readonly now: () => number
  readonly eventId: (nowMs: number) => string
}

export interface RatifyResult {
  readonly contractHash: string
  readonly priorContractHash: string
  readonly ratified: number
  readonly rejected: number
  readonly enforced: number
  readonly held: Defaults['held']
  /** Forgotten rules that stay in the contract for information. */
  readonly forgotten: readonly string[]
  /** Forgotten rules that are enforced again. */
  readonly restored: readonly string[]
  readonly out: string
  readonly receipts: string
  readonly signerKeyId: string
  /** Whose contract it is; undefined when it names no agent. */
  readonly agent: string | undefined
  /** Nothing in the candidate changed. */
  readonly unchanged: boolean
  /** What was accepted beyond what was learned, by a flag or by answer. */
  readonly accepted: ReadonlySet<Beyond['kind']>
}

export async function runRatify(request: RatifyRequest): Promise<RatifyResult> {
  const candidate = resolve(request.candidate)
  const out = resolve(request.out ?? request.candidate)
  const receipts = resolve(request.receiptOut ?? join(dirname(out), 'ratification-receipts.jsonl'))
  const saved = request.saveDecisions === undefined ? undefined : resolve(request.saveDecisions)
  const outputs = [
    out,
    receipts,
    ...(request.dialogue ? [progressPath(out)] : []),
    ...(saved === undefined ? [] : [saved]),
  ]
  // the candidate itself may be rewritten; nothing else that is read may be
  checkOutputs(outputs, [...request.protectedFiles, ...(out === candidate ? [] : [candidate])])

  const incoming = readVerified(candidate, request.contractKey)
  const rules = viewsOf(incoming.body)
  if (rules.length === 0) throw new PipelockError('nothing_enforced', 'the candidate has no rules')
  // a key that is missing is said before a person answers, not after
  const signer = request.signer(incoming.body.signer_key_id)
  if (signer.path !== undefined) checkOutputs(outputs, [signer.path])
  const replaced = {path: out, agent: incoming.body.selector.agent, force: request.force === true || out === candidate}
  // nobody answers twenty questions for a file that is then refused
  if (request.dialogue) {
    refuseLoss(replaced)
    if (saved !== undefined) refuseOtherDecisions(saved, undefined, request.force === true)
  }
  const progress = request.dialogue && openProgress(progressPath(out), incoming.body.contract_hash, rules)
  const forgotten = forgottenIn(request, candidate, incoming)
  const {decisions, accepted, held} = await decide(request, incoming, {rules, progress, forgotten: forgotten.held})
  guardDecisions(rules, decisions, {
    acceptLowConfidence: accepted.has('low_confidence'),
    acceptHostWide: accepted.has('host_wide'),
    acceptTail: accepted.has('tail'),
    forgotten: forgotten.held,
  })
  if (progress) checkUnchanged(candidate, incoming, request.contractKey)

  const acceptTail = accepted.has('tail')
  const applied = applyDecisions(incoming.body, {decisions, signerKeyId: signer.keyId, acceptTail})
  const contract = applied.changed
    ? signContract(applied.body, signer.key)
    : {body: applied.body, signature: signBody(signer.key, applied.body)}
  refuseLoss({...replaced, contractHash: contract.body.contract_hash})
  const written = saved === undefined ? [] : [decisionsFile(saved, decisions)]
  for (const file of written) refuseOtherDecisions(file.path, file.text, request.force === true)
  const text = candidateText(contract, out)

  // the store comes before the candidate: a candidate that reads as ratified can always be promoted
  const installed = await request.stageInstall?.(contract.body.contract_hash, text)
  const outputFiles = [{path: out, text}, ...written]
  const staged = stageOutputs(outputFiles, installed ? [installed] : [])
  try {
    request.append(receipts, receiptDraft(request, contract, decisions), request.receiptSigner)
  } catch (error) {
    staged.discard()
    throw error
  }
  staged.publish()
  progress?.clear()
  const count = (requested: string): number =>
    [...decisions.values()].filter((decision) => decision === requested).length
  return {
    contractHash: contract.body.contract_hash,
    priorContractHash: incoming.body.contract_hash,
    ratified: rules.length - count('reject'),
    rejected: count('reject'),
    enforced: count('enforce'),
    held,
    forgotten: [...forgotten.held].filter((id) => decisions.get(id) === 'capture_only'),
    restored: forgotten.restored.filter((id) => decisions.get(id) === 'enforce'),
    out,
    receipts,
    signerKeyId: signer.keyId,
    agent: incoming.body.selector.agent,
    unchanged: !applied.changed,
    accepted,
  }
}

function decisionsFile(path: string, decisions: Decisions): Output & {readonly text: string} {
  const map = Object.fromEntries([...decisions].sort(([a], [b]) => (a < b ? -1 : 1)))
  return {path, text: formatOfPath(path) === 'json' ? indentedText(map) : writeYaml(map)}
}

/** Somebody may have compiled anew while a person decided: the answers were given to what they saw. */
function checkUnchanged(path: string, {body}: Contract, keyOf: RatifyRequest['contractKey']): void {
  if (readVerified(path, keyOf).body.contract_hash === body.contract_hash) return
  throw new PipelockError('decision_invalid', `${path} was replaced while you decided: nothing was written`, {
    hint: 'run it again; your answers to the earlier candidate are set aside, not applied',
  })
}

interface Decided {
  readonly decisions: Decisions
  readonly accepted: ReadonlySet<Beyond['kind']>
  readonly held: Defaults['held']
}

interface Undecided {
  readonly rules: ReturnType<typeof viewsOf>
  readonly progress: Progress | undefined
  readonly forgotten: ReadonlySet<string>
}

async function decide(
  request: RatifyRequest,
  {body}: Contract,
  {rules, progress, forgotten}: Undecided,
): Promise<Decided> {
  const kinds: Beyond['kind'][] = []
  if (request.acceptLowConfidence) kinds.push('low_confidence')
  if (request.acceptHostWide) kinds.push('host_wide')
  if (request.acceptTail) kinds.push('tail')
  const accepted = new Set(kinds)
  const nothing = {lowConfidence: 0, blockedOnly: 0}
  if (request.dialogue && progress) {
    const byId = new Map((body.rules ?? []).map((rule) => [rule.rule_id, rule]))
    const answered = await askDecisions(rules, {
      dialogue: request.dialogue,
      progress,
      level: request.level,
      everyRule: request.everyRule === true,
      forgotten,
      acceptLowConfidence: request.acceptLowConfidence,
      minEvents: Number(integerOf(body.defaults.confidence?.['min_events']) ?? 0n),
      facts: (id) => ({
        summary: textOf(byId.get(id)?.rationale?.['summary']),
      }),
      accepted: kinds,
    })
    return {...answered, held: nothing}
  }
  if (request.decisionsFile !== undefined) {
    return {decisions: readDecisions(request.decisionsFile, rules), accepted, held: nothing}
  }
  return {...defaultDecisions(rules, {...request, forgotten}), accepted}
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function receiptDraft(request: RatifyRequest, {body}: Contract, decisions: Decisions): EvidenceDraft {
  const nowMs = request.now()
  const ids = [...decisions.keys()].sort()
  return {
    event_id: request.eventId(nowMs),
    timestamp: formatTimestamp(nowMs),
    principal: request.receiptSigner.id,
    actor: 'learn ratify',
    payload_kind: 'contract_ratified',
    contract_hash: body.contract_hash,
    selector_id: body.selector.selector_id,
    payload: {
      contract_hash: body.contract_hash,
      // the key that the ratification signed the contract with: whoever holds both documents can compare the two; who
      // vouches for the receipt stands in its principal
      ratifier_key_id: body.signer_key_id,
      ratified_rule_ids: ids.filter((id) => decisions.get(id) !== 'reject'),
      ratification_decision_per_rule: Object.fromEntries(ids.map((id) => [id, decisions.get(id) ?? ''])),
    },
  }
}
