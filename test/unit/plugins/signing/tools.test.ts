import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {PipelockError} from '../../../../src/core/errors.js'
import type {Ports} from '../../../../src/core/ports.js'
import {parsePrivateKeyText} from '../../../../src/formats/keys/key-file.js'
import {signingTools} from '../../../../src/plugins/signing/tools.js'
import {parseInclude} from '../../../../src/plugins/signing/include.js'

const NOW = Date.parse('2026-05-01T12:00:00.250Z')
const silent = () => {}

let dir: string
let now: number
let tools: ReturnType<typeof signingTools>

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'store-'))
  now = NOW
  let seed = 0
  const ports: Ports = {
    clock: {now: () => now, monotonic: () => 0},
    random: (bytes) => Buffer.alloc(bytes, ++seed),
    env: {},
    log: {debug: silent, info: silent, warn: silent, error: silent},
    resolve: () => Promise.resolve([]),
    home: join(dir, 'home'),
    build: {version: '0', sha: '0', runtime: 'test'},
  }
  tools = signingTools(ports)
})
afterEach(() => {
  rmSync(dir, {recursive: true, force: true})
})

const mode = (path: string) => statSync(path).mode & 0o777

function codeOf(action: () => unknown): string {
  try {
    action()
    return 'done'
  } catch (error) {
    if (error instanceof PipelockError) return error.code
    throw error
  }
}

describe('key store', () => {
  test('publishes a pair with its modes and leaves nothing else', () => {
    const pair = tools.generatePair(undefined, 'coder', false)
    expect(pair.private_key).toBe(join(dir, 'home/agents/coder/id_ed25519'))
    expect([mode(pair.private_key), mode(pair.public_key)]).toEqual([0o600, 0o644])
    expect(mode(join(dir, 'home/agents/coder'))).toBe(0o750)
    expect(readdirSync(join(dir, 'home/agents'))).toEqual(['coder'])
    expect(tools.publicKeyOf(undefined, 'coder')?.hex).toBe(tools.compileKey(undefined, 'coder').key.public.hex)
    expect(tools.compileKey(undefined, 'coder').keyId).toBe('coder')
  })

  test('replaces a pair only when told to, and keeps what else is there', () => {
    const first = tools.generatePair(undefined, 'coder', false)
    expect(codeOf(() => tools.generatePair(undefined, 'coder', false))).toBe('key_exists')
    writeFileSync(join(dir, 'home/agents/coder/note'), 'mine')
    const second = tools.generatePair(undefined, 'coder', true)
    expect(second.fingerprint).not.toBe(first.fingerprint)
    expect(readdirSync(join(dir, 'home/agents/coder')).sort()).toEqual(['id_ed25519', 'id_ed25519.pub', 'note'])
    expect(readdirSync(join(dir, 'home/agents'))).toEqual(['coder'])
    expect(tools.publicKeyOf(undefined, 'coder')?.hex).toBe(tools.compileKey(undefined, 'coder').key.public.hex)
  })

  test('refuses to load halves that disagree', () => {
    const a = tools.generatePair(undefined, 'a', false)
    const b = tools.generatePair(undefined, 'b', false)
    writeFileSync(a.public_key, readFileSync(b.public_key))
    expect(codeOf(() => tools.compileKey(undefined, 'a'))).toBe('key_invalid')
  })

  test('names the command for a missing key', () => {
    mkdirSync(join(dir, 'home'))
    expect(() => tools.compileKey(undefined, 'nobody')).toThrowError(
      expect.objectContaining({code: 'key_missing', hint: expect.stringContaining('pipelock keygen nobody')}),
    )
    expect(tools.publicKeyOf(undefined, 'nobody')).toBeUndefined()
    expect(tools.publicKeyOf(undefined, '../nobody')).toBeUndefined()
  })

  test('never leaves the base directory', () => {
    mkdirSync(join(dir, 'home'))
    mkdirSync(join(dir, 'outside'))
    symlinkSync(join(dir, 'outside'), join(dir, 'home/agents'))
    expect(codeOf(() => tools.generatePair(undefined, 'coder', false))).toBe('keystore_escape')
    expect(readdirSync(join(dir, 'outside'))).toEqual([])
    expect(codeOf(() => tools.generatePair(undefined, '../coder', false))).toBe('key_name')
  })

  test('does not follow a link out of the base when it reads', () => {
    const pair = tools.generatePair(undefined, 'coder', false)
    writeFileSync(join(dir, 'stolen'), readFileSync(pair.private_key), {mode: 0o600})
    rmSync(pair.private_key)
    symlinkSync(join(dir, 'stolen'), pair.private_key)
    expect(codeOf(() => tools.compileKey(undefined, 'coder'))).toBe('keystore_escape')
  })

  test('trusts a key, and another one under the name only when told to', () => {
    const a = tools.generatePair(join(dir, 'other'), 'a', false)
    const b = tools.generatePair(join(dir, 'other'), 'b', false)
    const stored = tools.trust(undefined, 'friend', a.public_key, false)
    expect(stored.fingerprint).toBe(a.fingerprint)
    expect(mode(stored.path)).toBe(0o600)
    expect(codeOf(() => tools.trust(undefined, 'friend', a.public_key, false))).toBe('done')
    expect(codeOf(() => tools.trust(undefined, 'friend', b.public_key, false))).toBe('key_exists')
    expect(tools.trust(undefined, 'friend', b.public_key, true).fingerprint).toBe(b.fingerprint)
    expect(codeOf(() => tools.trust(undefined, 'friend', a.private_key, true))).toBe('key_invalid')
  })
})

