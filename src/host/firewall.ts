// A running firewall as a value: configuration in, listeners out. One reference holds the current generation and
// policy; a reload builds the next one completely and swaps it, or leaves everything unchanged. Two can live in one
// process.
import {PipelockError} from '../core/errors.js'
import {DIRECTORY_PATH} from '../formats/keys/key-directory.js'
import {isLoopback, type ListenAddress, showListen} from '../core/listen.js'
import type {Policy} from '../core/policy.js'
import type {Ports} from '../core/ports.js'
import {createTextRedactor} from '../core/redacted-text.js'
import {addressGroup} from '../core/address-group.js'
import {type Bounds, createShares} from '../core/shares.js'
import type {Services} from '../core/services/index.js'
import type {ReadSettings} from '../core/services/settings.js'
import {errorText} from '../lib/error-text.js'
import type {EffectiveConfig} from '../plugins/effective-config.js'
import type {TransportHost} from '../transports/host.js'
import type {ScanListener} from '../transports/scan-api.js'
import type {ProxyServerOptions} from '../transports/server.js'
import {bind} from './bind.js'
import {type ConfigSource, type LoadedConfig, loadSource, type Overrides, withConfig} from './config/load.js'
import {publishedBy} from './config/settings.js'
import {buildGeneration, type Generation, type States} from './generation.js'
import {healthRoute, type LastReload} from './health.js'
import {keyDirectoryRoute} from './key-directory.js'
import {type Listeners, openListeners} from './listeners.js'
import {createLogRelay} from './log-relay.js'
import {metricsRoutes, openSideListener, type SideListener} from './metrics-routes.js'
import {type KillSwitchControl, openKillSwitch} from './kill-switch-control.js'
import {createNames} from './names.js'
import {createOwnListeners} from './own-listeners.js'
import {openScans} from './scan-listener.js'
import {createReceiptKey} from './receipt-key.js'
import {acceptReload, contentHash, fileLines, newWarnings, warningsOf} from './reload.js'
import type {FileLines} from './config/file-lines.js'
import type {FieldNote} from './config/weaker.js'
import {liveBounds} from './share-bounds.js'
import type {FileWatch} from '../lib/watch-file.js'
import {watchConfig} from './watch.js'
import {startWatchdog, type Watchdog} from './watchdog.js'
import {maintainCopies, RENEWAL_MS} from './outside/copies.js'

export interface FirewallOptions {
  readonly source: ConfigSource
  readonly overrides?: Overrides
  /** The configured audit log replaces `log`. */
  readonly ports: Ports
  /** Watches the file: default true for a file. */
  readonly watch?: boolean
  /** Lines for the operator's terminal: warnings, reload failures. */
  readonly say?: (line: string) => void
  /** For tests and the demonstration: limits, dialling, certificate authorities of the transports. */
  readonly transport?: ProxyServerOptions
  /** For tests: overrides the bounds of system and configuration. */
  readonly shares?: Partial<Bounds>
}

export type ReloadResult =
  | {readonly status: 'success'; readonly notes: readonly FieldNote[]}
  | {readonly status: 'unchanged'}
  | {readonly status: 'failed'; readonly reason: string}

export interface Firewall {
  /**
   * Binds every listener, then serves. Rejects with address_in_use when one cannot be bound; nothing is served then.
   */
  start(): Promise<void>
  /** Lets running requests end for `graceMs` (default 5 s), then closes tunnels, evidence and log. */
  stop(reason?: string, graceMs?: number): Promise<void>
  reload(): Promise<ReloadResult>
  /** SIGUSR1 arrived: the kill switch turns as configured. */
  killSignal(): void
  /** Reopens log files, for rotation. */
  reopenLogs(): void
  policy(): Policy
  config(): EffectiveConfig
  loaded(): LoadedConfig
  services(): Services
  settings: ReadSettings
  /** Warnings from building the current generation. */
  warnings(): readonly FieldNote[]
  /** Path of the receipt key, if this process generated it. */
  receiptKeyMade(): string | undefined
  /** The listen addresses, once started. */
  addresses(): {
    readonly main: ListenAddress
    readonly reverse: ListenAddress | undefined
    readonly metrics: ListenAddress | undefined
    readonly scan: ListenAddress | undefined
  }
}

/** The same content within this time is one change reported twice (signal and watcher). */
const SAME_CHANGE_MS = 2_000
/** A replaced generation is kept for exchanges that began under it: the longest lifetime of one plus a margin. */
const RETIRE_MARGIN_MS = 60_000
const MAX_RETIRED = 4
const GRACE_MS = 5_000

