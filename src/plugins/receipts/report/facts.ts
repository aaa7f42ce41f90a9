// What a log tells, gathered while it is judged, in bounded memory. One collector sees one log; when its verdict stands, it
// is added to those before.
import type {Entry} from '../../../formats/entry.js'
import type {EvidenceReceipt, PayloadKind} from '../../../formats/evidence-receipt.js'
import {integerOf, isObject} from '../../../lib/json/reader.js'
import {Tally} from './tally.js'
import {TimeBuckets} from './time-buckets.js'
import {parseTimestamp} from '../../../lib/timestamp.js'
import type {Place} from '../verify/lines.js'
import {
  contractOfEvidence,
  cut,
  decisionOfEntry,
  decisionOfEvidence,
  decisionOfReceipt,
  isAllowed,
  isBlocked,
  isControl,
  type Contract,
  type Decision,
} from './decision.js'
import {Latest} from './latest.js'

/** What is counted and listed. Verified is always everything. */
export interface Filter {
  readonly sinceMs: number | undefined
  readonly untilMs: number | undefined
  readonly agent: string | undefined
}

export interface Intervention extends Decision {
  readonly session: string
  readonly place: Place
}

/** A step in the life of a contract or a key, as an evidence receipt tells it. */
export interface LifecycleEvent {
  readonly timeMs: number
  readonly time: string
  readonly session: string
  readonly kind: PayloadKind
  readonly actor: string
  /** The members of the payload that are text or numbers, by name. */
  readonly facts: readonly (readonly [name: string, value: string])[]
}

export interface Gap {
  readonly timeMs: number
  readonly time: string
  readonly session: string
  readonly seq: string
  readonly kind: 'lost' | 'torn' | 'removed'
  readonly summary: string
  /** Entries that could not be written, as the log says; undefined where it does not know. */
  readonly lost: string | undefined
}

export const KINDS = ['allowed', 'blocked', 'other'] as const
const MAX_LISTED = 500

/** What a log told, or several. */
export class Facts {
  decisions = 0
  blocked = 0
  /** Of the decisions, those that nobody signed. */
  unsigned = 0
  /** Decisions that the filter left out. */
  leftOut = 0
  /** Entries of the learner: what it saw, and no evidence of a decision. */
  captures = 0
  lost = 0n
  readonly verdicts = new Tally(256)
  readonly reasons = new Tally()
  readonly agents = new Tally()
  readonly hosts = new Tally()
  readonly transports = new Tally(256)
  readonly policies = new Tally(1024)
  readonly contracts = new Tally(1024)
  readonly timeline = new TimeBuckets(KINDS.length)
  readonly interventions = new Latest<Intervention>(MAX_LISTED)
  readonly lifecycle = new Latest<LifecycleEvent>(MAX_LISTED)
  readonly gaps = new Latest<Gap>(MAX_LISTED)
  firstMs: number | undefined
  lastMs: number | undefined

  addAll(other: Facts): void {
    this.decisions += other.decisions
    this.blocked += other.blocked
    this.unsigned += other.unsigned
    this.leftOut += other.leftOut
    this.captures += other.captures
    this.lost += other.lost
    for (const name of TALLIES) this[name].addAll(other[name])
    this.timeline.addAll(other.timeline)
    this.interventions.addAll(other.interventions)
    this.lifecycle.addAll(other.lifecycle)
    this.gaps.addAll(other.gaps)
    if (other.firstMs !== undefined) this.#within(other.firstMs)
    if (other.lastMs !== undefined) this.#within(other.lastMs)
  }

  decide(decision: Decision, session: string, place: Place): void {
    const {timeMs, verdict, agent, host, layer, pattern, contract} = decision
    const blocked = isBlocked(verdict)
    this.decisions++
    if (blocked) this.blocked++
    if (!decision.isSigned) this.unsigned++
    this.#within(timeMs)
    this.verdicts.add(verdict, blocked, timeMs)
    this.transports.add(decision.transport, blocked, timeMs)
    if (agent !== '') this.agents.add(agent, blocked, timeMs)
    if (host !== '') this.hosts.add(host, blocked, timeMs)
    if (decision.policy !== '') this.policies.add(decision.policy, blocked, timeMs)
    if (contract) this.contracts.add(contractKey(contract), blocked, timeMs)
    this.timeline.add(timeMs, blocked ? 1 : isAllowed(verdict) ? 0 : 2)
    if (isAllowed(verdict)) return
    this.reasons.add(JSON.stringify([verdict, layer, pattern]), blocked, timeMs)
    this.interventions.add({...decision, session, place: {file: place.file, line: place.line}})
  }