describe('file signatures', () => {
  test('verify with the own key, else with the trusted one', () => {
    const file = join(dir, 'file')
    writeFileSync(file, 'content')
    tools.generatePair(undefined, 'coder', false)
    const {signature} = tools.signFile(undefined, 'coder', file)
    expect(mode(signature)).toBe(0o644)
    expect(readFileSync(signature, 'utf8')).toMatch(/^[A-Za-z0-9+/]{86}==\n$/)
    expect(tools.verifyFile(undefined, 'coder', file, undefined).valid).toBe(true)
    writeFileSync(file, 'Content')
    expect(tools.verifyFile(undefined, 'coder', file, undefined)).toMatchObject({
      valid: false,
      reason: 'signature_invalid',
    })
    writeFileSync(signature, 'AAAA')
    expect(tools.verifyFile(undefined, 'coder', file, undefined)).toMatchObject({
      valid: false,
      reason: 'signature_format',
    })

    const theirs = join(dir, 'theirs')
    const friend = tools.generatePair(theirs, 'friend', false)
    tools.signFile(theirs, 'friend', file)
    expect(codeOf(() => tools.verifyFile(undefined, 'friend', file, undefined))).toBe('key_missing')
    tools.trust(undefined, 'friend', friend.public_key, false)
    expect(tools.verifyFile(undefined, 'friend', file, undefined).valid).toBe(true)
    tools.generatePair(undefined, 'friend', false)
    expect(tools.verifyFile(undefined, 'friend', file, undefined).valid).toBe(false)
    expect(codeOf(() => tools.signFile(undefined, undefined, file))).toBe('usage')
  })
})

