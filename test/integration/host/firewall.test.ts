// A running firewall as a value: own pages, reload classes, policies of exchanges in flight, two in one process.
import {createServer} from 'node:net'
import type {AddressInfo} from 'node:net'
import {afterEach, describe, expect, test} from 'vitest'
import {shiftedClock} from '../../../src/host/ports.js'
import {send, BASE, startFirewall, type TestFirewall} from '../../support/firewalls.js'
import {RawClient, type RawResponse} from '../../support/raw-socket.js'
import {type Origin, startOrigin} from '../../support/origins.js'

const open: {close(): Promise<void>}[] = []
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close()
})

async function firewall(...args: Parameters<typeof startFirewall>): Promise<TestFirewall> {
  const made = await startFirewall(...args)
  open.push(made)
  return made
}

async function origin(...args: Parameters<typeof startOrigin>): Promise<Origin> {
  const made = await startOrigin(...args)
  open.push(made)
  return made
}

const BLOCKED = BASE.replace('monitoring: {', 'monitoring: {blocklist: [origin.example], ')

describe('own pages', () => {
  test('are served on the main listener', async () => {
    const {firewall: f} = await firewall(BASE)
    const health = await send(f, '/health')
    expect(health.status).toBe(200)
    expect(health.headers['cache-control']).toBe('no-store')
    expect(JSON.parse(health.body)).toMatchObject({
      status: 'healthy',
      version: '0.1.0',
      mode: 'balanced',
      forward_proxy_enabled: true,
      rate_limit_enabled: false,
      kill_switch_active: false,
    })
    expect((JSON.parse(health.body) as {dlp_patterns: number}).dlp_patterns).toBeGreaterThan(40)
    expect(JSON.parse((await send(f, '/stats')).body)).toMatchObject({requests: {total: 0}, tunnels: 0})
    expect((await send(f, '/metrics')).body).toContain('pipelock_info{version="0.1.0"} 1')
    expect((await send(f, '/nothing')).status).toBe(404)
    expect((await send(f, '/health', 'HEAD')).body).toBe('')
  })

  test('count decisions', async () => {
    const {port} = await origin()
    const {firewall: f} = await firewall(BLOCKED)
    expect((await send(f, `http://other.example:${port}/a`)).status).toBe(200)
    expect((await send(f, `http://origin.example:${port}/a`)).status).toBe(403)
    expect(JSON.parse((await send(f, '/stats')).body)).toMatchObject({
      requests: {total: 2, allowed: 1, blocked: 1, block_rate: 0.5},
      top_blocked_domains: [{name: 'origin.example', count: 1}],
      top_scanners: [{name: 'blocklist', count: 1}],
    })
  })

  test('move to a listener of their own, which serves nothing else', async () => {
    const {firewall: f} = await firewall(`${BASE}metrics_listen: "127.0.0.1:0"\n`)
    const side = f.addresses().metrics?.port ?? 0
    expect((await send(f, '/metrics')).status).toBe(404)
    expect((await send(f, '/metrics', 'GET', side)).body).toContain('pipelock_info')
    expect((await send(f, '/stats', 'GET', side)).status).toBe(200)
    expect((await send(f, '/health', 'GET', side)).status).toBe(404)
    expect((await send(f, '/fetch?url=http://other.example/', 'GET', side)).status).toBe(404)
  })

  test('are refused on their own listener under the same rules as on the main one', async () => {
    const {firewall: f} = await firewall(`${BASE}metrics_listen: "127.0.0.1:0"\n`)
    const side = f.addresses().metrics?.port ?? 0
    const post = await send(f, '/stats', 'POST', side)
    expect(post.status).toBe(405)
    expect(post.headers).toMatchObject({
      allow: 'GET, HEAD',
      'x-pipelock-block-reason': 'bad_request',
      'x-pipelock-block-reason-layer': 'method',
    })
    const raw = async (lines: string): Promise<RawResponse> => {
      const c = await RawClient.open(side)
      open.push({close: async () => void c.socket.destroy()})
      return c.send(`GET /stats HTTP/1.1\r\n${lines}\r\n`).response()
    }
    const layer = async (lines: string) => {
      const {status, fields} = await raw(lines)
      return `${status} ${fields.get('x-pipelock-block-reason-layer')}`
    }
    expect(await layer('Host: localhost\r\nSec-Fetch-Site: none\r\n')).toBe('200 undefined')
    expect(await layer('Host: localhost\r\nOrigin: http://evil.example\r\n')).toBe('403 browser_guard')
    expect(await layer('Host: rebound.example\r\nSec-Fetch-Site: same-origin\r\n')).toBe('421 browser_guard')
    expect(await layer('')).toBe('400 http_head')
    expect(await layer('Host: a\r\nHost: b\r\n')).toBe('400 http_head')
  })

  test('cannot be reached through the proxy', async () => {
    const {firewall: f} = await firewall(BASE)
    const {port} = f.addresses().main
    const response = await send(f, `http://other.example:${port}/health`)
    expect(response.status).toBe(403)
    expect(response.headers['x-pipelock-block-reason']).toBe('ssrf_private_ip')
  })
})

