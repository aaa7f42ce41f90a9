// The dashboard and the alert rules of examples/monitoring against a real Prometheus that watches a running firewall.
import {execFileSync, spawn, spawnSync} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {stringify} from 'yaml'
import {afterAll, beforeAll, describe, expect, test, vi} from 'vitest'
import {upper} from '../../support/credentials.js'
import {BASE, send, startFirewall, type TestFirewall} from '../../support/firewalls.js'
import {freePort} from '../../support/free-port.js'
import {startOrigin, type Origin} from '../../support/origins.js'

const example = (name: string): string =>
  fileURLToPath(new URL(`../../../examples/monitoring/${name}`, import.meta.url))

interface Panel {
  readonly title: string
  readonly type: string
  readonly gridPos: {readonly x: number; readonly y: number; readonly w: number; readonly h: number}
  readonly targets?: readonly {readonly expr: string}[]
}

const {panels} = JSON.parse(readFileSync(example('grafana.json'), 'utf8')) as {panels: readonly Panel[]}
const queries = panels.flatMap(({title, targets = []}) => targets.map(({expr}) => [title, expr] as const))
const rules = readFileSync(example('alerts.yaml'), 'utf8')

function isInstalled(): boolean {
  if (spawnSync('prometheus', ['--version']).status === 0 && spawnSync('promtool', ['--version']).status === 0)
    return true
  console.log('prometheus is not installed: its rows are left out')
  return false
}
const hasPrometheus = isInstalled()

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'monitoring-'))
  return () => rmSync(folder, {recursive: true, force: true})
})