describe('rosters', () => {
  const build = (includes: readonly string[], more: object = {}) =>
    tools.buildRoster({
      root: join(dir, 'root.json'),
      includes,
      out: join(dir, 'roster.json'),
      dataClass: 'internal',
      schemaVersion: 1,
      validUntil: null,
      force: false,
      ...more,
    })
  const activation = () => `id=act-1,key=${join(dir, 'act.json')},purpose=contract-activation-signing,role=alice`

  beforeEach(() => {
    tools.generateKeyFile('roster-root', join(dir, 'root.json'), 'root-1', false)
    tools.generateKeyFile('contract-activation-signing', join(dir, 'act.json'), 'act-1', false)
    tools.generatePair(join(dir, 'keys'), 'receipts', false)
  })
  const receipts = () => `id=receipts,key=${join(dir, 'keys/agents/receipts/id_ed25519.pub')},purpose=receipt-signing`

  test('are built, verified and shown', () => {
    const summary = build([activation(), receipts()])
    expect(summary).toMatchObject({keys: 3, root_signed_by: 'root-1', data_class_root: 'internal', warnings: []})
    expect(mode(summary.out)).toBe(0o600)
    const text = readFileSync(summary.out, 'utf8')
    expect(
      text.startsWith('{\n  "body": {\n    "schema_version": 1,\n    "roster_signed_by": "root-1",\n    "keys": [\n'),
    ).toBe(true)
    const roster = tools.verifyRosterFile(summary.out, summary.root_fingerprint)
    expect(roster).toMatchObject({keys: 3, root_signed_by: 'root-1'})
    const {body} = tools.showRoster(summary.out, summary.root_fingerprint)
    expect(
      body.keys?.map((k) => [k.key_id, k.key_purpose, k.status, k.principal, k.valid_from, k.valid_until]),
    ).toEqual([
      ['root-1', 'roster-root', 'root', 'root', '2026-05-01T12:00:00Z', null],
      ['act-1', 'contract-activation-signing', 'active', 'alice', '2026-05-01T12:00:00Z', null],
      ['receipts', 'receipt-signing', 'active', undefined, '2026-05-01T12:00:00Z', null],
    ])
    expect(codeOf(() => tools.verifyRosterFile(summary.out, `sha256:${'0'.repeat(64)}`))).toBe(
      'roster_fingerprint_mismatch',
    )
    expect(codeOf(() => tools.verifyRosterFile(summary.out, 'sha256:0'))).toBe('usage')
    expect(codeOf(() => tools.verifyRosterFile(join(dir, 'none.json'), summary.root_fingerprint))).toBe('roster_read')
    expect(codeOf(() => tools.verifyRosterFile(join(dir, 'roster.txt'), summary.root_fingerprint))).toBe('roster_read')
  })

  test('resolve signers only where roster and key agree', () => {
    const summary = build([activation(), receipts()])
    const roster = tools.loadRoster(summary.out, summary.root_fingerprint)
    const signer = tools.rosterSigner(dir, 'act-1', 'contract-activation-signing', roster)
    expect(signer).toMatchObject({principal: 'alice', path: join(dir, 'act.json')})
    expect(tools.rosterSigner(join(dir, 'keys'), 'receipts', 'receipt-signing', roster).principal).toBe('')
    expect(codeOf(() => tools.rosterSigner(dir, 'act-1', 'receipt-signing', roster))).toBe('wrong_key_purpose')
    expect(codeOf(() => tools.rosterSigner(dir, 'root-1', 'roster-root', roster))).toBe('key_not_active')
    expect(codeOf(() => tools.rosterSigner(dir, 'nobody', 'receipt-signing', roster))).toBe('key_unknown')
    tools.generatePair(join(dir, 'keys'), 'receipts', true)
    expect(codeOf(() => tools.rosterSigner(join(dir, 'keys'), 'receipts', 'receipt-signing', roster))).toBe(
      'key_invalid',
    )
  })

  test('end with --valid-until', () => {
    const summary = build([activation()], {validUntil: '2026-06-01T00:00:00Z'})
    const roster = tools.loadRoster(summary.out, summary.root_fingerprint)
    const at = (time: string) => {
      now = Date.parse(time)
      return codeOf(() => tools.rosterSigner(dir, 'act-1', 'contract-activation-signing', roster))
    }
    expect(at('2026-06-01T00:00:00Z')).toBe('done')
    expect(at('2026-06-01T00:00:00.001Z')).toBe('key_expired')
    expect(at('2026-05-01T11:59:59Z')).toBe('key_not_yet_valid')
    now = NOW
    expect(codeOf(() => build([], {validUntil: '2026-05-01T00:00:00Z'}))).toBe('usage')
  })

  test('warn of what would not work', () => {
    const summary = build([
      activation().replace(',role=alice', ''),
      receipts(),
      receipts().replace('id=receipts', 'id=again'),
    ])
    expect(summary.warnings).toHaveLength(2)
    expect(summary.warnings.join()).toMatch(/no role.*same public key/s)
  })

  test.each<[string, () => readonly string[], object, string]>([
    ['an id twice', () => [activation(), activation()], {}, 'roster_invalid'],
    ['the id of the root', () => [activation().replace('act-1', 'root-1')], {}, 'roster_invalid'],
    [
      'another purpose than the file',
      () => [activation().replace('contract-activation-signing', 'receipt-signing')],
      {},
      'wrong_key_purpose',
    ],
    ['a second root', () => [activation().replace('contract-activation-signing', 'roster-root')], {}, 'roster_invalid'],
    ['status root', () => [`${activation()},status=root`], {}, 'roster_invalid'],
    ['an unknown status', () => [`${activation()},status=retired`], {}, 'usage'],
    ['an unknown field', () => [`${activation()},until=x`], {}, 'usage'],
    ['a missing field', () => ['id=a,key=b'], {}, 'usage'],
    [
      'one key for two purposes',
      () => [
        receipts(),
        receipts().replace('receipt-signing', 'contract-compile-signing').replace('id=receipts', 'id=c'),
      ],
      {},
      'roster_invalid',
    ],
    ['regulated data', () => [activation()], {dataClass: 'regulated'}, 'regulated_field'],
    ['an unknown data class', () => [activation()], {dataClass: 'x'}, 'invalid_data_class'],
    ['another schema', () => [activation()], {schemaVersion: 2}, 'bad_schema_version'],
    ['a relative output', () => [activation()], {out: 'roster.json'}, 'usage'],
    ['a missing key', () => [activation().replace('act.json', 'none.json')], {}, 'file_not_found'],
  ])('refuse %s', (_, includes, more, code) => {
    expect(codeOf(() => build(includes(), more))).toBe(code)
    expect(existsSync(join(dir, 'roster.json'))).toBe(false)
  })

  test('never overwrite a key, nor another file without --force', () => {
    expect(codeOf(() => build([activation()], {root: join(dir, 'act.json')}))).toBe('wrong_key_purpose')
    const keyText = readFileSync(join(dir, 'act.json'), 'utf8')
    expect(codeOf(() => build([activation()], {out: join(dir, 'act.json'), force: true}))).toBe('file_exists')
    expect(codeOf(() => build([activation()], {out: join(dir, 'root.json'), force: true}))).toBe('file_exists')
    symlinkSync(join(dir, 'act.json'), join(dir, 'link.json'))
    expect(codeOf(() => build([activation()], {out: join(dir, 'link.json'), force: true}))).toBe('file_exists')
    expect(readFileSync(join(dir, 'act.json'), 'utf8')).toBe(keyText)
    build([activation()])
    expect(codeOf(() => build([activation()]))).toBe('file_exists')
    expect(codeOf(() => build([activation()], {force: true}))).toBe('done')
  })
})

