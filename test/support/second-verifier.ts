// A second verifier of signed documents, from the tables of the formats: its own reader, its own canonical writers, its
// own Ed25519. It only tells whether a document is what was signed.
import {createHash} from 'node:crypto'
import {verifySecond} from './second-ed25519.js'
import {secondJson, SecondFault, type Node} from './second-json.js'

class Refused extends Error {}

function refuse(): never {
  throw new Refused()
}

/** True when `judge` ends without refusing; faults of the text are refusals too. */
export function secondAccepts(judge: () => void): boolean {
  try {
    judge()
    return true
  } catch (error) {
    if (error instanceof Refused || error instanceof SecondFault) return false
    throw error
  }
}

const members = (node: Node): ReadonlyMap<string, Node> =>
  node.type === 'object' ? new Map(node.members.map(({name, value}) => [name, value])) : refuse()
const textOf = (node: Node | undefined): string => (node?.type === 'string' ? node.text : refuse())
const only = (nodes: ReadonlyMap<string, Node>, ...names: string[]): void => {
  if (![...nodes.keys()].every((name) => names.includes(name))) refuse()
}

const HTML = new Map([...'<>&\u2028\u2029'].map((c) => [c, `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`]))
const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
}

function quote(text: string, html: boolean): string {
  let out = '"'
  for (const c of text) {
    const control = c < ' ' ? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}` : undefined
    out += SHORT[c] ?? control ?? (html ? HTML.get(c) : undefined) ?? c
  }
  return `${out}"`
}

const byCodePoint = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

function integer(token: string, least: bigint, most: bigint): string {
  if (!/^(0|-?[1-9][0-9]*)$/.test(token)) refuse()
  const value = BigInt(token)
  return value < least || value > most ? refuse() : token
}

const MAX63 = 2n ** 63n - 1n

/** Writer J, or E with the HTML escapes. */
function canonical(node: Node, html: boolean): string {
  switch (node.type) {
    case 'word':
      return node.word
    case 'number':
      return integer(node.token, -MAX63, MAX63)
    case 'string':
      return quote(node.text.normalize('NFC'), html)
    case 'list':
      return `[${node.items.map((item) => canonical(item, html)).join(',')}]`
    case 'object': {
      const sorted = node.members.map(({name, value}) => [name.normalize('NFC'), value] as const)
      sorted.sort(([a], [b]) => byCodePoint(a, b))
      return `{${sorted.map(([name, value]) => `${quote(name, html)}:${canonical(value, html)}`).join(',')}}`
    }
  }
}

function signature(text: string): Buffer {
  return /^ed25519:[0-9a-fA-F]{128}$/.test(text) ? Buffer.from(text.slice(8), 'hex') : refuse()
}