describe('a reload', () => {
  test('starts when the file is replaced, and is logged', async () => {
    const {port} = await origin()
    const test = await firewall(BASE, {watch: true})
    const before = test.firewall.policy()
    test.rewrite(BLOCKED)
    while (test.firewall.policy() === before) await new Promise((done) => setImmediate(done))
    expect((await send(test.firewall, `http://origin.example:${port}/`)).status).toBe(403)
    await test.firewall.stop('over', 100)
    expect(test.log().filter((e) => e['event'] === 'config_reload')).toMatchObject([
      {status: 'success', detail: 'mode=balanced', level: 'info'},
    ])
  })

  test('keeps the old policy when the new file is invalid, and logs the reason', async () => {
    const test = await firewall(BASE)
    const before = test.firewall.policy()
    test.rewrite(`${BASE}mode: strikt\n`)
    expect(await test.firewall.reload()).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/:\d+:\d+: mode: must be one of/) as string,
    })
    expect(test.firewall.policy()).toBe(before)
    expect(test.printed.join('\n')).toMatch(/^pipelock: config reload failed: .*strict, balanced, audit/)
    // an expression that only compiling refuses
    test.rewrite(`${BASE}dlp: {patterns: [{name: broken, regex: "a(", severity: high}]}\n`)
    expect(await test.firewall.reload()).toMatchObject({status: 'failed'})
    expect(test.firewall.policy()).toBe(before)
    expect((await send(test.firewall, '/metrics')).body).toContain('pipelock_config_reloads_total{status="failed"} 2')
    test.rewrite(BLOCKED)
    expect(await test.firewall.reload()).toMatchObject({status: 'success'})
    expect(test.firewall.policy()).not.toBe(before)
    await test.firewall.stop('over', 100)
    expect(
      test
        .log()
        .filter((e) => e['event'] === 'config_reload')
        .map((e) => [e['status'], e['level']]),
    ).toEqual([
      ['failed', 'warn'],
      ['failed', 'warn'],
      ['success', 'info'],
    ])
  })

  test('reported twice is done once', async () => {
    const test = await firewall(BASE)
    test.rewrite(BLOCKED)
    const [first, second] = await Promise.all([test.firewall.reload(), test.firewall.reload()])
    expect([first.status, second.status]).toEqual(['success', 'unchanged'])
  })

  test('leaves an exchange in flight its policy', async () => {
    let release = (): void => undefined
    let arrived = (): void => undefined
    const atOrigin = new Promise<void>((done) => (arrived = done))
    const {port} = await origin((_request, res) => {
      release = () => res.end('late')
      arrived()
    })
    const test = await firewall(BASE)
    const slow = send(test.firewall, `http://origin.example:${port}/slow`)
    await atOrigin
    test.rewrite(BLOCKED)
    expect((await test.firewall.reload()).status).toBe('success')
    expect((await send(test.firewall, `http://origin.example:${port}/new`)).status).toBe(403)
    release()
    expect(await slow).toMatchObject({status: 200, body: 'late'})
  })

  test('ignores settings that need a restart, with a warning', async () => {
    const test = await firewall(BASE)
    test.rewrite(BASE.replace('127.0.0.1:0', '127.0.0.1:1'))
    expect(await test.firewall.reload()).toEqual({
      status: 'success',
      notes: [{field: 'fetch_proxy.listen', message: 'takes effect after a restart'}],
    })
    expect(test.firewall.config().fetch_proxy.listen).toBe('127.0.0.1:0')
    expect((await send(test.firewall, '/health')).status).toBe(200)
  })

  test('does not turn the forward proxy on', async () => {
    const test = await firewall(BASE.replace('enabled: true', 'enabled: false'))
    test.rewrite(BASE)
    expect(await test.firewall.reload()).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('forward_proxy') as string,
    })
    expect(test.firewall.config().forward_proxy.enabled).toBe(false)
  })

  test('may weaken a balanced policy, with a warning, but not a strict one', async () => {
    const strict = `${BASE}mode: strict\napi_allowlist: [origin.example]\n`
    const test = await firewall(strict)
    test.rewrite(`${strict}enforce: false\n`)
    expect(await test.firewall.reload()).toMatchObject({
      status: 'failed',
      reason: 'strict mode refuses a weaker policy: enforce',
    })
    expect(test.firewall.config().enforce).toBe(true)
    test.rewrite(strict.replace('mode: strict', 'mode: balanced'))
    expect((await test.firewall.reload()).status).toBe('failed')
    test.rewrite(`${strict}explain_blocks: true\n`)
    expect((await test.firewall.reload()).status).toBe('success')

    const balanced = await firewall(BASE)
    balanced.rewrite(`${BASE}enforce: false\n`)
    expect(await balanced.firewall.reload()).toEqual({
      status: 'success',
      notes: [{field: 'enforce', message: 'turned off'}],
    })
    expect(balanced.printed).toContain('WARNING: enforce: turned off')
  })

  test('keeps the values of the command line', async () => {
    const test = await firewall(BASE, {overrides: {mode: 'audit'}})
    expect(test.firewall.config().mode).toBe('audit')
    test.rewrite(`${BASE}mode: strict\napi_allowlist: [origin.example]\n`)
    await test.firewall.reload()
    expect(test.firewall.config().mode).toBe('audit')
  })

  test('changes the policy hash only for decisive settings, the raw hash for any byte', async () => {
    const test = await firewall(BASE)
    const first = test.firewall.policy()
    test.rewrite(`${BASE}# a remark\n`)
    await test.firewall.reload()
    const second = test.firewall.policy()
    expect(second.policyHash).toBe(first.policyHash)
    expect(second.configHash).not.toBe(first.configHash)
    test.rewrite(BLOCKED)
    await test.firewall.reload()
    expect(test.firewall.policy().policyHash).not.toBe(first.policyHash)
  })
})