describe('keys by id', () => {
  test('are agent keys, else exactly one JSON key file', () => {
    mkdirSync(join(dir, 'keys'))
    tools.generateKeyFile('contract-activation-signing', join(dir, 'some.json'), 'act-1', false)
    writeFileSync(join(dir, 'noise.json'), '{"not": "a key"}')
    expect(tools.keyById(dir, 'act-1', 'contract-activation-signing').path).toBe(join(dir, 'some.json'))
    expect(codeOf(() => tools.keyById(dir, 'act-1', 'receipt-signing'))).toBe('wrong_key_purpose')
    expect(codeOf(() => tools.keyById(dir, 'act-2', 'receipt-signing'))).toBe('key_missing')
    chmodSync(join(dir, 'some.json'), 0o644)
    expect(codeOf(() => tools.keyById(dir, 'act-1', 'contract-activation-signing'))).toBe('file_permissions')
    chmodSync(join(dir, 'some.json'), 0o600)
    tools.generateKeyFile('contract-activation-signing', join(dir, 'keys/more.json'), 'act-1', false)
    expect(codeOf(() => tools.keyById(dir, 'act-1', 'contract-activation-signing'))).toBe('key_ambiguous')
    tools.generatePair(dir, 'act-1', false)
    expect(tools.keyById(dir, 'act-1', 'contract-activation-signing')).toMatchObject({
      purpose: undefined,
      path: join(dir, 'agents/act-1/id_ed25519'),
    })
  })
})

