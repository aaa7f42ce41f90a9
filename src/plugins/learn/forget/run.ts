// `learn forget` behind its flags: one rule leaves the candidate, and the contract that held it is buried. The
// new candidate is staged before anything can be seen, then come tombstone, receipt, and last the renames: a crash leaves
// the old candidate whole, and no new one without its receipt. The same command run again ends what it began.
import {existsSync} from 'node:fs'
import {dirname, join, resolve} from 'node:path'
import {signContract, type Contract, type Rule} from '../../../formats/documents/contract.js'
import {forgottenText, type ForgottenRule} from '../../../formats/documents/forgotten.js'
import {tombstoneHash, type Tombstone} from '../../../formats/documents/tombstone.js'
import type {EvidenceDraft, EvidenceSigner} from '../../../formats/evidence-receipt.js'
import {PipelockError} from '../../../core/errors.js'
import {makeDirectory, type StagedFile} from '../../../lib/atomic-file.js'
import type {PublicKey} from '../../../lib/ed25519.js'
import {quoted} from '../../../lib/terminal.js'
import {formatTimestamp} from '../../../lib/timestamp.js'
import {candidateText, readVerified, type SigningKey} from '../candidate.js'
import {ledgerPath, ledgerText, readLedger} from '../compile/ledger.js'
import {checkOutputs, stageOutputs, stem, type Output} from '../outputs.js'
import {reindexed} from '../ratify/apply.js'
import {viewOf} from '../view/rule-view.js'
import {readRecord, recordPath, tombstonesBeside} from '../ratify/forgotten-record.js'
import {checkReason} from './reason.js'
import {findReceipt, redactionDraft} from './receipt.js'
import {
  existingTombstone,
  createTombstone,
  placeAt,
  tombstoneJson,
  tombstoneYaml,
  type TombstonePlace,
} from './tombstone.js'

/** The tombstones of a contract store: where what is written is also enforced. */
export interface TombstoneStore {
  find(contractHash: string): readonly TombstonePlace[]
  /** The tombstone unless it is there, and the record of the rule; the store stays locked until both are published or discarded. */
  stage(text: string | undefined, rule: ForgottenRule): Promise<StagedFile>
}

export interface ForgetRequest {
  readonly candidate: string
  readonly ruleId: string
  readonly reason: string
  readonly out: string | undefined
  readonly tombstoneDir: string | undefined
  readonly receiptOut: string | undefined
  readonly store: TombstoneStore | undefined
  /** Key of the candidate's signer, by its id. */
  readonly contractKey: (signerKeyId: string) => PublicKey
  /** Key that signs what is left; by default that of the candidate's signer. */
  readonly signer: (signerKeyId: string) => SigningKey
  readonly activation: SigningKey
  /** Files that no output may touch. */
  readonly protectedFiles: readonly string[]
  readonly append: (path: string, draft: EvidenceDraft, signer: EvidenceSigner) => unknown
  readonly nowMs: number
  /** A new id; the tombstone's is the first one. */
  readonly newId: () => string
}

export interface ForgetResult {
  readonly ruleId: string
  readonly contractHash: string
  readonly priorContractHash: string
  readonly tombstoneHash: string
  readonly authorizationId: string
  readonly out: string
  readonly tombstone: string
  readonly receipts: string
  readonly receiptsEmitted: number
  readonly agent: string | undefined
  readonly signerKeyId: string
  readonly warnings: readonly string[]
}

export async function runForget(request: ForgetRequest): Promise<ForgetResult> {
  if (request.ruleId.trim() === '') throw new PipelockError('usage', '--rule is empty')
  const {reason, warnings} = checkReason(request.reason)
  const candidate = resolve(request.candidate)
  const out = resolve(request.out ?? `${stem(request.candidate)}.forgotten.yaml`)
  const receipts = resolve(request.receiptOut ?? join(dirname(candidate), 'redaction-receipts.jsonl'))
  const incoming = readVerified(candidate, request.contractKey)
  const hash = incoming.body.contract_hash
  const tombstones = resolve(request.tombstoneDir ?? tombstonesBeside(candidate))
  const tombstonePath = join(tombstones, `${hash.replace(':', '-')}.tombstone.yaml`)
  const record = recordPath(tombstones)
  const signer = request.signer(incoming.body.signer_key_id)
  const keyFiles = [signer.path, request.activation.path].filter((path) => path !== undefined)
  checkOutputs(
    [out, ledgerPath(out), tombstonePath, receipts, ...(request.store ? [] : [record])],
    [candidate, ledgerPath(candidate), ...keyFiles, ...request.protectedFiles],
  )

  const contract = signContract(without(incoming, request.ruleId, signer.keyId), signer.key)
  const outputs: Output[] = [
    {path: out, text: candidateText(contract, out)},
    ...ledgerOutputs(candidate, out, incoming, contract),
  ]
  const inStore = request.store?.find(hash) ?? []
  const places = [placeAt(tombstonePath), ...inStore].filter((place) => place !== undefined)
  const known = existingTombstone(places, hash, request.activation)
  const tombstone =
    known ??
    createTombstone({
      contractHash: hash,
      nowMs: request.nowMs,
      authorizationId: request.newId(),
      key: request.activation,
    })

  const staged = stageOutputs(outputs)
  let emitted: boolean
  try {
    await bury(request, tombstone, {
      path: tombstonePath,
      isInStore: inStore.some(({path}) => path.endsWith('.json')),
      record,
      rule: {
        rule_id: request.ruleId,
        agent: incoming.body.selector.agent ?? '',
        contract_hash: hash,
        authorization_id: tombstone.body.redaction_authorization_id,
        forgotten_at: formatTimestamp(request.nowMs),
      },
    })
    makeDirectory(dirname(receipts))
    emitted = appendOnce(
      request,
      receipts,
      redactionDraft({
        contractHash: hash,
        selectorId: incoming.body.selector.selector_id,
        tombstone,
        reason,
        keyId: request.activation.keyId,
        nowMs: request.nowMs,
      }),
    )
  } catch (error) {
    staged.discard()
    throw error
  }
  staged.publish()
  return {
    ruleId: request.ruleId,
    contractHash: contract.body.contract_hash,
    priorContractHash: hash,
    tombstoneHash: tombstoneHash(tombstone),
    authorizationId: tombstone.body.redaction_authorization_id,
    out,
    tombstone: tombstonePath,
    receipts,
    receiptsEmitted: emitted ? 1 : 0,
    agent: incoming.body.selector.agent,
    signerKeyId: signer.keyId,
    warnings: [
      ...warnings,
      ...(request.store
        ? []
        : [
            'no contract store is known: the tombstone is evidence only, promote does not see it; only learn ratify of a candidate in this folder will hold the rule back',
          ]),
      ...(known && emitted
        ? ['the contract was tombstoned before: what was forgotten from it then is still in this candidate']
        : []),
      ...remains(contract.body.rules ?? [], incoming, request.ruleId),
    ],
  }
}

