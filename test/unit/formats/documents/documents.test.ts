import {describe, expect, test} from 'vitest'
import {PipelockError} from '../../../../src/core/errors.js'
import {
  checkManifestStructure,
  decodeManifest,
  isManifestHash,
  createSelector,
  manifestHash,
  manifestText,
  selectorSetHash,
  signManifest,
  verifyManifestSignatures,
  type Manifest,
  type NewManifest,
} from '../../../../src/formats/documents/active-manifest.js'
import {canonicalHash, canonicalText, matchHash, verifyBody} from '../../../../src/formats/documents/canonical.js'
import {
  checkCompileManifestStructure,
  moduleDigestRoot,
  signCompileManifest,
  verifyCompileManifest,
} from '../../../../src/formats/documents/compile-manifest.js'
import {
  checkContract,
  checkContractStructure,
  contractYaml,
  decodeContract,
  parseContractBody,
  signContract,
  verifyContract,
} from '../../../../src/formats/documents/contract.js'
import {decodeJson} from '../../../../src/formats/documents/strict-json.js'
import {resolveKey} from '../../../../src/formats/documents/resolve-key.js'
import {loadRoster, rosterText, signRoster, type KeyInfo} from '../../../../src/formats/documents/roster.js'
import {freeMap, int, list, map, nullable, object, opt, string, time} from '../../../../src/formats/documents/schema.js'
import {compactText, indentedText} from '../../../../src/formats/documents/text.js'
import {checkVerificationMetadata} from '../../../../src/formats/documents/verification-metadata.js'
import {fingerprint, privateKeyFromSeed, sign, signatureText} from '../../../../src/lib/ed25519.js'
import {sha256Text} from '../../../../src/lib/hash.js'
import {escapeHtml} from '../../../../src/lib/json/writer.js'

const root = privateKeyFromSeed(Buffer.alloc(32, 1))
const alice = privateKeyFromSeed(Buffer.alloc(32, 2))
const bob = privateKeyFromSeed(Buffer.alloc(32, 3))
const NOW = Date.parse('2026-05-01T00:00:00Z')

function codeOf(action: () => unknown): string {
  try {
    action()
    return 'accepted'
  } catch (error) {
    if (error instanceof PipelockError) return error.code
    throw error
  }
}

