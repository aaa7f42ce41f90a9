// One golden of every signed document, and its corrupt twins: each fails with the specific code of the error catalogue
//, and what only looks different (another order of members, the HTML-escaped signature) is accepted.
import {describe, expect, test} from 'vitest'
import {
  checkManifestStructure,
  decodeManifest,
  createSelector,
  manifestText,
  selectorSetHash,
  signManifest,
  verifyManifestSignatures,
} from '../../src/formats/documents/active-manifest.js'
import {canonicalHash, canonicalText, signBody, verifyBody} from '../../src/formats/documents/canonical.js'
import {
  decodeCompileManifest,
  moduleDigestRoot,
  verifyCompileManifest,
} from '../../src/formats/documents/compile-manifest.js'
import {checkContract, contractHash, decodeContract} from '../../src/formats/documents/contract.js'
import {decodeRecovery, verifyRecovery} from '../../src/formats/documents/recovery.js'
import {resolveKey} from '../../src/formats/documents/resolve-key.js'
import {loadRoster} from '../../src/formats/documents/roster.js'
import {indentedText} from '../../src/formats/documents/text.js'
import {decodeTombstone, verifyTombstone} from '../../src/formats/documents/tombstone.js'
import {decodeTransition, verifyTransition} from '../../src/formats/documents/transition.js'
import {
  decodeVerificationMetadata,
  signVerificationMetadata,
  verifyVerificationMetadata,
} from '../../src/formats/documents/verification-metadata.js'
import {PipelockError} from '../../src/core/errors.js'
import {fingerprint, sign, signatureText, type PrivateKey} from '../../src/lib/ed25519.js'
import {escapeHtml} from '../../src/lib/json/writer.js'
import {
  ANNA,
  COMPILE,
  contract,
  ENVIRONMENT,
  httpRule,
  key,
  NOW,
  PIN,
  ROOT,
  roster,
  ROSTER_KEYS,
} from '../support/contract-store.js'
import {golden} from '../support/golden.js'

type Json = {[name: string]: unknown}
/** Stands in every document, so that its two canonical forms differ. */
const MARKED = 'a<b>&c'
const NEXT_ROOT = key('next root')
const HASH = `sha256:${'1'.repeat(64)}`

interface Kind {
  readonly body: object
  readonly key: PrivateKey
  /** The envelope of a signature over the body. */
  envelope(body: object, signature: string): object
  /** All checks; gives which form was signed, where the kind tells. */
  verify(bytes: Uint8Array): unknown
  /** Where a string stands that only the signature protects, as a path into the body. */
  readonly free: string
  /** Code of a body with a flipped byte. */
  readonly flipped: string
  /** The code for faults of decoding and of structure where the kind has one of its own. */
  readonly decoding?: string
  readonly structure?: string
}

const signed = (body: object, signature: string): object => ({body, signature})
const text = (value: object): string => indentedText(value as never)

const learned = contract('agent-a', [{...httpRule('r-1'), display_name: MARKED}])
const manifest = signManifest(
  {
    generation: 1,
    priorManifestHash: 'sha256:genesis',
    environment: {...ENVIRONMENT, tenant: MARKED},
    selectors: [createSelector({kind: 'agent', agent: 'agent-a'}, learned.body.contract_hash)],
    signedAt: '2026-05-01T00:00:00Z',
  },
  [ANNA],
)
const digests = {'pipelock@0.1.0': HASH}

