// Credentials in evidence, as the credential scanner finds them. A scanner that cannot answer has found one: what is shown
// then is the placeholder (receipts §2.9, §4.8).
import type {IsClean} from '../../core/formats/sanitise.js'
import {withheldDetail} from './records.js'
import type {OtherEntry} from './recorder.js'

/** What stands in an entry for the name of the pattern: the scanner answers yes or no. */
export const CREDENTIAL: readonly string[] = ['credential']

export function guarded(isClean: IsClean): IsClean {
  return (text) => {
    try {
      return isClean(text)
    } catch {
      return false
    }
  }
}

export function redactedEntry(entry: OtherEntry, isClean: IsClean): OtherEntry {
  return isClean(entry.detail) ? entry : {...entry, detail: withheldDetail(CREDENTIAL, entry.detail)}
}
