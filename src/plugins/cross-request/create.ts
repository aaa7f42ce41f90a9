// Joins configuration, credential scanner and the memory of clients into the hook that sees every request, and
// answers what others ask of that memory.
import type {CrossRequestService} from '../../core/services/scanning.js'
import type {Action, Finding} from '../../core/decision.js'
import type {Agent, Exchange, Unit} from '../../core/exchange.js'
import type {Awaitable, Findings, Hooks} from '../../core/plugin.js'
import type {Ports} from '../../core/ports.js'
import {inTurns, type Steps} from '../../core/work.js'
import type {Services} from '../../core/services/index.js'
import {compileDomainList} from '../../lib/domain-list.js'
import {decodedRuns} from '../../lib/text/encoded-runs.js'
import type {CrossRequestConfig} from './config.js'
import {createEntropyBudget, type EntropyBudget} from './entropy-budget.js'
import type {FragmentScanner} from './beginnings.js'
import {createFragmentBuffer, type FragmentBuffer} from './fragments.js'
import {bodyParts, headParts, hostPayload, type RequestParts} from './payload.js'
import {createSessionTable, type Progress, type SessionTable} from './sessions.js'

type Section = CrossRequestConfig['cross_request_detection']

/** What is remembered of one client. */
export interface ClientMemory {
  readonly entropy: EntropyBudget
  readonly fragments: FragmentBuffer
  /** The end of the request that is inspected now, if one is: pieces of the next are joined with those of this one. */
  last: Promise<void> | undefined
}

/** Lives as long as the process; the memory is kept over a reload that changes nothing of it. */
export interface CrossRequestState {
  memory: {readonly settings: string; readonly clients: SessionTable<ClientMemory>} | undefined
  readonly counts: {entropyExceeded: number; dlpMatches: number}
}

const MAX_CLIENTS = 10_000
/** After body scanning, before the contract. */
const ORDER = 60

export function createCrossRequest(
  {cross_request_detection: section}: CrossRequestConfig,
  state: CrossRequestState,
  dlp: Services['dlp'],
  ports: Pick<Ports, 'clock' | 'random'>,
): {readonly service: CrossRequestService; readonly hooks: Partial<Hooks>} {
  const {enabled, entropy_budget: budget, fragment_reassembly: reassembly} = section
  const clients = clientsOf(section, state)
  const service: CrossRequestService = {
    entropyActive: enabled && budget.enabled,
    fragmentsActive: enabled && reassembly.enabled,
    bufferSize() {
      let size = 0
      for (const {fragments} of clients.values()) size += fragments.size()
      return size
    },
    forget: (agent, clientIp) => clients.delete(clientKey(agent, clientIp)),
  }
  if (!enabled) return {service, hooks: {}}

  const seed = Buffer.from(ports.random(4)).readUInt32LE(0)
  const scanner = fragmentScanner(dlp)
  const exempt = compileDomainList(budget.exempt_domains)
  const make = (): ClientMemory => ({
    entropy: createEntropyBudget({windowMs: budget.window_minutes * 60_000, seed}),
    fragments: createFragmentBuffer(scanner, {
      windowMs: reassembly.window_minutes * 60_000,
      maxCharacters: reassembly.max_buffer_bytes,
    }),
    last: undefined,
  })

  /** In turns with everybody else; of one client one request after the other. */
  const inspect = (x: Exchange, parts: Steps<RequestParts>, isCheck: boolean): Awaitable<Findings> => {
    const key = clientKey(x.agent, x.clientIp)
    const client = clients.open(key, ports.clock.monotonic(), make)
    const {last} = client
    const run = (): Awaitable<Findings> => inTurns(x, look(x, {key, client}, parts, isCheck))
    const findings = last === undefined ? run() : last.then(run)
    if (findings instanceof Promise) {
      const end: Promise<void> = findings.then(NOBODY, NOBODY).then(() => {
        if (client.last === end) client.last = undefined
      })
      client.last = end
    }
    return findings
  }

  function* look(
    x: Exchange,
    {key, client}: {readonly key: string; readonly client: ClientMemory},
    reading: Steps<RequestParts>,
    isCheck: boolean,
  ): Steps<Findings> {
    const parts = yield* reading
    const nowMs = ports.clock.monotonic()
    const findings: Finding[] = []
    if (budget.enabled) {
      const isCounted = !isCheck && exempt.match(x.target?.host ?? '') === undefined
      const bits = isCounted ? client.entropy.record(parts.counted, nowMs) : client.entropy.bits(nowMs)
      if (bits >= budget.bits_per_window && (isCounted || isCheck)) {
        state.counts.entropyExceeded++
        findings.push(overBudget(budget.action, bits, budget.bits_per_window))
      }
    }
    if (reassembly.enabled && parts.payloads.length > 0) {
      const rule = yield* client.fragments.add(parts.payloads, nowMs)
      if (rule !== undefined) {
        state.counts.dlpMatches++
        findings.push(joined(section.action, rule))
      }
      clients.settle(key, client.fragments.progress())
    }
    if (budget.enabled) {
      const share = client.entropy.bits(nowMs) / budget.bits_per_window
      const spent: Progress = share < 0.25 ? 0 : share < 0.5 ? 1 : 2
      if (spent > client.fragments.progress()) clients.settle(key, spent)
    }
    return findings
  }

  const hooks: Partial<Hooks> = {
    inspect(x, unit) {
      if (!concerns(x, unit)) return NOTHING
      // a tunnel says nothing but its host, which is not counted; a budget that is used up holds for it as well
      if (x.method === 'CONNECT') return unit.kind === 'head' ? inspect(x, tunnelParts(x), true) : NOTHING
      if (unit.kind === 'head') return inspect(x, headParts(x), false)
      return unit.kind === 'body' && unit.bytes.length > 0 ? inspect(x, bodyParts(unit), false) : NOTHING
    },
  }
  return {service, hooks}
}

