// Credentials in evidence, as the credential scanner finds them. A scanner that cannot answer has found one: what is shown
// then is the placeholder (receipts §2.9, §4.8).
import type {Cleaner} from './decision-facts.js'
import {withheldDetail} from './records.js'
import type {OtherEntry} from './recorder.js'

/** What the recorder needs of the scanner. */
export interface CredentialScanner {
  isClean(text: string): boolean
  /** Names of the patterns that match. */
  patternsIn(text: string): readonly string[]
}

export function scannerCleaner(scanner: CredentialScanner): Cleaner {
  return {
    isClean(text) {
      try {
        return scanner.isClean(text)
      } catch {
        return false
      }
    },
    patterns(text) {
      try {
        const names = scanner.patternsIn(text)
        return names.length === 0 ? UNKNOWN : names
      } catch {
        return UNKNOWN
      }
    },
  }
}

const UNKNOWN: readonly string[] = ['scanner']

export function redactedEntry(entry: OtherEntry, cleaner: Cleaner): OtherEntry {
  if (cleaner.isClean(entry.detail)) return entry
  return {...entry, detail: withheldDetail(cleaner.patterns(entry.detail), entry.detail)}
}
