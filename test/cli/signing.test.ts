// The key commands as an operator meets them: what they print, what they refuse and with
// which status. Runs the build.
import {chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {signBody} from '../../src/formats/documents/canonical.js'
import {jsonKeyText} from '../../src/formats/keys/key-file.js'
import {fingerprint, privateKeyFromSeed, type PrivateKey} from '../../src/lib/ed25519.js'
import {sha256} from '../../src/lib/hash.js'
import {formatSeconds} from '../../src/lib/timestamp.js'
import {runCommand} from '../support/warm-cli.js'

const key = (name: string): PrivateKey => privateKeyFromSeed(sha256(`signing test ${name}`))
const printOf = (name: string): string => fingerprint(key(name).public.raw)

let folder: string
const at = (...names: readonly string[]): string => join(folder, ...names)
const mode = (path: string): number => statSync(at(path)).mode & 0o777
const write = (name: string, content: string | object): string => {
  writeFileSync(at(name), typeof content === 'string' ? content : JSON.stringify(content), {mode: 0o600})
  return at(name)
}

function pipelock(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const {status, stdout, stderr} = runCommand(words, {
    cwd: folder,
    env: {PATH: process.env['PATH'] ?? '', HOME: folder, PIPELOCK_HOME: at('home'), ...env},
  })
  return {status, out: stdout, err: stderr}
}
const line = (text: string): readonly string[] => text.split(' ').map((word) => word.replace('@', `${folder}/`))
const says = (text: string | RegExp): string =>
  (typeof text === 'string' ? expect.stringContaining(text) : expect.stringMatching(text)) as string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'signing-'))
  write('root.json', jsonKeyText(key('root'), 'roster-root', Date.now(), 'root-1'))
  write('next.json', jsonKeyText(key('next'), 'roster-root', Date.now(), 'root-2'))
  write('act.json', jsonKeyText(key('act'), 'contract-activation-signing', Date.now(), 'act-1'))
  write('root.pub', `${key('root').public.hex}\n`)
  write('next.pub', key('next').public.hex)
  write('payload', 'content')
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))

