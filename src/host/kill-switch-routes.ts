// The HTTP API of the kill switch as own routes. Checks run in a fixed order (origin, configuration, token, rate, body), so
// that nobody without the token learns more than that there is one.
import {
  KILL_SWITCH_PATH,
  KILL_SWITCH_SOURCES,
  KILL_SWITCH_STATUS_PATH,
  type KillSwitchService,
} from '../core/services/kill-switch.js'
import {PipelockError} from '../core/errors.js'
import type {Header} from '../core/exchange.js'
import type {Ports} from '../core/ports.js'
import {isObject, JsonFault, readJson} from '../lib/json/reader.js'
import type {OwnRequest, OwnRoute} from '../transports/host.js'
import {createCallLimit} from './call-limit.js'
import {JSON_HEADERS} from './health.js'

const MAX_BODY_BYTES = 1_024
const MOST_REASON = 512
const MOST_OPERATOR = 64

export interface KillSwitchRoutesOptions {
  readonly service: () => KillSwitchService
  /** On a listener with a token of its own; undefined: the configured tokens count. */
  readonly permits?: KillSwitchService['api']['permits']
  readonly ports: Pick<Ports, 'clock' | 'log'>
  /** An operator has turned it. */
  readonly turned: (active: boolean, operator: string, reason: string) => void
}

type Response = Awaited<ReturnType<OwnRoute['handle']>>

export function killSwitchRoutes(options: KillSwitchRoutesOptions): ReadonlyMap<string, OwnRoute> {
  const {service, ports} = options
  const posts = createCallLimit(10, ports.clock)
  const failures = createCallLimit(20, ports.clock)
  const permits = (lines: readonly string[]) => (options.permits ?? service().api.permits)(lines)

  /** A refusal, or undefined. */
  const refusal = (request: OwnRequest, needs: 'all' | 'reading'): Response | undefined => {
    const {api} = service()
    const origin = request.field('origin')
    // browsers have no business here, those of this machine included
    if (origin !== undefined && !api.allowedOrigins.includes(origin)) return error(403, 'forbidden')
    if (!options.permits && !api.isConfigured) return error(503, 'kill switch API not configured (no api_token)')
    const permitted = permits(request.lines('authorization'))
    if (permitted === 'all' || (permitted === 'reading' && needs === 'reading')) return undefined
    return failures.take(request.clientIp) ? UNAUTHORIZED : LIMITED
  }

  const recorded = (
    request: OwnRequest,
    action: string,
    response: Response,
    statement: Statement = NOTHING,
  ): Response => {
    ports.log.info('session_admin', {
      action,
      client_ip: request.clientIp,
      status_code: response.status,
      ...(statement.operator !== '' && {operator: statement.operator}),
      ...(statement.reason !== '' && {reason: statement.reason}),
    })
    return response
  }

  const turn = async (request: OwnRequest): Promise<Response> => {
    const refused = refusal(request, 'all')
    if (refused) return recorded(request, 'killswitch_rejected', refused)
    if (!posts.take('')) return recorded(request, 'killswitch_rate_limited', LIMITED)
    const parsed = parseTurn(await request.body(MAX_BODY_BYTES))
    if (typeof parsed === 'string') return recorded(request, 'killswitch_bad_body', error(400, parsed))
    const statement = {operator: operatorOf(request), reason: parsed.reason}
    const {active} = parsed
    try {
      service().turn('api', active)
    } catch (problem) {
      if (!(problem instanceof PipelockError)) throw problem
      if (active) options.turned(active, statement.operator, statement.reason)
      return recorded(request, 'killswitch_failed', error(500, `${problem.message}: ${problem.hint ?? ''}`), statement)
    }
    options.turned(active, statement.operator, statement.reason)
    return recorded(
      request,
      active ? 'killswitch_on' : 'killswitch_off',
      json(200, turnedBody(service(), active)),
      statement,
    )
  }

  const status = (request: OwnRequest): Response => {
    const refused = refusal(request, 'reading')
    if (refused) return refused
    const {message} = service()
    const sources = service().states()
    const active = KILL_SWITCH_SOURCES.some((source) => sources[source])
    return json(200, {active, sources, ...(message !== '' && {message})})
  }

  return new Map<string, OwnRoute>([
    [KILL_SWITCH_PATH, {methods: ['POST'], handle: turn}],
    [KILL_SWITCH_STATUS_PATH, {methods: ['GET'], handle: (request) => Promise.resolve(status(request))}],
  ])
}

interface Statement {
  readonly operator: string
  readonly reason: string
}

const NOTHING: Statement = {operator: '', reason: ''}

/** `active` is the state of the API; the other sources may still deny, which `effective` and `message` tell. */
function turnedBody(service: KillSwitchService, active: boolean): object {
  const source = service.active()
  const isHeld = !active && source !== undefined
  const message = isHeld ? `still active by ${source}` : service.message
  return {active, source: 'api', effective: source !== undefined, ...(message !== '' && {message})}
}

function operatorOf(request: OwnRequest): string {
  const name = request.field('x-pipelock-operator') ?? ''
  return name.replace(/[^\x20-\x7e]/g, '').slice(0, MOST_OPERATOR)
}

/** Exactly one object with `active` and perhaps `reason`, or what is wrong with it. */
function parseTurn(
  body: Buffer | 'too_large' | 'broken',
): {readonly active: boolean; readonly reason: string} | string {
  if (body === 'too_large') return `invalid JSON body: longer than ${MAX_BODY_BYTES} bytes`
  if (body === 'broken') return 'invalid JSON body: it did not arrive whole'
  try {
    const value = readJson(body, {maxDepth: 2})
    if (!isObject(value)) return 'invalid JSON body: not an object'
    const {active, reason = '', ...rest} = value
    const [unknown] = Object.keys(rest)
    if (unknown !== undefined) return 'invalid JSON body: only active and reason are known'
    if (typeof active !== 'boolean') return 'invalid JSON body: active must be true or false'
    if (typeof reason !== 'string' || reason.length > MOST_REASON) {
      return `invalid JSON body: reason must be a text of at most ${MOST_REASON} characters`
    }
    return {active, reason: reason.replace(/[\x00-\x1f\x7f]/g, ' ')}
  } catch (problem) {
    if (problem instanceof JsonFault) return `invalid JSON body: ${problem.message}`
    throw problem
  }
}

function json(status: number, body: object, headers: readonly Header[] = []): Response {
  return {status, headers: [...JSON_HEADERS, ...headers], body: Buffer.from(`${JSON.stringify(body)}\n`)}
}

function error(status: number, text: string, headers: readonly Header[] = []): Response {
  return json(status, {error: text}, headers)
}

const UNAUTHORIZED = error(401, 'unauthorized', [['WWW-Authenticate', 'Bearer realm="pipelock"']])
const LIMITED = error(429, 'rate limited; retry after 60 seconds', [['Retry-After', '60']])
