// The commands of the kill switch against a running firewall: where they find it, what they print, and how they fail.
import {execFile} from 'node:child_process'
import {chmodSync, mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterEach, describe, expect, test} from 'vitest'
import {BASE, startFirewall, type TestFirewall} from '../support/firewalls.js'

const entry = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const TOKEN = 'kill-switch-cli-token-1'

const open: TestFirewall[] = []
afterEach(async () => {
  for (const f of open.splice(0)) await f.close()
})

async function firewall(sections = ''): Promise<TestFirewall> {
  const f = await startFirewall(`${BASE}${sections}`)
  open.push(f)
  return f
}

interface Result {
  readonly status: number
  readonly out: string
  readonly err: string
}

/** In a folder without a configuration. */
function pipelock(f: TestFirewall, words: readonly string[], env: Record<string, string> = {}): Promise<Result> {
  const cwd = join(f.folder, 'elsewhere')
  mkdirSync(cwd, {recursive: true})
  const all = {PATH: process.env['PATH'] ?? '', PIPELOCK_HOME: join(f.folder, 'home'), ...env}
  return new Promise((resolve) => {
    execFile(process.execPath, [entry, 'kill-switch', ...words], {cwd, env: all}, (error, out, err) => {
      resolve({status: error ? Number(error.code) : 0, out, err})
    })
  })
}

const active = (f: TestFirewall) => f.firewall.services()['kill-switch'].active()

test('without flags they find the firewall of the home directory', async () => {
  const f = await firewall()
  expect(await pipelock(f, ['status'])).toMatchObject({
    status: 0,
    out: expect.stringMatching(/^kill switch off\n/) as string,
  })
  const on = await pipelock(f, ['on', '--reason', 'a test', '--operator', 'qa'])
  expect(on).toEqual({status: 0, out: 'kill switch on: all traffic is denied\n', err: ''})
  expect(active(f)).toBe('api')
  expect((await pipelock(f, ['status'])).out).toContain('api       ON')
  const off = await pipelock(f, ['off', '--json'])
  expect([off.status, JSON.parse(off.out)]).toMatchObject([0, {active: false, effective: false}])
  expect(active(f)).toBeUndefined()
  await expect
    .poll(() => f.log().find(({event, action}) => event === 'session_admin' && action === 'killswitch_on'))
    .toMatchObject({operator: 'qa', reason: 'a test'})
})

test('off names the source that still denies', async () => {
  const f = await firewall('kill_switch: {enabled: true}\n')
  expect(await pipelock(f, ['off', '--yes'])).toMatchObject({
    status: 0,
    out: 'api released, but the kill switch is still active by config\n',
  })
})

describe('a firewall with a token', () => {
  const SECTIONS = `kill_switch: {api_token: ${TOKEN}}\n`

  test('is found by flags, by the environment and by its configuration', async () => {
    const f = await firewall(SECTIONS)
    const {port} = f.firewall.addresses().main
    const file = join(f.folder, 'token')
    writeFileSync(file, `${TOKEN}\n`, {mode: 0o600})
    const url = `127.0.0.1:${port}`
    expect((await pipelock(f, ['status', '--api-url', url, '--api-token-file', file])).status).toBe(0)
    const env = {PIPELOCK_API_URL: url, PIPELOCK_KILLSWITCH_API_TOKEN: TOKEN}
    expect((await pipelock(f, ['status'], env)).status).toBe(0)
    const config = join(f.folder, 'named.yaml')
    writeFileSync(config, `fetch_proxy: {listen: "127.0.0.1:${port}"}\n${SECTIONS}`, {mode: 0o600})
    expect((await pipelock(f, ['status', '-c', config])).status).toBe(0)
    chmodSync(config, 0o644)
    expect(await pipelock(f, ['status', '-c', config])).toMatchObject({
      status: 2,
      err: expect.stringContaining('chmod 600') as string,
    })
  })

  test('the variables of a proxy are ignored, so that the token does not travel through it', async () => {
    const f = await firewall(SECTIONS)
    const env = {
      PIPELOCK_API_URL: `127.0.0.1:${f.firewall.addresses().main.port}`,
      PIPELOCK_KILLSWITCH_API_TOKEN: TOKEN,
      http_proxy: 'http://127.0.0.1:9',
      HTTP_PROXY: 'http://127.0.0.1:9',
    }
    expect((await pipelock(f, ['status'], env)).status).toBe(0)
  })

  test.each<readonly [string, readonly string[], Record<string, string>, number, RegExp]>([
    ['a wrong token', ['on'], {PIPELOCK_KILLSWITCH_API_TOKEN: 'wrong'}, 2, /admin_unauthorized|unauthorized/],
    [
      'no firewall',
      ['on'],
      {PIPELOCK_API_URL: '127.0.0.1:9', PIPELOCK_KILLSWITCH_API_TOKEN: TOKEN},
      1,
      /POST \/api\/v1\/killswitch/,
    ],
    [
      'plain HTTP to another host',
      ['on'],
      {PIPELOCK_API_URL: 'http://ops.example:8889', PIPELOCK_KILLSWITCH_API_TOKEN: TOKEN},
      2,
      /in clear/,
    ],
    ['no token', ['status'], {}, 2, /no token for the admin API/],
  ])('%s: says so, and never the token', async (_, words, env, status, message) => {
    const f = await firewall(SECTIONS)
    const url = `127.0.0.1:${f.firewall.addresses().main.port}`
    const result = await pipelock(f, words, {PIPELOCK_API_URL: url, ...env})
    expect(result.status).toBe(status)
    expect(result.err).toMatch(message)
    expect(result.err).not.toContain(TOKEN)
    expect(active(f)).toBeUndefined()
  })
})