describe('keygen, trust, sign, verify', () => {
  test('a pair, its words to share, and no second one without --force', () => {
    const made = pipelock(['keygen', 'coder'])
    const publicKey = at('home/agents/coder/id_ed25519.pub')
    expect(made).toMatchObject({status: 0, err: ''})
    expect(made.out.split('\n')).toEqual([
      'Key pair generated for agent "coder"',
      `Public key: ${publicKey}`,
      says(/^Fingerprint: sha256:[0-9a-f]{64}$/),
      `Share with: pipelock trust coder ${publicKey}`,
      '',
    ])
    expect([mode('home/agents/coder/id_ed25519'), mode('home/agents/coder/id_ed25519.pub')]).toEqual([0o600, 0o644])
    expect(pipelock(['keygen', 'coder'])).toMatchObject({
      status: 1,
      out: '',
      err: says(/^error: key_exists: .*\nhint: .*--force/),
    })
    expect(JSON.parse(pipelock(['keygen', 'coder', '--force', '--json']).out)).toMatchObject({
      name: 'coder',
      public_key: publicKey,
    })
  })

  test('the store: --keystore before --home before PIPELOCK_HOME', () => {
    pipelock(['keygen', 'who', '--keystore', at('k1'), '--home', at('k2')])
    pipelock(['keygen', 'who', '--home', at('k2')])
    const place = (words: readonly string[]) =>
      (JSON.parse(pipelock(['keygen', 'who', '--force', '--json', ...words]).out) as {public_key: string}).public_key
    expect(place(['--keystore', 'k1', '--home', at('k2')])).toBe(at('k1/agents/who/id_ed25519.pub'))
    expect(place(['--home', at('k2')])).toBe(at('k2/agents/who/id_ed25519.pub'))
  })

  test.each([
    ['../x', '__x'],
    ['a b/c', 'a_b_c'],
    ['a..b', 'a_b'],
    ['x'.repeat(65), 'x'.repeat(64)],
  ])('the name %j is refused with a suggestion, never changed', (name, suggestion) => {
    expect(pipelock(['keygen', '--', name])).toMatchObject({
      status: 2,
      out: '',
      err: says(`hint: for example: ${suggestion}\n`),
    })
  })

  test('a signature beside the file, verified by the own key, else by a trusted one', () => {
    pipelock(['keygen', 'signer', '--force'])
    expect(pipelock(['sign', 'payload'])).toMatchObject({status: 2, err: says('--agent or PIPELOCK_AGENT')})
    expect(pipelock(['sign', 'payload'], {PIPELOCK_AGENT: 'signer'})).toMatchObject({
      status: 0,
      out: 'Signature written to payload.sig\n',
    })
    expect(readFileSync(at('payload.sig'), 'utf8')).toMatch(/^[A-Za-z0-9+/]{86}==\n$/)
    expect(mode('payload.sig')).toBe(0o644)
    const verify = (...more: readonly string[]) => pipelock(['verify', 'payload', '--agent', 'signer', ...more])
    expect(verify()).toMatchObject({status: 0, out: says(/^OK: payload is signed by signer /)})
    write('other', 'other content')
    symlinkSync(at('payload.sig'), at('other.sig'))
    expect(pipelock(['verify', 'other', '--agent', 'signer'])).toMatchObject({
      status: 1,
      out: says(/^FAILED: signature_invalid: /),
    })
    const failed = pipelock(['verify', 'other', '--agent', 'signer', '--json'])
    expect([failed.status, JSON.parse(failed.out)]).toMatchObject([1, {valid: false, reason: 'signature_invalid'}])
    write('bad.sig', 'AAAA')
    expect(verify('--sig', 'bad.sig')).toMatchObject({status: 1, out: says(/^FAILED: signature_format: /)})
    expect(verify('--sig', 'none.sig')).toMatchObject({status: 1, err: says('file_not_found')})
    expect(verify('--keystore', at('empty'))).toMatchObject({
      status: 1,
      err: says(/key_missing.*\nhint: run: pipelock trust signer/),
    })
    const trusted = pipelock(['trust', 'signer', 'home/agents/signer/id_ed25519.pub', '--keystore', at('empty')])
    expect(trusted).toMatchObject({status: 0, out: says(`Path: ${at('empty/trusted_keys/signer.pub')}`)})
    expect(mode('empty/trusted_keys/signer.pub')).toBe(0o600)
    expect(verify('--keystore', at('empty')).status).toBe(0)
    // the own key comes first, also where the trusted one would fit
    pipelock(['keygen', 'signer', '--keystore', at('empty')])
    expect(verify('--keystore', at('empty')).status).toBe(1)
  })

  test.each<[string, number, string]>([
    ['trust friend none.pub', 1, 'file_not_found: the key file none.pub does not exist'],
    ['trust friend nonsense', 1, 'key_invalid'],
    ['trust friend 0100000000000000000000000000000000000000000000000000000000000000', 1, 'key_invalid'],
    ['trust friend home/agents/coder/id_ed25519', 1, 'key_invalid'],
    ['trust friend', 2, 'usage'],
    ['trust ../friend root.pub', 2, 'key_name'],
    ['sign none --agent coder', 1, 'file_not_found'],
    ['sign payload --agent nobody', 1, 'pipelock keygen nobody'],
    ['verify none --agent coder', 1, 'file_not_found'],
    ['keygen', 2, 'usage'],
    ['keygen a b', 2, 'usage'],
  ])('%s ends with %i', (words, status, text) => {
    expect(pipelock(line(words))).toMatchObject({status, out: '', err: says(text)})
  })

  test('a private key that others can read signs nothing; behind a link inside the store it does', () => {
    pipelock(['keygen', 'loose'])
    const path = at('home/agents/loose/id_ed25519')
    for (const bits of [0o644, 0o660, 0o610]) {
      chmodSync(path, bits)
      expect(pipelock(['sign', 'payload', '--agent', 'loose'])).toMatchObject({
        status: 1,
        err: says(/file_permissions.*\nhint: run: chmod 600/),
      })
    }
    chmodSync(path, 0o640)
    expect(pipelock(['sign', 'payload', '--agent', 'loose']).status).toBe(0)
    writeFileSync(at('home/agents/loose/real'), readFileSync(path), {mode: 0o600})
    rmSync(path)
    symlinkSync('real', path)
    expect(pipelock(['sign', 'payload', '--agent', 'loose']).status).toBe(0)
    chmodSync(at('home/agents/loose/real'), 0o604)
    expect(pipelock(['sign', 'payload', '--agent', 'loose'])).toMatchObject({status: 1, err: says('file_permissions')})
  })
})

