// Which recorder sessions sent which names of parameters. Sessions with the same names share one set, so a shape costs what
// its distinct sets cost. A session whose names do not fit is kept as such, without names: one hostile session can then
// neither add a name nor displace those of others. All of it adds up, in any order and grouping.
import {isListableName, queryNames} from '../../../formats/query-names.js'
import {PLACEHOLDER} from '../../../formats/sanitise.js'
import {compareCodePoints} from '../../../lib/json/writer.js'

/** Sorted and distinct; undefined: more or longer than are kept, or redacted. */
export type Names = readonly string[] | undefined

/** Plain data. */
export interface SentNames {
  /** By index of the recorder session; those without any name are left out. */
  readonly bySession: Map<number, NameSet>
  /** By their text. */
  readonly sets: Map<string, NameSet>
}

export interface NameSet {
  /** JSON: a list of names, or null. */
  readonly text: string
  /** Sessions that have it. */
  sessions: number
}

/** Names that a session has on one shape. */
const MAX_NAMES = 64
const MAX_NAME_BYTES = 64
/** Stands for every name that no list admits. */
const UNLISTABLE = '\ufffd'

const SESSION_BYTES = 72
const SET_BYTES = 200

/** `isHidden`: a name that privacy keeps out of contracts. */
export function namesOf(rawQuery: string, isHidden: (name: string) => boolean = () => false): Names {
  const names = new Set<string>()
  for (const name of queryNames(rawQuery)) {
    if (Buffer.byteLength(name) > MAX_NAME_BYTES || PLACEHOLDER.test(name) || isHidden(name)) return undefined
    names.add(isListableName(name) ? name : UNLISTABLE)
    if (names.size > MAX_NAMES) return undefined
  }
  return sorted(names)
}

/** True for what `namesOf` could give. */
export function areNames(names: readonly string[]): boolean {
  const isKept = (name: string, i: number): boolean =>
    Buffer.byteLength(name) <= MAX_NAME_BYTES &&
    (name === UNLISTABLE || isListableName(name)) &&
    (i === 0 || compareCodePoints(names[i - 1] ?? '', name) < 0)
  return names.length > 0 && names.length <= MAX_NAMES && names.every(isKept)
}

export function createSentNames(): SentNames {
  return {bySession: new Map(), sets: new Map()}
}

/** Estimated bytes of memory that are taken, or given back. */
export function addNames({bySession, sets}: SentNames, session: number, names: Names): number {
  const before = bySession.get(session)
  const own = JSON.stringify(names ?? null)
  // most events of a session have the same names
  if (own === before?.text) return 0
  const text = before ? JSON.stringify(together(setNames(before), names)) : own
  if (text === before?.text) return 0
  let bytes = 0
  let set = sets.get(text)
  if (!set) {
    sets.set(text, (set = {text, sessions: 0}))
    bytes += setBytes(text)
  }
  set.sessions++
  bySession.set(session, set)
  if (!before) return bytes + SESSION_BYTES
  before.sessions--
  if (before.sessions > 0) return bytes
  sets.delete(before.text)
  return bytes - setBytes(before.text)
}

function setBytes(text: string): number {
  return SET_BYTES + 2 * text.length
}

export function setNames({text}: NameSet): Names {
  return (JSON.parse(text) as readonly string[] | null) ?? undefined
}

/** Sets with the sessions that have them, in byte order of their texts. */
export function nameSets({bySession}: SentNames): readonly (readonly [set: NameSet, sessions: readonly number[]])[] {
  const sessions = new Map<NameSet, number[]>()
  for (const [session, set] of bySession) {
    const known = sessions.get(set)
    if (known) known.push(session)
    else sessions.set(set, [session])
  }
  return [...sessions].sort(([a], [b]) => compareCodePoints(a.text, b.text))
}

/** The same with other numbers for the sessions; undefined leaves one out. */
export function renumbered(from: SentNames, numberOf: (session: number) => number | undefined): SentNames | undefined {
  const into = createSentNames()
  for (const [set, sessions] of nameSets(from)) {
    const names = setNames(set)
    for (const session of sessions) {
      const number = numberOf(session)
      if (number !== undefined) addNames(into, number, names)
    }
  }
  return into.bySession.size === 0 ? undefined : into
}

function together(a: Names, b: Names): readonly string[] | null {
  if (!a || !b) return null
  const names = new Set([...a, ...b])
  return names.size > MAX_NAMES ? null : sorted(names)
}

function sorted(names: Iterable<string>): readonly string[] {
  return [...names].sort(compareCodePoints)
}
