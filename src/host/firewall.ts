// A running firewall as a value: configuration in, listeners out. One reference holds the current generation and policy; a
// reload builds the next one whole and swaps it, or leaves everything as it was. Two can live in one process.
import {errnoOf, type ErrorCode, PipelockError} from '../core/errors.js'
import {DIRECTORY_PATH} from '../core/formats/key-directory.js'
import {type ListenAddress, showListen} from '../core/listen.js'
import type {Policy} from '../core/policy.js'
import type {Ports} from '../core/ports.js'
import {errorText} from '../lib/error-text.js'
import {sha256Hex} from '../lib/hash.js'
import type {EffectiveConfig} from '../plugins/effective-config.js'
import type {Services} from '../plugins/registry.js'
import type {TransportHost} from '../transports/host.js'
import {createProxyServer, type ProxyServer, type ProxyServerOptions} from '../transports/server.js'
import {readConfigBytes} from './config/file.js'
import {
  allSchemas,
  type ConfigSource,
  type LoadedConfig,
  loadSource,
  type Overrides,
  withConfig,
} from './config/load.js'
import {buildGeneration, type Generation, type States} from './generation.js'
import {healthRoute, type LastReload} from './health.js'
import {keyDirectoryRoute} from './key-directory.js'
import {makeLogRelay} from './log-relay.js'
import {metricsRoutes, openSideListener, type SideListener} from './metrics-routes.js'
import {makeOwnListeners} from './own-listeners.js'
import {makeReceiptKey} from './receipt-key.js'
import {compare, type FieldNote, refusal} from './reload-rules.js'
import {linesOfFiles} from './reload-files.js'
import {watchFile, type FileWatch} from './watch.js'

export interface FirewallOptions {
  readonly source: ConfigSource
  readonly overrides?: Overrides
  /** `log` is replaced by the configured audit log. */
  readonly ports: Ports
  /** Follow the file: default true for a file. */
  readonly watch?: boolean
  /** Lines for the operator's terminal: warnings, reload failures. */
  readonly say?: (line: string) => void
  /** For tests and the demonstration: limits, dialling, certificate authorities of the transports. */
  readonly transport?: ProxyServerOptions
}

export type ReloadResult =
  | {readonly status: 'success'; readonly notes: readonly FieldNote[]}
  | {readonly status: 'unchanged'}
  | {readonly status: 'failed'; readonly reason: string}

export interface Firewall {
  /** Binds every listener, then serves. Rejects with address_in_use when one cannot be bound; nothing serves then. */
  start(): Promise<void>
  /** Lets running requests end for `graceMs` (default 5 s), closes tunnels, then evidence and log. */
  stop(reason?: string, graceMs?: number): Promise<void>
  reload(): Promise<ReloadResult>
  /** Opens log files anew, for rotation. */
  reopenLogs(): void
  policy(): Policy
  config(): EffectiveConfig
  loaded(): LoadedConfig
  services(): Services
  /** What was noticed while the current generation was built. */
  warnings(): readonly FieldNote[]
  /** Path of the receipt key, where this process made it. */
  receiptKeyMade(): string | undefined
  /** Where it listens, once started. */
  addresses(): {readonly main: ListenAddress; readonly metrics: ListenAddress | undefined}
}

/** Same content within this time is one change that was told twice (signal and watcher). */
const SAME_CHANGE_MS = 2_000
/** A replaced generation is kept for exchanges that began under it; these are the longest-lived ones plus a margin. */
const RETIRE_MARGIN_MS = 60_000
const MAX_RETIRED = 4
const GRACE_MS = 5_000

let requests = 0

