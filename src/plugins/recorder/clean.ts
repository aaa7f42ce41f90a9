// Entries that hold a credential are withheld: the entry stays, its detail does not.
import type {EvidenceEntry, OtherEntry} from '../../core/services/recorder.js'
import {REDACTED_AGENT, type IsClean} from '../../formats/sanitise.js'
import {withheldDetail} from './own-entries.js'

/** Names of what a text holds that is not clean; never what was found. */
export type NamesIn = (text: string) => readonly string[]

/** For a text that is dirty although no rule is named: the scanner could not answer, or saw it in the text as a URL. */
export const UNNAMED: readonly string[] = ['credential']

export interface Redactor {
  readonly isClean: IsClean
  readonly namesIn: NamesIn
}

export function redactedEntry(entry: OtherEntry, {isClean, namesIn}: Redactor, keepRaw: boolean): OtherEntry {
  const {detail} = entry
  if (isClean(detail)) return entry
  return {...entry, detail: withheldDetail(namesIn(detail), detail), ...(keepRaw && {raw: detail})}
}

/** A statement is withheld whole: what it says is bound by its signature, and nothing in it can be left out. */
export function isCleanStatement({draft}: EvidenceEntry, isClean: IsClean): boolean {
  return texts(draft.payload).every((text) => DIGEST.test(text) || isClean(text))
}

/** A digest holds nothing, and the scanner would look at it as if it were a key. */
const DIGEST = /^(?:sha256|hmac):[0-9a-f]{64}$/

function texts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : []
}

/** What the client chooses besides the target. */
export interface ClientFields {
  actor(name: string): string
  /** Patterns that match where nothing can be put in place of what matched; the entry is then withheld. */
  dirty(method: string): readonly string[]
}

export const AS_IS: ClientFields = {actor: (name) => name, dirty: () => NONE}

/**
 * A name with a credential in it is replaced before signing, like a target: withholding the receipt instead would let any
 * client make a hole in the chain with one header.
 */
export function clientFields({isClean, namesIn}: Redactor): ClientFields {
  let lastClean = ''
  return {
    actor(name) {
      if (name === lastClean) return name
      if (!isClean(name)) return REDACTED_AGENT
      lastClean = name
      return name
    },
    dirty: (method) => (KNOWN_METHODS.has(method) || isClean(method) ? NONE : namesIn(method)),
  }
}

export const KNOWN_METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'TRACE',
])

const NONE: readonly string[] = []
