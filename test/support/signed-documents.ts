// One signed document of every format, with both verifiers of each: the input of the mutation test.
import {createHash} from 'node:crypto'
import {parseDocument} from 'yaml'
import {EvidenceFault, readEvidenceObject} from '../../src/formats/evidence-fault.js'
import {signActionReceipt} from '../../src/formats/action-receipt.js'
import {signEvidenceReceipt, type EvidenceDraft} from '../../src/formats/evidence-receipt.js'
import {
  checkManifestStructure,
  decodeManifest,
  manifestText,
  signManifest,
  verifyManifestSignatures,
} from '../../src/formats/documents/active-manifest.js'
import {contractYaml, decodeContract, verifyContract} from '../../src/formats/documents/contract.js'
import {signBody} from '../../src/formats/documents/canonical.js'
import {decodeRecovery, verifyRecovery} from '../../src/formats/documents/recovery.js'
import {decodeTransition, verifyTransition} from '../../src/formats/documents/transition.js'
import {entryLine, hashEntry, parseEntryLine} from '../../src/formats/entry.js'
import {loadRoster, rosterText, signRoster} from '../../src/formats/documents/roster.js'
import {decodeTombstone, signTombstone, verifyTombstone} from '../../src/formats/documents/tombstone.js'
import {PipelockError} from '../../src/core/errors.js'
import {fingerprint, sign, signatureText} from '../../src/lib/ed25519.js'
import {verifyDecisionRecord} from '../../src/plugins/receipts/verify/decision-record.js'
import {parseEndorsement} from '../../src/formats/endorsement.js'
import {parseRetentionAnchor} from '../../src/formats/retention-anchor.js'
import {verifySingle} from '../../src/plugins/receipts/verify/single.js'
import {
  ANNA,
  BERT,
  COMPILE,
  contract,
  ENVIRONMENT,
  httpRule,
  NOW,
  PIN,
  ROOT,
  ROSTER_KEYS,
  roster,
  selectorFor,
} from './contract-store.js'
import {Log, retentionAnchor, testKey, verifyTexts} from './evidence.js'
import {secondJson} from './second-json.js'
import {
  secondAccepts,
  secondAction,
  secondAnchor,
  secondDecision,
  secondDocument,
  secondEndorsement,
  secondEvidence,
  secondLog,
  secondManifest,
  secondTransition,
} from './second-verifier.js'

export interface SignedDocument {
  readonly name: string
  readonly bytes: Buffer
  /** 'valid', or the code of the refusal. */
  native(bytes: Buffer): string | Promise<string>
  second(bytes: Buffer): boolean
  /** Only one spelling: order, escapes and white space count. */
  readonly fixedForm?: boolean
  /** Strings are compared after NFC. */
  readonly nfc?: boolean
  /** The code of every fault, where there is only one. */
  readonly oneCode?: string
  /** Objects with free members, in which a new member is not an unknown field. */
  readonly free?: RegExp
  /** Members that may be added with their zero value and change nothing: path of the object, member text. */
  readonly zeros?: readonly (readonly [string, string])[]
}

const key = testKey('mutants')
const next = testKey('mutants next')
const {raw} = key.public
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

function codeOf(judge: () => unknown): string {
  try {
    judge()
    return 'valid'
  } catch (error) {
    if (error instanceof EvidenceFault) return error.reason
    if (error instanceof PipelockError) return error.code
    throw error
  }
}

const single = (bytes: Buffer): string => verifySingle(bytes, {trusted: [key.public]}).failure?.reason ?? 'valid'

const TEXT = 'https://api.example.com/é/search?q=<a>&b=\u2028\t"\\😀'

const record = {
  version: 1,
  action_id: 'action-1',
  action_type: 'read',
  timestamp: '2026-05-10T10:00:00.5Z',
  principal: 'local',
  actor: 'agent-é',
  delegation_chain: null,
  target: TEXT,
  data_classes_in: ['a', 'b'],
  side_effect_class: 'external_read',
  reversibility: 'full',
  policy_hash: 'defaults',
  verdict: 'allow',
  session_contaminated: true,
  recent_taint_sources: [{url: TEXT, kind: 'web', level: 4, timestamp: '2026-05-10T10:00:00Z'}],
  contract_generation: 2n ** 64n - 1n,
  transport: 'forward',
  redaction: {profile: 'p', total_redactions: 3, by_class: {z: 1, a: 2}},
  shield: {},
  chain_prev_hash: 'genesis',
  chain_seq: 10,
} as const