describe('start and stop', () => {
  test('a busy main port fails before the side listener serves', async () => {
    const blocker = createServer().listen(0, '127.0.0.1')
    await new Promise((done) => blocker.once('listening', done))
    const {port} = blocker.address() as AddressInfo
    const test = await firewall(`${BASE.replace('127.0.0.1:0', `127.0.0.1:${port}`)}metrics_listen: "127.0.0.1:0"\n`, {
      start: false,
    })
    await expect(test.firewall.start()).rejects.toMatchObject({code: 'address_in_use', exitCode: 1})
    await new Promise((done) => blocker.close(done))
  })

  test('logs startup first and shutdown last', async () => {
    const test = await firewall(BASE)
    await test.firewall.stop('over', 100)
    const events = test.log().map((e) => [e['event'], e['reason'] ?? e['mode']])
    expect(events.at(0)).toEqual(['startup', 'balanced'])
    expect(events.at(-1)).toEqual(['shutdown', 'over'])
  })

  test('a running request may end within the grace time', async () => {
    let release = (): void => undefined
    let arrived = (): void => undefined
    const atOrigin = new Promise<void>((done) => (arrived = done))
    const {port} = await origin((_request, res) => {
      release = () => res.end('late')
      arrived()
    })
    const test = await firewall(BASE)
    const slow = send(test.firewall, `http://origin.example:${port}/slow`)
    await atOrigin
    const stopped = test.firewall.stop('over', 5_000)
    release()
    expect(await slow).toMatchObject({status: 200, body: 'late'})
    await stopped
    await expect(send(test.firewall, '/health')).rejects.toThrow()
  })
})

test('two firewalls in one process have their own clock, policy, counters and request numbers', async () => {
  const {port} = await origin()
  const day = 24 * 3600 * 1000
  const one = await firewall(BASE)
  const two = await firewall(BLOCKED, {clock: shiftedClock(day)})
  expect((await send(one.firewall, `http://origin.example:${port}/`)).status).toBe(200)
  const blocked = await send(two.firewall, `http://origin.example:${port}/`)
  expect(blocked.status).toBe(403)
  expect(blocked.headers['x-pipelock-request-id']).toMatch(/^req-1-/)
  expect(JSON.parse((await send(one.firewall, '/stats')).body)).toMatchObject({requests: {total: 1, blocked: 0}})
  expect(JSON.parse((await send(two.firewall, '/stats')).body)).toMatchObject({requests: {total: 1, blocked: 1}})
  await one.firewall.stop('over', 100)
  await two.firewall.stop('over', 100)
  const at = (test: TestFirewall): number => Date.parse(String(test.log()[0]?.['time']))
  expect(at(two) - at(one)).toBeGreaterThan(day - 60_000)
})
