// The hook of the plugin over exchanges that a test makes, with the real credential scanner and a clock of its own.
import type {Finding} from '../../../../src/core/decision.js'
import type {Agent, Exchange, Header, Unit} from '../../../../src/core/exchange.js'
import {headUnit} from '../../../../src/core/inspection.js'
import type {Work} from '../../../../src/core/work.js'
import {parseTarget} from '../../../../src/core/target.js'
import {sections} from '../../../../src/plugins/cross-request/config.js'
import {createCrossRequest, type CrossRequestState} from '../../../../src/plugins/cross-request/create.js'
import {sections as dlpSections} from '../../../../src/plugins/dlp/config.js'
import {buildScanner} from '../../../../src/plugins/dlp/create.js'

const dlp = {dlp: dlpSections.dlp.parse({scan_env: false}), canary_tokens: dlpSections.canary_tokens.parse({})}
export const scanner = await buildScanner(dlp, {env: {}})

export interface Sent {
  readonly url?: string
  readonly method?: string
  readonly headers?: readonly Header[]
  readonly body?: string
  readonly ip?: string
  readonly agent?: Agent
  readonly purpose?: Exchange['purpose']
}

export interface Memory {
  /** Details of what the request finds. */
  send(request: Sent): readonly string[]
  /** The same of its body alone, in turns with others on that account. */
  sendBody(request: Sent, work: Work): Promise<readonly string[]>
  advance(ms: number): void
  readonly state: CrossRequestState
  readonly service: ReturnType<typeof createCrossRequest>['service']
}

export function newState(): CrossRequestState {
  return {memory: undefined, counts: {entropyExceeded: 0, dlpMatches: 0}}
}

export function memoryOf(section: object = {}, state = newState()): Memory {
  const config = sections.cross_request_detection.parse({enabled: true, ...section})
  let now = 1_700_000_000_000
  const clock = {
    // a window on wall time would stick, or forget, when the clock is set
    now: (): number => {
      throw new Error('wall time')
    },
    monotonic: () => now,
  }
  const random = (bytes: number): Uint8Array => new Uint8Array(bytes).fill(7)
  const {service, hooks} = createCrossRequest({cross_request_detection: config}, state, scanner, {clock, random})
  const look = (x: Exchange, unit: Parameters<NonNullable<typeof hooks.inspect>>[1]): readonly string[] => {
    const findings = hooks.inspect?.(x, unit) ?? []
    if (findings instanceof Promise) throw new Error('the hook answers at once')
    return findings.map(details)
  }
  const details = ({action, detail}: Finding): string => `${action}: ${detail}`
  return {
    service,
    state,
    advance: (ms) => void (now += ms),
    send(request) {
      const {x, head, body} = unitsOf(request)
      return body === undefined ? look(x, head) : [...look(x, head), ...look(x, body)]
    },
    async sendBody(request, work) {
      const {x, body} = unitsOf(request)
      return body === undefined ? [] : ((await hooks.inspect?.({...x, work}, body)) ?? []).map(details)
    },
  }

  function unitsOf({
    url = 'http://api.example.com/',
    method = 'GET',
    headers = [],
    body,
    ip = '10.0.0.1',
    agent,
    purpose,
  }: Sent): {
    readonly x: Exchange
    readonly head: Unit
    readonly body: Unit | undefined
  } {
    const x: Exchange = {
      id: 'x',
      requestId: 'req-1',
      transport: 'forward',
      purpose: purpose ?? 'request',
      agent: agent ?? {name: 'anonymous', basis: 'self-declared'},
      clientIp: ip,
      rawTarget: url,
      target: parseTarget(url).target,
      method,
      headers,
      startedAtMs: now,
      signal: new AbortController().signal,
    }
    const head = headUnit('request', headers)
    return {x, head, body: body === undefined ? undefined : {...head, kind: 'body', bytes: Buffer.from(body)}}
  }
}