describe('schema', () => {
  const schema = object({
    a: int,
    t: time,
    m: map(string),
    l: list(object({x: opt(string), y: opt(freeMap)})),
    n: nullable(string),
    o: opt(list(string)),
  })
  const read = (text: string) => decodeJson(Buffer.from(text), schema, {maxBytes: 1000, name: 'it'})
  const good = '{"a":1,"t":"2026-01-01T00:00:00.500Z","m":null,"l":[{"x":"","y":{}}],"n":null,"o":[]}'

  test('projects: zero opt members left out, null kept apart from empty, times in one form', () => {
    expect(read(good)).toEqual({a: 1, t: '2026-01-01T00:00:00.5Z', m: null, l: [{}], n: null})
    expect(read(good.replace('"m":null', '"m":{}'))).toMatchObject({m: {}})
    expect(Object.keys(read('{"n":null,"l":[],"m":{},"t":"2026-01-01T00:00:00Z","a":1}'))).toEqual([
      'a',
      't',
      'm',
      'l',
      'n',
    ])
  })

  test('keeps integers of 64 bits', () => {
    const value = read(good.replace('"a":1', '"a":9223372036854775807'))
    expect(value.a).toBe(9223372036854775807n)
    expect(canonicalText(value)).toContain('"a":9223372036854775807')
    expect(compactText(value)).toContain('"a":9223372036854775807')
  })

  test.each([
    ['"a":1', '"a":"1"', 'invalid_field'],
    ['"a":1', '"a":1.0', 'float_not_allowed'],
    ['"a":1', '"a":-0', 'float_not_allowed'],
    ['"a":1', '"a":9223372036854775808', 'float_not_allowed'],
    ['"a":1,', '', 'missing_required_field'],
    ['"a":1', '"A":1', 'unknown_field'],
    ['"a":1', '"a":1,"z":1', 'unknown_field'],
    ['{"x":""', '{"z":""', 'unknown_field'],
    ['{"x":""', '{"x":null', 'invalid_field'],
    ['{"x":""', '{"x":"","x":""', 'duplicate_key'],
    ['.500Z', '+00:00', 'invalid_field'],
    ['.500Z', '.0000000001Z', 'invalid_field'],
    ['2026-01-01', '2026-02-30', 'invalid_field'],
    ['"m":null', '"m":{"\\uff01":"x"}', 'invalid_field'],
    ['"m":null', '"m":{"\\ud83d\\ude00":"x"}', 'invalid_field'],
    ['"y":{}', '"y":{"a":[{"\\ue000":1}]}', 'invalid_field'],
    ['"m":null', '"m":{"\\u00e9":"x","e\\u0301":"y"}', 'duplicate_key'],
    ['"m":null', '"m":{"a":1}', 'invalid_field'],
    ['"n":null', '"n":1', 'invalid_field'],
    ['"o":[]', '"o":{}', 'invalid_field'],
    ['"o":[]}', '"o":[]}}', 'trailing_tokens'],
    ['"a":1', '"a":null', 'invalid_field'],
  ])('%s → %s is %s', (from, to, code) => {
    expect(good).toContain(from)
    expect(codeOf(() => read(good.replace(from, to)))).toBe(code)
  })

  test('reports a fault inside before text behind', () => {
    expect(codeOf(() => read('{"z":1} x'))).toBe('unknown_field')
    expect(codeOf(() => read('null x'))).toBe('invalid_field')
  })

  test('writes indented text like other JSON writers', () => {
    const value = {a: 1, b: {}, c: [], d: [{e: 'é<'}], f: null}
    expect(indentedText(value)).toBe(`${JSON.stringify(value, null, 2)}\n`)
    expect(compactText(value)).toBe(JSON.stringify(value))
  })
})

describe('canonical form', () => {
  const body = {text: 'a<b>&\u2028', n: 1}
  const html = escapeHtml(canonicalText(body))

  test('accepts either variant and reports which', () => {
    const plain = signatureText(sign(alice, Buffer.from(canonicalText(body))))
    const escaped = signatureText(sign(alice, Buffer.from(html)))
    expect(verifyBody(alice.public, body, plain)).toBe('rfc8785')
    expect(verifyBody(alice.public, body, escaped)).toBe('html-escaped')
    expect(codeOf(() => verifyBody(bob.public, body, escaped))).toBe('signature_invalid')
    expect(verifyBody(alice.public, body, plain.slice(0, 8) + plain.slice(8).toUpperCase())).toBe('rfc8785')
    for (const bad of ['', plain.slice(8), plain.slice(0, -1), `${plain}0`, plain.replace(/.$/, 'g')]) {
      expect(codeOf(() => verifyBody(alice.public, body, bad))).toBe('signature_format')
    }
    expect(matchHash(body, sha256Text(html))).toBe('html-escaped')
    expect(matchHash(body, canonicalHash(body))).toBe('rfc8785')
    expect(matchHash(body, sha256Text('x'))).toBeUndefined()
  })

  test('refuses values without a canonical form', () => {
    expect(codeOf(() => canonicalText({a: 1.5}))).toBe('float_not_allowed')
    expect(codeOf(() => canonicalText({a: '\ud800'}))).toBe('invalid_utf8')
    expect(codeOf(() => canonicalText({é: 1, 'e\u0301': 2}))).toBe('duplicate_key')
    expect(codeOf(() => canonicalText({a: undefined}))).toBe('invalid_field')
  })
})

function rule(members: object = {}): object {
  return {
    rule_id: 'r-1',
    display_name: 'x',
    rule_kind: 'http_destination',
    lifecycle_state: 'enforce',
    required_capture_grade: 'full',
    observed_capture_grade: 'full',
    confidence: 'stable',
    wilson_lower: '0.900000',
    observation: {},
    selector: {host: {value: 'api.example.com', data_class: 'public'}},
    rationale: {},
    recurring_support: {},
    opportunity_health: {},
    ...members,
  }
}

