// Routes in the pipeline. Exemptions are applied to what every hook finds before anything is decided: a finding that only warns
// does not end the search for others.
import {after} from '../../lib/awaitable.js'
import type {Exchange} from '../exchange.js'
import type {DestinationVerdict, EventVerdict, Findings, Hooks, PluginHooks, Watcher} from '../plugin.js'
import type {Routing} from '../route.js'
import type {Broken} from './faults.js'

/** Without the routes where they fail: such an exchange is refused, and nothing of it is lifted. */
export function guardedRouting(routing: Routing, broken: Broken): Routing {
  const failed = (error: unknown) => broken('routes', 'admit', error)
  return {
    of(x) {
      try {
        return routing.of(x)
      } catch {
        return undefined
      }
    },
    judge(x) {
      try {
        return routing.judge(x)
      } catch (error) {
        return [failed(error)]
      }
    },
    exempt(x, findings) {
      try {
        return routing.exempt(x, findings)
      } catch (error) {
        return [...findings, failed(error)]
      }
    },
  }
}

export function withExemptions(plugins: PluginHooks, routing: Routing): PluginHooks {
  return plugins.map(({plugin, hooks}) => ({plugin, hooks: exempted(hooks, routing)}))
}

function exempted(hooks: Partial<Hooks>, routing: Routing): Partial<Hooks> {
  const {destination, rewrite, inspect, watch} = hooks
  const within = <V extends {readonly findings: Findings}>(x: Exchange, verdict: V): V => {
    const findings = routing.exempt(x, verdict.findings)
    return findings === verdict.findings ? verdict : {...verdict, findings}
  }
  const destinationVerdict = (x: Exchange, verdict: DestinationVerdict): DestinationVerdict => {
    const {rest} = verdict
    const own = within(x, verdict)
    return rest ? {...own, rest: () => after(rest(), (later) => destinationVerdict(x, later))} : own
  }
  return {
    ...hooks,
    ...(destination && {destination: (x) => after(destination(x), (verdict) => destinationVerdict(x, verdict))}),
    ...(rewrite && {rewrite: (x, unit) => after(rewrite(x, unit), (result) => within(x, result))}),
    ...(inspect && {inspect: (x, unit) => after(inspect(x, unit), (findings) => routing.exempt(x, findings))}),
    ...(watch && {
      watch(x, head) {
        const watcher = watch(x, head)
        return watcher && watching(watcher, (verdict) => within(x, verdict))
      },
    }),
  }
}

function watching(watcher: Watcher, within: (verdict: EventVerdict) => EventVerdict): Watcher {
  return {
    layer: watcher.layer,
    maxEventBytes: watcher.maxEventBytes,
    feed: (event) => after(watcher.feed(event), within),
    ...(watcher.feedAll && {feedAll: (events) => watcher.feedAll?.(events)}),
    unreadable: (why) => watcher.unreadable(why),
  }
}