const action = signActionReceipt(record, key).text
const actionZeros = [
  ['action_record', '"intent":""'],
  ['action_record', '"task_override_applied":false'],
  ['action_record', '"precedent_refs":[]'],
  ['action_record.redaction', '"cache_boundary_kept":false'],
] as const

const H = `sha256:${'a'.repeat(64)}`
const outcome = {target_manifest_hash: H, prior_manifest_hash: H, intent_id: 'i', validation_outcome: 'accepted'}

/** The thirteen payload kinds of evidence receipts. */
const PAYLOADS: Readonly<Record<EvidenceDraft['payload_kind'], EvidenceDraft['payload']>> = {
  proxy_decision: {
    action_type: 'read',
    target: TEXT,
    verdict: 'allow',
    transport: 'forward',
    policy_sources: ['contract', 'é'],
    winning_source: 'contract',
  },
  contract_ratified: {
    contract_hash: H,
    ratifier_key_id: 'k',
    ratified_rule_ids: ['r1'],
    ratification_decision_per_rule: {r1: 'enforce'},
  },
  contract_promote_intent: {target_manifest_hash: H, target_generation: 2, prior_manifest_hash: H, intent_id: 'i'},
  contract_promote_committed: outcome,
  contract_rollback_authorized: {
    rollback_target_hash: H,
    current_generation: 3,
    authorizer_signatures: ['s'],
    authorization_id: 'a',
  },
  contract_rollback_committed: {
    rollback_target_hash: H,
    prior_manifest_hash: H,
    authorization_id: 'a',
    validation_outcome: 'rejected',
    reject_reason: 'r',
  },
  contract_demoted: {
    contract_hash: H,
    rule_id: 'r',
    demotion_reason: 'd',
    prior_state: 'enforce',
    new_state: 'capture_only',
    aggregation_window: 'w',
  },
  contract_expired: {contract_hash: H, rule_id: 'r', expiration_reason: 'e'},
  contract_drift: {contract_hash: H, rule_id: 'r', drift_kind: 'negative', missed_windows: 4, opportunity_status: 'o'},
  shadow_delta: {
    contract_hash: H,
    rule_id: 'r',
    original_verdict: 'allow',
    candidate_verdict: 'block',
    aggregation: {
      window_start: '2026-05-10T10:00:00Z',
      window_end: '2026-05-10T10:01:00Z',
      lossless_count: 7,
      delta_sample_count: 2,
      exemplar_ids: ['x'],
    },
  },
  opportunity_missing: {
    contract_hash: H,
    rule_id: 'r',
    parent_context: 'p',
    historical_opportunity_rate: '0.5',
    current_opportunity_rate: '0.1',
    window: 'w',
  },
  key_rotation: {
    key_id: 'k',
    key_purpose: 'receipt-signing',
    old_status: 'active',
    new_status: 'revoked',
    roster_hash: H,
    authorization_id: 'a',
  },
  contract_redaction_request: {
    target_contract_hash: H,
    request_kind: 'local_erasure_tombstone',
    reason_class: 'r',
    authorization_id: 'a',
    tombstone_hash: H,
  },
}

const kinds = Object.keys(PAYLOADS) as EvidenceDraft['payload_kind'][]

function evidence(kind: EvidenceDraft['payload_kind']): string {
  const draft: EvidenceDraft = {
    payload_kind: kind,
    event_id: 'event',
    timestamp: '2026-05-10T10:00:00Z',
    actor: 'agent-é',
    contract_hash: H,
    contract_generation: 2n ** 63n - 1n,
    payload: PAYLOADS[kind],
  }
  return signEvidenceReceipt(draft, {chain_seq: 1, chain_prev_hash: 'a'.repeat(64)}, {id: 'signer-1', key}).text
}

/** The same receipt as another signer writes it: over the HTML-escaped form. */
function escapedForm(text: string): string {
  const blank = '{"algorithm":"","key_purpose":"","signature":"","signer_key_id":""}'
  const escapes: Readonly<Record<string, string>> = {
    '<': '\\u003c',
    '>': '\\u003e',
    '&': '\\u0026',
    '\u2028': '\\u2028',
  }
  const preimage = text
    .replace(/"signature":\{.*?\}/, `"signature":${blank}`)
    .replace(/[<>&\u2028]/g, (c) => escapes[c] ?? c)
  return text.replace(/ed25519:[0-9a-f]{128}/, signatureText(sign(key, Buffer.from(preimage))))
}

