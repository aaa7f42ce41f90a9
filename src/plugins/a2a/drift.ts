// Whether a card is still the one that was first seen: first use is trusted, a change is a finding for every
// later card, the old one included, until an operator resets it. What changed is kept for the operator.
import type {Finding} from '../../core/decision.js'
import type {Exchange} from '../../core/exchange.js'
import type {Clock, Log} from '../../core/ports.js'
import {sha256Hex} from '../../lib/hash.js'
import {formatSeconds} from '../../lib/timestamp.js'
import type {JsonObject} from '../../lib/json/reader.js'
import type {Baseline, Baselines, CardChange, StoredField} from './baselines.js'
import {cardFields, cardHash, type CardField} from './cards.js'
import {finding} from './findings.js'

const EXCERPT = 160
const MAX_NAME = 64
/** A card of more fields is compared as a whole. */
const MAX_FIELDS = 200
const MAX_CHANGES = 50

export interface DriftOptions {
  readonly action: 'warn' | 'block'
  readonly baselines: Baselines
  readonly clock: Clock
  readonly log: Log
  /** A text that tells no credential. */
  isClean(text: string): boolean
}

/** `mayLearn`: nothing else is wrong with the card, so that it may become the known one. */
export type CompareCard = (x: Exchange, card: JsonObject, mayLearn: boolean) => readonly Finding[]

export function createDriftCheck({action, baselines, clock, log, isClean}: DriftOptions): CompareCard {
  const stored = (fields: readonly CardField[]): readonly StoredField[] =>
    fields.slice(0, MAX_FIELDS).map(({kind, of, value}) => ({
      kind,
      of: isClean(of) ? of.slice(0, MAX_NAME) : '',
      digest: sha256Hex(value).slice(0, 16),
      excerpt: isClean(value) ? value.slice(0, EXCERPT) : '',
    }))

  return (x, card, mayLearn) => {
    if (x.target === undefined) return []
    const {canonical: url, host} = x.target
    const principal = principalOf(x)
    const key = `${url}|${principal}`
    const fields = cardFields(card)
    const hash = cardHash(fields)
    const now = clock.now()
    const seenAt = formatSeconds(now)
    let known: Baseline | undefined
    try {
      known = baselines.read(host, key, now)
      if (known === undefined) {
        if (!mayLearn) return []
        const made = {version: 1, url, principal, hash, seenAt, fields: stored(fields)} as const
        return settled(baselines.write(host, key, made))
      }
      if (known.drift === undefined && known.hash === hash) return []
      const drift = known.drift ?? {hash, seenAt, changes: changesBetween(known.fields, stored(fields))}
      if (known.drift === undefined) {
        baselines.write(host, key, {...known, drift})
        const changed = drift.changes.map(({kind, change}) => `${kind} ${change}`)
        log.warn('a2a_card_drift', {url, principal, changed, baseline_hash: known.hash, hash})
      }
      return [drifted(action, drift.changes, known.hash === hash)]
    } catch (error) {
      log.error('error', {where: 'a2a card baseline', error: error instanceof Error ? error.message : 'unknown'})
      const detail = 'a2a: the known Agent Card cannot be read'
      return [finding('a2a_card', 'parse_error', 'block', {detail, rule: 'a2a_card_baseline', hint: RESET})]
    }
  }

  function settled({hasRoom, persisted}: ReturnType<Baselines['write']>): readonly Finding[] {
    if (!hasRoom) {
      const detail = 'a2a: no room for another Agent Card: all that are known have changed'
      return [finding('a2a_card', 'session_binding', action, {detail, rule: 'card_baseline_capacity', hint: RESET})]
    }
    if (!persisted) log.warn('a2a_card_unsaved', {reason: 'the folder of known cards cannot be written'})
    return []
  }
}

const RESET = 'pipelock a2a cards shows what changed; pipelock a2a reset URL accepts the next card'

function drifted(action: 'warn' | 'block', changes: readonly CardChange[], isBack: boolean): Finding {
  const kinds = [...new Set(changes.map(({kind}) => kind))].slice(0, 8).join(', ')
  return finding('a2a_card', 'session_binding', action, {
    detail: `a2a: Agent Card drift detected${kinds === '' ? '' : ` (${kinds})`}${isBack ? '; it is as it was again' : ''}`,
    hint: RESET,
    rule: 'a2a_card_drift',
    matches: [{pattern_name: 'a2a_card_drift', severity: 'high'}],
  })
}

/** What a card shows can differ for each client. /fetch sends no credentials. */
function principalOf({headers, transport}: Exchange): string {
  const given = transport === 'fetch' ? [] : headers.filter(([name]) => name.toLowerCase() === 'authorization')
  return given.length === 0 ? '' : sha256Hex(given.map(([, value]) => value).join('\n')).slice(0, 16)
}

export function changesBetween(old: readonly StoredField[], fresh: readonly StoredField[]): readonly CardChange[] {
  const changes: CardChange[] = []
  const before = numbered(old)
  const after = numbered(fresh)
  for (const [name, {kind, of, digest, excerpt}] of before) {
    const now = after.get(name)
    if (now === undefined) changes.push({kind, of, change: 'removed', before: excerpt, after: ''})
    else if (now.digest !== digest) changes.push({kind, of, change: 'changed', before: excerpt, after: now.excerpt})
  }
  for (const [name, {kind, of, excerpt}] of after) {
    if (!before.has(name)) changes.push({kind, of, change: 'added', before: '', after: excerpt})
  }
  return changes.slice(0, MAX_CHANGES)
}

/** By what they are of; of equal ones by their place. */
function numbered(fields: readonly StoredField[]): ReadonlyMap<string, StoredField> {
  const named = new Map<string, StoredField>()
  for (const field of fields) {
    let count = 0
    let name = JSON.stringify([field.kind, field.of, count])
    while (named.has(name)) name = JSON.stringify([field.kind, field.of, ++count])
    named.set(name, field)
  }
  return named
}
