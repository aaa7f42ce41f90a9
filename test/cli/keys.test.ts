// The commands about keys that sign evidence, as an auditor meets them: what they print, what they refuse, with which
// status. Runs the build.
import {spawn} from 'node:child_process'
import {createServer, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {directoryText, JSON_TYPE} from '../../src/formats/keys/key-directory.js'
import {privateKeyFileText, publicKeyFileText} from '../../src/formats/keys/key-file.js'
import {fingerprint, privateKeyFromSeed} from '../../src/lib/ed25519.js'
import {sha256} from '../../src/lib/hash.js'
import {Log} from '../support/evidence.js'

const entry = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const key = privateKeyFromSeed(sha256('keys test')).public

let folder: string
let server: Server
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keys-'))
  server = createServer((_, res) => {
    res.setHeader('Content-Type', JSON_TYPE)
    res.end(directoryText([{keyId: 'k\u202e', use: 'pipelock-receipt', key, notAfter: 4_000_000_000}]))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
})
afterAll(async () => {
  await new Promise((done) => server.close(done))
  rmSync(folder, {recursive: true, force: true})
})

/** Not waiting in this thread: the host that is asked lives in it. */
function pipelock(...words: readonly string[]): Promise<{status: number | null; out: string; err: string}> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [entry, ...words], {
      cwd: folder,
      env: {PATH: process.env['PATH'] ?? '', HOME: folder, PIPELOCK_HOME: join(folder, 'home')},
    })
    let [out, err] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    child.on('close', (status) => done({status, out, err}))
  })
}

describe('signing directory fetch', () => {
  const host = () => `127.0.0.1:${(server.address() as AddressInfo).port}`
  const fetch = (...words: readonly string[]) =>
    pipelock('signing', 'directory', 'fetch', host(), '--scheme', 'http', ...words)

  test('lists keys, says that they are no anchor, and shows no character that reorders text', async () => {
    const {status, out, err} = await fetch()
    expect([status, err.startsWith('UNPINNED: ')]).toEqual([0, true])
    expect(out.split('\n')[0]).toMatch(/^1 key at http:\/\/127\.0\.0\.1:/)
    expect(out).toContain('pipelock-receipt')
    expect(out).toContain(`${fingerprint(key.raw)}  not proven  until 2096-10-02T07:06:40Z`)
    expect(out).not.toContain('\u202e')
  })

  test('writes the key that is pinned, and is silent about trust then', async () => {
    const out = join(folder, 'signer.pub')
    const done = await fetch('--fingerprint', fingerprint(key.raw), '--out', out, '--json')
    expect([done.status, done.err]).toEqual([0, ''])
    expect(JSON.parse(done.out)).toMatchObject({pinned: true, chosen: 'k\u202e', out, keys: [{public_key: key.hex}]})
    expect(readFileSync(out, 'utf8')).toBe(publicKeyFileText(key))
    expect((await fetch('--out', out)).err).toContain('file_exists')
  })

  test.each([
    [1, 'key_unknown', ['--fingerprint', `sha256:${'0'.repeat(64)}`]],
    [2, 'usage', ['--fingerprint', 'sha256:00']],
    [2, 'usage', ['--out', 'relative.pub']],
    [2, 'usage', ['--scheme', 'ftp']],
    [2, 'usage', ['--timeout', '0']],
    [1, 'key_unknown', ['--use', 'pipelock-mediation', '--out', '/nowhere/key']],
  ])('ends with %i %s for %j', async (status, code, words) => {
    const done = await fetch(...words)
    expect(done.status).toBe(status)
    expect(done.err).toContain(`error: ${code}: `)
  })

  test('of a host that is none, or does not answer', async () => {
    const none = await pipelock('signing', 'directory', 'fetch', 'http://x/')
    expect([none.status, none.err]).toEqual([2, expect.stringContaining('is not a host')])
    const dead = await pipelock('signing', 'directory', 'fetch', '127.0.0.1:1', '--scheme', 'http', '--json')
    expect(dead.status).toBe(1)
    expect(JSON.parse(dead.out)).toMatchObject({error: 'directory_unreachable'})
  })
})

describe('signing receipt-rotation endorse', () => {
  const keyFile = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, {mode: 0o600})
    return join(folder, name)
  }
  const words = (chain: string, ...more: readonly string[]) => [
    ...[
      'signing',
      'receipt-rotation',
      'endorse',
      '--chain',
      chain,
      '--prior-key-file',
      keyFile('old', privateKeyFileText(old)),
    ],
    ...['--new-key-file', keyFile('new', publicKeyFileText(key)), '--root-key', old.public.hex, ...more],
  ]
  const old = privateKeyFromSeed(sha256('keys test old'))

  test('refuses what no verifier would accept later, and says what to do instead', async () => {
    const chain = join(folder, 'evidence')
    mkdirSync(chain)
    writeFileSync(join(chain, 'evidence-proxy-0.jsonl'), new Log(old).receipt().text)
    const out = join(folder, 'rotation.json')
    const done = await pipelock(...words(chain, '--out', out, '--json'))
    expect([done.status, existsSync(out)]).toEqual([1, false])
    expect(JSON.parse(done.out)).toMatchObject({
      error: 'evidence_invalid',
      message: expect.stringContaining('session_state_invalid') as string,
      hint: expect.stringContaining('both keys') as string,
    })
    expect((await pipelock(...words(chain, '--out', 'rotation.json'))).status).toBe(2)
    expect((await pipelock(...words(chain))).err).toContain('--out is missing')
    expect((await pipelock(...words(join(folder, 'none'), '--out', out))).status).toBe(2)
  })
})
