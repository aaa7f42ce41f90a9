// The setting behind a refusal of a route, for `explain`.
import {NONE, set, type Explanation} from '../../core/explanation.js'
import type {RoutesConfig} from './config.js'

export const explanation: Explanation<RoutesConfig> = {
  remedies: {
    route_policy: {
      loosen({config: {routes}, finding, subject}) {
        const name = finding.rule?.slice('route:'.length)
        const route = routes.find((one) => one.name === name)
        const method = subject.method ?? 'GET'
        if (!route?.allow_methods || route.allow_methods.includes(method)) return NONE
        const changed = routes.map((one) =>
          one === route ? {...one, allow_methods: [...(one.allow_methods ?? []), method]} : one,
        )
        return [set('routes', changed as never, `add ${method} to allow_methods of the route ${route.name}`)]
      },
    },
  },
}