function endorsement(): string {
  const signed = {
    version: 1,
    session_id: 'proxy é',
    prior_signer_key: key.public.hex,
    prior_final_seq: 12,
    prior_tail_hash: 'b'.repeat(64),
    new_signer_key: next.public.hex,
    rotated_at: '2026-05-10T10:00:00Z',
  }
  const message = digest(`pipelock-rotation-endorsement-v1\0${JSON.stringify(signed)}`)
  return JSON.stringify({...signed, endorsement: signatureText(sign(key, message))})
}

function decision(): string {
  const signed = {
    version: 1,
    type: 'decision_record',
    session_id: 'proxy',
    timestamp: '2026-05-10T10:00:00Z',
    verdict: 'block',
    scanner_result: {layer: 'dlp', pattern: 'é'},
    policy_rule: {source: 'config'},
    request_context: {transport: 'forward'},
  }
  const {policy_rule, request_context, scanner_result, session_id, timestamp, type, verdict, version} = signed
  const signature = signatureText(sign(key, digest(JSON.stringify(signed))))
  return JSON.stringify({
    policy_rule,
    request_context,
    scanner_result,
    session_id,
    signature,
    timestamp,
    type,
    verdict,
    version,
  })
}

function log(): string {
  const written = new Log(key)
  written.receipt({target: 'https://a.example/é'}).checkpoint().entry('decision', decision()).receipt().checkpoint()
  return written.text
}

/** The same in version 3, as another recorder writes it. */
function logOfVersion3(): string {
  let out = ''
  let previous = 'genesis'
  for (const [seq, line] of log().trimEnd().split('\n').entries()) {
    const {head, detail} = parseEntryLine(line)
    const signed = sign(key, Buffer.from(previous)).toString('hex')
    const text =
      head.type === 'checkpoint'
        ? JSON.stringify({...(detail as object), signature: signed})
        : parseEntryLine(line).detailText
    const next = {...head, v: 3, seq, chain_kind: 'é', writer_instance_id: 'w', prev_hash: previous} as const
    previous = hashEntry(next, text)
    out += `${entryLine(next, text, previous)}\n`
  }
  return out
}

const second =
  (
    judge: (node: ReturnType<typeof secondJson>, key: Uint8Array) => void,
    of: Uint8Array = raw,
    nfc = false,
    depth = 128,
  ) =>
  (bytes: Buffer): boolean =>
    secondAccepts(() => judge(secondJson(bytes, nfc, depth), of))

const recorderLog = (name: string, text: string, version: '2' | '3'): SignedDocument => ({
  name,
  bytes: Buffer.from(text),
  native: async (bytes) => {
    const {failure} = await verifyTexts({0: bytes}, {level: 'integrity', trusted: [key.public]})
    return failure?.reason ?? 'valid'
  },
  second: (bytes) => secondAccepts(() => secondLog(bytes, raw, version)),
  fixedForm: true,
})

const nonces = {run_nonce: 'ab'.repeat(16), open_nonce: 'cd'.repeat(16)}
const counters = {fsync_errors_gated: 1, durability_blocks: 2n ** 64n - 1n}
/** Control receipts: read here, never written by this product. Nothing in them is zero. */
const CONTROLS = {
  session_open: {
    open: {
      ...nonces,
      recorder_session: 'proxy é',
      policy_hash: 'defaults',
      signer_key_epoch: key.public.hex,
      heartbeat_seconds: 30,
      chain_open_seq: 4,
      prior_chain_head: 'a'.repeat(64),
      prior_chain_seq: 3,
    },
  },
  heartbeat: {
    heartbeat: {
      ...nonces,
      beat: 7,
      chain_head: 'a'.repeat(64),
      chain_seq_head: 9,
      heartbeat_time: '2026-05-10T10:00:00.25Z',
      ...counters,
    },
  },
  session_close: {
    close: {
      ...nonces,
      final_seq: 10,
      root_hash: 'a'.repeat(64),
      receipt_count: 11,
      close_reason: 'graceful_shutdown',
      ...counters,
    },
  },
} as const

