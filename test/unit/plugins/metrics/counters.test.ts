import {expect, test} from 'vitest'
import {decide, type Finding} from '../../../../src/core/decision.js'
import type {Exchange} from '../../../../src/core/exchange.js'
import type {Ruling} from '../../../../src/core/policy.js'
import {parseTarget} from '../../../../src/core/target.js'
import {createPorts} from '../../../../src/host/ports.js'
import {createCounters} from '../../../../src/plugins/metrics/counters.js'
import {TopNames} from '../../../../src/plugins/metrics/top-names.js'

const END = {status: 200, responseBytes: 0, requestBytes: 0, durationMs: 20}

function exchange(url: string, transport: Exchange['transport'] = 'forward'): Exchange {
  return {
    id: 'x',
    requestId: 'req-1',
    transport,
    purpose: 'request',
    agent: {name: `agent-of-${url}`, basis: 'self-declared'},
    clientIp: '127.0.0.1',
    rawTarget: url,
    target: parseTarget(url).target,
    method: 'GET',
    headers: [],
    startedAtMs: 0,
    signal: new AbortController().signal,
  }
}

const blocked = (over: Partial<Finding> = {}): Ruling => ({
  decision: decide([
    {
      plugin: 'destination',
      authority: 'scanner',
      layer: 'blocklist',
      reason: 'domain_blocklist',
      action: 'block',
      severity: 'critical',
      order: 1,
      detail: '',
      ...over,
    },
  ]),
  contract: undefined,
  addresses: [],
  policy: undefined as never,
})

const allowed: Ruling = {decision: decide([]), contract: undefined, addresses: [], policy: undefined as never}

test('counts every decision once, on every surface', async () => {
  const counters = createCounters(createPorts({}))
  const warnMatches = [{pattern_name: 'Soft', severity: 'low'}]
  const observe = counters.observer('live')
  observe(exchange('https://a.example/'), allowed, END)
  observe(exchange('https://b.example/', 'fetch'), blocked(), END)
  observe(exchange('https://c.example/', 'connect'), {...allowed, warnMatches}, END)
  observe(exchange('https://d.example/', 'connect'), blocked(), END)
  counters.tunnelOpened()
  counters.firstBytes('match')
  counters.reloaded('failed')
  const crossRequest = {entropy_tracker_active: true, fragment_buffer_active: true, fragment_buffer_bytes: 12}
  counters.readFrom(
    () => [{name: 'x_total', help: 'x', labels: {reason: 'r'}, value: 3}],
    () => crossRequest,
  )
  expect(counters.stats()).toMatchObject({cross_request_detection: crossRequest})
  await counters.text()
  const text = await counters.text()
  for (const line of [
    'pipelock_requests_total{result="allowed",agent="_default"} 2',
    'pipelock_dlp_warn_matches_total{pattern="Soft",transport="connect"} 1',
    'pipelock_requests_total{result="blocked",agent="_default"} 2',
    'pipelock_scanner_hits_total{scanner="blocklist",agent="_default"} 2',
    'pipelock_block_reason_total{reason="domain_blocklist",surface="fetch"} 1',
    'pipelock_tunnels_total{result="completed",agent="_default"} 1',
    'pipelock_tunnels_total{result="blocked",agent="_default"} 1',
    'pipelock_active_tunnels 1',
    'pipelock_sni_total{category="match",agent="_default"} 1',
    'pipelock_config_reloads_total{status="failed"} 1',
    'pipelock_request_duration_seconds_bucket{le="0.05"} 4',
    'pipelock_x_total{reason="r"} 3',
  ]) {
    expect(text.split('\n')).toContain(line)
  }
  expect(counters.stats()).toMatchObject({
    requests: {total: 4, allowed: 2, blocked: 2, block_rate: 0.5},
    tunnels: 1,
    top_blocked_domains: [
      {name: 'b.example', count: 1},
      {name: 'd.example', count: 1},
    ],
    top_scanners: [{name: 'blocklist', count: 2}],
  })
})

test('never makes a label from what a client says', async () => {
  const counters = createCounters(createPorts({}))
  const observe = counters.observer('live')
  for (let i = 0; i < 50; i++) observe(exchange(`https://h${i}.example/p${i}`), blocked(), END)
  const series = (await counters.text()).split('\n').filter((l) => l.startsWith('pipelock_requests_total{'))
  expect(series).toEqual(['pipelock_requests_total{result="blocked",agent="_default"} 50'])
})

test('a secret in a host name stays out of /stats', () => {
  const counters = createCounters(createPorts({}))
  counters.observer('live')(exchange('https://secret.a.example/'), blocked({layer: 'dlp', inHost: true}), END)
  expect(JSON.stringify(counters.stats())).not.toContain('secret')
})

test('names beyond the bound share one entry', () => {
  const names = new TopNames()
  for (let i = 0; i < 150; i++) names.add(`n${i}`)
  names.add('n0')
  const list = names.list()
  expect(list).toHaveLength(101)
  expect(list[0]).toEqual({name: '_other', count: 50})
  expect(list[1]).toEqual({name: 'n0', count: 2})
})
