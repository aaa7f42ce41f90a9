// The reason of a redaction: signed text that stays in the evidence for good, so what must not stand there is
// refused or warned about before anything is signed.
import {PipelockError} from '../../../core/errors.js'
import {printable} from '../../../lib/terminal.js'

const LONG = 200

/** The trimmed reason. Throws `usage` for none, and for one that would write something else than it shows. */
export function checkReason(text: string): {readonly reason: string; readonly warnings: readonly string[]} {
  const reason = text.trim()
  if (reason === '') throw new PipelockError('usage', '--reason is empty: it is what the receipt says')
  if (printable(reason) !== reason) {
    throw new PipelockError('usage', '--reason holds control, invisible or bidirectional characters')
  }
  const warnings = []
  if ([...reason].length > LONG) warnings.push(`the reason has more than ${LONG} characters`)
  if (reason.includes('@')) warnings.push('the reason holds an @: if that is an address, it names a person')
  return {
    reason,
    warnings: warnings.map((what) => `${what}; it is signed and cannot be erased later`),
  }
}