test('the panels of the dashboard do not overlap', () => {
  const cells = panels.flatMap(({gridPos: {x, y, w, h}}) =>
    Array.from({length: w * h}, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
  )
  expect(new Set(cells).size).toBe(cells.length)
  expect(Math.max(...panels.map(({gridPos: {x, w}}) => x + w))).toBe(24)
})

const QUIET = '0x20'
const of = (name: string, labels = '', values = '1x20'): Record<string, string> => ({
  series: `${name}{job="pipelock",instance="fw"${labels}}`,
  values,
})

/** Series over twenty minutes under which each rule fires at their end. */
const FIRING: Readonly<Record<string, readonly Record<string, string>[]>> = {
  PipelockDown: [of('up', '', '1x10 0x10')],
  PipelockKillSwitchActive: [of('pipelock_kill_switch_active', ',source="api"')],
  PipelockEvidenceDegraded: [of('pipelock_evidence_gap_pending')],
  PipelockReceiptsLost: [of('pipelock_receipt_emit_failures_total', ',reason="write"', '0x15 1x5')],
  PipelockHookFailed: [of('pipelock_hook_failures_total', '', '0x15 1x5')],
  PipelockLogDropped: [of('pipelock_log_dropped_total', '', '0x15 7x5')],
  PipelockEventsDropped: [of('pipelock_emit_dropped_total', ',sink="otlp",reason="overflow"', '0x15 1x5')],
  PipelockSinkAway: [
    of('pipelock_emit_waiting', ',sink="otlp"', '3x20'),
    of('pipelock_emit_errors_total', ',sink="otlp"', '0+2x20'),
  ],
  PipelockReloadRefused: [of('pipelock_config_reloads_total', ',status="failed"', '_x15 1x5')],
  PipelockCredentialRefused: [of('pipelock_block_reason_total', ',reason="dlp_match",surface="forward"', '_x15 1x5')],
  PipelockInjectionRefused: [
    of('pipelock_block_reason_total', ',reason="prompt_injection",surface="fetch"', '2x15 3x5'),
  ],
  PipelockManyBlocks: [
    of('pipelock_requests_total', ',result="blocked"', '0+40x20'),
    of('pipelock_requests_total', ',result="allowed"', '0+60x20'),
  ],
  PipelockClientsDistrust: [of('pipelock_tls_intercept_total', ',outcome="handshake_error"', '0+1x20')],
  PipelockShareRefused: [of('pipelock_share_refused_total', ',resource="tunnels"', '_x15 1x5')],
  PipelockEventLoopSlow: [of('pipelock_nodejs_eventloop_lag_p99_seconds', '', '0.9x20')],
  PipelockDescriptorsShort: [
    of('pipelock_process_open_fds', '', '900x20'),
    of('pipelock_process_max_fds', '', '1000x20'),
  ],
}

/** The series of an ordinary firewall: nothing fires. */
const ORDINARY = [
  of('up'),
  of('pipelock_kill_switch_active', ',source="api"', QUIET),
  of('pipelock_evidence_degraded', '', QUIET),
  of('pipelock_evidence_gap_pending', '', QUIET),
  of('pipelock_receipt_emit_failures_total', ',reason="write"', QUIET),
  of('pipelock_hook_failures_total', '', '4x20'),
  of('pipelock_log_dropped_total', '', '2x20'),
  of('pipelock_emit_dropped_total', ',sink="otlp",reason="overflow"', '9x20'),
  of('pipelock_emit_waiting', ',sink="otlp"', '1x20'),
  of('pipelock_emit_errors_total', ',sink="otlp"', '5x20'),
  of('pipelock_config_reloads_total', ',status="success"', '0+1x20'),
  of('pipelock_config_reloads_total', ',status="failed"', '3x20'),
  of('pipelock_block_reason_total', ',reason="dlp_match",surface="forward"', '8x20'),
  of('pipelock_block_reason_total', ',reason="domain_blocklist",surface="forward"', '0+3x20'),
  of('pipelock_requests_total', ',result="blocked"', '0+5x20'),
  of('pipelock_requests_total', ',result="allowed"', '0+95x20'),
  of('pipelock_tls_intercept_total', ',outcome="handshake_error"', '3x20'),
  of('pipelock_share_refused_total', ',resource="tunnels"', '2x20'),
  of('pipelock_nodejs_eventloop_lag_p99_seconds', '', '0.02x20'),
  of('pipelock_process_open_fds', '', '90x20'),
  of('pipelock_process_max_fds', '', '1000x20'),
]

describe.skipIf(!hasPrometheus)('the alert rules', () => {
  const names = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name)

  test('each has a case', () => {
    expect(Object.keys(FIRING).sort()).toEqual([...names].sort())
  })

  test('fire by what they are for, and by nothing else', () => {
    const tests = [...Object.entries(FIRING), ['', ORDINARY] as const].map(([name, input_series]) => ({
      interval: '1m',
      input_series,
      promql_expr_test: [
        {
          expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
          eval_time: '19m',
          exp_samples: name === '' ? [] : [{labels: `{alertname="${name}"}`, value: 1}],
        },
      ],
    }))
    const file = join(folder, 'rules-test.yaml')
    writeFileSync(file, stringify({rule_files: [example('alerts.yaml')], evaluation_interval: '1m', tests}))
    const {status, stdout, stderr} = spawnSync('promtool', ['test', 'rules', file], {encoding: 'utf8'})
    expect([status, stdout + stderr]).toEqual([0, expect.stringContaining('SUCCESS')])
  })

  test('and the example configuration are valid', () => {
    expect(execFileSync('promtool', ['check', 'config', example('prometheus.yaml')], {encoding: 'utf8'})).toContain(
      'SUCCESS',
    )
  })
})