interface Burial {
  /** Of the tombstone beside the candidate. */
  readonly path: string
  readonly isInStore: boolean
  /** Of the record of forgotten rules that is kept where there is no store. */
  readonly record: string
  readonly rule: ForgottenRule
}

/** Writes the tombstone where it is not yet: what is there was compared with this one, whatever its layout. */
async function bury({store}: ForgetRequest, tombstone: Tombstone, at: Burial): Promise<void> {
  const stored = await store?.stage(at.isInStore ? undefined : tombstoneJson(tombstone), at.rule)
  const copy = existsSync(at.path) ? [] : [{path: at.path, text: tombstoneYaml(tombstone)}]
  stageOutputs([...copy, ...(stored ? [] : recordOutputs(at))], stored ? [stored] : []).publish()
}

function recordOutputs({record, rule}: Burial): readonly Output[] {
  const text = forgottenText(readRecord(record), rule)
  return text === undefined ? [] : [{path: record, text}]
}

/** The body without the rule; what named rules by their number follows them. */
function without({body}: Contract, ruleId: string, signerKeyId: string): object {
  const before = body.rules ?? []
  const kept = [...before.keys()].filter((index) => before[index]?.rule_id !== ruleId)
  if (kept.length === before.length) {
    throw new PipelockError('rule_not_found', `the candidate has no rule ${quoted(ruleId)}`, {
      hint: 'the file that --candidate names has the rule_id of every rule, beside its display_name',
    })
  }
  if (kept.length === 0) {
    throw new PipelockError('last_rule', `${quoted(ruleId)} is the last rule of the candidate`, {
      hint: 'withdraw the whole contract with "pipelock learn rollback" or by promoting another one',
    })
  }
  return {
    ...body,
    signer_key_id: signerKeyId,
    prior_contract_hash: body.contract_hash,
    field_data_classes: reindexed(body.field_data_classes, kept),
    rules: kept.map((index) => before[index]),
  }
}

/** The ledger without the rule's values, for the new hash; none when the candidate has none of its own. */
function ledgerOutputs(candidate: string, out: string, incoming: Contract, {body}: Contract): readonly Output[] {
  const ledger = readLedger(candidate, incoming.body.contract_hash)
  if (!ledger || ledger.contractHash !== incoming.body.contract_hash) return []
  const kept = new Set((body.rules ?? []).map((rule) => rule.rule_id))
  const rules = new Map([...ledger.rules].filter(([id]) => kept.has(id)))
  return [{path: ledgerPath(out), text: ledgerText({contractHash: body.contract_hash, rules})}]
}

/** False when an interrupted run has appended it already. Another redaction of a known tombstone is an event of its own. */
function appendOnce(request: ForgetRequest, path: string, draft: EvidenceDraft): boolean {
  const existing = findReceipt(path, draft, request.activation)
  if (existing === 'same') return false
  const signer = {id: request.activation.keyId, key: request.activation.key}
  request.append(path, existing === 'none' ? draft : {...draft, event_id: request.newId()}, signer)
  return true
}

/** Compile makes a path-, a method- and an action-level rule of the same traffic: forgetting one leaves the others. */
function remains(kept: readonly Rule[], {body}: Contract, ruleId: string): readonly string[] {
  const gone = (body.rules ?? []).find((rule) => rule.rule_id === ruleId)
  const name = gone && nameOf(gone)
  const same =
    name === undefined ? [] : kept.filter((rule) => nameOf(rule) === name).map((rule) => quoted(rule.rule_id))
  return same.length === 0 ? [] : [`other rules of the same path or tool stay, and name it still: ${same.join(', ')}`]
}

/** What a person would see again in another rule; undefined for a rule of a whole host. */
function nameOf(rule: Rule): string | undefined {
  const {host, ports, paths, server, tool} = viewOf(rule)
  if (tool !== '') return JSON.stringify([server, tool])
  return paths.length === 0 ? undefined : JSON.stringify([host, ports, paths.map((path) => path.value)])
}