describe('key files', () => {
  test('are refused over another file, and their public half is exported', () => {
    const out = join(dir, 'sub/key.json')
    const made = tools.generateKeyFile('receipt-signing', out, undefined, false)
    expect(made.key_id).toBe(`receipt-signing-${made.fingerprint.slice(7, 15)}`)
    expect(mode(out)).toBe(0o600)
    expect(codeOf(() => tools.generateKeyFile('receipt-signing', out, undefined, false))).toBe('file_exists')
    expect(codeOf(() => tools.generateKeyFile('receipt-signing', 'key.json', undefined, false))).toBe('usage')
    expect(codeOf(() => tools.generateKeyFile('nothing', out, undefined, true))).toBe('usage')
    const exported = tools.exportPublic(out, join(dir, 'public'), false)
    expect(readFileSync(join(dir, 'public'), 'utf8')).toBe(`${exported.public}\n`)
    expect(mode(join(dir, 'public'))).toBe(0o644)
    expect(tools.recorderPublicKey(out, undefined)).toMatchObject({public: exported.public, is_private: true})
    expect(tools.recorderPublicKey(join(dir, 'public'), join(dir, 'copy'))).toMatchObject({is_private: false})
    expect(mode(join(dir, 'copy'))).toBe(0o640)
  })
})

describe('ceremony keys', () => {
  test('come from exactly one place', () => {
    const pair = tools.generatePair(undefined, 'coder', false)
    const hex = parsePrivateKeyText(readFileSync(pair.private_key, 'utf8')).public.hex
    expect(tools.ceremonyKey('k', hex, undefined).fingerprint).toBe(pair.fingerprint)
    expect(tools.ceremonyKey('k', undefined, pair.public_key).fingerprint).toBe(pair.fingerprint)
    expect(codeOf(() => tools.ceremonyKey('k', hex, pair.public_key))).toBe('usage')
    expect(codeOf(() => tools.ceremonyKey('k', undefined, undefined))).toBe('usage')
    expect(codeOf(() => tools.ceremonyKey('k', 'zz', undefined))).toBe('usage')
    expect(codeOf(() => tools.ceremonyKey('k', undefined, pair.private_key))).toBe('key_invalid')
  })
})

describe('--include', () => {
  test('splits at unprotected commas and trims', () => {
    expect(parseInclude(' id = a , key = C:\\keys\\a\\,b.json , purpose=receipt-signing, role=x=y')).toEqual({
      id: 'a',
      key: 'C:\\keys\\a,b.json',
      purpose: 'receipt-signing',
      status: 'active',
      role: 'x=y',
    })
  })

  test.each([
    '',
    'id',
    'id=a,id=b,key=k,purpose=receipt-signing',
    'id=,key=k,purpose=receipt-signing',
    'id=a,key=k,purpose=x',
    'ID=a',
  ])('refuses %j', (text) => {
    expect(codeOf(() => parseInclude(text))).toBe('usage')
  })
})

