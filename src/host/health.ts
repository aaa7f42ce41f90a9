// GET /health: the enabled features, and whether every plugin that monitors itself is healthy. Every member is computed
// from the active policy. Faults appear as codes only, since the agent can read the page; the log has the details.
import type {Header} from '../core/exchange.js'
import {isLoopback} from '../core/listen.js'
import type {Ports} from '../core/ports.js'
import {formatTimestamp} from '../lib/timestamp.js'
import type {OwnRoute} from '../transports/host.js'
import type {Generation} from './generation.js'
import {SUBSYSTEMS, type SubsystemStates} from './watchdog.js'

export const JSON_HEADERS: readonly Header[] = [
  ['Content-Type', 'application/json'],
  ['Cache-Control', 'no-store'],
  ['X-Content-Type-Options', 'nosniff'],
]

/** Result of the newest reload. */
export interface LastReload {
  readonly status: 'success' | 'failed'
  readonly atMs: number
  /** Code of the error. */
  readonly code?: string
}

/** Members of the page by the section that switches them. A section without an owner in this build is off. */
const SECTIONS = {
  git_protection_enabled: 'git_protection',
} as const

export function healthRoute(
  current: () => Generation,
  lastReload: () => LastReload | undefined,
  subsystems: () => Promise<SubsystemStates | undefined>,
  ports: Ports,
): OwnRoute {
  const startedAt = ports.clock.monotonic()
  const unwell = new Set<string>()
  return {
    methods: ['GET', 'HEAD'],
    async handle({clientIp}) {
      const {loaded, services, settings, health} = current()
      const {config} = loaded
      const proxy = settings('proxy')
      const reasons: string[] = []
      for (const {name, state, reason} of health()) {
        // logged once per change, not once per probe
        if (state === 'ok') {
          unwell.delete(name)
          continue
        }
        reasons.push(reason ?? `${name}_unhealthy`)
        if (!unwell.has(name)) {
          unwell.add(name)
          ports.log.error('subsystem_unhealthy', {subsystem: name, error: state})
        }
      }
      const states = await subsystems()
      for (const name of SUBSYSTEMS) if (states?.[name] === false) reasons.push(`${name}_wedged`)
      const healthy = reasons.length === 0
      const {exposesSubsystems, isMinimal} = services.watchdog
      const reload = lastReload()
      const status = {
        status: healthy ? 'healthy' : 'unhealthy',
        ...(healthy ? {} : {reasons}),
        ...(exposesSubsystems && states && {subsystems: states}),
      }
      if (isMinimal && !isLoopback(clientIp)) return page(healthy, status)
      const body = {
        ...status,
        version: ports.build.version,
        mode: config.mode,
        enforce: config.enforce,
        uptime_seconds: Math.round(ports.clock.monotonic() - startedAt) / 1000,
        dlp_patterns: services.dlp.patternCount,
        regex_engine: services.dlp.engine,
        rate_limit_enabled: proxy.monitoring.max_requests_per_minute > 0,
        forward_proxy_enabled: proxy.forwardEnabled,
        request_body_scan_enabled: services['request-scanning'].enabled,
        response_scan_enabled: settings('response-scanning').enabled,
        receipts_enabled: services.recorder.status().publicKeyHex !== '',
        tls_interception_enabled: settings('interception').enabled,
        kill_switch_active: services['kill-switch'].active() !== undefined,
        websocket_proxy_enabled: settings('websocket').enabled,
        routes_unread: settings('routes').unread.length,
        ...Object.fromEntries(Object.entries(SECTIONS).map(([name, section]) => [name, isOn(config, section)])),
        // the previous configuration stays active after a failed reload, so the process is healthy
        ...(reload && {last_reload: {...reload, atMs: undefined, at: formatTimestamp(reload.atMs)}}),
      }
      return page(healthy, body)
    },
  }
}

function page(healthy: boolean, body: object): Awaited<ReturnType<OwnRoute['handle']>> {
  return {status: healthy ? 200 : 503, headers: JSON_HEADERS, body: Buffer.from(`${JSON.stringify(body)}\n`)}
}

function isOn(config: Readonly<Record<string, unknown>>, section: string): boolean {
  const value = config[section]
  return typeof value === 'object' && value !== null && 'enabled' in value && value.enabled === true
}
