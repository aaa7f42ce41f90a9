// The pipeline of a configuration with the A2A plugin and the scanners that it asks, without those of other bodies: what is
// found here was found by it.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {Decision} from '../../../../src/core/decision.js'
import type {Exchange, Header, Unit} from '../../../../src/core/exchange.js'
import {headUnit} from '../../../../src/core/inspection.js'
import type {Policy} from '../../../../src/core/policy.js'
import type {Clock, Log} from '../../../../src/core/ports.js'
import {parseTarget} from '../../../../src/core/target.js'
import {loadConfig} from '../../../../src/host/config/load.js'
import {buildGeneration, type Generation, type States} from '../../../../src/host/generation.js'
import {createPorts} from '../../../../src/host/ports.js'

export interface Asked {
  readonly url?: string
  readonly method?: string
  readonly type?: string
  readonly headers?: readonly Header[]
  readonly status?: number
}

export interface Agents {
  readonly policy: Policy
  readonly generation: Generation
  /** Events of the log, with their fields. */
  readonly logged: {readonly event: string; readonly fields: Readonly<Record<string, unknown>>}[]
  /** Names that were looked up. */
  readonly resolved: string[]
  exchange(asked?: Asked): Exchange
  request(body: unknown, asked?: Asked, x?: Exchange): Promise<Decision>
  response(body: unknown, asked?: Asked, x?: Exchange): Promise<Decision>
  close(): Promise<void>
}

export const PEER = 'http://agent.example'

/** A message with one text, as the protocol's version 0.3 sends it. */
export function message(text: string, more: object = {}): object {
  return call('message/send', {message: {messageId: 'm', role: 'user', parts: [{kind: 'text', text}], ...more}})
}

export function call(method: string, params: object): object {
  return {jsonrpc: '2.0', id: 1, method, params}
}

/** A message with one data part. */
export function data(value: unknown): object {
  return call('message/send', {message: {messageId: 'm', role: 'user', parts: [{kind: 'data', data: value}]}})
}

export async function agentsOf(
  section = '',
  more = '',
  options: {readonly states?: States; readonly home?: string; readonly clock?: Clock} = {},
): Promise<Agents> {
  const folder = mkdtempSync(join(tmpdir(), 'a2a-'))
  const path = join(folder, 'pipelock.yaml')
  const monitoring =
    'fetch_proxy: {max_response_mb: 1, monitoring: {max_requests_per_minute: 0, blocklist: ["*.evil.example"]}}'
  writeFileSync(
    path,
    `a2a_scanning: {enabled: true${section === '' ? '' : `, ${section}`}}\n${more.includes('fetch_proxy') ? '' : monitoring}\n${more}\n`,
  )
  const loaded = await loadConfig(path)
  const logged: {event: string; fields: Readonly<Record<string, unknown>>}[] = []
  const resolved: string[] = []
  const note = (event: string, fields: Readonly<Record<string, unknown>> = {}): void =>
    void logged.push({event, fields})
  const log: Log = {debug: note, info: note, warn: note, error: note}
  const ports = {
    ...createPorts({env: {}, home: options.home ?? folder}),
    log,
    ...(options.clock && {clock: options.clock}),
    resolve: (name: string) => {
      resolved.push(name)
      return Promise.resolve([name.startsWith('inner.') ? '10.0.0.8' : '1.1.1.1'])
    },
  }
  const faults: unknown[] = []
  const generation = await buildGeneration({
    loaded,
    ports,
    states: options.states ?? new Map(),
    changed: () => undefined,
    onFault: (_plugin, _hook, error) => void faults.push(error),
    only: ['proxy', 'routes', 'suppress', 'dlp', 'injection', 'destination', 'media', 'a2a'],
  })
  const policy = generation.compose(1)
  let count = 0

  const exchange = ({url = `${PEER}/`, method = 'POST', type, headers = []}: Asked = {}): Exchange => ({
    id: `0190a0b0-0000-7000-8000-${String(++count).padStart(12, '0')}`,
    requestId: `req-${count}`,
    transport: 'forward',
    purpose: 'request',
    agent: {name: 'tester', basis: 'bound'},
    clientIp: '127.0.0.1',
    rawTarget: url,
    target: parseTarget(url).target,
    method,
    headers: [...headers, ...(type === undefined ? [] : [['Content-Type', type] as const])],
    startedAtMs: 0,
    signal: new AbortController().signal,
  })
  const bytesOf = (body: unknown): Buffer =>
    Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  const checked = (decision: Decision): Decision => {
    if (faults.length > 0) throw faults[0]
    return decision
  }

  return {
    policy,
    generation,
    logged,
    resolved,
    exchange,
    async request(body, asked = {}, x = exchange({type: 'application/json', ...asked})) {
      const bytes = bytesOf(body)
      const content = {
        read: (max: number) =>
          Promise.resolve(bytes.length > max ? {kind: 'over' as const} : {kind: 'whole' as const, bytes}),
      }
      return checked((await policy.judge(x, content)).decision)
    },
    async response(body, asked = {}, x = exchange({method: 'GET', ...asked})) {
      const {type = 'application/json', status = 200} = asked
      const head: Unit = headUnit('response', [['Content-Type', type]], status)
      const none = policy.conclude(x, [])
      const want = policy.requires(x, head)
      const bytes = bytesOf(body)
      if (want !== undefined && bytes.length > want.maxBytes)
        return policy.conclude(x, want.over({beginning: bytes, bytes: bytes.length})).decision
      return checked((await policy.inspect(x, {...head, kind: 'body', bytes}, none)).ruling.decision)
    },
    async close() {
      await generation.close()
      rmSync(folder, {recursive: true, force: true})
    },
  }
}