function contractBody(members: object = {}): object {
  return {
    schema_version: 1,
    contract_kind: 'behavioral_contract',
    contract_hash: '',
    signer_key_id: 'coder',
    key_purpose: 'contract-compile-signing',
    data_class_root: 'internal',
    field_data_classes: {},
    selector: {agent: 'coder', selector_id: 'sha256:x'},
    observation_window: {
      start: '2026-04-01T00:00:00Z',
      end: '2026-04-02T00:00:00Z',
      event_count: 1,
      session_count: 1,
      observation_window_root: 'sha256:x',
    },
    compile: {
      pipelock_version: '',
      pipelock_build_sha: '',
      go_version: '',
      module_digest_root: '',
      compile_config_hash: '',
      inference_algorithm: '',
      normalization_algorithm: '',
    },
    defaults: {
      fidelity: 'medium',
      confidence: {},
      privacy: {default_data_class: 'internal', salt_epoch: 0, forbid_classes: ['regulated']},
    },
    rules: [rule()],
    ...members,
  }
}

describe('contracts', () => {
  const structure = (members: object) => codeOf(() => checkContractStructure(parseContractBody(contractBody(members))))
  const rules = (...list: object[]) => structure({rules: list.map((members) => rule(members))})

  test('are the same document in both notations', () => {
    const contract = signContract(contractBody({rules: [rule({display_name: '<<: "quoted"\n'})]}), alice)
    const yaml = decodeContract(Buffer.from(contractYaml(contract)), 'yaml')
    const json = decodeContract(Buffer.from(JSON.stringify(contract)), 'json')
    expect(yaml).toEqual(contract)
    expect(json).toEqual(contract)
    expect(decodeContract(Buffer.from(indentedText(contract).replace('<<:', '\\u003c<:')), 'yaml')).toEqual(contract)
    expect(verifyContract(yaml, alice.public)).toBe('rfc8785')
    expect(codeOf(() => verifyContract(yaml, bob.public))).toBe('signature_invalid')
  })

  test('are accepted when another signer escaped them, under the stated hash', () => {
    const plain = parseContractBody(contractBody({rules: [rule({display_name: 'a<b'})]}))
    const html = (value: object) => escapeHtml(canonicalText(value))
    const hashed = {...plain, contract_hash: sha256Text(html(plain))}
    const contract = {body: hashed, signature: signatureText(sign(alice, Buffer.from(html(hashed))))}
    expect(verifyContract(contract, alice.public)).toBe('html-escaped')
  })

  test('are checked in a fixed order', () => {
    const contract = signContract(contractBody(), alice)
    expect(codeOf(() => checkContract({...contract.body, signer_key_id: 'x'}))).toBe('hash_mismatch')
    expect(codeOf(() => checkContract({...contract.body, signer_key_id: 'x', key_purpose: 'receipt-signing'}))).toBe(
      'wrong_key_purpose',
    )
    expect(codeOf(() => checkContract({...contract.body, contract_kind: 'x', key_purpose: 'x'}))).toBe(
      'bad_contract_kind',
    )
    expect(
      codeOf(() => verifyContract({body: {...contract.body, signer_key_id: 'x'}, signature: 'x'}, alice.public)),
    ).toBe('hash_mismatch')
  })

  test('are refused when their structure is wrong', () => {
    expect(structure({})).toBe('accepted')
    expect(structure({rules: null})).toBe('accepted')
    expect(structure({schema_version: 2, contract_kind: 'x'})).toBe('bad_schema_version')
    expect(structure({contract_kind: 'x', rules: [rule({lifecycle_state: 'x'})]})).toBe('bad_contract_kind')
    expect(rules({}, {rule_id: 'r-2', lifecycle_state: 'Enforce'})).toBe('bad_lifecycle')
    expect(rules({rule_kind: 'x'}, {lifecycle_state: 'x'})).toBe('bad_lifecycle')
    expect(rules({rule_kind: 'x'})).toBe('unenforceable_rule_kind')
    expect(rules({rule_kind: 'x', lifecycle_state: 'capture_only'})).toBe('accepted')
    expect(rules({}, {})).toBe('duplicate_rule_id')
  })

  test('are refused without sufficient capture grades', () => {
    const grades = (state: string, required: string, observed: string) =>
      rules({lifecycle_state: state, required_capture_grade: required, observed_capture_grade: observed})
    expect(grades('enforce', 'partial', 'full')).toBe('accepted')
    expect(grades('enforce', 'full', 'partial')).toBe('bad_capture_grade')
    expect(grades('capture_only', 'full', 'partial')).toBe('accepted')
    expect(grades('capture_only', '', '')).toBe('accepted')
    expect(grades('capture_only', 'full', '')).toBe('bad_capture_grade')
    expect(grades('enforce', '', '')).toBe('bad_capture_grade')
    expect(grades('proposed', '', '')).toBe('bad_capture_grade')
    expect(grades('capture_only', 'FULL', 'full')).toBe('bad_capture_grade')
  })

  test('are refused with an unclassified leaf', () => {
    const classes = (members: object) => structure({...members, rules: []})
    expect(classes({data_class_root: 'regulated'})).toBe('regulated_field')
    expect(classes({data_class_root: 'x'})).toBe('invalid_data_class')
    expect(classes({field_data_classes: {a: 'regulated'}})).toBe('regulated_field')
    expect(classes({field_data_classes: {a: 'x'}})).toBe('invalid_data_class')
    expect(classes({data_class_root: ''})).toBe('missing_data_class')
    const leaves = [
      'schema_version',
      'contract_kind',
      'contract_hash',
      'signer_key_id',
      'key_purpose',
      'selector.agent',
      'selector.selector_id',
      ...['start', 'end', 'event_count', 'session_count', 'observation_window_root'].map(
        (n) => `observation_window.${n}`,
      ),
      ...[
        'pipelock_version',
        'pipelock_build_sha',
        'go_version',
        'module_digest_root',
        'compile_config_hash',
        'inference_algorithm',
        'normalization_algorithm',
      ].map((n) => `compile.${n}`),
      'defaults.fidelity',
      'defaults.privacy.default_data_class',
      'defaults.privacy.salt_epoch',
      'defaults.privacy.forbid_classes[]',
    ]
    const all = Object.fromEntries(leaves.map((path) => [path, 'public']))
    expect(classes({data_class_root: '', field_data_classes: all})).toBe('accepted')
    const {'compile.go_version': _, ...most} = all
    expect(classes({data_class_root: '', field_data_classes: most})).toBe('missing_data_class')
  })

  test('are not signed when no reader would accept them', () => {
    expect(codeOf(() => signContract(contractBody({rules: [rule({lifecycle_state: 'x'})]}), alice))).toBe(
      'bad_lifecycle',
    )
    expect(codeOf(() => signContract(contractBody({rules: [rule({selector: {x: 1.5}})]}), alice))).toBe(
      'float_not_allowed',
    )
    expect(codeOf(() => signContract(contractBody({more: 1}), alice))).toBe('unknown_field')
  })
})

