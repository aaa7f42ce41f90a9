// GET /health (proxy §15): what is on, and whether every plugin that watches itself is well. Which one is not, and why,
// stands in the log alone, since the agent can read this page.
import type {Header} from '../core/exchange.js'
import type {Ports} from '../core/ports.js'
import type {OwnRoute} from '../transports/host.js'
import type {Generation} from './generation.js'

export const JSON_HEADERS: readonly Header[] = [
  ['Content-Type', 'application/json'],
  ['Cache-Control', 'no-store'],
  ['X-Content-Type-Options', 'nosniff'],
]

/** Parts of the specified page that this build does not have: they are off, and probes that read them see so. */
const ABSENT = {
  response_scan_enabled: false,
  git_protection_enabled: false,
  websocket_proxy_enabled: false,
  tls_interception_enabled: false,
  kill_switch_active: false,
} as const

export function healthRoute(current: () => Generation, ports: Ports): OwnRoute {
  const startedAt = ports.clock.monotonic()
  const unwell = new Set<string>()
  return {
    methods: ['GET', 'HEAD'],
    async handle() {
      const {loaded, services, health} = current()
      const {config} = loaded
      let healthy = true
      for (const [name, state] of health()) {
        // said once per change, not once per probe
        if (state === 'ok') {
          unwell.delete(name)
          continue
        }
        healthy = false
        if (!unwell.has(name)) {
          unwell.add(name)
          ports.log.error('subsystem_unhealthy', {subsystem: name, error: state})
        }
      }
      const body = {
        status: healthy ? 'healthy' : 'unhealthy',
        version: ports.build.version,
        mode: config.mode,
        uptime_seconds: Math.round(ports.clock.monotonic() - startedAt) / 1000,
        dlp_patterns: services.dlp.patternCount,
        regex_engine: services.dlp.engine,
        rate_limit_enabled: config.fetch_proxy.monitoring.max_requests_per_minute > 0,
        forward_proxy_enabled: config.forward_proxy.enabled,
        request_body_scan_enabled: services.bodies.enabled,
        ...ABSENT,
      }
      return {status: healthy ? 200 : 503, headers: JSON_HEADERS, body: Buffer.from(`${JSON.stringify(body)}\n`)}
    },
  }
}
