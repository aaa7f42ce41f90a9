// GET /health is computed from the active policy: each member follows its setting, and a failed reload is reported.
import {rmSync} from 'node:fs'
import {afterEach, expect, test} from 'vitest'
import {send, startFirewall, type TestFirewall} from '../../support/firewalls.js'

const QUIET = `
logging: {output: file, file: audit.log}
`
let running: TestFirewall | undefined
afterEach(async () => {
  await running?.close()
  running = undefined
})

async function start(text: string): Promise<TestFirewall> {
  return (running = await startFirewall(`${QUIET}${text}`, {overrides: {listen: '127.0.0.1:0'}}))
}

async function page({firewall}: TestFirewall): Promise<Record<string, unknown>> {
  const {status, body} = await send(firewall, '/health')
  expect(status).toBe(200)
  return JSON.parse(body) as Record<string, unknown>
}

test('health page, embedded policy, shows the enabled features', async () => {
  expect(await page(await start(''))).toMatchObject({
    status: 'healthy',
    mode: 'balanced',
    enforce: true,
    forward_proxy_enabled: true,
    request_body_scan_enabled: true,
    response_scan_enabled: true,
    rate_limit_enabled: true,
    receipts_enabled: true,
    tls_interception_enabled: false,
    kill_switch_active: false,
  })
})

test.each([
  ['enforce', 'enforce: false'],
  ['forward_proxy_enabled', 'forward_proxy: {enabled: false}'],
  ['request_body_scan_enabled', 'request_body_scanning: {enabled: false}'],
  ['response_scan_enabled', 'response_scanning: {enabled: false}'],
  ['rate_limit_enabled', 'fetch_proxy: {monitoring: {max_requests_per_minute: 0}}'],
  ['receipts_enabled', 'flight_recorder: {enabled: false}'],
  ['receipts_enabled', 'flight_recorder: {signing_key_path: ""}'],
])('health page, member %s, is false under %s', async (member, text) => {
  expect(await page(await start(`${text}\n`))).toMatchObject({[member]: false})
})

test('health page, after reloads, follows the active policy and names the failed reload', async () => {
  const test = await start('')
  expect(await page(test)).not.toHaveProperty('last_reload')
  test.rewrite(`${QUIET}response_scanning: {enabled: false}\n`)
  expect(await test.firewall.reload()).toMatchObject({status: 'success'})
  expect(await page(test)).toMatchObject({response_scan_enabled: false, last_reload: {status: 'success'}})
  test.rewrite(`${QUIET}mode: strct\n`)
  expect(await test.firewall.reload()).toMatchObject({status: 'failed'})
  expect(await page(test)).toMatchObject({
    response_scan_enabled: false,
    last_reload: {status: 'failed', code: 'config_invalid', at: expect.stringMatching(/^\d{4}-.*Z$/) as string},
  })
  const {log} = test
  await test.firewall.stop('over', 100)
  expect(log().findLast(({event}) => event === 'config_reload')).toMatchObject({
    status: 'failed',
    message: expect.stringMatching(
      /^configuration not reloaded, the previous one stays active: .*pipelock\.yaml:3:7: mode: /,
    ) as string,
  })
})

test.each([
  ['empty', '', /the file is empty$/],
  ['a comment', '# nothing\n', /the file is empty$/],
])('reload, file that is %s, keeps the active policy and is announced', async (_name, text, why) => {
  const test = await start('mode: strict\napi_allowlist: [a.example]\nforward_proxy: {enabled: false}\n')
  const before = test.firewall.policy()
  test.rewrite(text)
  expect(await test.firewall.reload()).toMatchObject({status: 'failed', reason: expect.stringMatching(why) as string})
  expect(test.firewall.policy()).toBe(before)
  expect(test.printed.join('\n')).toMatch(/config reload failed: .*the file is empty\nThe previous configuration stays/)
})

test('reload, file that is removed and comes back, is announced and then loaded', async () => {
  running = await startFirewall(QUIET, {overrides: {listen: '127.0.0.1:0'}, watch: true})
  const {firewall, configPath, printed, rewrite} = running
  const before = firewall.policy()
  const announced = async (text: string): Promise<void> => {
    while (!printed.join('\n').includes(text)) await new Promise((next) => setImmediate(next))
  }
  rmSync(configPath)
  await announced(' does not exist')
  expect(firewall.policy()).toBe(before)
  expect(await page(running)).toMatchObject({last_reload: {status: 'failed', code: 'config_unreadable'}})
  rewrite(QUIET)
  while (firewall.policy() === before) await new Promise((next) => setImmediate(next))
  expect(await page(running)).toMatchObject({last_reload: {status: 'success'}})
})

test('health page, subsystems, are listed on request, and minimal detail leaves out the policy for other machines', async () => {
  const listed = await page(await start('health_watchdog: {expose_subsystems: true, health_detail: minimal}\n'))
  expect(listed['subsystems']).toEqual({scanner: true, config: true, session: true, killswitch: true, watchdog: true})
  // loopback is told everything
  expect(listed).toHaveProperty('dlp_patterns')
})

test('health page, watchdog off, has no subsystems; its probe leaves no trace', async () => {
  const off = await start('health_watchdog: {enabled: false, expose_subsystems: true}\n')
  expect(await page(off)).not.toHaveProperty('subsystems')
  await off.close()
  running = undefined
  const on = await start('health_watchdog: {interval_seconds: 1, expose_subsystems: true}\n')
  // until the start is too long ago to count as a sign of life
  await expect.poll(async () => (await page(on))['uptime_seconds'], {timeout: 10_000}).toBeGreaterThan(3.1)
  expect((await page(on))['subsystems']).toMatchObject({scanner: true})
  expect((await send(on.firewall, '/stats')).body).toContain('"total":0')
  expect(on.log().filter(({event}) => event === 'blocked')).toEqual([])
})