function info(id: string, key: typeof root, purpose: string, members: Partial<KeyInfo> = {}): KeyInfo {
  return {
    key_id: id,
    key_purpose: purpose,
    public_key_hex: key.public.hex,
    valid_from: '2026-04-01T00:00:00Z',
    valid_until: null,
    status: 'active',
    ...members,
  }
}

function rosterBytes(keys: readonly KeyInfo[], members: object = {}): Buffer {
  const body = {
    schema_version: 1,
    roster_signed_by: 'root',
    keys: [info('root', root, 'roster-root', {status: 'root'}), ...keys],
    data_class_root: 'internal',
    ...members,
  }
  return Buffer.from(rosterText(signRoster(body, root)))
}

const PIN = fingerprint(root.public.raw)

describe('rosters', () => {
  const load = (keys: readonly KeyInfo[], members: object = {}) =>
    codeOf(() => loadRoster(rosterBytes(keys, members), 'json', PIN))
  const a = info('a', alice, 'receipt-signing')

  test('are checked in order', () => {
    expect(load([a])).toBe('accepted')
    expect(load([a], {schema_version: 2})).toBe('roster_invalid')
    expect(load([a, a])).toBe('roster_invalid')
    expect(load([], {roster_signed_by: 'nobody'})).toBe('roster_root_missing')
    expect(load([a], {roster_signed_by: 'a'})).toBe('roster_root_missing')
    expect(load([a], {data_class_root: 'regulated'})).toBe('roster_invalid')
    expect(load([a], {data_class_root: ''})).toBe('accepted')
    expect(load([{...a, status: 'retired'}])).toBe('roster_invalid')
    expect(load([{...a, key_purpose: 'x'}])).toBe('roster_invalid')
    expect(load([{...a, public_key_hex: 'd75a'}])).toBe('roster_invalid')
    expect(load([{...a, public_key_hex: `01${'00'.repeat(31)}`}])).toBe('key_invalid')
    expect(load([{...a, status: 'root', key_purpose: 'roster-root'}])).toBe('roster_invalid')
    expect(load([{...a, status: 'root'}])).toBe('roster_root_wrong_purpose')
    expect(load([], {keys: null})).toBe('roster_root_missing')
    expect(codeOf(() => loadRoster(Buffer.from('{'), 'json', PIN))).toBe('roster_decode')
    const changed = rosterBytes([a]).toString().replace('"a"', '"b"')
    expect(codeOf(() => loadRoster(Buffer.from(changed), 'json', PIN))).toBe('signature_invalid')
  })

  test('resolve active keys only inside their validity', () => {
    const keys = [
      a,
      {...a, key_id: 'gone', status: 'revoked'},
      {...a, key_id: 'ends', valid_until: '2026-05-01T00:00:00Z'},
      {...a, key_id: 'offset', valid_from: '2026-05-01T02:00:00+02:00'},
      {...a, key_id: 'unclear', valid_from: 'soon'},
      {...a, key_id: 'unclear-end', valid_until: '2026-13-01T00:00:00Z'},
    ]
    const roster = loadRoster(rosterBytes(keys), 'json', PIN)
    const at = (id: string, ms = NOW, purpose: 'receipt-signing' | 'contract-activation-signing' = 'receipt-signing') =>
      codeOf(() => resolveKey(roster, id, purpose, ms))
    expect(at('a')).toBe('accepted')
    expect(at('a', NOW, 'contract-activation-signing')).toBe('wrong_key_purpose')
    expect(at('gone')).toBe('key_revoked')
    expect(at('root')).toBe('key_not_active')
    expect(at('ends')).toBe('accepted')
    expect(at('ends', NOW + 1)).toBe('key_expired')
    expect(at('offset')).toBe('accepted')
    expect(at('offset', NOW - 1)).toBe('key_not_yet_valid')
    expect(at('unclear')).toBe('key_not_yet_valid')
    expect(at('unclear-end')).toBe('key_expired')
  })
})