const KINDS: Readonly<Record<string, Kind>> = {
  contract: {
    body: learned.body,
    key: COMPILE,
    envelope: signed,
    verify(bytes) {
      const {body, signature} = decodeContract(bytes, 'json')
      checkContract(body)
      return verifyBody(COMPILE.public, body, signature)
    },
    free: 'observation_window.observation_window_root',
    flipped: 'hash_mismatch',
  },
  'active-manifest': {
    body: manifest.body,
    key: ANNA.key,
    envelope: (body, signature) => ({body, signatures: [{...manifest.signatures?.[0], signature}]}),
    verify(bytes) {
      const document = decodeManifest(bytes)
      checkManifestStructure(document.body)
      return verifyManifestSignatures(document, roster(), 1, NOW)
    },
    free: 'history_root',
    flipped: 'signature_invalid',
  },
  'key-roster': {
    body: {
      schema_version: 1,
      roster_signed_by: 'root-1',
      keys: ROSTER_KEYS.map((info) => (info.key_id === 'op-carl' ? {...info, principal: MARKED} : info)),
      data_class_root: 'internal',
    },
    key: ROOT,
    envelope: signed,
    verify: (bytes) => loadRoster(bytes, 'json', PIN).variant,
    free: 'keys.1.valid_from',
    flipped: 'signature_invalid',
    decoding: 'roster_decode',
    structure: 'roster_invalid',
  },
  tombstone: {
    body: {
      schema_version: 1,
      tombstone: true,
      prior_contract_hash: HASH,
      redacted_at: '2026-05-01T00:00:00Z',
      redaction_authorization_id: MARKED,
      signer_key_id: ANNA.keyId,
      key_purpose: 'contract-activation-signing',
      data_class_root: 'internal',
    },
    key: ANNA.key,
    envelope: signed,
    verify: (bytes) => verifyTombstone(decodeTombstone(bytes, 'json'), ANNA.key.public),
    free: 'redacted_at',
    flipped: 'signature_invalid',
  },
  'compile-manifest': {
    body: {
      schema_version: 1,
      contract_hash: HASH,
      compile_started_at: '2026-05-01T00:00:00Z',
      compile_finished_at: '2026-05-01T00:00:01Z',
      pipelock_version: MARKED,
      pipelock_build_sha: 't',
      go_version: 'node v20',
      module_digest_root: moduleDigestRoot(digests),
      module_digests: digests,
      compile_config_hash: HASH,
      inputs: [{path: 'a.jsonl', sha256: HASH, event_count: 3}],
      observation_window_root: HASH,
      settings: {confidence: {min_sessions: 5}},
      signer_key_id: 'compile-1',
      key_purpose: 'contract-compile-signing',
    },
    key: COMPILE,
    envelope: signed,
    verify: (bytes) => verifyCompileManifest(decodeCompileManifest(bytes, 'json'), COMPILE.public),
    free: 'go_version',
    flipped: 'signature_invalid',
  },
  'recovery-authorization': {
    body: {
      schema_version: 1,
      reason: MARKED,
      expires_at: '2026-05-01T12:30:00Z',
      target_roster_hash: HASH,
      operator_identity: 'anna',
      issued_at: '2026-05-01T11:45:00Z',
    },
    key: ROOT,
    envelope: signed,
    verify: (bytes) =>
      verifyRecovery(decodeRecovery(bytes, 'json'), {
        key: ROOT.public,
        pinnedFingerprint: PIN,
        targetRosterHash: HASH,
        nowMs: NOW,
      }),
    free: 'operator_identity',
    flipped: 'signature_invalid',
    structure: 'recovery_invalid',
  },
  'root-transition': {
    body: {
      schema_version: 1,
      root_kind: 'roster-root',
      old_fingerprint: PIN,
      new_fingerprint: fingerprint(NEXT_ROOT.public.raw),
      effective_at: '2026-05-01T00:00:00Z',
      reason: MARKED,
    },
    key: ROOT,
    // the new root is in step with whatever the old one signed
    envelope: (body, signature) => ({
      body,
      old_signature: signature,
      new_signature: signature === html(body, ROOT) ? html(body, NEXT_ROOT) : signBody(NEXT_ROOT, body),
    }),
    verify: (bytes) =>
      verifyTransition(decodeTransition(bytes, 'json'), {
        oldKey: ROOT.public,
        newKey: NEXT_ROOT.public,
        pinnedFingerprint: PIN,
        nowMs: NOW,
        allowEarly: false,
      }),
    free: 'reason',
    flipped: 'signature_invalid',
    structure: 'transition_invalid',
  },
  'verification-metadata': {
    body: signVerificationMetadata(
      {
        contractHash: HASH,
        tombstoneHashes: [`sha256:${'3'.repeat(64)}`, `sha256:${'2'.repeat(64)}`],
        signedAt: '2026-05-01T00:00:00Z',
        signerKeyId: MARKED,
      },
      ANNA.key,
    ).body,
    key: ANNA.key,
    envelope: signed,
    verify: (bytes) => verifyVerificationMetadata(decodeVerificationMetadata(bytes, 'json'), ANNA.key.public),
    free: 'bundle_signed_at',
    flipped: 'signature_invalid',
  },
}

