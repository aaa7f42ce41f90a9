// The route of an exchange, and what it means: the first that matches every reading of its path. Where the readings differ no
// route holds, but their restrictions do: a path with two meanings lifts nothing and evades nothing.
import {overridesOf} from '../../core/contract/overrides.js'
import type {Exemption, Finding} from '../../core/decision.js'
import type {Exchange} from '../../core/exchange.js'
import type {Reason} from '../../core/reasons.js'
import type {Route, Routing} from '../../core/route.js'
import {scannerFinding} from '../../core/scanner-finding.js'
import type {TunnelHandling} from '../../core/services/routes.js'
import type {Findings} from '../../core/verdicts.js'
import {factsOf, readingsOf, type CompiledRoute, type RequestFacts} from './compile.js'

const NOTHING: Findings = []
/** Before the content of the request: a method that is refused is not inspected. */
const ORDER = 19
const LAYER = 'route_policy'
/** Hosts whose candidates are remembered. */
const MOST_HOSTS = 1_000

/** What a rule may find about content. Addresses, budgets, limits and malformed messages have settings of their own. */
const EXEMPTIBLE: ReadonlySet<Reason> = new Set<Reason>([
  'dlp_match',
  'prompt_injection',
  'body_entropy',
  'path_entropy',
  'subdomain_entropy',
  'media_policy',
  'cross_request_deny',
])

export interface RoutingOptions {
  readonly now: () => number
  /** Whether a tunnel to a host and port is opened. */
  readonly opens: (host: string, port: number) => boolean
  /** An exchange took a route. */
  readonly took: (route: string) => void
  /** An exemption applied. */
  readonly used: (exemption: Exemption) => void
}

export interface Routes extends Routing {
  tunnel(host: string, port: number): TunnelHandling | undefined
  allows(x: Exchange): boolean
}

interface Chosen {
  readonly taken: CompiledRoute | undefined
  readonly refusal: Finding | undefined
}

const NONE: Chosen = {taken: undefined, refusal: undefined}

export function createRouting(routes: readonly CompiledRoute[], options: RoutingOptions): Routes {
  const {now, opens, took, used} = options
  const byPlace = new Map<string, readonly CompiledRoute[]>()
  const chosen = new WeakMap<Exchange, Chosen>()

  const candidates = (host: string, port: number): readonly CompiledRoute[] => {
    const place = `${host} ${port}`
    const known = byPlace.get(place)
    if (known) return known
    if (byPlace.size >= MOST_HOSTS) byPlace.clear()
    const matching = routes.filter(({covers}) => covers(host, port))
    byPlace.set(place, matching)
    return matching
  }

  const inForce = (host: string, port: number): readonly CompiledRoute[] => {
    const all = candidates(host, port)
    return all.some(({endsAt}) => endsAt !== Infinity) ? all.filter(({endsAt}) => endsAt >= now()) : all
  }

  const choose = (x: Exchange): Chosen => {
    const {target} = x
    if (!target) return NONE
    if (candidates(target.host, target.port).length === 0) return NONE
    const known = chosen.get(x)
    if (known) return known
    const possible = inForce(target.host, target.port)
    const choice = x.transport === 'connect' ? chooseTunnel(x, possible) : chooseRequest(x, possible)
    chosen.set(x, choice)
    if (choice.taken) took(choice.taken.route.name)
    return choice
  }

  /** Of a CONNECT only host and port are known: a route with other conditions is none of its, but may refuse it. */
  const chooseTunnel = (x: Exchange, possible: readonly CompiledRoute[]): Chosen => {
    const whole = possible.find((one) => one.isWhole)
    const {host, port} = x.target ?? {host: '', port: 0}
    if (opens(host, port)) return {taken: whole, refusal: undefined}
    const before = whole ? possible.slice(0, possible.indexOf(whole) + 1) : possible
    const closed = before.find(({section: {allow_methods: methods}}) => methods && !methods.includes('CONNECT'))
    return {taken: whole, refusal: closed && unreadableTunnel(closed)}
  }

  const chooseRequest = (x: Exchange, possible: readonly CompiledRoute[]): Chosen => {
    const [first, ...others] = meaningsOf(x)
    if (!first) return NONE
    const select = ({facts, path}: Meaning): CompiledRoute | undefined =>
      possible.find(({matches}) => matches(facts, path))
    const taken = select(first)
    const isAgreed = others.every((meaning) => select(meaning) === taken)
    const restricts = possible.some(({section}) => section.allow_methods)
    return {
      taken: isAgreed ? taken : undefined,
      refusal: restricts ? restriction([first, ...others], possible) : undefined,
    }
  }

  return {
    of: (x): Route | undefined => choose(x).taken?.route,

    judge(x) {
      const {refusal} = choose(x)
      return refusal ? [refusal] : NOTHING
    },

    exempt(x, findings) {
      if (findings.length === 0) return findings
      const exemptions = choose(x).taken?.exemptions ?? []
      if (exemptions.length === 0) return findings
      const at = now()
      const valid = exemptions.filter(({endsAt}) => endsAt >= at)
      return findings.map((finding) => {
        const exemption = covering(valid, finding)
        if (!exemption) return finding
        used(exemption)
        return {...finding, action: 'warn' as const, exemption}
      })
    },

    tunnel: (host, port) =>
      inForce(host, port).find(({isWhole, section}) => isWhole && section.tunnel !== undefined)?.section.tunnel,

    allows(x) {
      const {target, transport} = x
      if (!target) return false
      if (choose(x).taken?.section.allow) return true
      // each request inside is asked again
      return (
        transport === 'connect' &&
        opens(target.host, target.port) &&
        inForce(target.host, target.port).some(({section}) => section.allow)
      )
    },
  }
}

