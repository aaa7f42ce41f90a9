// The golden, invalid and signing documents of the conformance data, every mutation that its README lists, and the
// recorded figures of hashes and roots.
import {existsSync, readFileSync} from 'node:fs'
import {resolve} from 'node:path'
import {describe, expect, test} from 'vitest'
import {PipelockError} from '../../src/core/errors.js'
import {
  checkEntry,
  checkManifestStructure,
  decodeManifest,
  createSelector,
  manifestHash,
  manifestText,
  selectorSetHash,
} from '../../src/formats/documents/active-manifest.js'
import {canonicalHash, canonicalText, verifyBody} from '../../src/formats/documents/canonical.js'
import {
  checkContract,
  checkContractStructure,
  contractHash,
  contractYaml,
  decodeContract,
  signContract,
  verifyContract,
} from '../../src/formats/documents/contract.js'
import {rulesRoot} from '../../src/formats/documents/merkle.js'
import {decodeRecovery, verifyRecovery} from '../../src/formats/documents/recovery.js'
import {resolveKey} from '../../src/formats/documents/resolve-key.js'
import {checkRosterStructure, decodeRoster, loadRoster, trustRoster} from '../../src/formats/documents/roster.js'
import {decodeTombstone, tombstoneHash, verifyTombstone} from '../../src/formats/documents/tombstone.js'
import {fingerprint, parsePublicKeyHex, privateKeyFromSeed, type PublicKey} from '../../src/lib/ed25519.js'
import {sha256, sha256Text} from '../../src/lib/hash.js'

const data = resolve(process.env['PIPELOCK_CONFORMANCE'] ?? '../shared/conformance', 'contracts')
const present = existsSync(data)
if (!present) console.log(`no conformance data at ${data}: the documents are skipped`)

const read = (path: string): Buffer => readFileSync(resolve(data, path))

function key(hex: string): PublicKey {
  const parsed = parsePublicKeyHex(hex)
  if (!parsed) throw new Error('no valid key')
  return parsed
}

const TEST1 = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'
const TEST2 = '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c'
const PIN1 = 'sha256:21fe31dfa154a261626bf854046fd2271b7bed4b6abe45aa58877ef47f9721b9'
const PIN2 = 'sha256:39f713d0a644253f04529421b9f51b9b08979d08295959c4f3990ee617f5139f'

function codeOf(action: () => unknown): string {
  try {
    action()
    return 'accepted'
  } catch (error) {
    if (error instanceof PipelockError) return error.code
    throw error
  }
}

const RECOVERY = {
  key: () => key(TEST2),
  nowMs: Date.parse('2026-04-26T13:15:00Z'),
  target: 'sha256:d0936185ee07c30a681e5beb49ef01899744df04bef122596467d9aa8ef24f7d',
}

/** Decoding, structure and signature of each kind, with the codes of the document itself. */
const VERIFY: Readonly<Record<string, (bytes: Buffer) => unknown>> = {
  'golden/valid_contract.json': (bytes) => {
    const contract = decodeContract(bytes, 'json')
    checkContractStructure(contract.body)
    verifyBody(key(TEST1), contract.body, contract.signature)
  },
  'golden/valid_active_manifest.json': (bytes) => {
    const manifest = decodeManifest(bytes)
    checkManifestStructure(manifest.body)
    for (const entry of manifest.signatures ?? []) {
      checkEntry(entry)
      verifyBody(key(TEST1), manifest.body, entry.signature)
    }
  },
  'golden/valid_key_roster.json': (bytes) => {
    const roster = decodeRoster(bytes, 'json')
    checkRosterStructure(roster.body)
    trustRoster(roster, PIN1)
  },
  'golden/valid_tombstone.json': (bytes) => verifyTombstone(decodeTombstone(bytes, 'json'), key(TEST1)),
  'signing/valid_recovery_authorization.json': (bytes) =>
    verifyRecovery(decodeRecovery(bytes, 'json'), {
      key: RECOVERY.key(),
      pinnedFingerprint: PIN2,
      targetRosterHash: RECOVERY.target,
      nowMs: RECOVERY.nowMs,
    }),
}

type Json = {[name: string]: unknown}

