// Creates exchanges: ids, numbers and times in one place, so that no transport invents its own.
import type {Agent, Exchange, Header, Purpose, ReceivedRequest, Target, Transport} from '../core/exchange.js'
import {REDACTED_AGENT} from '../formats/sanitise.js'
import {WorkScheduler} from '../core/work.js'
import {uuidv7} from '../lib/uuid.js'
import {createDeclaredAgents} from './declared-agents.js'
import type {TransportHost} from './host.js'
import type {ClaimedAgent} from './identity.js'

export interface ExchangeFacts {
  readonly transport: Transport
  readonly purpose: Purpose
  readonly agent: ClaimedAgent
  readonly clientIp: string
  readonly rawTarget: string
  readonly target: Target | undefined
  readonly method: string
  readonly headers: readonly Header[]
  /** The exchange that this one continues: a redirect hop keeps its ids. */
  readonly of?: Exchange
  readonly signal?: AbortSignal
  /** The destination is the service behind the reverse proxy. */
  readonly toUpstream?: boolean
  readonly received?: ReceivedRequest | undefined
}

export type ExchangeFactory = (facts: ExchangeFacts) => Exchange

/** Replaces an unreadable target; the raw text may hold a secret. */
export const UNREADABLE_TARGET = '[redacted-url]'

/** The system's generator costs as much for many ids as for one. */
const RANDOM_BATCH = 1024
const RANDOM_BYTES = 10

export function exchangeFactory({
  ports,
  nextRequestId,
  isClean,
  clientOf,
  settings,
}: Pick<TransportHost, 'ports' | 'nextRequestId' | 'isClean' | 'clientOf' | 'settings'>): ExchangeFactory {
  const declared = createDeclaredAgents(ports.clock)
  const scheduler = new WorkScheduler(ports.clock, () => settings().workBudgets)
  // a departing client ends the upstream request by itself; the signal has no listener until something must wait
  const never = new AbortController().signal
  let batch: Uint8Array = new Uint8Array(0)
  let used = 0
  const randomness = (): Uint8Array => {
    if (used + RANDOM_BYTES > batch.length) {
      batch = ports.random(RANDOM_BATCH * RANDOM_BYTES)
      used = 0
    }
    used += RANDOM_BYTES
    return batch.subarray(used - RANDOM_BYTES, used)
  }
  let lastClean = ''
  const shown = ({name, basis, claimed}: ClaimedAgent): Agent => {
    if (name === lastClean && claimed === undefined) return {name, basis}
    if (!isClean(name) || (claimed !== undefined && !isClean(claimed))) return {name: REDACTED_AGENT, basis}
    if (claimed === undefined) lastClean = name
    return {name, basis}
  }
  /**
   * Key of a shared budget: an agent name that the client did not choose, else an address, since a client can invent
   * names.
   */
  const account = ({agent: {name, basis}, clientIp}: ExchangeFacts): string =>
    basis === 'bound' || basis === 'matched' ? `agent ${name}` : clientOf(clientIp)
  return (facts) => {
    const now = ports.clock.now()
    const {of} = facts
    return {
      id: of ? of.id : uuidv7(now, randomness()),
      requestId: of ? of.requestId : nextRequestId(),
      transport: facts.transport,
      purpose: facts.purpose,
      agent: shown(of ? of.agent : declared(clientOf(facts.clientIp), facts.agent)),
      clientIp: facts.clientIp,
      rawTarget: facts.rawTarget,
      target: facts.target,
      method: facts.method,
      headers: facts.headers,
      received: facts.received,
      startedAtMs: now,
      signal: facts.signal ?? never,
      ...(facts.toUpstream === true && {toUpstream: true as const}),
      work: of?.work ?? scheduler.exchange(account(facts)),
    }
  }
}

/** Flat raw fields as pairs. */
export function headerPairs(raw: readonly string[]): Header[] {
  const pairs: Header[] = []
  for (let i = 0; i + 1 < raw.length; i += 2) pairs.push([raw[i] ?? '', raw[i + 1] ?? ''])
  return pairs
}