/** One way in which a server may read a request: its method, and its path. */
interface Meaning {
  readonly facts: RequestFacts
  readonly path: string
}

/** As written first. Others come from lenient readings of the path, and from headers and fields that override the request line. */
function meaningsOf(x: Exchange): readonly Meaning[] {
  const facts = factsOf(x)
  const paths = readingsOf(x)
  const methods = new Set([x.method, ...overridesOf(x.headers, x.rawTarget).methods])
  return [...methods].flatMap((method) => paths.map((path) => ({facts: {...facts, method}, path})))
}

/** The refusal of a method under any meaning of the request, whatever the case of its path. */
function restriction(meanings: readonly Meaning[], possible: readonly CompiledRoute[]): Finding | undefined {
  for (const {facts, path} of meanings) {
    for (const matches of ['matches', 'matchesFolded'] as const) {
      const one = possible.find((route) => route[matches](facts, path))
      const allowed = one?.section.allow_methods
      if (one && allowed && !allowed.includes(facts.method)) return methodRefused(one, facts.method)
    }
  }
  return undefined
}

/** The exemption of every rule that the finding names; of several, the first. */
function covering<E extends Exemption>(exemptions: readonly E[], finding: Finding): E | undefined {
  const {authority, hard, action, reason, matches, rule, layer} = finding
  if (authority !== 'scanner' || hard || action === 'allow' || action === 'warn') return undefined
  // the core floor: its rules are refused by name at load, and its layers here
  if (!EXEMPTIBLE.has(reason) || layer.startsWith('core_')) return undefined
  const names = matches && matches.length > 0 ? matches.map(({pattern_name: name}) => name) : [rule ?? layer]
  const covered = names.map((name) => exemptions.find((one) => one.rule.trim().toLowerCase() === name.toLowerCase()))
  return covered.every((one) => one !== undefined) ? covered[0] : undefined
}

function methodRefused({route: {name}}: CompiledRoute, method: string): Finding {
  return refused(
    `route ${name} does not allow ${/^[A-Za-z-]{1,32}$/.test(method) ? method : 'the method'}`,
    name,
    `add it to allow_methods of the route ${name}`,
  )
}

function unreadableTunnel({route: {name}}: CompiledRoute): Finding {
  return refused(
    `route ${name} restricts methods, which a tunnel that stays closed would hide`,
    name,
    `open it (tls_interception.enabled, tunnel: intercept), or add CONNECT to allow_methods of the route ${name}`,
  )
}

function refused(detail: string, name: string, hint: string): Finding {
  return scannerFinding({
    plugin: 'routes',
    layer: LAYER,
    reason: 'request_policy_deny',
    action: 'block',
    order: ORDER,
    rule: `route:${name}`,
    detail,
    hint,
  })
}