const controls = Object.entries(CONTROLS).map(([kind, payload]): SignedDocument => {
  const control = {kind, ...payload}
  const text = signActionReceipt({...record, run_nonce: nonces.run_nonce, session_control: control}, key).text
  return {
    name: `control receipt ${kind}`,
    bytes: Buffer.from(text),
    native: single,
    second: second(secondAction),
    free: /by_class$/,
    zeros: kind === 'session_open' ? [['action_record.session_control.open', '"contained_uid":""']] : [],
  }
})

const transitionReceipt = signActionReceipt(
  {
    ...record,
    chain_seq: 0,
    key_transition: {
      prior_signer_key: next.public.hex,
      prior_chain_seq: 2n ** 63n,
      prior_chain_hash: 'a'.repeat(64),
    },
  },
  key,
).text

const recoveryBody = {
  schema_version: 1,
  reason: 'the roster is lost, ça arrive',
  expires_at: '2026-05-10T11:00:00Z',
  target_roster_hash: H,
  operator_identity: 'anna',
  issued_at: '2026-05-10T10:00:00Z',
}
const recovery = JSON.stringify({body: recoveryBody, signature: signBody(key, recoveryBody)})

const transitionBody = {
  schema_version: 1,
  root_kind: 'roster-root',
  old_fingerprint: fingerprint(raw),
  new_fingerprint: fingerprint(next.public.raw),
  effective_at: '2026-05-10T10:00:00Z',
  reason: 'the yearly change, é',
}
const transition = JSON.stringify({
  body: transitionBody,
  old_signature: signBody(key, transitionBody),
  new_signature: signBody(next, transitionBody),
})

const retention = retentionAnchor(
  {
    session_id: 'proxy',
    deleted_through_seq: 9,
    entry_hash: 'c'.repeat(64),
    receipt_seq: 4,
    receipt_hash: 'd'.repeat(64),
    time: '2026-05-10T10:00:00Z',
  },
  key,
)

const bound = contract('agent-é', [httpRule('r1', {paths: ['/a', '/é']}), httpRule('r2')])
const manifest = manifestText(
  signManifest(
    {
      generation: 2,
      priorManifestHash: H,
      environment: {...ENVIRONMENT, tenant: 'açme'},
      selectors: [selectorFor('agent-é', bound)],
      signedAt: '2026-05-01T00:00:00Z',
    },
    [ANNA, BERT],
  ),
)
const rosterBytes = rosterText(
  signRoster(
    {schema_version: 1, roster_signed_by: 'root-1', keys: [...ROSTER_KEYS], data_class_root: 'internal'},
    ROOT,
  ),
)
const tombstone = JSON.stringify(
  signTombstone(
    {
      schema_version: 1,
      tombstone: true,
      prior_contract_hash: H,
      redacted_at: '2026-05-01T00:00:00Z',
      redaction_authorization_id: 'auth-é',
      signer_key_id: ANNA.keyId,
      key_purpose: 'contract-activation-signing',
      data_class_root: 'internal',
    },
    ANNA.key,
  ),
)

const operators = Object.fromEntries(
  [ANNA, BERT].map(({keyId, principal, key: pair}) => [keyId, {raw: pair.public.raw, principal}]),
)

const evidenceDocument = (name: string, text: string): SignedDocument => ({
  name,
  bytes: Buffer.from(text),
  native: single,
  second: second(secondEvidence, raw, true),
  nfc: true,
  free: /^payload\.ratification_decision_per_rule$/,
})

