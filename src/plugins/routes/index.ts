// Routes: what holds for the requests that a match selects. The pipeline, the transports and the plugins that inspect bodies ask
// which route an exchange takes.
import type {Context, Plugin} from '../../core/plugin.js'
import type {Ports} from '../../core/ports.js'
import type {Exemption} from '../../core/decision.js'
import type {Sample} from '../../core/sample.js'
import type {Services} from '../../core/services/index.js'
import type {RoutesService} from '../../core/services/routes.js'
import type {ReadSettings} from '../../core/services/settings.js'
import type {RoutesConfig} from './config.js'
import type {Grants} from './grants.js'

interface RoutesState {
  grants: Grants | undefined
  /** Requests by route, and uses of exemptions by route and rule. */
  readonly taken: Map<string, number>
  readonly used: Map<string, {readonly exemption: Exemption; count: number}>
}

const NO_ROUTES: RoutesService = {
  of: () => undefined,
  tunnel: () => undefined,
  allows: () => false,
  routing: undefined,
}

const routes = {
  name: 'routes',
  sections: ['routes'],
  reasons: ['request_policy_deny'],

  async schema() {
    return (await import('./config.js')).sections
  },

  async preset() {
    return (await import('./preset.js')).preset
  },

  async explain() {
    return (await import('./explain.js')).explanation
  },

  async check(config: RoutesConfig, settings: ReadSettings) {
    if (config.routes.length === 0) return []
    return (await import('./check.js')).checkRoutes(config.routes, settings)
  },

  settings: ({routes: sections}: RoutesConfig) => ({
    unread: sections
      .filter(({requests, responses}) => requests.body === 'stream' || responses.body === 'stream')
      .map(({name}) => name),
  }),

  state: (_ports: Ports): RoutesState => ({grants: undefined, taken: new Map(), used: new Map()}),

  async create({routes: sections}: RoutesConfig, state: RoutesState, context: Context<Services>) {
    const {clock, env} = context.ports
    if (sections.length === 0 && !state.grants) return {service: NO_ROUTES}
    const [
      {compileRoutes},
      {createRouting: makeRouting},
      {Grants: CurrentGrants, grantsOf},
      {chosenEngine},
      {doubtsOf},
    ] = await Promise.all([
      import('./compile.js'),
      import('./routing.js'),
      import('./grants.js'),
      import('../../core/regex-choice.js'),
      import('./check.js'),
    ])
    for (const {field, message} of doubtsOf(sections, context.settings, clock.now())) context.warn(field, message)
    const now = (): number => clock.now()
    const routing = makeRouting(
      compileRoutes(sections, () => chosenEngine(env)),
      {
        now,
        // built later: a tunnel is opened as its plugin says, which asks the routes first
        opens(host, port) {
          const interception: Services['interception'] | undefined = context.service('interception')
          return interception?.interceptor?.intercepts(host, port) ?? false
        },
        took: (route) => void state.taken.set(route, (state.taken.get(route) ?? 0) + 1),
        used(exemption) {
          const key = `${exemption.route} ${exemption.rule}`
          const entry = state.used.get(key) ?? {exemption, count: 0}
          entry.count++
          state.used.set(key, entry)
        },
      },
    )
    const grants = (state.grants ??= new CurrentGrants())
    let unwatch: (() => void) | undefined
    return {
      service: {...routing, routing},
      hooks() {
        // a pipeline that judges without serving has no recorder, and grants nothing
        const recorder: Services['recorder'] | undefined = context.service('recorder')
        if (recorder) {
          for (const one of grants.use(grantsOf(sections), now())) recorder.authorize(one)
          unwatch ??= grants.watch(now, (ended) => {
            for (const one of ended) recorder.authorize(one)
          })
        }
        return {}
      },
      samples: () => samplesOf(state),
      close: () => {
        unwatch?.()
        return Promise.resolve()
      },
    }
  },
} satisfies Plugin<RoutesConfig, RoutesState, RoutesService, Services, unknown>

/** Names of routes and rules are those of the configuration: a closed set. */
function samplesOf({taken, used}: RoutesState): readonly Sample[] {
  return [
    ...[...taken].map(([route, value]) => ({
      name: 'route_requests_total',
      help: 'Exchanges that took a route of the configuration',
      labels: {route},
      value,
    })),
    ...[...used.values()].map(({exemption: {route, rule}, count}) => ({
      name: 'route_exempt_total',
      help: 'Findings that only warned, since an exemption of a route covers them',
      labels: {route, rule},
      value: count,
    })),
  ]
}

export default routes