/** Every object of the document, as a path. */
function objectPaths(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (Array.isArray(value)) return value.flatMap((item, i) => objectPaths(item, [...path, i]))
  if (typeof value !== 'object' || value === null) return []
  return [path, ...Object.entries(value).flatMap(([name, member]) => objectPaths(member, [...path, name]))]
}

function withMember(text: string, path: readonly (string | number)[]): string {
  const document: unknown = JSON.parse(text)
  let at = document as Json
  for (const step of path) at = at[step] as Json
  at['unexpected'] = 1
  return JSON.stringify(document)
}

/** Free-form objects, where any member is legal; it is then the signature that fails. */
const FREE = new Set(['body/field_data_classes', 'body/defaults/confidence'])

describe.skipIf(!present).each(Object.entries(VERIFY))('%s', (name, verify) => {
  const text = present ? read(name).toString('utf8') : '{}'
  const outcome = (changed: string) => codeOf(() => verify(Buffer.from(changed, 'utf8')))

  test('is accepted', () => {
    expect(outcome(text)).toBe('accepted')
  })

  test('fails with one signature nibble flipped', () => {
    const changed = text.replace(
      /("ed25519:)(.)/,
      (_, head: string, digit: string) => head + (digit === '0' ? '1' : '0'),
    )
    expect(outcome(changed)).toBe('signature_invalid')
  })

  test('fails without the signature prefix', () => {
    expect(outcome(text.replace('"ed25519:', '"'))).toBe('signature_format')
  })

  test.each(objectPaths(JSON.parse(text)).map((path) => [path.join('/') || 'the document', path] as const))(
    'refuses an unknown member in %s',
    (where, path) => {
      const free = FREE.has(where)
      const code = outcome(withMember(text, path))
      if (free) expect(['signature_invalid', 'invalid_field']).toContain(code)
      else expect(code).toBe('unknown_field')
    },
  )

  test('refuses a member in another case', () => {
    expect(outcome(text.replace('"schema_version"', '"Schema_Version"'))).toBe('unknown_field')
  })

  test('refuses a repeated member', () => {
    expect(outcome(text.replace('"schema_version": 1,', '"schema_version": 1, "schema_version": 1,'))).toBe(
      'duplicate_key',
    )
  })

  test('refuses a value after the document', () => {
    expect(outcome(`${text}{}`)).toBe('trailing_tokens')
  })

  test('refuses a fraction', () => {
    expect(outcome(text.replace('"schema_version": 1', '"schema_version": 1.5'))).toBe('float_not_allowed')
  })

  test('refuses another schema version', () => {
    const expected = name.includes('recovery') ? 'recovery_invalid' : 'bad_schema_version'
    expect(outcome(text.replace('"schema_version": 1', '"schema_version": 2'))).toBe(expected)
  })

  test('refuses a missing member, null and another type', () => {
    expect(outcome(text.replace('"schema_version": 1,', ''))).toBe('missing_required_field')
    expect(outcome(text.replace('"schema_version": 1', '"schema_version": null'))).toBe('invalid_field')
    expect(outcome(text.replace('"schema_version": 1', '"schema_version": "1"'))).toBe('invalid_field')
  })

  test('refuses bad UTF-8, lone surrogates, depth and size', () => {
    const bytes = Buffer.from(text, 'utf8')
    bytes[bytes.indexOf('schema')] = 0xff
    expect(codeOf(() => verify(bytes))).toBe('invalid_utf8')
    expect(outcome(text.replace('"schema_version"', '"\\ud800"'))).toBe('invalid_utf8')
    expect(outcome(`${'['.repeat(65)}${']'.repeat(65)}`)).toBe('nesting_too_deep')
    expect(outcome(' '.repeat(8 * 1024 * 1024 + 1))).toBe('payload_too_large')
    expect(outcome(' null\n')).toBe('empty_payload')
    expect(outcome('')).toBe('empty_payload')
    expect(outcome('{')).toBe('malformed_json')
  })
})

describe.skipIf(!present)('figures', () => {
  test('keys', () => {
    expect(fingerprint(key(TEST1).raw)).toBe(PIN1)
    expect(fingerprint(key(TEST2).raw)).toBe(PIN2)
  })

  test('contract', () => {
    const contract = decodeContract(read('golden/valid_contract.json'), 'json')
    const preimage = canonicalText(contract.body)
    expect(preimage.length).toBe(893)
    expect(sha256Text(preimage)).toBe('sha256:f41b0e6a99ea1557f2236ee3a41679b299cf45f637a7258e6fe1aa1541d4aabb')
    expect(contractHash(contract.body)).toBe('sha256:5d8d2f262f9b60b7b7c91649008f3e6681a17d70173185c7ca077156f1e45dc5')
    expect(codeOf(() => checkContract(contract.body))).toBe('hash_mismatch')
  })

  test('manifest', () => {
    const {body} = decodeManifest(read('golden/valid_active_manifest.json'))
    expect(manifestHash(body)).toBe('sha256:376ba6a50ff7ba67748e124bdc3e9ca905e95a1a3deeeb8e553829e9f2a764d4')
    expect(canonicalText(body).length).toBe(487)
    const selector = createSelector({kind: 'agent', agent: 'buster'}, 'sha256:c1')
    expect(selector.selector_id).toBe('sha256:e54212300fe30d664c6cfd5d3b2b641b8ae8bb5b30a344c701b91cc309d9ef4e')
    expect(selectorSetHash([selector])).toBe('sha256:bdeb5d429a31788f69db8a97385d8668cd20c7060c5d1ecbed6254f756d8994f')
    const harness = 'sha256:85f31ee0b7f306773f68dbb648d9240aee86b09a0ca1f30cc1561025c7fcf533'
    expect(createSelector({kind: 'agent', agent: 'claude-code'}, harness).selector_id).toBe(
      'sha256:154959025fa2cd9eee10ccd74765a910fb0cb225f32d556c8e18837f2b030545',
    )
    expect(createSelector({kind: 'default'}, harness).selector_id).toBe(
      'sha256:b8d99b922bb336623911f738f878ec53d100af5818e1ed4ce4c988963e9941b0',
    )
  })

  test('manifest text keeps the order of the schema', () => {
    const manifest = decodeManifest(read('golden/valid_active_manifest.json'))
    const compact = JSON.stringify(JSON.parse(read('golden/valid_active_manifest.json').toString('utf8')))
    expect(manifestText(manifest)).toBe(`${compact}\n`)
  })

  test('roster', () => {
    const bytes = read('golden/valid_key_roster.json')
    const roster = loadRoster(bytes, 'json', PIN1)
    expect(roster.hash).toBe('sha256:bfbf0c0938cae400afea5ae25f363e5b1905047d7958808bafb4f3c5656d9168')
    expect(canonicalText(roster.body).length).toBe(532)
    expect(roster.warnings).toHaveLength(1)
    const at = (time: string, id: string) => codeOf(() => resolveKey(roster, id, 'receipt-signing', Date.parse(time)))
    expect(at('2026-04-01T00:00:00Z', 'receipt-signing-test')).toBe('accepted')
    expect(at('2099-01-01T00:00:00Z', 'receipt-signing-test')).toBe('accepted')
    expect(at('2026-03-31T23:59:59Z', 'receipt-signing-test')).toBe('key_not_yet_valid')
    expect(at('2026-05-01T00:00:00Z', 'roster-root-test')).toBe('key_not_active')
    expect(at('2026-05-01T00:00:00Z', 'nobody')).toBe('key_unknown')
    expect(codeOf(() => loadRoster(bytes, 'json', PIN2))).toBe('roster_fingerprint_mismatch')
    expect(codeOf(() => loadRoster(bytes, 'json', PIN1.toUpperCase().replace('SHA256', 'sha256')))).toBe('accepted')
    expect(codeOf(() => loadRoster(bytes, 'json', ''))).toBe('roster_fingerprint_mismatch')
  })

  test('tombstone', () => {
    const bytes = read('golden/valid_tombstone.json')
    const tombstone = decodeTombstone(bytes, 'json')
    expect(canonicalHash(tombstone.body)).toBe(
      'sha256:58d80ca21516fc763e4a2d7a729a0bc47ff221cdd79c37a475cabba9668bf9f3',
    )
    expect(tombstoneHash(tombstone)).toBe('sha256:47b558be1f3c39f9fc3d45fc9db0fc9bfa0570cfc2c3634dd5aae32340f9c3d9')
    const changed = Buffer.from(bytes.toString('utf8').replace('"tombstone": true', '"tombstone": false'))
    expect(codeOf(() => verifyTombstone(decodeTombstone(changed, 'json'), key(TEST1)))).toBe('bad_tombstone')
  })

  test('recovery', () => {
    const document = decodeRecovery(read('signing/valid_recovery_authorization.json'), 'json')
    expect(canonicalHash(document.body)).toBe('sha256:d96572321be9147cdeb4fb147286b52684e67e696b1065c3bbd34584394b7c8f')
    const base = {
      key: RECOVERY.key(),
      pinnedFingerprint: PIN2,
      targetRosterHash: RECOVERY.target as string | undefined,
      nowMs: RECOVERY.nowMs,
    }
    const outcome = (change: Partial<typeof base>) => codeOf(() => verifyRecovery(document, {...base, ...change}))
    expect(outcome({})).toBe('accepted')
    expect(outcome({targetRosterHash: undefined})).toBe('accepted')
    expect(outcome({nowMs: Date.parse('2026-04-26T12:59:59Z')})).toBe('recovery_not_yet_valid')
    expect(outcome({nowMs: Date.parse('2026-04-26T13:30:00Z')})).toBe('accepted')
    expect(outcome({nowMs: Date.parse('2026-04-26T13:30:01Z')})).toBe('recovery_expired')
    expect(outcome({targetRosterHash: PIN1})).toBe('recovery_target_mismatch')
    expect(outcome({targetRosterHash: ''})).toBe('recovery_target_mismatch')
    expect(outcome({key: key(TEST1)})).toBe('recovery_fingerprint_mismatch')
    expect(outcome({key: key(TEST1), pinnedFingerprint: PIN1})).toBe('signature_invalid')
  })

  test('harness contract: hash, signature, text, Merkle roots', () => {
    const bytes = read('replay-harness/contract.yaml')
    const contract = decodeContract(bytes, 'yaml')
    const signer = privateKeyFromSeed(sha256('replay-harness-deterministic-signer'))
    expect(verifyContract(contract, signer.public)).toBe('rfc8785')
    expect(contractHash(contract.body)).toBe('sha256:85f31ee0b7f306773f68dbb648d9240aee86b09a0ca1f30cc1561025c7fcf533')
    const again = signContract(contract.body, signer)
    expect(again).toEqual(contract)
    expect(Buffer.from(contractYaml(again)).equals(bytes)).toBe(true)
    const rules = contract.body.rules ?? []
    const root = (count: number) => rulesRoot(rules.slice(0, count))
    expect(rules).toHaveLength(26)
    expect(root(0)).toBe('sha256:6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d')
    expect(root(1)).toBe('sha256:1211d243849ae15e7cbd1e738da255bb6365cbc7eba5b09134a7b51ae038a649')
    expect(root(3)).toBe('sha256:385a683d1afb8c79cca08b8c828ee121a09d66d344edb86603543690f1361036')
    expect(root(26)).toBe('sha256:164f97ae93f5453fb7b457d8467bc0ad68cbb9f291df7e068d3a6c36e9d9bb13')
  })

  test.each(['synthetic', 'harness-corpus'])('v2 contract %s keeps its bytes', (folder) => {
    const bytes = read(`replay-harness-v2/${folder}/contract.yaml`)
    const contract = decodeContract(bytes, 'yaml')
    checkContract(contract.body)
    expect(Buffer.from(contractYaml(contract)).equals(bytes)).toBe(true)
  })
})

describe.skipIf(!present)('invalid', () => {
  test.each([
    ['duplicate_key.yaml', 'yaml_duplicate_key'],
    ['yaml_alias.yaml', 'yaml_alias_or_anchor'],
    ['yaml_custom_tag.yaml', 'yaml_custom_tag'],
    ['yaml_merge_key.yaml', 'yaml_merge_key'],
    ['yaml_multi_doc.yaml', 'yaml_multi_doc'],
  ])('%s is %s', (name, code) => {
    const bytes = read(`invalid/${name}`)
    expect(codeOf(() => decodeContract(bytes, 'yaml'))).toBe(code)
    expect(codeOf(() => loadRoster(bytes, 'yaml', PIN1))).toBe('roster_decode')
  })
})