export const SIGNED_DOCUMENTS: readonly SignedDocument[] = [
  {
    name: 'action receipt',
    bytes: Buffer.from(action),
    native: single,
    second: second(secondAction),
    free: /by_class$/,
    zeros: actionZeros,
  },
  {
    name: 'action receipt with ext',
    bytes: Buffer.from(action.replace(/\}$/, ',"ext":{"n":10,"é":["x",null],"o":{"a":true}}}')),
    native: single,
    second: second(secondAction),
    free: /by_class$/,
    zeros: actionZeros,
  },
  ...controls,
  {
    name: 'action receipt that opens a segment',
    bytes: Buffer.from(transitionReceipt),
    native: single,
    second: second(secondAction),
    free: /by_class$/,
  },
  ...kinds.map((kind) => evidenceDocument(`evidence receipt ${kind}`, evidence(kind))),
  evidenceDocument('evidence receipt in the escaped form', escapedForm(evidence('proxy_decision'))),
  {
    name: 'rotation endorsement',
    bytes: Buffer.from(endorsement()),
    native: (bytes) => codeOf(() => parseEndorsement(bytes)),
    second: second(secondEndorsement),
  },
  {
    name: 'retention anchor',
    bytes: Buffer.from(retention),
    native: (bytes) => codeOf(() => parseRetentionAnchor(bytes, 'proxy', new Set([key.public.hex]))),
    second: second(secondAnchor),
    oneCode: 'retention_anchor_invalid',
  },
  {
    name: 'decision record',
    bytes: Buffer.from(decision()),
    native: (bytes) => codeOf(() => verifyDecisionRecord(readEvidenceObject(bytes), [key.public])),
    second: second(secondDecision),
    zeros: [
      ['', '"manifest_ref":""'],
      ['policy_rule', '"section":""'],
    ],
  },
  recorderLog('recorder log', log(), '2'),
  recorderLog('recorder log of version 3', logOfVersion3(), '3'),
  {
    name: 'contract',
    bytes: Buffer.from(JSON.stringify(bound)),
    native: (bytes) => codeOf(() => verifyContract(decodeContract(bytes, 'json'), COMPILE.public)),
    second: second(secondDocument, COMPILE.public.raw, true, 64),
    nfc: true,
    free: /field_data_classes|observation$|confidence|selector|rationale|recurring|opportunity/,
    zeros: [
      ['body', '"prior_contract_hash":""'],
      ['body.selector', '"default":false'],
    ],
  },
  {
    name: 'active manifest',
    bytes: Buffer.from(manifest.trimEnd()),
    native: (bytes) =>
      codeOf(() => {
        const read = decodeManifest(bytes)
        checkManifestStructure(read.body)
        verifyManifestSignatures(read, roster(), 2, NOW)
      }),
    second: second((node) => secondManifest(node, operators), raw, true, 64),
    nfc: true,
    zeros: [['body', '"rollback_target":""']],
  },
  {
    name: 'roster',
    bytes: Buffer.from(rosterBytes.trimEnd()),
    native: (bytes) => codeOf(() => loadRoster(bytes, 'json', PIN)),
    oneCode: 'roster_decode',
    second: second(secondDocument, ROOT.public.raw, true, 64),
    nfc: true,
  },
  {
    name: 'tombstone',
    bytes: Buffer.from(tombstone),
    native: (bytes) => codeOf(() => verifyTombstone(decodeTombstone(bytes, 'json'), ANNA.key.public)),
    second: second(secondDocument, ANNA.key.public.raw, true, 64),
    nfc: true,
  },
  {
    name: 'recovery authorization',
    bytes: Buffer.from(recovery),
    native: (bytes) =>
      codeOf(() =>
        verifyRecovery(decodeRecovery(bytes, 'json'), {
          key: key.public,
          pinnedFingerprint: fingerprint(raw),
          targetRosterHash: H,
          nowMs: Date.UTC(2026, 4, 10, 10, 30),
        }),
      ),
    second: second(secondDocument, raw, true, 64),
    nfc: true,
  },
  {
    name: 'root transition',
    bytes: Buffer.from(transition),
    native: (bytes) =>
      codeOf(() =>
        verifyTransition(decodeTransition(bytes, 'json'), {
          oldKey: key.public,
          newKey: next.public,
          pinnedFingerprint: fingerprint(raw),
          nowMs: Date.UTC(2026, 4, 10, 10, 30),
          allowEarly: false,
        }),
      ),
    second: second((node) => secondTransition(node, raw, next.public.raw), raw, true, 64),
    nfc: true,
  },
]

/** The form in which contracts are stored. The second reader is the YAML library, not our own for the subset. */
export const SIGNED_YAML = {
  bytes: Buffer.from(contractYaml(bound)),
  native: (bytes: Buffer): string => codeOf(() => verifyContract(decodeContract(bytes, 'yaml'), COMPILE.public)),
  second: (bytes: Buffer): boolean => {
    const document = parseDocument(bytes.toString('utf8'), {version: '1.2', uniqueKeys: true})
    if (document.errors.length > 0) return false
    const text = Buffer.from(JSON.stringify(document.toJS()))
    return secondAccepts(() => secondDocument(secondJson(text, true, 64), COMPILE.public.raw))
  },
}