/** Builds everything; no port is opened yet. Rejects with config_invalid, or with what a plugin could not do. */
export async function createFirewall(options: FirewallOptions): Promise<Firewall> {
  const {source, say = () => undefined} = options
  const overrides: Overrides = {...options.overrides, home: options.ports.home}
  const relay = makeLogRelay()
  const ports: Ports = withLog(options.ports, relay)
  const {clock} = ports
  const states: States = new Map()
  const retired: {readonly generation: Generation; readonly timer: NodeJS.Timeout}[] = []
  const own = makeOwnListeners(clock)
  let generations = 0
  let receiptKeyMade: string | undefined

  let current = await build(await loadSource(source, overrides))
  let policy = current.compose(++generations)
  let lines = linesOfFiles(current.loaded.config, source.kind === 'file' ? await allSchemas() : {})
  relay.attach(current.services.logging.log)
  let applied = {hash: contentHash(source), at: clock.monotonic()}

  let proxy: ProxyServer | undefined
  let side: SideListener | undefined
  let watcher: FileWatch | undefined
  let main: ListenAddress | undefined
  let queue: Promise<unknown> = Promise.resolve()
  let stopped: Promise<void> | undefined
  let lastReload: LastReload | undefined

  async function build(loaded: LoadedConfig): Promise<Generation> {
    receiptKeyMade = (await makeReceiptKey(loaded.config, ports)) ?? receiptKeyMade
    let generation: Generation | undefined
    generation = await buildGeneration({
      loaded,
      ports,
      states,
      // before the generation is whole there is nothing to compose anew
      changed: () => generation && recompose(generation),
      onFault: (plugin, hook, error) => {
        ports.log.error('error', {plugin, hook, error: errorText(error)})
        current.services.metrics.counters.hookFailed()
      },
    })
    return generation
  }

  /** A plugin's snapshot changed under the same configuration: a contract was promoted. */
  function recompose(generation: Generation): void {
    if (generation !== current) return
    try {
      policy = generation.compose(++generations)
      proxy?.policyChanged()
    } catch (error) {
      ports.log.error('error', {where: 'policy', error: errorText(error)}) // the policy in force stays
    }
  }

  function retire(generation: Generation): void {
    const longest = generation.loaded.config.forward_proxy.max_tunnel_seconds * 1000
    const end = (): void => {
      const at = retired.findIndex((r) => r.generation === generation)
      if (at === -1) return
      retired.splice(at, 1)
      generation.close().catch((error: unknown) => ports.log.error('error', {where: 'reload', error: errorText(error)}))
    }
    const timer = setTimeout(end, longest + RETIRE_MARGIN_MS)
    timer.unref()
    retired.push({generation, timer})
    const oldest = retired[0]
    if (retired.length > MAX_RETIRED && oldest) {
      clearTimeout(oldest.timer)
      retired.shift()
      void oldest.generation.close().catch(() => undefined)
    }
  }

  const serving: TransportHost = {
    ports,
    policy: () => policy,
    settings: () => current.services.proxy.settings,
    routes: new Map(),
    events: {
      tunnelOpened: () => current.services.metrics.counters.tunnelOpened(),
      tunnelClosed: (seconds, bytes) => current.services.metrics.counters.tunnelClosed(seconds, bytes),
      firstBytes: (category) => current.services.metrics.counters.firstBytes(category),
      websocketHostHint: () => current.services.metrics.counters.websocketHostHint(),
    },
    nextRequestId: () => `req-${++requests}`,
    isClean: (text) => current.services.dlp.isClean(text),
    isOwnListener: (address, port) => own.has(address, port),
  }

  async function start(): Promise<void> {
    const {proxy: settings, metrics} = current.services
    const pages = metricsRoutes(() => current)
    const health = healthRoute(
      () => current,
      () => lastReload,
      ports,
    )
    const keys = keyDirectoryRoute(() => current, ports)
    const routes = new Map([
      ['/health', health] as const,
      [DIRECTORY_PATH, keys] as const,
      ...(metrics.listen ? [] : pages),
    ])
    if (metrics.listen)
      side = await bind(metrics.listen, () => openSideListener(metrics.listen ?? settings.listen, pages))
    if (side) own.add(side.address)
    proxy = createProxyServer({...serving, routes}, options.transport)
    try {
      const server = proxy
      main = await bind(settings.listen, () => server.listen(settings.listen))
    } catch (error) {
      await side?.close()
      throw error
    }
    own.add(main)
    side?.open()
    if (source.kind === 'file' && options.watch !== false) {
      watcher = watchFile({path: source.path, onChange: () => void reload()})
    }
    const {config, hashes} = current.loaded
    ports.log.info('startup', {
      listen: showListen(main),
      mode: config.mode,
      version: ports.build.version,
      config_hash: hashes.raw,
    })
    if (!isLoopback(main.host) && !side) {
      ports.log.warn('anomaly', {
        reason: '/metrics and /stats are served on an address that is not loopback',
        score: 0.5,
      })
    }
  }

  /** Reloads run one after the other; each reads the file anew. */
  function reload(): Promise<ReloadResult> {
    const run = queue.then(reloadNow)
    queue = run.catch(() => undefined)
    return run
  }

  async function reloadNow(): Promise<ReloadResult> {
    if (stopped) return {status: 'unchanged'}
    const hash = contentHash(source)
    if (hash !== undefined && hash === applied.hash && clock.monotonic() - applied.at < SAME_CHANGE_MS)
      return {status: 'unchanged'}
    const running = current.loaded.config
    try {
      const fresh = await loadSource(source, overrides)
      // what an editor or a full disk leaves for a moment is no decision of an operator
      if (fresh.isEmpty)
        throw new PipelockError('config_invalid', `${fresh.path ?? 'the configuration'}: the file is empty`)
      const refused = refusal(running, fresh.config)
      if (refused !== undefined) throw new PipelockError('config_invalid', refused)
      const schemas = await allSchemas()
      const nextLines = linesOfFiles(fresh.config, schemas)
      const {dlp, injection} = current.services
      const {config, ignored, weaker} = compare(running, fresh.config, {
        schemas,
        rules: {dlp: dlp.ruleNames, injection: injection.ruleNames},
        lines: {running: lines, next: nextLines},
      })
      for (const {field, message} of [...weaker, ...ignored]) {
        say(`WARNING: ${field}: ${message}`)
        ports.log.warn('config_warning', {field, reason: message})
      }
      if (running.mode === 'strict' && weaker.length > 0) {
        const fields = [...new Set(weaker.map((n) => n.field))].join(', ')
        throw new PipelockError('config_invalid', `strict mode accepts no weaker policy: ${fields}`)
      }
      const next = await build(withConfig(fresh, config))
      const nextPolicy = next.compose(++generations)
      // from here on nothing can fail: one swap publishes everything
      const old = current
      current = next
      lines = nextLines
      policy = nextPolicy
      relay.attach(next.services.logging.log)
      applied = {hash, at: clock.monotonic()}
      retire(old)
      proxy?.policyChanged()
      next.services.metrics.counters.reloaded('success')
      lastReload = {status: 'success', atMs: clock.now()}
      ports.log.info('config_reload', {
        status: 'success',
        detail: `mode=${config.mode}`,
        config_hash: next.loaded.hashes.raw,
      })
      return {status: 'success', notes: [...weaker, ...ignored]}
    } catch (error) {
      const reason = errorText(error)
      say(`pipelock: config reload failed: ${reason}\nThe previous configuration stays in force.`)
      ports.log.warn('config_reload', {
        status: 'failed',
        detail: reason,
        config_hash: hash ?? '',
        message: `configuration not reloaded, the previous one stays in force: ${reason}`,
      })
      const code = error instanceof PipelockError ? error.code : 'internal_error'
      lastReload = {status: 'failed', atMs: clock.now(), code}
      // the file as it was before is a change again
      applied = {hash: undefined, at: 0}
      current.services.metrics.counters.reloaded('failed')
      return {status: 'failed', reason}
    }
  }

  async function stopNow(reason: string, graceMs: number): Promise<void> {
    watcher?.close()
    await queue
    await Promise.all([proxy?.close(graceMs), side?.close()])
    ports.log.info('shutdown', {reason})
    for (const {timer} of retired) clearTimeout(timer)
    const failures: unknown[] = []
    // the oldest first: the current generation is the last user of log and recorder
    for (const generation of [...retired.map((r) => r.generation), current]) {
      await generation.close().catch((error: unknown) => failures.push(error))
    }
    if (failures.length > 0) throw failures[0]
  }

  return {
    start,
    stop: (reason = 'stopped', graceMs = GRACE_MS) => (stopped ??= stopNow(reason, graceMs)),
    reload,
    reopenLogs: () => current.services.logging.reopen(),
    policy: () => policy,
    config: () => current.loaded.config,
    loaded: () => current.loaded,
    services: () => current.services,
    warnings: () => [...current.loaded.warnings, ...current.warnings],
    receiptKeyMade: () => receiptKeyMade,
    addresses: () => {
      if (!main) throw new PipelockError('internal_error', 'not started')
      return {main, metrics: side?.address}
    },
  }
}