function html(body: object, by: PrivateKey): string {
  return signatureText(sign(by, Buffer.from(escapeHtml(canonicalText(body)), 'utf8')))
}

function codeOf(verify: () => unknown): string {
  try {
    verify()
    return 'accepted'
  } catch (error) {
    if (error instanceof PipelockError) return error.code
    throw error
  }
}

const copy = (value: object): Json => JSON.parse(JSON.stringify(value)) as Json

/** What holds the member at a path, and the name of the member. */
function at(body: Json, path: string): {readonly holder: Json; readonly name: string} {
  const steps = path.split('.')
  const name = steps.pop() ?? ''
  return {holder: steps.reduce((value, step) => value[step] as Json, body), name}
}

const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reversed(member)]),
  )
}

describe.each(Object.entries(KINDS))('%s', (name, kind) => {
  const genuine = kind.envelope(kind.body, signBody(kind.key, kind.body))
  const whole = text(genuine)
  const judge = (document: string | Uint8Array): string =>
    codeOf(() => kind.verify(typeof document === 'string' ? Buffer.from(document, 'utf8') : document))
  const decoding = (code: string): string => kind.decoding ?? code
  const structure = (code: string): string => kind.structure ?? code
  /** A document that is changed and then signed again: only the change can be what is wrong. */
  const resigned = (change: (body: Json) => void, by: PrivateKey = kind.key): string => {
    const body = copy(kind.body)
    change(body)
    if (name === 'contract') body['contract_hash'] = contractHash(body as never)
    return judge(JSON.stringify(kind.envelope(body, signBody(by, body))))
  }

  test('the golden', () => {
    golden(`documents/${name}.json`, whole)
    expect(judge(whole)).toBe('accepted')
  })

  test('the signature in the HTML-escaped form, and members in another order', () => {
    expect(canonicalText(kind.body)).toContain(MARKED)
    // the hash of a contract is claimed in the form that was signed
    const body = name === 'contract' ? {...kind.body, contract_hash: learned.body.contract_hash} : kind.body
    expect(judge(text(kind.envelope(body, html(body, kind.key))))).toBe('accepted')
    expect(judge(JSON.stringify(reversed(genuine)))).toBe('accepted')
    expect(JSON.stringify(reversed(genuine))).not.toBe(JSON.stringify(genuine))
  })

  test('a flipped byte of the signature, of the body, of a member name', () => {
    const flip = (head: RegExp) =>
      judge(whole.replace(head, (all: string) => all.slice(0, -1) + (all.endsWith('0') ? '1' : '0')))
    expect(flip(/"ed25519:./)).toBe('signature_invalid')
    const body = copy(kind.body)
    const {holder, name: member} = at(body, kind.free)
    const value = holder[member] as string
    holder[member] = `${value.slice(0, -1)}${value.endsWith('x') ? 'y' : 'x'}`
    const flipped = judge(JSON.stringify({...genuine, body}))
    expect(flipped).toBe(kind.flipped)
    expect(judge(whole.replace('"schema_version"', '"schema_versioo"'))).toBe(decoding('unknown_field'))
  })

  test('a signature without its prefix, too short, or of another key', () => {
    expect(judge(whole.replace('"ed25519:', '"'))).toBe('signature_format')
    expect(judge(whole.replace(/"ed25519:../, '"ed25519:'))).toBe('signature_format')
    expect(judge(text(kind.envelope(kind.body, signBody(key('somebody'), kind.body))))).toBe('signature_invalid')
  })

  test('members: twice, unknown, in another case, missing, null, of another type', () => {
    const first = '"schema_version": 1,'
    expect(judge(whole.replace(first, `${first} ${first}`))).toBe(decoding('duplicate_key'))
    expect(judge(whole.replace(first, `${first} "x": 1,`))).toBe(decoding('unknown_field'))
    expect(judge(whole.replace('"schema_version"', '"Schema_version"'))).toBe(decoding('unknown_field'))
    expect(judge(whole.replace(first, ''))).toBe(decoding('missing_required_field'))
    expect(judge(whole.replace(first, '"schema_version": null,'))).toBe(decoding('invalid_field'))
    expect(judge(whole.replace(first, '"schema_version": "1",'))).toBe(decoding('invalid_field'))
    expect(judge(JSON.stringify({...genuine, x: 1}))).toBe(decoding('unknown_field'))
  })

  test('text that is no such JSON', () => {
    const first = '"schema_version": 1'
    expect(judge('')).toBe(decoding('empty_payload'))
    expect(judge(' null\n')).toBe(decoding('empty_payload'))
    expect(judge(whole.slice(0, -4))).toBe(decoding('malformed_json'))
    expect(judge(`${whole}{}`)).toBe(decoding('trailing_tokens'))
    expect(judge(whole.replace(first, '"schema_version": 1.0'))).toBe(decoding('float_not_allowed'))
    expect(judge(whole.replace(first, '"schema_version": 1e0'))).toBe(decoding('float_not_allowed'))
    expect(judge(whole.replace(MARKED, '\\ud800'))).toBe(decoding('invalid_utf8'))
    expect(judge(Buffer.concat([Buffer.from(whole), Buffer.of(0xff)]))).toBe(decoding('invalid_utf8'))
    expect(judge(whole.replace(first, `"x": ${'['.repeat(70)}${']'.repeat(70)}, ${first}`))).toBe(
      decoding('nesting_too_deep'),
    )
    expect(judge(whole + ' '.repeat(8 * 1024 * 1024 + 1))).toBe(decoding('payload_too_large'))
  })

  test('another schema version, signed', () => {
    expect(resigned((body) => (body['schema_version'] = 2))).toBe(structure('bad_schema_version'))
  })

  // kinds without a purpose have none to forge
  if ('key_purpose' in kind.body) {
    test('another purpose, signed', () => {
      expect(resigned((body) => (body['key_purpose'] = 'receipt-signing'))).toBe('wrong_key_purpose')
    })
  }

  const SPECIFIC: readonly [string, string, unknown, string][] = [
    ['contract', 'contract_kind', 'other', 'bad_contract_kind'],
    ['contract', 'rules.0.lifecycle_state', 'paused', 'bad_lifecycle'],
    ['contract', 'rules.0.rule_kind', 'other', 'unenforceable_rule_kind'],
    ['contract', 'rules.0.observed_capture_grade', 'none', 'bad_capture_grade'],
    ['contract', 'data_class_root', '', 'missing_data_class'],
    ['contract', 'data_class_root', 'secret', 'invalid_data_class'],
    ['contract', 'data_class_root', 'regulated', 'regulated_field'],
    ['contract', 'rules', [httpRule('r-1'), httpRule('r-1')], 'duplicate_rule_id'],
    ['active-manifest', 'manifest_kind', 'other', 'bad_manifest_kind'],
    ['active-manifest', 'selector_set_hash', HASH, 'selector_set_hash_mismatch'],
    ['active-manifest', 'selectors.0.selector_id', HASH, 'selector_id_mismatch'],
    ['key-roster', 'roster_signed_by', 'op-anna', 'roster_root_missing'],
    ['key-roster', 'keys.0.key_purpose', 'recovery-root', 'roster_root_wrong_purpose'],
    ['key-roster', 'keys.1.status', 'paused', 'roster_invalid'],
    ['key-roster', 'keys.1.key_id', 'op-anna', 'roster_invalid'],
    ['key-roster', 'keys.1.public_key_hex', '0'.repeat(64), 'key_invalid'],
    ['tombstone', 'tombstone', false, 'bad_tombstone'],
    ['tombstone', 'data_class_root', 'regulated', 'regulated_field'],
    ['compile-manifest', 'module_digest_root', HASH, 'module_root_mismatch'],
    ['compile-manifest', 'settings.secrets', {}, 'disallowed_setting'],
    ['recovery-authorization', 'reason', '', 'recovery_invalid'],
    ['recovery-authorization', 'target_roster_hash', `sha256:${'2'.repeat(64)}`, 'recovery_target_mismatch'],
    ['recovery-authorization', 'expires_at', '2026-05-01T11:59:59Z', 'recovery_expired'],
    ['recovery-authorization', 'issued_at', '2026-05-01T12:00:01Z', 'recovery_not_yet_valid'],
    ['recovery-authorization', 'issued_at', '2026-05-01T11:29:59Z', 'recovery_invalid'],
    ['root-transition', 'old_fingerprint', HASH, 'transition_fingerprint_mismatch'],
    ['root-transition', 'new_fingerprint', HASH, 'transition_fingerprint_mismatch'],
    ['root-transition', 'root_kind', 'other', 'transition_invalid'],
    ['root-transition', 'effective_at', '2026-05-02T00:00:00Z', 'transition_not_effective'],
    ['verification-metadata', 'bundle_kind', 'other', 'bad_bundle_kind'],
    ['verification-metadata', 'tombstone_index_root', HASH, 'tombstone_index_mismatch'],
    ['verification-metadata', 'tombstone_hashes', [HASH, HASH], 'tombstone_index_mismatch'],
    ['verification-metadata', 'signer_key_id', '', 'missing_required_field'],
  ]
  test.each(SPECIFIC.filter(([of]) => of === name))('%s: %s = %j, signed, is %s', (_, path, value, code) => {
    const set = (body: Json): void => {
      const {holder, name: member} = at(body, path)
      holder[member] = value
    }
    expect(resigned(set)).toBe(code)
  })
})

test('selectors of a manifest, signed: twice, of no target, of two', () => {
  const judge = (selectors: readonly object[]): string => {
    const withIds = selectors.map((selector) => ({selector_id: canonicalHash(selector), ...selector}))
    const body = {
      ...manifest.body,
      selectors: withIds,
      selector_set_hash: selectorSetHash(withIds as never),
    }
    const document = {body, signatures: [{...manifest.signatures?.[0], signature: signBody(ANNA.key, body)}]}
    return codeOf(() => checkManifestStructure(decodeManifest(Buffer.from(JSON.stringify(document))).body))
  }
  const one = {agent: 'agent-a', contract_hash: HASH}
  expect(judge([one, one])).toBe('duplicate_selector')
  expect(judge([one, {...one, contract_hash: learned.body.contract_hash}])).toBe('duplicate_selector')
  expect(judge([{contract_hash: HASH}])).toBe('bad_selector')
  expect(judge([{agent: 'agent-a', agent_glob: 'a*', contract_hash: HASH}])).toBe('bad_selector')
})

test('keys of the roster: unknown, revoked, a root, not valid yet, expired, of another purpose; principals', () => {
  const judge = (info: object | undefined, nowMs = NOW): string => {
    const keys = ROSTER_KEYS.flatMap((each) =>
      each.key_id !== ANNA.keyId ? [each] : info === undefined ? [] : [{...each, ...info}],
    )
    return codeOf(() => verifyManifestSignatures(manifest, roster(keys), 1, nowMs))
  }
  expect(judge({})).toBe('accepted')
  expect(judge(undefined)).toBe('key_unknown')
  expect(judge({status: 'revoked'})).toBe('key_revoked')
  expect(judge({valid_from: '2026-05-01T12:00:01Z'})).toBe('key_not_yet_valid')
  expect(judge({valid_until: '2026-05-01T11:59:59Z'})).toBe('key_expired')
  expect(judge({valid_until: '2026-05-01T12:00:00Z'})).toBe('accepted')
  expect(judge({valid_until: 'soon'})).toBe('key_expired')
  expect(judge({valid_from: 'soon'})).toBe('key_not_yet_valid')
  expect(judge({key_purpose: 'receipt-signing'})).toBe('wrong_key_purpose')
  expect(judge({principal: 'bert'})).not.toBe('accepted')
  expect(codeOf(() => resolveKey(roster(), 'root-1', 'roster-root', NOW))).toBe('key_not_active')
  expect(codeOf(() => verifyManifestSignatures(manifest, roster(), 2, NOW))).toBe('dual_control')
})

test('a manifest as its writer lays it out is the golden body', () => {
  expect(canonicalHash(JSON.parse(manifestText(manifest)).body)).toBe(canonicalHash(manifest.body))
})
