// Routes that cannot work, as errors of the configuration, and routes that do less than they seem to, as warnings.
import type {ReadSettings} from '../../core/services/settings.js'
import type {SettingWarning} from '../../core/plugin.js'
import {expiryOf} from '../../lib/instant.js'
import {openEngine} from '../../lib/regex/engine.js'
import type {RouteSection} from './config.js'
import {isWhole} from './compile.js'
import {regexProblem} from './path.js'
import {shadowsOf} from './shadow.js'

export function checkRoutes(routes: readonly RouteSection[], settings: ReadSettings): readonly SettingWarning[] {
  return [
    ...duplicates(routes),
    ...routes.flatMap((route, i) => [...expressions(route, i), ...tunnels(route, i, settings)]),
    ...shadowsOf(routes).flatMap(({at, by, hosts}) =>
      hosts === undefined
        ? [{field: `routes[${at}].match`, message: `matches nothing: ${by.join(' and ')} before it cover all of it`}]
        : [],
    ),
  ]
}

function duplicates(routes: readonly RouteSection[]): readonly SettingWarning[] {
  const names = routes.map(({name}) => name)
  return names.flatMap((name, i) =>
    names.indexOf(name) < i
      ? [{field: `routes[${i}].name`, message: `is the name of routes[${names.indexOf(name)}], too`}]
      : [],
  )
}

function expressions({match: {path, headers = []}}: RouteSection, i: number): readonly SettingWarning[] {
  const sources = [
    {field: `routes[${i}].match.path.regex`, source: path?.regex},
    ...headers.map(({regex}, at) => ({field: `routes[${i}].match.headers[${at}].regex`, source: regex})),
  ]
  return sources.flatMap(({field, source}) => {
    if (source === undefined) return []
    const problem = regexProblem(openEngine(), source)
    return problem === undefined ? [] : [{field, message: problem}]
  })
}

function tunnels({match, tunnel}: RouteSection, i: number, settings: ReadSettings): readonly SettingWarning[] {
  if (tunnel === undefined) return []
  const field = `routes[${i}].tunnel`
  if (!isWhole(match))
    return [
      {field, message: 'needs a match of hosts and ports alone: nothing else of a tunnel is known before it is opened'},
    ]
  if (tunnel === 'intercept' && !settings('interception').enabled)
    return [{field, message: 'needs tls_interception.enabled: true'}]
  return []
}

export function doubtsOf(
  routes: readonly RouteSection[],
  settings: ReadSettings,
  now: number,
): readonly SettingWarning[] {
  const opensTunnels = settings('interception').enabled
  return [
    ...routes.flatMap(
      ({match, allow_methods: methods, responses, exemptions, expires}, i): readonly SettingWarning[] => [
        ...ended(`routes[${i}].expires`, expires, now, 'the route matches nothing any more'),
        ...exemptions.flatMap((one, at) =>
          ended(`routes[${i}].exemptions[${at}].expires`, one.expires, now, `${one.rule} is enforced again`),
        ),
        ...(methods && !opensTunnels && !methods.includes('CONNECT')
          ? [
              {
                field: `routes[${i}].allow_methods`,
                message:
                  'refuses HTTPS to its hosts, since tunnels stay closed: turn tls_interception.enabled on, or add CONNECT',
              },
            ]
          : []),
        ...(responses.body === 'stream' && (responses.decode || responses.stream_types.length > 0)
          ? [{field: `routes[${i}].responses.body`, message: 'stream leaves decode and stream_types without effect'}]
          : []),
        ...(match.path !== undefined && !opensTunnels
          ? [{field: `routes[${i}].match.path`, message: 'is matched for plain HTTP alone, since tunnels stay closed'}]
          : []),
      ],
    ),
    ...shadowsOf(routes).flatMap(({at, by, hosts}) =>
      hosts === undefined
        ? []
        : [{field: `routes[${at}].match.hosts`, message: `${by.join(' and ')} before it cover ${hosts.join(', ')}`}],
    ),
  ]
}

function ended(field: string, expires: string | undefined, now: number, effect: string): readonly SettingWarning[] {
  if (expires === undefined || (expiryOf(expires) ?? 0) >= now) return []
  return [{field, message: `ended ${expires}: ${effect}; remove it or renew it`}]
}
