// `learn ratify` behind its flags (learn §16): verify the candidate, decide, guard, sign anew, leave a receipt. The receipt
// is durable before the ratified candidate replaces the old one: an artifact without its receipt cannot exist.
import {dirname, join, resolve} from 'node:path'
import {signBody} from '../../../core/formats/documents/canonical.js'
import {contractYaml, decodeContract, signContract, verifyContract} from '../../../core/formats/documents/contract.js'
import type {Contract} from '../../../core/formats/documents/contract.js'
import {formatOfPath} from '../../../core/formats/documents/decode.js'
import {MAX_CONTRACT_BYTES} from '../../../core/formats/documents/strict-json.js'
import {indentedText} from '../../../core/formats/documents/text.js'
import type {EvidenceDraft, EvidenceSigner} from '../../../core/formats/evidence-receipt.js'
import {PipelockError} from '../../../core/errors.js'
import {inFile, readFileSecurely} from '../../../core/key-source.js'
import type {StagedFile} from '../../../lib/atomic-file.js'
import type {PrivateKey, PublicKey} from '../../../lib/ed25519.js'
import {integerOf} from '../../../lib/json/reader.js'
import {formatTimestamp} from '../../../lib/timestamp.js'
import {checkOutputs, stageOutputs} from '../outputs.js'
import type {EnforceLevel} from '../review/decisions.js'
import {viewsOf} from '../review/rule-view.js'
import {applyDecisions} from './apply.js'
import {defaultDecisions, guardDecisions, readDecisions, type Decisions, type Defaults} from './choose.js'
import {askDecisions, type Dialogue} from './interactive.js'

export interface SigningKey {
  readonly keyId: string
  readonly key: PrivateKey
  /** File that holds it; undefined for a key that comes from none. */
  readonly path?: string | undefined
}

export interface RatifyRequest {
  readonly candidate: string
  readonly out: string | undefined
  readonly decisionsFile: string | undefined
  /** Present for an interactive run. */
  readonly dialogue: Dialogue | undefined
  readonly level: EnforceLevel
  readonly acceptLowConfidence: boolean
  readonly acceptHostWide: boolean
  readonly acceptTail: boolean
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
  readonly nowMs: number
  readonly eventId: string
}

export interface RatifyResult {
  readonly contractHash: string
  readonly priorContractHash: string
  readonly ratified: number
  readonly rejected: number
  readonly enforced: number
  readonly held: Defaults['held']
  readonly out: string
  readonly receipts: string
  readonly signerKeyId: string
  /** Whose contract it is; undefined when it names no agent. */
  readonly agent: string | undefined
  /** Nothing in the candidate changed. */
  readonly unchanged: boolean
}

export async function runRatify(request: RatifyRequest): Promise<RatifyResult> {
  const candidate = resolve(request.candidate)
  const out = resolve(request.out ?? request.candidate)
  const receipts = resolve(request.receiptOut ?? join(dirname(out), 'ratification-receipts.jsonl'))
  // the candidate itself may be rewritten; nothing else that is read may be
  checkOutputs([out, receipts], [...request.protectedFiles, ...(out === candidate ? [] : [candidate])])

  const incoming = readVerified(candidate, request.contractKey)
  const rules = viewsOf(incoming.body)
  if (rules.length === 0) throw new PipelockError('nothing_enforced', 'the candidate has no rules')
  const defaults = defaultDecisions(rules, request)
  const {decisions, hostWideConfirmed} = await decide(request, incoming, rules, defaults)
  guardDecisions(rules, decisions, {...request, acceptHostWide: request.acceptHostWide || hostWideConfirmed})

  const signer = request.signer(incoming.body.signer_key_id)
  if (signer.path !== undefined) checkOutputs([out, receipts], [signer.path])
  const applied = applyDecisions(incoming.body, {decisions, signerKeyId: signer.keyId, acceptTail: request.acceptTail})
  const contract = applied.changed
    ? signContract(applied.body, signer.key)
    : {body: applied.body, signature: signBody(signer.key, applied.body)}
  const text = formatOfPath(out) === 'json' ? indentedText(contract) : contractYaml(contract)

  // the store comes before the candidate: a candidate that reads as ratified can always be promoted
  const installed = await request.stageInstall?.(contract.body.contract_hash, text)
  const staged = stageOutputs([{path: out, text}], installed ? [installed] : [])
  try {
    request.append(receipts, receiptDraft(request, contract, decisions), request.receiptSigner)
  } catch (error) {
    staged.discard()
    throw error
  }
  staged.publish()
  const count = (wanted: string): number => [...decisions.values()].filter((decision) => decision === wanted).length
  return {
    contractHash: contract.body.contract_hash,
    priorContractHash: incoming.body.contract_hash,
    ratified: rules.length - count('reject'),
    rejected: count('reject'),
    enforced: count('enforce'),
    held: request.dialogue || request.decisionsFile ? {lowConfidence: 0, blockedOnly: 0} : defaults.held,
    out,
    receipts,
    signerKeyId: signer.keyId,
    agent: incoming.body.selector.agent,
    unchanged: !applied.changed,
  }
}

/** A tampered candidate would otherwise be signed anew as genuine. */
function readVerified(path: string, keyOf: RatifyRequest['contractKey']): Contract {
  const bytes = readFileSecurely(path, {maxBytes: MAX_CONTRACT_BYTES})
  return inFile(path, () => {
    const contract = decodeContract(bytes, formatOfPath(path))
    verifyContract(contract, keyOf(contract.body.signer_key_id))
    return contract
  })
}

async function decide(
  request: RatifyRequest,
  {body}: Contract,
  rules: ReturnType<typeof viewsOf>,
  defaults: Defaults,
): Promise<{readonly decisions: Decisions; readonly hostWideConfirmed: boolean}> {
  if (request.dialogue) {
    const byId = new Map((body.rules ?? []).map((rule) => [rule.rule_id, rule]))
    return askDecisions(rules, {
      dialogue: request.dialogue,
      defaults: defaults.decisions,
      minEvents: Number(integerOf(body.defaults.confidence?.['min_events']) ?? 0n),
      rationale: (id) => ({
        summary: textOf(byId.get(id)?.rationale?.['summary']),
        dataClass: textOf(byId.get(id)?.rationale?.['data_class']),
      }),
      acceptHostWide: request.acceptHostWide,
    })
  }
  if (request.decisionsFile !== undefined) {
    return {decisions: readDecisions(request.decisionsFile, rules), hostWideConfirmed: false}
  }
  return {decisions: defaults.decisions, hostWideConfirmed: false}
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function receiptDraft(request: RatifyRequest, {body}: Contract, decisions: Decisions): EvidenceDraft {
  const ids = [...decisions.keys()].sort()
  return {
    event_id: request.eventId,
    timestamp: formatTimestamp(request.nowMs),
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