  #within(timeMs: number): void {
    this.firstMs = Math.min(this.firstMs ?? timeMs, timeMs)
    this.lastMs = Math.max(this.lastMs ?? timeMs, timeMs)
  }
}

export const TALLIES = ['verdicts', 'reasons', 'agents', 'hosts', 'transports', 'policies', 'contracts'] as const

/** The names of a tally of several values: lists, so that no value can run into the next. */
function contractKey({contractHash, manifestHash, generation, selector}: Contract): string {
  return JSON.stringify([contractHash, manifestHash, generation, selector])
}

export function partsOf(key: string): readonly string[] {
  const parts: unknown = JSON.parse(key)
  return Array.isArray(parts) ? parts.map(String) : []
}

/** Feeds facts from the events of one log. */
export class Collector {
  readonly facts = new Facts()
  readonly #session: string
  readonly #filter: Filter
  readonly #hasKeys: boolean
  #hasReceipts = false

  /** `hasKeys`: signatures of decision records are checked. */
  constructor(session: string, filter: Filter, hasKeys: boolean) {
    this.#session = session
    this.#filter = filter
    this.#hasKeys = hasKeys
  }

  receipt(record: Parameters<typeof decisionOfReceipt>[0], place: Place): void {
    this.#hasReceipts = true
    if (!isControl(record)) this.#decide(decisionOfReceipt(record), place)
  }

  evidence(receipt: EvidenceReceipt, place: Place): void {
    const decision = decisionOfEvidence(receipt)
    if (!decision) {
      this.#tellLifecycle(receipt)
      return
    }
    // where there are action receipts it stands beside that of the same decision, which says all that it says
    if (!this.#hasReceipts) this.#decide(decision, place)
  }

  entry({head, detail}: Entry, place: Place): void {
    if (head.type === 'decision') {
      const decision = decisionOfEntry(head, detail, this.#hasKeys)
      if (decision) this.#decide(decision, place)
    } else if (head.type === 'recovery' || head.type === 'capture_drop') {
      this.#tellGap({head, detail})
    } else if (head.type === 'capture') {
      this.facts.captures++
    }
  }

  #decide(decision: Decision, place: Place): void {
    if (this.#passes(decision)) this.facts.decide(decision, this.#session, place)
    else this.facts.leftOut++
  }

  #passes({timeMs, agent}: Decision): boolean {
    return this.#inTime(timeMs) && (this.#filter.agent === undefined || agent === this.#filter.agent)
  }

  #inTime(timeMs: number): boolean {
    const {sinceMs, untilMs} = this.#filter
    return (sinceMs === undefined || timeMs >= sinceMs) && (untilMs === undefined || timeMs <= untilMs)
  }

  #tellLifecycle(receipt: EvidenceReceipt): void {
    const timeMs = parseTimestamp(receipt.timestamp) ?? 0
    if (!this.#inTime(timeMs)) return
    const contract = contractOfEvidence(receipt)
    const facts = [
      ...(contract?.contractHash ? ([['contract_hash', contract.contractHash]] as const) : []),
      ...Object.entries(receipt.payload).flatMap(([name, value]) => {
        const text = typeof value === 'string' ? value : integerOf(value)?.toString()
        return text === undefined ? [] : [[cut(name, 40), cut(text, 120)] as const]
      }),
    ]
    this.facts.lifecycle.add({
      timeMs,
      time: receipt.timestamp,
      session: this.#session,
      kind: receipt.kind,
      actor: cut(receipt.actor),
      facts: facts.filter(([name], i) => facts.findIndex(([other]) => other === name) === i).slice(0, 10),
    })
  }

  #tellGap({head, detail}: Pick<Entry, 'head' | 'detail'>): void {
    const timeMs = parseTimestamp(head.ts) ?? 0
    if (!this.#inTime(timeMs)) return
    const members = isObject(detail) ? detail : {}
    const lost = integerOf(members[head.type === 'capture_drop' ? 'count' : 'lost_entries'])
    if (lost !== undefined) this.facts.lost += lost
    this.facts.gaps.add({
      timeMs,
      time: head.ts,
      session: this.#session,
      seq: String(head.seq),
      kind: lost !== undefined ? 'lost' : members['torn_bytes'] !== undefined ? 'torn' : 'removed',
      summary: cut(head.summary),
      lost: lost?.toString(),
    })
  }
}