describe('manifests', () => {
  const purpose = 'contract-activation-signing'
  const people = (members: Partial<KeyInfo> = {}) => [
    info('alice', alice, purpose, {principal: 'alice'}),
    info('bob', bob, purpose, {principal: 'bob', ...members}),
  ]
  const roster = (members: Partial<KeyInfo> = {}) => loadRoster(rosterBytes(people(members)), 'json', PIN)
  const draft: NewManifest = {
    generation: 1,
    priorManifestHash: 'sha256:genesis',
    environment: {id: 'e', tenant: 't', deployment_id: 'd'},
    selectors: [
      createSelector({kind: 'agent', agent: 'coder'}, 'sha256:c'),
      createSelector({kind: 'default'}, 'sha256:d'),
    ],
    signedAt: '2026-05-01T00:00:00Z',
  }
  const signers = [
    {keyId: 'alice', principal: 'alice', key: alice},
    {keyId: 'bob', principal: 'bob', key: bob},
  ]
  const verify = (manifest: Manifest, minimum: number, at = roster()) =>
    codeOf(() => verifyManifestSignatures(manifest, at, minimum, NOW))

  test('are signed, written and read back', () => {
    const manifest = signManifest(draft, signers)
    const again = decodeManifest(Buffer.from(manifestText(manifest)))
    expect(again).toEqual(manifest)
    expect(verifyManifestSignatures(again, roster(), 2, NOW)).toEqual({
      variant: 'rfc8785',
      hash: manifestHash(manifest.body),
      keyIds: ['alice', 'bob'],
      principals: ['alice', 'bob'],
    })
    expect(isManifestHash(manifest.body, manifestHash(manifest.body))).toBe(true)
    expect(isManifestHash(manifest.body, 'sha256:0')).toBe(false)
  })

  test('require enough signatures, all of them valid', () => {
    const manifest = signManifest(draft, signers)
    const one = signManifest(draft, signers.slice(0, 1))
    const [first, second] = manifest.signatures ?? []
    if (!first || !second) throw new Error('two signatures are expected')
    expect(verify(one, 1)).toBe('accepted')
    expect(verify(one, 0)).toBe('accepted')
    expect(verify(one, 2)).toBe('dual_control')
    expect(verify({...one, signatures: []}, 0)).toBe('dual_control')
    expect(verify({...one, signatures: null}, 0)).toBe('dual_control')
    expect(verify({...one, signatures: [first, first]}, 2)).toBe('dual_control')
    const withSecond = (members: object) => verify({...manifest, signatures: [first, {...second, ...members}]}, 1)
    expect(withSecond({signature: first.signature})).toBe('signature_invalid')
    expect(withSecond({signature: 'x'})).toBe('signature_format')
    expect(withSecond({key_purpose: 'receipt-signing'})).toBe('wrong_key_purpose')
    expect(withSecond({algorithm: 'rsa'})).toBe('signature_format')
    expect(withSecond({key_id: 'nobody'})).toBe('key_unknown')
    expect(withSecond({principal: 'alice'})).toBe('dual_control')
    expect(withSecond({principal: ''})).toBe('accepted')
    expect(verify(manifest, 1, roster({principal: ''}))).toBe('dual_control')
    expect(verify(manifest, 1, roster({status: 'revoked'}))).toBe('key_revoked')
    expect(verify(manifest, 1, roster({key_purpose: 'receipt-signing'}))).toBe('wrong_key_purpose')
  })

  test('are refused when their structure is wrong', () => {
    const {body} = signManifest(draft, signers)
    const selectors = (...list: {agent?: string; agent_glob?: string; default?: boolean; contract_hash: string}[]) => {
      const full = list.map((members) => ({selector_id: canonicalHash(members), ...members}))
      return codeOf(() => checkManifestStructure({...body, selectors: full, selector_set_hash: selectorSetHash(full)}))
    }
    const check = (members: object) => codeOf(() => checkManifestStructure({...body, ...members}))
    expect(check({})).toBe('accepted')
    expect(check({schema_version: 2})).toBe('bad_schema_version')
    expect(check({manifest_kind: 'x'})).toBe('bad_manifest_kind')
    expect(check({generation: 0})).toBe('invalid_field')
    expect(check({selector_set_hash: ''})).toBe('selector_set_hash_mismatch')
    expect(check({selectors: [...(body.selectors ?? []), ...(body.selectors ?? [])]})).toBe('duplicate_selector')
    expect(check({selectors: (body.selectors ?? []).map((s) => ({...s, contract_hash: 'sha256:z'}))})).toBe(
      'selector_id_mismatch',
    )
    expect(selectors({agent: 'a', contract_hash: 'h'}, {agent: 'b', contract_hash: 'h'})).toBe('accepted')
    expect(selectors({agent: 'a', contract_hash: 'h'}, {agent: 'a', contract_hash: 'i'})).toBe('duplicate_selector')
    expect(selectors({default: true, contract_hash: 'h'}, {default: true, contract_hash: 'i'})).toBe(
      'duplicate_selector',
    )
    expect(selectors({contract_hash: 'h'})).toBe('bad_selector')
    expect(selectors({agent: 'a', default: true, contract_hash: 'h'})).toBe('bad_selector')
    expect(selectors({agent_glob: 'a-*', contract_hash: 'h'})).toBe('accepted')
    expect(selectors({agent_glob: 'a[', contract_hash: 'h'})).toBe('bad_selector')
  })
})

