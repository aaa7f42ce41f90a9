// What a report counts as one decision, whichever record tells of it: an action receipt, an evidence receipt where no
// action receipts are, or a plain entry of a log that nobody signs. Values are cut: a record may be megabytes long.
import type {ActionRecord} from '../../../formats/action-record.js'
import type {EntryHead} from '../../../formats/entry.js'
import type {EvidenceReceipt} from '../../../formats/evidence-receipt.js'
import type {Int} from '../../../formats/member-table.js'
import {isObject, type JsonValue} from '../../../lib/json/reader.js'
import {parseTimestamp} from '../../../lib/timestamp.js'
import {isSignedDecision} from '../verify/decision-record.js'

export interface Decision {
  readonly timeMs: number
  readonly time: string
  readonly verdict: string
  readonly agent: string
  readonly transport: string
  readonly method: string
  readonly target: string
  /** Of the whole target, "" where the record names none. */
  readonly host: string
  readonly layer: string
  readonly pattern: string
  /** SHA-256 of the configuration; "" where the record does not say. */
  readonly policy: string
  readonly contract: Contract | undefined
  readonly seq: Int
  readonly isSigned: boolean
}

/** A contract as it was in force. */
export interface Contract {
  readonly contractHash: string
  readonly manifestHash: string
  readonly generation: string
  readonly selector: string
}

const MAX_TEXT = 256

export function cut(text: string, max = MAX_TEXT): string {
  return text.length <= max ? text : `${text.slice(0, max).toWellFormed()}…`
}

/** Records of sessions that open, beat and close are about the recorder, not about an agent. */
export const isControl = (record: ActionRecord): boolean => record.session_control !== undefined

export function decisionOfReceipt(record: ActionRecord): Decision {
  return {
    ...timed(record.timestamp),
    verdict: cut(record.verdict, 32),
    agent: cut(record.actor),
    transport: cut(record.transport, 32),
    method: cut(record.method ?? '', 32),
    target: cut(record.target),
    host: hostOf(record.target, record.transport),
    layer: cut(record.layer ?? '', 64),
    pattern: cut(record.pattern ?? ''),
    policy: cut(record.policy_hash, 64),
    contract: contractOf({
      contractHash: record.contract_hash ?? '',
      manifestHash: record.active_manifest_hash ?? '',
      generation: String(record.contract_generation ?? ''),
      selector: record.contract_selector_id ?? '',
    }),
    seq: record.chain_seq,
    isSigned: true,
  }
}

/** undefined for the kinds that tell of contracts and keys. */
export function decisionOfEvidence(receipt: EvidenceReceipt): Decision | undefined {
  if (receipt.kind !== 'proxy_decision') return undefined
  const {payload} = receipt
  const [target, transport] = [textIn(payload['target']), textIn(payload['transport'])]
  return {
    ...timed(receipt.timestamp),
    verdict: cut(textIn(payload['verdict']), 32),
    agent: cut(receipt.actor),
    transport: cut(transport, 32),
    method: '',
    target: cut(target),
    host: hostOf(target, transport),
    layer: cut(textIn(payload['winning_source']), 64),
    pattern: cut(textIn(payload['rule_id'])),
    policy: cut(receipt.policyHash, 80),
    contract: contractOfEvidence(receipt),
    seq: receipt.chain_seq,
    isSigned: true,
  }
}

export function contractOfEvidence(receipt: EvidenceReceipt): Contract | undefined {
  return contractOf({
    contractHash: receipt.contractHash,
    manifestHash: receipt.activeManifestHash,
    generation: receipt.contractGeneration === 0 ? '' : String(receipt.contractGeneration),
    selector: receipt.selectorId,
  })
}

/** The plain entry of a log without a key, or a signed decision record, whose signature counts where it `isChecked`. */
export function decisionOfEntry(head: EntryHead, detail: JsonValue, isChecked: boolean): Decision | undefined {
  if (!isObject(detail) || typeof detail['verdict'] !== 'string') return undefined
  const scanner = isObject(detail['scanner_result']) ? detail['scanner_result'] : detail
  return {
    ...timed(head.ts),
    verdict: cut(detail['verdict'], 32),
    agent: '',
    transport: cut(head.transport, 32),
    method: '',
    target: '',
    host: '',
    layer: cut(textIn(scanner['layer']), 64),
    pattern: cut(textIn(scanner['pattern'])),
    policy: '',
    contract: undefined,
    seq: head.seq,
    // what merely says that it is signed, anybody could have appended
    isSigned: isChecked && isSignedDecision(detail),
  }
}

function contractOf(contract: Contract): Contract | undefined {
  const {contractHash, manifestHash, generation, selector} = contract
  if (contractHash === '' && manifestHash === '') return undefined
  return {
    contractHash: cut(contractHash, 80),
    manifestHash: cut(manifestHash, 80),
    generation: cut(generation, 20),
    selector: cut(selector, 80),
  }
}

const textIn = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

/** Times were judged with their record: an unreadable one does not get here. */
function timed(time: string): {readonly time: string; readonly timeMs: number} {
  return {time, timeMs: parseTimestamp(time) ?? 0}
}

/** An address that is longer is none that anybody would send. */
const MAX_ADDRESS = 64 * 1024

/** Where the target is: a host, or the words of what is no address. Never of a target that was cut: what decides may stand behind. */
function hostOf(target: string, transport: string): string {
  if (target === '') return ''
  if (target.length > MAX_ADDRESS) return '(no address)'
  if (target.includes('://')) {
    try {
      const {hostname, protocol} = new URL(target)
      return cut(hostname === '' ? `(${protocol.slice(0, -1)})` : hostname)
    } catch {
      return '(no address)'
    }
  }
  if (transport.startsWith('mcp')) return '(MCP tool)'
  const authority = /^(\[[0-9a-fA-F:.]+\]|[^:/?#\s]+):\d{1,5}$/.exec(target)?.[1]
  return authority === undefined ? '(no address)' : cut(authority.toLowerCase())
}

/** Let through as it was. */
export const isAllowed = (verdict: string): boolean => verdict === 'allow' || verdict === 'forward'
export const isBlocked = (verdict: string): boolean => verdict === 'block'