/** Builds everything; no port is opened yet. Rejects with config_invalid, or with the error of a plugin. */
export async function createFirewall(options: FirewallOptions): Promise<Firewall> {
  const {source, say = () => undefined} = options
  const overrides: Overrides = {...options.overrides, home: options.ports.home}
  const relay = createLogRelay()
  const {clock} = options.ports
  const states: States = new Map()
  const retired: {readonly generation: Generation; readonly timer: NodeJS.Timeout}[] = []
  const own = createOwnListeners(clock)
  const clientOf = (address: string): string => addressGroup(address, own.isLocal)
  const shares = createShares(
    liveBounds(() => current.services.proxy.limits, options.shares),
    (resource) => current.services.metrics.counters.shareRefused(resource),
  )
  const ports: Ports = {
    ...withLog(options.ports, relay),
    resolve: createNames({resolve: options.ports.resolve, shares, clientOf, clock}),
  }
  let generations = 0
  let requests = 0
  let receiptKeyMade: string | undefined

  let current = await build(await loadSource(source, overrides))
  let policy = current.compose(++generations)
  let lines: FileLines = source.kind === 'file' ? await fileLines(current.loaded) : new Map()
  attachLog(current)
  let applied = {hash: contentHash(source), at: clock.monotonic()}

  let listeners: Listeners | undefined
  let side: SideListener | undefined
  let scans: ScanListener | undefined
  let killSwitch: KillSwitchControl | undefined
  let watchdog: Watchdog | undefined
  let watcher: FileWatch | undefined
  let renewal: NodeJS.Timeout | undefined
  let queue: Promise<unknown> = Promise.resolve()
  let stopped: Promise<void> | undefined
  let lastReload: LastReload | undefined

  async function build(loaded: LoadedConfig): Promise<Generation> {
    receiptKeyMade = (await createReceiptKey(await publishedBy('recorder', loaded.config), ports)) ?? receiptKeyMade
    let generation: Generation | undefined
    generation = await buildGeneration({
      loaded,
      ports,
      states,
      // no pipeline exists until the generation is complete
      changed: () => generation && recompose(generation),
      onFault: (plugin, hook, error) => {
        ports.log.error('error', {plugin, hook, error: errorText(error)})
        current.services.metrics.counters.hookFailed()
      },
    })
    return generation
  }

  function attachLog({services}: Generation): void {
    relay.attach(
      services.logging.log,
      createTextRedactor((text) => services.dlp.isClean(text)),
    )
  }

  /** A plugin's snapshot changed under the same configuration: a contract was promoted. */
  function recompose(generation: Generation): void {
    if (generation !== current) return
    try {
      policy = generation.compose(++generations)
      listeners?.policyChanged()
    } catch (error) {
      ports.log.error('error', {where: 'policy', error: errorText(error)}) // the active policy stays
    }
  }

  function retire(generation: Generation): void {
    const tunnel = generation.settings('proxy').maxTunnelSeconds
    const {enabled, maxConnectionSeconds} = generation.settings('websocket')
    const longest = Math.max(tunnel, enabled ? maxConnectionSeconds : 0) * 1000
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
    websocket: () => current.services.websocket.settings,
    interceptor: () => current.services.interception.interceptor,
    routes: new Map(),
    events: {
      tunnelOpened: () => current.services.metrics.counters.tunnelOpened(),
      tunnelClosed: (seconds, bytes) => current.services.metrics.counters.tunnelClosed(seconds, bytes),
      firstBytes: (category) => current.services.metrics.counters.firstBytes(category),
      websocketHostHint: () => current.services.metrics.counters.websocketHostHint(),
      intercepted: (outcome) => current.services.metrics.counters.intercepted(outcome),
      handshake: (side, seconds) => current.services.metrics.counters.handshake(side, seconds),
      websocketOpened: () => current.services.metrics.counters.websocketOpened(),
      websocketClosed: (seconds, bytes) => current.services.metrics.counters.websocketClosed(seconds, bytes),
      websocketFrame: (type) => current.services.metrics.counters.websocketFrame(type),
      websocketMatch: (layer) => current.services.metrics.counters.websocketMatch(layer),
    },
    shares,
    clientOf,
    nextRequestId: () => `req-${++requests}`,
    denial: (clientIp, ownPath) => current.services['kill-switch'].denial(clientIp, ownPath),
    isClean: (text) => current.services.dlp.isClean(text),
    isOwnListener: (address, port) => own.has(address, port),
  }

  async function start(): Promise<void> {
    const {metrics} = current.services
    const pages = metricsRoutes(() => current)
    const health = healthRoute(
      () => current,
      () => lastReload,
      () => watchdog?.states() ?? Promise.resolve(undefined),
      ports,
    )
    const keys = keyDirectoryRoute(() => current, ports)
    const allowedHosts = () => current.services.proxy.settings.allowedHosts
    killSwitch = await openKillSwitch({
      service: () => current.services['kill-switch'],
      recorder: () => current.services.recorder,
      allowedHosts,
      ports,
      say,
      deny: () => listeners?.deny(),
    })
    for (const address of killSwitch.addresses) own.add(address)
    const routes = new Map([
      ['/health', health] as const,
      [DIRECTORY_PATH, keys] as const,
      ...(metrics.listen ? [] : pages),
      ...killSwitch.mainRoutes,
    ])
    try {
      const {listen} = metrics
      if (listen) side = await bind(listen, () => openSideListener(listen, pages, allowedHosts))
      scans = await openScans(() => current, ports)
      listeners = await openListeners({...serving, routes}, current.services, options.transport)
    } catch (error) {
      await Promise.all([side?.close(), scans?.close(), killSwitch.close()])
      throw error
    }
    const {main, reverse} = listeners
    for (const address of [main, reverse, side?.address, scans?.address]) if (address) own.add(address)
    side?.open()
    scans?.open()
    killSwitch.open()
    watchdog = startWatchdog({current: () => current, policy: () => policy, ports})
    if (source.kind === 'file' && options.watch !== false) {
      watcher = watchConfig({
        path: source.path,
        monotonic: () => clock.monotonic(),
        onChange: () => void reload(),
      })
    }
    maintainPluginCopies()
    renewal = setInterval(maintainPluginCopies, RENEWAL_MS).unref()
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

  /** Also without plugins, since an earlier configuration may have left copies. */
  function maintainPluginCopies(): void {
    const used = current.loaded.plugins.map(({digest}) => digest)
    maintainCopies(ports.home, used)
  }

  /** Reloads run one after the other; each reads the file anew. */
  function reload(): Promise<ReloadResult> {
    const run = queue.then(reloadNow)
    queue = run.catch(() => undefined)
    return run
  }

  function announce({field, message}: FieldNote): void {
    say(`WARNING: ${field}: ${message}`)
    ports.log.warn('config_warning', {field, reason: message})
  }

  async function reloadNow(): Promise<ReloadResult> {
    if (stopped) return {status: 'unchanged'}
    const hash = contentHash(source)
    if (hash !== undefined && hash === applied.hash && clock.monotonic() - applied.at < SAME_CHANGE_MS)
      return {status: 'unchanged'}
    try {
      const fresh = await loadSource(source, overrides)
      const accepted = await acceptReload(current, lines, fresh, announce)
      const {config, notes} = accepted
      const next = await build(withConfig(fresh, config))
      const nextPolicy = next.compose(++generations)
      // nothing below can fail: one swap publishes everything
      const old = current
      current = next
      lines = accepted.lines
      policy = nextPolicy
      attachLog(next)
      applied = {hash, at: clock.monotonic()}
      retire(old)
      for (const warning of newWarnings(old, next)) announce(warning)
      listeners?.policyChanged()
      next.services.metrics.counters.reloaded('success')
      lastReload = {status: 'success', atMs: clock.now()}
      ports.log.info('config_reload', {
        status: 'success',
        detail: `mode=${config.mode}`,
        config_hash: next.loaded.hashes.raw,
      })
      return {status: 'success', notes}
    } catch (error) {
      const reason = errorText(error)
      say(`pipelock: config reload failed: ${reason}\nThe previous configuration stays active.`)
      ports.log.warn('config_reload', {
        status: 'failed',
        detail: reason,
        config_hash: hash ?? '',
        message: `configuration not reloaded, the previous one stays active: ${reason}`,
      })
      const code = error instanceof PipelockError ? error.code : 'internal_error'
      lastReload = {status: 'failed', atMs: clock.now(), code}
      // the previous content of the file counts as a change again
      applied = {hash: undefined, at: 0}
      current.services.metrics.counters.reloaded('failed')
      return {status: 'failed', reason}
    }
  }

  async function stopNow(reason: string, graceMs: number): Promise<void> {
    watcher?.close()
    clearInterval(renewal)
    watchdog?.close()
    await queue
    await Promise.all([listeners?.close(graceMs), side?.close(), scans?.close(), killSwitch?.close()])
    ports.log.info('shutdown', {reason})
    for (const {timer} of retired) clearTimeout(timer)
    const failures: unknown[] = []
    // oldest first: the current generation is the last user of log and recorder
    for (const generation of [...retired.map((r) => r.generation), current]) {
      await generation.close().catch((error: unknown) => failures.push(error))
    }
    if (failures.length > 0) throw failures[0]
  }

  return {
    start,
    stop: (reason = 'stopped', graceMs = GRACE_MS) => (stopped ??= stopNow(reason, graceMs)),
    reload,
    killSignal: () => killSwitch?.signal(),
    reopenLogs: () => current.services.logging.reopen(),
    policy: () => policy,
    config: () => current.loaded.config,
    loaded: () => current.loaded,
    services: () => current.services,
    settings: (name) => current.settings(name),
    warnings: () => warningsOf(current),
    receiptKeyMade: () => receiptKeyMade,
    addresses: () => {
      if (!listeners) throw new PipelockError('internal_error', 'not started')
      const {main, reverse} = listeners
      return {main, reverse, metrics: side?.address, scan: scans?.address}
    },
  }
}

function withLog(ports: Ports, log: Ports['log']): Ports {
  // spread all ports: one omitted here would be missing without an error
  return {...ports, log}
}