describe('an output', () => {
  test('is never the key file that is read, whatever its name and with --force', () => {
    const path = join(dir, 'key.json')
    tools.generateKeyFile('receipt-signing', path, 'k', false)
    const text = readFileSync(path, 'utf8')
    symlinkSync(dir, join(dir, 'other'))
    expect(codeOf(() => tools.exportPublic(path, join(dir, 'other', 'key.json'), true))).toBe('file_exists')
    expect(codeOf(() => tools.recorderPublicKey(path, path))).toBe('file_exists')
    expect(readFileSync(path, 'utf8')).toBe(text)
  })
})

describe('a recovery authorization at run time', () => {
  test('is not even read without the hash of the roster that it is for', () => {
    tools.generateKeyFile('recovery-root', join(dir, 'r.json'), 'r', false)
    const {public: hex} = tools.recorderPublicKey(join(dir, 'r.json'), undefined)
    const {key, fingerprint} = tools.ceremonyKey('recovery-pubkey', hex, undefined)
    const authorize = (target: string) => tools.authorizeRecovery(join(dir, 'absent.json'), key, fingerprint, target)
    for (const target of ['', 'sha256:', `sha256:${'A'.repeat(64)}`]) {
      expect(codeOf(() => authorize(target))).toBe('recovery_target_mismatch')
    }
    expect(codeOf(() => authorize(`sha256:${'a'.repeat(64)}`))).toBe('file_not_found')
  })
})

describe('a ceremony key that names a file', () => {
  test('is read from it; a file that is not there is no bad key', () => {
    tools.generateKeyFile('recovery-root', join(dir, 'r.json'), 'r', false)
    const {fingerprint} = tools.exportPublic(join(dir, 'r.json'), join(dir, 'r.pub'), false)
    expect(tools.ceremonyKey('recovery-pubkey', join(dir, 'r.pub'), undefined).fingerprint).toBe(fingerprint)
    expect(codeOf(() => tools.ceremonyKey('recovery-pubkey', join(dir, 'absent.pub'), undefined))).toBe(
      'file_not_found',
    )
    expect(codeOf(() => tools.ceremonyKey('recovery-pubkey', 'absent.pub', undefined))).toBe('file_not_found')
    expect(codeOf(() => tools.ceremonyKey('recovery-pubkey', 'zz', undefined))).toBe('usage')
    expect(codeOf(() => tools.ceremonyKey('recovery-pubkey', '', undefined))).toBe('usage')
  })
})

describe('a replacement that was killed', () => {
  const agents = () => join(dir, 'home/agents')

  test('between its two renames: readers find the old pair, keygen asks for --force, and the next one puts things right', () => {
    const old = tools.generatePair(undefined, 'coder', false)
    writeFileSync(join(agents(), 'coder/note'), 'mine')
    tools.generatePair(undefined, 'coder.x', false) // a name that begins with the other one
    renameSync(join(agents(), 'coder'), join(agents(), '.coder.0102.old'))
    mkdirSync(join(agents(), '.coder.0102.new'))
    expect(tools.compileKey(undefined, 'coder').key.public.hex).toBe(tools.publicKeyOf(undefined, 'coder')?.hex)
    expect(tools.keyById(undefined, 'coder', 'contract-compile-signing').key.public.hex).toBe(
      tools.publicKeyOf(undefined, 'coder')?.hex,
    )
    expect(codeOf(() => tools.generatePair(undefined, 'coder', false))).toBe('key_exists')
    expect(readdirSync(agents()).sort()).toEqual(['coder', 'coder.x'])
    const next = tools.generatePair(undefined, 'coder', true)
    expect(next.fingerprint).not.toBe(old.fingerprint)
    expect(readFileSync(join(agents(), 'coder/note'), 'utf8')).toBe('mine')
    expect(readdirSync(agents()).sort()).toEqual(['coder', 'coder.x'])
  })

  test('is waited for by nobody: a second writer is refused', () => {
    tools.generatePair(undefined, 'coder', false)
    writeFileSync(join(agents(), '.coder.lock'), JSON.stringify({pid: 1, started: ''}))
    expect(codeOf(() => tools.generatePair(undefined, 'coder', true))).toBe('store_locked')
  })
})
