// A listener with a policy composed by the product's own pipeline from test hooks: tests a transport with real sockets,
// without the rest of the firewall.
import {randomBytes} from 'node:crypto'
import type {Decision, Finding} from '../../src/core/decision.js'
import type {Exchange} from '../../src/core/exchange.js'
import {addressGroup} from '../../src/core/address-group.js'
import {composePolicy} from '../../src/core/pipeline.js'
import type {ExchangeEnd, Hooks} from '../../src/core/plugin.js'
import type {Policy, Ruling} from '../../src/core/policy.js'
import {createShares, RESOURCES, type Bounds, type Shares} from '../../src/core/shares.js'
import type {Reason} from '../../src/core/reasons.js'
import type {Interceptor} from '../../src/core/services/interception.js'
import type {TransportSettings} from '../../src/core/services/proxy.js'
import type {WebSocketSettings} from '../../src/core/services/websocket.js'
import type {OwnRoute} from '../../src/transports/host.js'
import type {Limits} from '../../src/transports/limits.js'
import type {OpenSocket} from '../../src/transports/dial.js'
import {compileDomainList} from '../../src/lib/domain-list.js'
import {createProxyServer, type ProxyServer} from '../../src/transports/server.js'

export interface Recorded {
  readonly x: Exchange
  readonly decision: Decision
}

export interface Harness {
  readonly port: number
  readonly server: ProxyServer
  /** Every commit, in order: the receipts of a full firewall. */
  readonly commits: Recorded[]
  readonly ends: (Recorded & {readonly end: ExchangeEnd})[]
  readonly events: string[]
  readonly shares: Shares
  readonly logs: {readonly level: string; readonly event: string; readonly fields: Readonly<Record<string, unknown>>}[]
  /** Waits for the n-th observation. */
  observed(count: number): Promise<void>
  settings: TransportSettings
  policy: Policy
  generation(): void
  close(): Promise<void>
}

export interface HarnessOptions {
  /** Addresses by host name; anything else is 127.0.0.1. */
  readonly addresses?: Readonly<Record<string, readonly string[]>>
  /** Hosts and URLs that the destination stage refuses, with reason and layer. */
  readonly refuse?: (x: Exchange) => Partial<Finding> | undefined
  readonly hooks?: Partial<Hooks>
  readonly asyncDestination?: boolean
  readonly asyncCommit?: boolean
  readonly mode?: 'strict' | 'balanced' | 'audit'
  readonly enforce?: boolean
  readonly explain?: boolean
  readonly settings?: Partial<TransportSettings>
  readonly limits?: Partial<Limits>
  readonly shares?: Partial<Bounds>
  readonly routes?: ReadonlyMap<string, OwnRoute>
  readonly ca?: readonly string[]
  readonly interceptor?: Interceptor
  readonly websocket?: Partial<WebSocketSettings>
  readonly openSocket?: OpenSocket
  readonly isOwnListener?: (address: string, port: number) => boolean
  /** Instead of the time of the process. */
  readonly monotonic?: () => number
}

const BOUNDS: Bounds = {tunnels: 1024, open_requests: 1024, held_bytes: 2 ** 28, descriptors: 4096, look_ups: 64}

export const SETTINGS: TransportSettings = {
  forwardEnabled: true,
  fetchTimeoutSeconds: 30,
  maxResponseBytes: 10 * 1_048_576,
  userAgent: 'Pipelock Fetch/1.0',
  maxTunnelSeconds: 300,
  idleTimeoutSeconds: 120,
  followRedirects: false,
  sniVerification: true,
  redirectWebsocketHosts: [],
  defaultAgentIdentity: '',
  bindDefaultAgentIdentity: false,
  allowedHosts: compileDomainList([]),
  workBudgets: {exchangeMs: 60_000, streamMsPerMinute: 60_000, clientMsPerMinute: 60_000},
}

const WEBSOCKET: WebSocketSettings = {
  enabled: false,
  maxMessageBytes: 1_048_576,
  maxConnections: 128,
  scansText: true,
  allowsBinary: false,
  forwardsCookies: false,
  maxConnectionSeconds: 3_600,
  idleTimeoutSeconds: 300,
  originPolicy: 'rewrite',
  redacts: false,
}

export function finding(part: Partial<Finding> & {readonly reason: Reason; readonly layer: string}): Finding {
  return {
    plugin: 'test',
    authority: 'scanner',
    action: 'block',
    severity: 'critical',
    order: 1,
    detail: 'refused by test',
    ...part,
  }
}

