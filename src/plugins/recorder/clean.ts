// Entries that hold a credential are withheld: the entry stays, its detail does not (receipts §4.8).
import type {IsClean} from '../../core/formats/sanitise.js'
import {withheldDetail} from './records.js'
import type {OtherEntry} from './recorder.js'

/** What stands in an entry for the name of the pattern: the scanner answers yes or no. */
export const CREDENTIAL: readonly string[] = ['credential']

export function redactedEntry(entry: OtherEntry, isClean: IsClean): OtherEntry {
  return isClean(entry.detail) ? entry : {...entry, detail: withheldDetail(CREDENTIAL, entry.detail)}
}