function signedBy(key: Uint8Array, message: Uint8Array | string, bytes: Uint8Array): void {
  if (!verifySecond(key, Buffer.from(message), bytes)) refuse()
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()

// the tables, one word a member: name, "?" when optional, "!" when it counts as zero if it is missing, and its type: s string, t time, i int64, u uint64, b bool,
// S list of strings, N the same or null, o one of the objects below, O a list of them
type Tables = Readonly<Record<string, string>>

const RECORD = `version:i action_id:s parent_action_id?:s action_type:s timestamp:t principal:s actor:s delegation_chain:N
  target:s intent?:s data_classes_in?:S data_classes_out?:S side_effect_class:s reversibility:s policy_hash:s verdict:s
  decision_phase?:s defer_id?:s resolution_policy?:s resolution_source?:s session_id?:s session_id_original?:s
  session_taint_level?:s session_contaminated?:b recent_taint_sources?:O session_task_id?:s session_task_label?:s
  authority_kind?:s taint_decision?:s taint_decision_reason?:s task_override_applied?:b contract_winning_source?:s
  contract_live_verdict?:s contract_policy_sources?:S contract_rule_id?:s active_manifest_hash?:s contract_hash?:s
  contract_selector_id?:s contract_generation?:u transport:s method?:s layer?:s pattern?:s severity?:s redaction?:o
  shield?:o request_id?:s chain_prev_hash:s chain_seq:u run_nonce?:s key_transition?:o session_control?:o venue?:s
  jurisdiction?:s rulebook_id?:s remedy_class?:s contestation_window?:s precedent_refs?:S`

const RECORD_PARTS: Tables = {
  recent_taint_sources: 'url:s kind:s level:i timestamp:t receipt_id?:s match_reason?:s',
  redaction: 'profile?:s provider?:s parser?:s total_redactions?:i by_class?:m cache_boundary_kept?:b',
  shield: 'pipeline?:s total_rewrites?:i',
  key_transition: 'prior_signer_key:s prior_chain_seq:u prior_chain_hash:s',
  session_control: 'kind:s open?:o heartbeat?:o close?:o',
  open: `run_nonce!:s open_nonce!:s recorder_session!:s policy_hash!:s signer_key_epoch!:s heartbeat_seconds!:i
    chain_open_seq!:u prior_chain_head?:s prior_chain_seq?:u genesis_hash?:s genesis_anchor_head?:s
    genesis_anchor_log?:s posture_capsule_sha256?:s posture_signer_key_id?:s containment_nonce?:s contained_uid?:s`,
  heartbeat: `run_nonce!:s open_nonce!:s beat!:u chain_head!:s chain_seq_head!:u heartbeat_time!:t
    fsync_errors_gated!:u durability_blocks!:u`,
  close: `run_nonce!:s open_nonce!:s final_seq!:u root_hash!:s receipt_count!:u close_reason!:s
    fsync_errors_gated!:u durability_blocks!:u`,
}

const DECISION = `version:i type:s session_id:s manifest_ref?:s timestamp:t verdict:s scanner_result:o policy_rule:o
  request_context:o`
const DECISION_PARTS: Tables = {
  scanner_result: 'layer:s pattern?:s match_text?:s confidence?:s',
  policy_rule: 'source:s section?:s action?:s',
  request_context: 'transport:s tool_name?:s direction?:s',
}

const ENDORSEMENT = `version:i session_id:s prior_signer_key:s prior_final_seq:u prior_tail_hash:s new_signer_key:s
  rotated_at:t`
const ANCHOR = `version:i session_id:s deleted_through_seq:u entry_hash:s receipt_seq:u receipt_hash:s signer_key:s time:t`

const ZERO = new Set(['""', '0', 'false', '[]', '{}'])

/** Writer G over a table; members outside it are refused, except those named in `beside`. */
function fixed(node: Node, table: string, parts: Tables, beside: readonly string[] = []): string {
  const nodes = members(node)
  const rows = table.split(/\s+/).map((row) => row.split(':') as [string, string])
  only(nodes, ...rows.map(([name]) => name.replace(/[?!]/, '')), ...beside)
  const out: string[] = []
  for (const [marked, type] of rows) {
    const name = marked.replace(/[?!]/, '')
    const value = nodes.get(name)
    if (!value) {
      if (marked === name) refuse()
      if (marked.endsWith('!')) out.push(`"${name}":${type === 's' || type === 't' ? '""' : '0'}`)
      continue
    }
    const text = typed(value, type, name, parts)
    // a present object is written even when it is empty: absent and empty objects sign differently
    if (!marked.endsWith('?') || type === 'o' || !ZERO.has(text)) out.push(`"${name}":${text}`)
  }
  return `{${out.join(',')}}`
}

function typed(node: Node, type: string, name: string, parts: Tables): string {
  switch (type) {
    case 't':
    case 's': {
      const text = textOf(node)
      if (type === 't' && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?Z$/.test(text)) refuse()
      return quote(text, true)
    }
    case 'i':
      return node.type === 'number' ? integer(node.token, -MAX63 - 1n, MAX63) : refuse()
    case 'u':
      return node.type === 'number' ? integer(node.token, 0n, 2n ** 64n - 1n) : refuse()
    case 'b':
      return node.type === 'word' && node.word !== 'null' ? node.word : refuse()
    case 'N':
      if (node.type === 'word' && node.word === 'null') return 'null'
      return typed(node, 'S', name, parts)
    case 'S':
      return node.type === 'list' ? `[${node.items.map((item) => quote(textOf(item), true)).join(',')}]` : refuse()
    case 'm': {
      if (node.type !== 'object') refuse()
      const sorted = node.members.toSorted((a, b) => byCodePoint(a.name, b.name))
      return `{${sorted.map((m) => `${quote(m.name, true)}:${typed(m.value, 'i', name, parts)}`).join(',')}}`
    }
    case 'O':
      if (node.type !== 'list') refuse()
      return `[${node.items.map((item) => fixed(item, parts[name] ?? refuse(), parts)).join(',')}]`
    default:
      return fixed(node, parts[name] ?? refuse(), parts)
  }
}

/** ActionReceipt v1. */
export function secondAction(node: Node, key: Uint8Array): void {
  const nodes = members(node)
  only(nodes, 'version', 'action_record', 'signature', 'signer_key', 'ext')
  const version = nodes.get('version')
  if (version?.type !== 'number' || version.token !== '1') refuse()
  if (textOf(nodes.get('signer_key')) !== Buffer.from(key).toString('hex')) refuse()
  const record = nodes.get('action_record') ?? refuse()
  signedBy(key, sha256(fixed(record, RECORD, RECORD_PARTS)), signature(textOf(nodes.get('signature'))))
}

const ACTIVATION = [
  'contract_promote_intent',
  'contract_rollback_authorized',
  'key_rotation',
  'contract_redaction_request',
]
const BLANK: Node = secondJson(Buffer.from('{"algorithm":"","key_purpose":"","signature":"","signer_key_id":""}'))

/** EvidenceReceipt v2: an added or removed member changes the signed text. */
export function secondEvidence(node: Node, key: Uint8Array): void {
  const nodes = members(node)
  const proof = members(nodes.get('signature') ?? refuse())
  only(proof, 'signer_key_id', 'key_purpose', 'algorithm', 'signature')
  const purpose = ACTIVATION.includes(textOf(nodes.get('payload_kind')))
    ? 'contract-activation-signing'
    : 'receipt-signing'
  if (textOf(proof.get('signer_key_id')) === '' || textOf(proof.get('key_purpose')) !== purpose) refuse()
  if (textOf(proof.get('algorithm')) !== 'ed25519' || node.type !== 'object') refuse()
  const blanked: Node = {...node, members: node.members.map((m) => (m.name === 'signature' ? {...m, value: BLANK} : m))}
  signedInEither(blanked, key, signature(textOf(proof.get('signature'))))
}

function signedInEither(node: Node, key: Uint8Array, bytes: Uint8Array): void {
  const [plain, escaped] = [canonical(node, false), canonical(node, true)]
  if (plain === escaped || !verifySecond(key, Buffer.from(plain), bytes)) signedBy(key, escaped, bytes)
}

function signedOverTable(
  node: Node,
  table: string,
  parts: Tables,
  domain: string,
  member: string,
  key: Uint8Array,
): void {
  const text = textOf(members(node).get(member))
  signedBy(key, sha256(domain + fixed(node, table, parts, [member])), signature(text))
}

export function secondEndorsement(node: Node, key: Uint8Array): void {
  signedOverTable(node, ENDORSEMENT, {}, 'pipelock-rotation-endorsement-v1\0', 'endorsement', key)
}

export function secondAnchor(node: Node, key: Uint8Array): void {
  signedOverTable(node, ANCHOR, {}, 'pipelock-retention-anchor-v1\0', 'signature', key)
}

export function secondDecision(node: Node, key: Uint8Array): void {
  signedOverTable(node, DECISION, DECISION_PARTS, '', 'signature', key)
}

const OPTIONAL = new Set([
  'prior_contract_hash',
  'required_capture_grade',
  'observed_capture_grade',
  'budgets',
  'agent',
  'agent_glob',
  'default',
  'principal',
  'rollback_target',
])

/** The typed projection, as far as one body needs it: optional members with their zero value are left out. */
function projected(node: Node): Node {
  if (node.type === 'list') return {...node, items: node.items.map(projected)}
  if (node.type !== 'object') return node
  const kept = node.members.filter(({name, value}) => !(OPTIONAL.has(name) && ZERO.has(canonical(value, false))))
  return {...node, members: kept.map((m) => ({...m, value: projected(m.value)}))}
}

/** `{"body":…,"signature":…}`. */
export function secondDocument(node: Node, key: Uint8Array): void {
  const nodes = members(node)
  only(nodes, 'body', 'signature')
  signedInEither(projected(nodes.get('body') ?? refuse()), key, signature(textOf(nodes.get('signature'))))
}

/** A root transition: the old root signs, and the new one. */
export function secondTransition(node: Node, oldKey: Uint8Array, newKey: Uint8Array): void {
  const nodes = members(node)
  only(nodes, 'body', 'old_signature', 'new_signature')
  const body = nodes.get('body') ?? refuse()
  signedInEither(body, oldKey, signature(textOf(nodes.get('old_signature'))))
  signedInEither(body, newKey, signature(textOf(nodes.get('new_signature'))))
}

/** An active manifest: every entry must hold. */
export function secondManifest(
  node: Node,
  keys: Readonly<Record<string, {readonly raw: Uint8Array; readonly principal: string}>>,
): void {
  const nodes = members(node)
  only(nodes, 'body', 'signatures')
  const entries = nodes.get('signatures')
  if (entries?.type !== 'list' || entries.items.length === 0) refuse()
  for (const item of entries.items) {
    const entry = members(item)
    only(entry, 'key_id', 'principal', 'key_purpose', 'algorithm', 'signature')
    const key = keys[textOf(entry.get('key_id'))] ?? refuse()
    if (!['', key.principal].includes(textOf(entry.get('principal')))) refuse()
    if (textOf(entry.get('key_purpose')) !== 'contract-activation-signing') refuse()
    if (textOf(entry.get('algorithm')) !== 'ed25519') refuse()
    signedInEither(projected(nodes.get('body') ?? refuse()), key.raw, signature(textOf(entry.get('signature'))))
  }
}

const BEHIND_SESSION = ['chain_kind', 'writer_instance_id']
/** Members of an entry in the order of its line; those before `hash` are hashed in this order. */
const entryNames = (version: '2' | '3'): readonly string[] => [
  ...['v', 'seq', 'ts', 'session_id', ...(version === '3' ? BEHIND_SESSION : [])],
  ...['trace_id', 'type', 'event_kind', 'transport', 'summary', 'detail', 'raw_ref', 'prev_hash', 'hash'],
]

/** A recorder log of one version, everything in it signed by the key. */
export function secondLog(bytes: Buffer, key: Uint8Array, version: '2' | '3'): void {
  const names = entryNames(version)
  let previous = 'genesis'
  let uncovered = 0
  let seq = 0
  if (bytes.length === 0 || bytes[bytes.length - 1] !== 10) refuse()
  for (let from = 0; from < bytes.length; seq++) {
    const to = bytes.indexOf(10, from)
    const line = bytes.subarray(from, to)
    from = to + 1
    const node = secondJson(line)
    const nodes = members(node)
    const raw = ({from: a, to: b}: Node): string => line.subarray(a, b).toString('utf8')
    const parts = names.flatMap((name) => {
      const value = nodes.get(name)
      if (!value) return ['trace_id', 'event_kind', 'raw_ref'].includes(name) ? [] : refuse()
      const text =
        name === 'detail'
          ? raw(value)
          : typed(value, name === 'v' || name === 'seq' ? 'u' : name === 'ts' ? 't' : 's', name, {})
      return text === '""' && !['transport', 'summary', ...BEHIND_SESSION].includes(name)
        ? refuse()
        : [`"${name}":${text}`]
    })
    if (`{${parts.join(',')}}` !== line.toString('utf8') || !Buffer.from(line.toString('utf8')).equals(line)) refuse()
    const value = (name: string): string => {
      const member = nodes.get(name)
      return !member ? '' : member.type === 'string' && name !== 'detail' ? member.text : raw(member)
    }
    if (value('v') !== version || value('seq') !== String(seq) || value('session_id') !== 'proxy') refuse()
    if (value('prev_hash') !== previous) refuse()
    const hash = sha256(names.slice(0, -1).map(value).join('\0')).toString('hex')
    if (value('hash') !== hash) refuse()
    const type = value('type')
    const detail = nodes.get('detail') ?? refuse()
    if (type === 'action_receipt') secondAction(detail, key)
    if (type === 'decision') secondDecision(detail, key)
    if (type === 'checkpoint') {
      const numbers = members(detail)
      const number = (name: string): number => Number(typed(numbers.get(name) ?? refuse(), 'u', name, {}))
      const [count, first, through] = [number('entry_count'), number('first_seq'), number('last_seq')]
      if (numbers.size !== 4 || first !== uncovered || through !== seq - 1 || count !== through - first + 1) refuse()
      const text = textOf(numbers.get('signature'))
      if (!/^[0-9a-fA-F]{128}$/.test(text)) refuse()
      signedBy(key, previous, Buffer.from(text, 'hex'))
      uncovered = seq + 1
    }
    previous = hash
  }
}