describe('signing key and pubkey', () => {
  test('a key file of one purpose', () => {
    const made = pipelock(line('signing key generate --purpose receipt-signing --out @made.json'))
    const file = JSON.parse(readFileSync(at('made.json'), 'utf8')) as Record<string, string>
    expect(Object.keys(file)).toEqual(['schema_version', 'purpose', 'key_id', 'public', 'private', 'created_at'])
    const print = fingerprint(Buffer.from(file['public'] ?? '', 'hex'))
    expect(made).toEqual({
      status: 0,
      out: `Generated receipt-signing keypair\nkey_id: receipt-signing-${print.slice(7, 15)}\nfingerprint: ${print}\nout: ${at('made.json')}\n`,
      err: '',
    })
    expect(mode('made.json')).toBe(0o600)
    expect(file['created_at']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    expect(pipelock(line('signing key generate --purpose receipt-signing --out @made.json'))).toMatchObject({
      status: 1,
      err: says('file_exists'),
    })
    const again = pipelock(
      line('signing key generate --purpose receipt-signing --out @made.json --id mine --force --json'),
    )
    expect(JSON.parse(again.out)).toMatchObject({key_id: 'mine', purpose: 'receipt-signing', out: at('made.json')})
  })

  test('its public half', () => {
    const done = pipelock(line('signing key export-public --key-file @root.json --out @exported.pub'))
    expect(done).toMatchObject({status: 0, out: says(`fingerprint: ${printOf('root')}\n`)})
    expect(readFileSync(at('exported.pub'), 'utf8')).toBe(`${key('root').public.hex}\n`)
    expect(mode('exported.pub')).toBe(0o644)
    expect(pipelock(line('signing key export-public --key-file @root.json --out @exported.pub'))).toMatchObject({
      status: 1,
      err: says('--force'),
    })
    expect(
      pipelock(line('signing key export-public --key-file @act.json --out @exported.pub --force --json')).out,
    ).toContain(printOf('act'))
    expect(pipelock(line('signing key export-public --key-file @root.json --out @root.json --force')).status).toBe(1)
  })

  test('the key of the recorder, from its file or from the configuration', () => {
    write(
      'recorder.yaml',
      `flight_recorder:\n  enabled: true\n  dir: ${at('log')}\n  signing_key_path: ${at('made.json')}\n`,
    )
    const {public: hex} = JSON.parse(readFileSync(at('made.json'), 'utf8')) as {public: string}
    expect(pipelock(line('signing pubkey --key-file made.json --out hex'))).toEqual({
      status: 0,
      out: `${hex}\n`,
      err: '',
    })
    expect([readFileSync(at('hex'), 'utf8'), mode('hex')]).toEqual([`${hex}\n`, 0o640])
    expect(pipelock(line('signing pubkey --config recorder.yaml'))).toEqual({status: 0, out: `${hex}\n`, err: ''})
    expect(pipelock(line('signing pubkey --key-file hex'))).toEqual({
      status: 0,
      out: `${hex}\n`,
      err: 'note: hex holds a public key only\n',
    })
  })

  test.each<[string, number, string]>([
    ['signing key generate --out @x.json', 2, 'purpose'],
    ['signing key generate --purpose receipt-signing', 2, 'out'],
    ['signing key generate --purpose receipt-signing --out x.json', 2, 'absolute'],
    ['signing key generate --purpose policy-bundle-signing --out @x.json', 2, '--purpose must be one of'],
    ['signing key generate --purpose receipt-signing --out @x.json --id a/b', 2, 'key_name'],
    ['signing key export-public --key-file @root.json --out x.pub', 2, 'absolute'],
    ['signing key export-public --key-file @none.json --out @x.pub', 1, 'file_not_found'],
    ['signing key export-public --key-file @payload --out @x.pub', 1, 'key_invalid'],
    ['signing pubkey', 2, '--key-file'],
    ['signing pubkey --key-file made.json --config recorder.yaml', 2, '--config'],
    ['signing pubkey --key-file none', 1, 'file_not_found'],
    ['signing pubkey --config none.yaml', 2, 'config_unreadable'],
  ])('%s ends with %i', (words, status, text) => {
    expect(pipelock(line(words))).toMatchObject({status, out: '', err: says(text)})
  })

  test('a key file behind a link, open to others or larger than 16 KiB is refused', () => {
    symlinkSync(at('root.json'), at('link.json'))
    writeFileSync(at('open.json'), readFileSync(at('root.json')), {mode: 0o644})
    write('large.json', readFileSync(at('root.json'), 'utf8') + ' '.repeat(16_384))
    for (const [name, code] of [
      ['link.json', 'file_not_regular'],
      ['open.json', 'file_permissions'],
      ['large.json', 'payload_too_large'],
    ]) {
      const include = 'id=a,key=@act.json,purpose=contract-activation-signing,role=anna'
      expect(
        pipelock(line(`signing roster build --root @${name} --include ${include} --out @never.json`)),
      ).toMatchObject({status: 1, err: says(`error: ${code}: `)})
    }
  })
})

describe('signing roster', () => {
  const INCLUDE = '--include id=act-1,key=@act.json,purpose=contract-activation-signing'
  // every @ of a word stands for the folder
  const words = (text: string): readonly string[] => text.split(' ').map((word) => word.replaceAll('@', `${folder}/`))
  const build = (more: string) => pipelock(words(`signing roster build --root @root.json ${more}`))

  test('is built, shown and verified', () => {
    const built = build(`${INCLUDE},role=anna --out @roster.json`)
    expect(built).toEqual({
      status: 0,
      out: `roster built: 2 keys\nroot_signed_by: root-1\nroot_fingerprint: ${printOf('root')}\ndata_class_root: internal\nout: ${at('roster.json')}\n`,
      err: '',
    })
    expect(mode('roster.json')).toBe(0o600)
    const pin = ['--path', 'roster.json', '--roster-root-fingerprint', printOf('root')]
    const shown = pipelock(['signing', 'roster', 'show', ...pin])
    expect(shown.out.startsWith('{\n  "schema_version": 1,\n  "roster_signed_by": "root-1",\n')).toBe(true)
    expect(pipelock(['signing', 'roster', 'verify', ...pin])).toEqual({
      status: 0,
      out: 'roster verified: 2 keys, root_signed_by=root-1\n',
      err: '',
    })
    expect(JSON.parse(pipelock(['signing', 'roster', 'verify', ...pin, '--json']).out)).toMatchObject({
      valid: true,
      keys: 2,
      root_signed_by: 'root-1',
    })
    const other = ['--path', 'roster.json', '--roster-root-fingerprint', printOf('next')]
    expect(pipelock(['signing', 'roster', 'verify', ...other])).toMatchObject({
      status: 1,
      out: '',
      err: says('roster_fingerprint_mismatch: verify failed: '),
    })
    expect(pipelock(['signing', 'roster', 'show', ...other])).toMatchObject({
      status: 1,
      out: '',
      err: says('roster_fingerprint_mismatch: load failed: '),
    })
    write('roster.txt', readFileSync(at('roster.json'), 'utf8'))
    expect(
      pipelock(['signing', 'roster', 'verify', '--path', 'roster.txt', '--roster-root-fingerprint', printOf('root')]),
    ).toMatchObject({status: 1, err: says('roster_read')})
  })

  test('warns of a key that could not sign, and keeps a comma inside a value', () => {
    const built = build(
      `${INCLUDE} --include id=b,key=@act.json,purpose=contract-activation-signing,role=x\\,y --out @warned.json`,
    )
    expect(built).toMatchObject({
      status: 0,
      err: says(/warning: "act-1" has no role.*\n.*warning: "b" has the same public key/s),
    })
    expect(readFileSync(at('warned.json'), 'utf8')).toContain('"principal": "x,y"')
  })

  test.each<[string, number, string]>([
    ['--out @r.json', 2, 'include'],
    [INCLUDE, 2, 'out'],
    [`${INCLUDE} --out r.json`, 2, 'absolute'],
    [`${INCLUDE},until=x --out @r.json`, 2, 'unknown field'],
    [`${INCLUDE},id=x --out @r.json`, 2, 'duplicate id'],
    ['--include key=@act.json,purpose=receipt-signing --out @r.json', 2, 'id is missing'],
    ['--include id=a,key=@act.json,purpose=nope --out @r.json', 2, 'unknown purpose'],
    [`${INCLUDE} --valid-until soon --out @r.json`, 2, 'RFC 3339'],
    [`${INCLUDE} --schema-version x --out @r.json`, 2, 'integer'],
    [`${INCLUDE} --schema-version 2 --out @r.json`, 1, 'bad_schema_version'],
    [`${INCLUDE} --data-class regulated --out @r.json`, 1, 'regulated_field'],
    [`${INCLUDE} --out @root.json --force`, 1, 'file_exists'],
    [`${INCLUDE} --out @roster.json`, 1, 'file_exists'],
    [`${INCLUDE} ${INCLUDE} --out @r.json`, 1, 'is a duplicate'],
    ['--include id=a,key=@act.json,purpose=receipt-signing --out @r.json', 1, 'wrong_key_purpose'],
    ['--include id=a,key=@next.json,purpose=roster-root --out @r.json', 1, 'roster_invalid'],
    ['--include id=a,key=@none.json,purpose=receipt-signing --out @r.json', 1, 'file_not_found'],
    ['--include id=a,key=@root.pub,purpose=receipt-signing --out @r.json', 1, 'roster_invalid'],
  ])('build %s ends with %i', (text, status, message) => {
    expect(build(text)).toMatchObject({status, out: '', err: says(message)})
  })

  test.each(['show', 'verify'])('%s needs its flags, and a pin in shape', (verb) => {
    expect(pipelock(['signing', 'roster', verb, '--path', 'roster.json']).status).toBe(2)
    expect(
      pipelock(['signing', 'roster', verb, '--path', 'roster.json', '--roster-root-fingerprint', 'sha256:0']).status,
    ).toBe(2)
  })
})

describe('signing recovery verify', () => {
  const TARGET = `sha256:${'a'.repeat(64)}`
  const HOUR = 3_600_000
  const authorization = (fromMs: number, untilMs: number, signer = key('next')) => {
    const body = {
      schema_version: 1,
      reason: 'lost root',
      expires_at: formatSeconds(Date.now() + untilMs),
      target_roster_hash: TARGET,
      operator_identity: 'anna',
      issued_at: formatSeconds(Date.now() + fromMs),
    }
    return write('recovery.json', {body, signature: signBody(signer, body)})
  }
  const verify = (...more: readonly string[]) =>
    pipelock([
      'signing',
      'recovery',
      'verify',
      '--path',
      'recovery.json',
      '--pinned-fingerprint',
      printOf('next'),
      ...more,
    ])

  test('prints the fingerprint first, then the verdict, and what was not checked', () => {
    authorization(-HOUR / 4, HOUR / 4)
    const first = `recovery key fingerprint: ${printOf('next')}\n`
    expect(verify('--recovery-pubkey', key('next').public.hex)).toEqual({
      status: 0,
      out: `${first}recovery authorization verified\nnote: the target roster hash was not checked (no --expected-target-roster-hash)\n`,
      err: '',
    })
    expect(verify('--recovery-pubkey-file', 'next.pub', '--expected-target-roster-hash', TARGET)).toEqual({
      status: 0,
      out: `${first}recovery authorization verified\n`,
      err: '',
    })
    const json = verify('--recovery-pubkey-file', 'next.pub', '--json')
    expect(JSON.parse(json.out)).toEqual({valid: true, fingerprint: printOf('next'), target_checked: false})
    // a failure names the key that was loaded as well: that is what the people at the table compare
    expect(
      verify('--recovery-pubkey-file', 'next.pub', '--expected-target-roster-hash', TARGET.replace(':a', ':b')),
    ).toMatchObject({
      status: 1,
      out: first,
      err: says('error: recovery_target_mismatch: verify failed: '),
    })
  })

  test.each<[string, () => unknown, string]>([
    ['expired', () => authorization(-HOUR / 2, -HOUR / 4), 'recovery_expired'],
    ['not valid yet', () => authorization(HOUR / 4, HOUR / 2), 'recovery_not_yet_valid'],
    ['valid for too long', () => authorization(-HOUR, HOUR / 2), 'recovery_invalid'],
    ['signed by another key', () => authorization(-HOUR / 4, HOUR / 4, key('root')), 'signature_invalid'],
    ['missing', () => rmSync(at('recovery.json')), 'file_not_found'],
  ])('an authorization that is %s ends with 1', (_, prepare, code) => {
    prepare()
    expect(verify('--recovery-pubkey-file', 'next.pub')).toMatchObject({
      status: 1,
      err: says(`error: ${code}: verify failed: `),
    })
  })

  test('a key that is not the pinned one ends with 1', () => {
    authorization(-HOUR / 4, HOUR / 4)
    expect(verify('--recovery-pubkey-file', 'root.pub')).toMatchObject({
      status: 1,
      err: says('recovery_fingerprint_mismatch'),
    })
  })

  test.each([
    [[]],
    [['--recovery-pubkey-file', 'next.pub', '--recovery-pubkey', key('next').public.hex]],
    [['--recovery-pubkey', 'zz']],
    [['--recovery-pubkey-file', 'next.pub', '--expected-target-roster-hash', 'sha256:x']],
    [['--recovery-pubkey-file', 'next.pub', '--force']],
  ])('wrong usage: %j', (more) => {
    expect(verify(...more)).toMatchObject({status: 2, err: says('error: usage: ')})
  })

  test('a key file that is not there is no bad key', () => {
    expect(verify('--recovery-pubkey', './none.pub')).toMatchObject({status: 1, err: says('file_not_found')})
  })
})

describe('signing transition verify', () => {
  const transition = (effectiveMs: number, change: object = {}) => {
    const body = {
      schema_version: 1,
      root_kind: 'roster-root',
      old_fingerprint: printOf('root'),
      new_fingerprint: printOf('next'),
      effective_at: formatSeconds(Date.now() + effectiveMs),
      reason: 'yearly',
    }
    const signatures = {old_signature: signBody(key('root'), body), new_signature: signBody(key('next'), body)}
    return write('transition.json', {body, ...signatures, ...change})
  }
  const verify = (...more: readonly string[]) =>
    pipelock(['signing', 'transition', 'verify', '--path', 'transition.json', ...more])
  const FILES = ['--old-pubkey-file', 'root.pub', '--new-pubkey-file', 'next.pub']
  const PRINTS = () => `old key fingerprint: ${printOf('root')}\nnew key fingerprint: ${printOf('next')}\n`

  test('prints both fingerprints, then the verdict', () => {
    transition(-60_000)
    expect(verify(...FILES)).toEqual({status: 0, out: `${PRINTS()}root transition verified\n`, err: ''})
    const inline = ['--old-pubkey', key('root').public.hex, '--new-pubkey', key('next').public.hex]
    expect(verify(...inline, '--pinned', printOf('root'))).toMatchObject({status: 0})
    expect(JSON.parse(verify(...FILES, '--json').out)).toEqual({
      valid: true,
      old_fingerprint: printOf('root'),
      new_fingerprint: printOf('next'),
    })
  })

  test('reports no success before it takes effect, unless told to', () => {
    transition(3_600_000)
    expect(verify(...FILES)).toMatchObject({
      status: 1,
      out: PRINTS(),
      err: says('error: transition_not_effective: verify failed: '),
    })
    expect(verify(...FILES, '--allow-early')).toMatchObject({status: 0})
  })

  test('refuses another pin, swapped keys, and one signature for both', () => {
    transition(-60_000)
    expect(verify(...FILES, '--pinned', printOf('next'))).toMatchObject({
      status: 1,
      err: says('transition_fingerprint_mismatch'),
    })
    const swapped = ['--old-pubkey-file', 'next.pub', '--new-pubkey-file', 'root.pub']
    expect(verify(...swapped)).toMatchObject({status: 1, err: says('transition_fingerprint_mismatch')})
    const {old_signature: old} = JSON.parse(readFileSync(at('transition.json'), 'utf8')) as {old_signature: string}
    transition(-60_000, {new_signature: old})
    expect(verify(...FILES)).toMatchObject({status: 1, err: says('signature_invalid')})
  })

  test.each([
    [['--old-pubkey-file', 'root.pub']],
    [['--new-pubkey-file', 'next.pub']],
    [[...FILES, '--pinned', 'sha256:0']],
    [[...FILES, '--old-pubkey', 'zz']],
  ])('wrong usage: %j', (more) => {
    expect(verify(...more)).toMatchObject({status: 2, err: says('error: usage: ')})
  })
})