describe.skipIf(!hasPrometheus)('a firewall under load', () => {
  const close: (() => unknown)[] = []
  let firewall: TestFirewall
  let service: Origin
  let prometheus: string
  beforeAll(async () => {
    service = await startOrigin()
    close.push(() => service.close())
    const hook = await startOrigin()
    close.push(() => hook.close())
    const shown = await freePort()
    firewall = await startFirewall(`${BASE}
metrics_listen: 127.0.0.1:${shown}
websocket_proxy: {enabled: true}
emit: {webhook: {url: "http://127.0.0.1:${hook.port}/"}}
kill_switch: {api_token: monitoring-test-token-0123456789}
`)
    close.push(() => firewall.close())
    prometheus = await startPrometheus(shown)
    await load()
  })
  afterAll(async () => {
    for (const one of close.toReversed()) await one()
  })

  async function startPrometheus(target: number): Promise<string> {
    const port = await freePort()
    const config = {
      global: {scrape_interval: '250ms', evaluation_interval: '250ms'},
      rule_files: [example('alerts.yaml')],
      scrape_configs: [{job_name: 'pipelock', static_configs: [{targets: [`127.0.0.1:${target}`]}]}],
    }
    writeFileSync(join(folder, 'prometheus.yaml'), stringify(config))
    const child = spawn(
      'prometheus',
      [
        `--config.file=${join(folder, 'prometheus.yaml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      {stdio: 'ignore'},
    )
    const ended = new Promise<void>((done) => child.once('exit', () => done()))
    close.push(() => {
      child.kill('SIGTERM')
      return ended
    })
    const address = `http://127.0.0.1:${port}`
    const isReady = (): Promise<boolean> =>
      fetch(`${address}/-/ready`).then(
        ({ok}) => ok,
        () => false,
      )
    await vi.waitUntil(isReady, {timeout: 20_000, interval: 50})
    return address
  }

  async function load(): Promise<void> {
    const key = ['AK', 'IA', upper(16)].join('')
    for (let i = 0; i < 20; i++) {
      await send(firewall.firewall, `http://origin.example:${service.port}/${i}`)
      await send(firewall.firewall, `http://origin.example:${service.port}/?k=${key}`)
    }
    await firewall.firewall.reload()
  }

  interface Sample {
    readonly metric: Readonly<Record<string, string>>
    readonly value: readonly [number, string]
  }

  async function ask(expr: string): Promise<readonly Sample[]> {
    const query = expr.replaceAll('$instance', '.*').replaceAll('$__rate_interval', '1m')
    const response = await fetch(`${prometheus}/api/v1/query?query=${encodeURIComponent(query)}`)
    const {status, error, data} = (await response.json()) as {
      status: string
      error?: string
      data?: {result: readonly Sample[]}
    }
    expect([expr, status, error]).toEqual([expr, 'success', undefined])
    return data?.result ?? []
  }

  test('every metric that dashboard and rules name exists', async () => {
    const port = Number(
      new URL(`http://${/metrics_listen: (\S+)/.exec(readFileSync(firewall.configPath, 'utf8'))?.[1]}`).port,
    )
    const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    const existing = new Set([...page.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name))
    const named = [rules, ...queries.map(([, expr]) => expr)].flatMap((text) => text.match(/\bpipelock_\w+/g) ?? [])
    const missing = named.map((name) => name.replace(/_bucket$/, '')).filter((name) => !existing.has(name))
    expect([...new Set(missing)]).toEqual([])
  })

  test.each(queries)('%s: %s', async (_title, expr) => {
    await ask(expr)
  })

  test.each([
    ['Firewalls that respond', '1'],
    ['Kill switch', '0'],
    ['Evidence', '0'],
  ])('%s shows %s', async (title, value) => {
    const expr = queries.find(([name]) => name === title)?.[1] ?? ''
    await expect.poll(async () => (await ask(expr))[0]?.value[1], {timeout: 10_000}).toBe(value)
  })

  test('panels show what happened', async () => {
    const panel = (title: string) => queries.find(([name]) => name === title)?.[1] ?? ''
    const labels = async (title: string, label: string): Promise<readonly (string | undefined)[]> =>
      (await ask(panel(title))).map(({metric}) => metric[label])
    await expect
      .poll(() => labels('Requests by result', 'result'), {timeout: 10_000})
      .toEqual(expect.arrayContaining(['allowed', 'blocked']))
    await expect.poll(() => labels('Blocks by reason', 'reason'), {timeout: 10_000}).toContain('dlp_match')
    await expect.poll(() => labels('Events sent', 'sink'), {timeout: 10_000}).toContain('webhook')
    await expect.poll(async () => Number((await ask(panel('Memory')))[0]?.value[1])).toBeGreaterThan(1_000_000)
  })

  test('alerts fire: a credential that was refused, and the kill switch', async () => {
    const firing = async (): Promise<readonly (string | undefined)[]> =>
      (await ask('ALERTS{alertstate="firing"}')).map(({metric}) => metric['alertname'])
    await expect.poll(firing, {timeout: 10_000}).toContain('PipelockCredentialRefused')
    expect(await firing()).not.toContain('PipelockKillSwitchActive')
    const {port} = firewall.firewall.addresses().main
    const turned = await fetch(`http://127.0.0.1:${port}/api/v1/killswitch`, {
      method: 'POST',
      headers: {authorization: 'Bearer monitoring-test-token-0123456789', 'content-type': 'application/json'},
      body: '{"active":true}',
    })
    expect(turned.status).toBe(200)
    await expect.poll(firing, {timeout: 10_000}).toContain('PipelockKillSwitchActive')
  })
})