const NOTHING: Findings = []
const NOBODY = (): void => {}

function* tunnelParts({target}: Exchange): Steps<RequestParts> {
  return {payloads: hostPayload(target?.host ?? ''), counted: ''}
}

/** Only what somebody does now: a replay, a check or a server's redirect is nothing that the client has sent. */
function concerns(x: Exchange, unit: Unit): boolean {
  return x.purpose === 'request' && unit.direction === 'request'
}

function clientsOf(section: Section, state: CrossRequestState): SessionTable<ClientMemory> {
  const {entropy_budget: budget, fragment_reassembly: reassembly} = section
  const settings = JSON.stringify([
    section.enabled,
    budget.enabled,
    budget.window_minutes,
    reassembly.enabled,
    reassembly.window_minutes,
    reassembly.max_buffer_bytes,
  ])
  if (state.memory?.settings !== settings) {
    const idleMs = Math.max(budget.window_minutes, reassembly.window_minutes) * 2 * 60_000
    state.memory = {settings, clients: createSessionTable(MAX_CLIENTS, idleMs)}
  }
  return state.memory.clients
}

/** A name that the client gives itself must not split its memory: it could be another one every time. */
export function clientKey(agent: Agent, clientIp: string): string {
  return agent.basis === 'bound' || agent.basis === 'config-default' ? `${agent.name}|${clientIp}` : clientIp
}

/** The credential scanner as fragments are joined with it. */
export function fragmentScanner(dlp: Pick<Services['dlp'], 'across' | 'open' | 'knownValues'>): FragmentScanner {
  const first = ({matches}: ReturnType<Services['dlp']['across']>): string | undefined => matches[0]?.rule
  return {
    open(text) {
      const open = dlp.open(text, PATTERNS)
      if (open === undefined) return undefined
      return {
        prefix: open.prefix,
        isWhole: open.isWhole,
        continues: (next) => open.continues(next),
        completedBy: (next) => first(open.completedBy(next)),
      }
    },
    across: (one, other) => first(dlp.across([one, other], PATTERNS)),
    knownAcross(one, other) {
      if (dlp.knownValues === 0) return undefined
      return dlp.across([one, other], {surface: 'body'}).matches.find(({rule}) => KNOWN.test(rule))?.rule
    },
    decoded: (run) => [...decodedRuns(run, {attempts: 16, bytes: 8 * run.length + 256})].map(({text}) => text),
  }
}

const PATTERNS = {surface: 'body', patternsOnly: true} as const
const KNOWN = /^(?:Environment Variable Leak|Known Secret Leak|Canary Token )/

function overBudget(action: Action, bits: number, allowed: number): Finding {
  return {
    ...COMMON,
    action,
    detail: `cross-request entropy budget exceeded: ${Math.round(bits)}/${allowed} bits`,
    clientDetail: 'cross-request entropy budget exceeded',
    rule: 'Entropy Budget',
    class: 'protective',
    hint: 'cross_request_detection.entropy_budget.bits_per_window, or exempt_domains for this host',
  }
}

function joined(action: Action, rule: string): Finding {
  return {
    ...COMMON,
    action,
    detail: `cross-request secret detected: ${rule}`,
    rule,
    hint: 'cross_request_detection.action: warn reports such secrets without blocking',
  }
}

const COMMON = {
  plugin: 'cross-request',
  authority: 'scanner',
  layer: 'cross_request',
  reason: 'cross_request_deny',
  severity: 'critical',
  order: ORDER,
} as const