export async function startHarness(options: HarnessOptions = {}): Promise<Harness> {
  const commits: Recorded[] = []
  const ends: Harness['ends'] = []
  const events: string[] = []
  const logs: Harness['logs'] = []
  const waiting: (() => void)[] = []
  let requests = 0
  let generation = 1

  const hooks: Partial<Hooks> = {
    destination(x) {
      const {target} = x
      const part = target ? options.refuse?.(x) : {reason: 'parse_error' as const, layer: 'parser', hard: true as const}
      const verdict = {
        findings: part ? [finding({reason: 'domain_blocklist', layer: 'blocklist', ...part})] : [],
        addresses: target ? (options.addresses?.[target.host] ?? ['127.0.0.1']) : [],
      }
      return options.asyncDestination ? Promise.resolve(verdict) : verdict
    },
    commit(x, ruling: Ruling) {
      commits.push({x, decision: ruling.decision})
      return options.asyncCommit ? new Promise((resolve) => setImmediate(resolve)) : undefined
    },
    observe(x, ruling, end) {
      ends.push({x, decision: ruling.decision, end})
      for (const wake of waiting.splice(0)) wake()
    },
    ...options.hooks,
  }
  const compose = (): Policy =>
    composePolicy({
      mode: options.mode ?? 'balanced',
      enforce: options.enforce ?? true,
      explainBlocks: options.explain ?? false,
      generation,
      configHash: 'defaults',
      policyHash: 'test',
      hooks: [{plugin: 'test', hooks}],
      onFault: (plugin, hook, error) => {
        throw new Error(`fault in ${plugin}.${hook}`, {cause: error})
      },
    })
  const log =
    (level: string) =>
    (event: string, fields: Readonly<Record<string, unknown>> = {}): void =>
      void logs.push({level, event, fields})

  const websocket: WebSocketSettings = {...WEBSOCKET, ...options.websocket}
  const state = {settings: {...SETTINGS, ...options.settings}, policy: compose(), websocket}
  const shares = createShares(() => ({...BOUNDS, ...options.shares}))
  const server = createProxyServer(
    {
      ports: {
        clock: {now: () => Date.now(), monotonic: options.monotonic ?? (() => performance.now())},
        random: (bytes) => randomBytes(bytes),
        env: {},
        log: {debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error')},
        resolve: () => Promise.reject(new Error('a transport must not resolve names')),
        home: '/nonexistent',
        build: {version: '0', sha: '', runtime: ''},
      },
      denial: () => undefined,
      policy: () => state.policy,
      settings: () => state.settings,
      interceptor: () => options.interceptor,
      websocket: () => state.websocket,
      routes: options.routes ?? new Map(),
      events: {
        tunnelOpened: () => void events.push('opened'),
        tunnelClosed: () => void events.push('closed'),
        firstBytes: (category) => void events.push(`first:${category}`),
        websocketHostHint: () => void events.push('hint'),
        intercepted: (outcome) => void events.push(`intercept:${outcome}`),
        handshake: () => undefined,
        websocketOpened: () => void events.push('ws:opened'),
        websocketClosed: (_seconds, {toServer, toClient}) => void events.push(`ws:closed ${toServer} ${toClient}`),
        websocketFrame: () => undefined,
        websocketMatch: (layer) => void events.push(`ws:match ${layer}`),
      },
      nextRequestId: () => `req-${++requests}`,
      isClean: () => true,
      shares,
      clientOf: (address) => addressGroup(address, () => false),
      isOwnListener: options.isOwnListener ?? (() => false),
    },
    {
      ...(options.limits ? {limits: options.limits} : {}),
      ...(options.ca ? {ca: options.ca} : {}),
      ...(options.openSocket ? {openSocket: options.openSocket} : {}),
    },
  )
  const {port} = await server.listen({host: '127.0.0.1', port: 0})
  return {
    port,
    server,
    commits,
    ends,
    events,
    shares,
    logs,
    async observed(count) {
      while (ends.length < count) await new Promise<void>((resolve) => waiting.push(resolve))
    },
    get settings() {
      return state.settings
    },
    set settings(value) {
      state.settings = value
    },
    get policy() {
      return state.policy
    },
    set policy(value) {
      state.policy = value
    },
    generation() {
      generation++
      state.policy = compose()
    },
    async close() {
      await server.close(0)
      await released(shares)
    },
  }
}

/** Asserts that nothing stays counted once the listener has closed. */
export async function released(shares: Shares): Promise<void> {
  const held = (): string[] => RESOURCES.filter((r) => shares.held(r) !== 0).map((r) => `${r}: ${shares.held(r)}`)
  for (let turns = 0; held().length > 0; turns++) {
    if (turns > 2_000) throw new Error(`not released: ${held().join(', ')}`)
    await new Promise((done) => setImmediate(done))
  }
  if (shares.clients() !== 0) throw new Error('a client without shares is remembered')
}
