// Entries that hold a credential are withheld: the entry stays, its detail does not (receipts §4.8).
import type {IsClean} from '../../core/formats/sanitise.js'
import {withheldDetail} from './records.js'
import type {EvidenceEntry, OtherEntry} from './recorder.js'

/** What stands in an entry for the name of the pattern: the scanner answers yes or no. */
export const CREDENTIAL: readonly string[] = ['credential']

export function redactedEntry(entry: OtherEntry, isClean: IsClean): OtherEntry {
  return isClean(entry.detail) ? entry : {...entry, detail: withheldDetail(CREDENTIAL, entry.detail)}
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