function withLog(ports: Ports, log: Ports['log']): Ports {
  // every port that there is: one left out here would be missing in silence
  return {...ports, log}
}

const ANOTHER = 'choose another with --listen'

const BIND_ERRORS: Readonly<Record<string, readonly [code: ErrorCode, why: string, hint: string]>> = {
  EADDRINUSE: ['address_in_use', 'is in use', ANOTHER],
  EADDRNOTAVAIL: [
    'address_unavailable',
    'is not an address of this machine',
    'use 127.0.0.1 or an address of this machine',
  ],
  EACCES: ['address_unavailable', 'may not be bound by this user', 'choose a port above 1023 with --listen'],
  ENOTFOUND: ['address_unavailable', 'has no address', 'use 127.0.0.1 or an address of this machine'],
}

async function bind<T>(address: ListenAddress, open: () => Promise<T>): Promise<T> {
  try {
    return await open()
  } catch (error) {
    const code = errnoOf(error)
    if (code === undefined) throw error
    const [kind, why, hint] = BIND_ERRORS[code] ?? ['address_unavailable', `cannot be bound (${code})`, ANOTHER]
    throw new PipelockError(kind, `${showListen(address)} ${why}`, {hint})
  }
}

function contentHash(source: ConfigSource): string | undefined {
  if (source.kind !== 'file') return undefined
  try {
    return sha256Hex(readConfigBytes(source.path))
  } catch {
    return undefined // the reload itself says why
  }
}

function isLoopback(host: string): boolean {
  return host === '::1' || /^127\./.test(host)
}
