// Denied requests as metrics and events: under an active switch every agent is denied at once, and the log must not fill the
// disk meanwhile. All label values are from closed sets.
import type {Exchange} from '../../core/exchange.js'
import type {Clock, Log} from '../../core/ports.js'
import type {Sample} from '../../core/sample.js'

const EVENTS_PER_SECOND = 10
const SECOND_MS = 1_000

export interface Denials {
  count(x: Pick<Exchange, 'transport' | 'clientIp' | 'agent'>, source: string, message: string): void
  samples(): readonly Sample[]
}

const ENDPOINTS: Readonly<Partial<Record<Exchange['transport'], string>>> = {
  fetch: 'fetch',
  connect: 'connect',
  forward: 'forward',
  intercept: 'forward',
  websocket: 'websocket',
  reverse: 'reverse',
}

export function createDenials(clock: Clock, log: Log): Denials {
  const counts = new Map<string, {readonly transport: string; readonly endpoint: string; value: number}>()
  let secondAt = Number.NEGATIVE_INFINITY
  let events = 0
  let suppressed = 0
  return {
    count({transport, clientIp, agent}, source, message) {
      const endpoint = ENDPOINTS[transport] ?? 'other'
      const key = `${transport} ${endpoint}`
      const count = counts.get(key) ?? {transport, endpoint, value: 0}
      count.value++
      counts.set(key, count)
      const now = clock.monotonic()
      if (now - secondAt >= SECOND_MS) {
        secondAt = now
        events = 0
      }
      if (++events > EVENTS_PER_SECOND) return void suppressed++
      log.warn('kill_switch_deny', {
        transport,
        endpoint,
        source,
        deny_message: message,
        client_ip: clientIp,
        agent: agent.name,
        ...(suppressed > 0 && {suppressed}),
      })
      suppressed = 0
    },
    samples: () =>
      [...counts.values()].map(({transport, endpoint, value}) => ({
        name: 'kill_switch_denials_total',
        help: 'Requests denied by the kill switch',
        labels: {transport, endpoint},
        value,
      })),
  }
}