describe('compile manifests', () => {
  const digests = {'github.com/luckyPipewrench/pipelock': 'sha256:test'}
  const body = (members: object = {}) => ({
    schema_version: 1,
    contract_hash: 'sha256:c',
    compile_started_at: '2026-05-01T00:00:00Z',
    compile_finished_at: '2026-05-01T00:00:01Z',
    pipelock_version: '1',
    pipelock_build_sha: 's',
    go_version: 'node',
    module_digest_root: moduleDigestRoot(digests),
    module_digests: digests,
    compile_config_hash: 'sha256:x',
    inputs: [{path: 'a', sha256: 'sha256:x', event_count: 1}],
    observation_window_root: 'sha256:x',
    signer_key_id: 'coder',
    key_purpose: 'contract-compile-signing',
    ...members,
  })

  test('have the published module root', () => {
    expect(moduleDigestRoot(digests)).toBe('sha256:420b0c21d529c660ef95ddb5686e20bf16371f27803c77bdd676977d94deeb72')
    const manifest = signCompileManifest(body(), alice)
    expect(verifyCompileManifest(manifest, alice.public)).toBe('rfc8785')
    expect(codeOf(() => checkCompileManifestStructure({...manifest.body, module_digests: {}}))).toBe(
      'module_root_mismatch',
    )
  })

  test.each<[object, string]>([
    [{confidence: {min_events: 1}, normalization: {}, shadow: {any: {}}, drift: {}}, 'accepted'],
    [
      {privacy: {default_data_class: 'internal', forbid_classes: [], require_explicit_opt_in_for_classes: []}},
      'accepted',
    ],
    [
      {
        redaction: {
          public_allowlist: [],
          salt_hash: {private_suffixes: [], private_cidrs: [], private_mcp_name_patterns: [], salt_epoch: 1},
        },
      },
      'accepted',
    ],
    [{other: {}}, 'disallowed_setting'],
    [{confidence: 1}, 'disallowed_setting'],
    [{privacy: {salt_source: 'x'}}, 'disallowed_setting'],
    [{redaction: {salt: 'x'}}, 'disallowed_setting'],
    [{redaction: {salt_hash: 'x'}}, 'disallowed_setting'],
    [{redaction: {salt_hash: {salt: 'x'}}}, 'disallowed_setting'],
    [{confidence: {x: 0.5}}, 'float_not_allowed'],
  ])('settings %j: %s', (settings, code) => {
    expect(codeOf(() => signCompileManifest(body({settings}), alice))).toBe(code)
  })
})

describe('verification metadata', () => {
  const hashes = [`sha256:${'b'.repeat(64)}`, `sha256:${'a'.repeat(64)}`]
  const body = {
    schema_version: 1,
    bundle_kind: 'public_proof_bundle',
    contract_hash: 'sha256:c',
    tombstone_index_root: canonicalHash([...hashes].reverse()),
    tombstone_hashes: hashes,
    bundle_signed_at: 'x',
    signer_key_id: 'k',
    key_purpose: 'contract-activation-signing',
    data_class_root: 'public',
  }

  test.each<[object, string]>([
    [{}, 'accepted'],
    [
      {
        tombstone_hashes: [],
        tombstone_index_root: 'sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945',
      },
      'accepted',
    ],
    [{tombstone_hashes: [hashes[0], hashes[0]]}, 'tombstone_index_mismatch'],
    [{tombstone_index_root: 'sha256:0'}, 'tombstone_index_mismatch'],
    [{signer_key_id: ''}, 'missing_required_field'],
    [{bundle_kind: 'x'}, 'bad_bundle_kind'],
    [{key_purpose: 'receipt-signing'}, 'wrong_key_purpose'],
    [{data_class_root: 'regulated'}, 'regulated_field'],
  ])('%j: %s', (members, code) => {
    expect(codeOf(() => checkVerificationMetadata({...body, ...members}))).toBe(code)
  })
})
