// Resolves which key of a roster may sign. Separate from the parsing of rosters, so that a caller that only resolves
// loads no document decoder.
import {parseInstant} from '../../lib/instant.js'
import {quoted} from '../../lib/terminal.js'
import {PipelockError} from '../../core/errors.js'
import type {KeyPurpose} from '../key-purpose.js'
import type {Roster, RosterKey} from './roster.js'

/** The key with this id, if it may sign for `purpose` at this time. */
export function resolveKey(roster: Pick<Roster, 'keys'>, keyId: string, purpose: KeyPurpose, nowMs: number): RosterKey {
  const id = quoted(keyId)
  const key = roster.keys.get(keyId)
  if (!key) {
    const known = [...roster.keys].filter(([, entry]) => entry.purpose === purpose).map(([name]) => quoted(name))
    const hint =
      known.length === 0 ? `it lists none for ${purpose}` : `for ${purpose} it lists ${known.slice(0, 10).join(', ')}`
    throw new PipelockError('key_unknown', `the roster has no key ${id}`, {hint})
  }
  const {status, valid_from: from, valid_until: until} = key.info
  if (status === 'revoked') throw new PipelockError('key_revoked', `key ${id} is revoked`)
  if (status === 'root') throw new PipelockError('key_not_active', `key ${id} is a root key, which signs rosters only`)
  if (status !== 'active') throw new PipelockError('key_not_active', `key ${id} is not active`)
  // an unreadable time closes the window: fail closed
  const fromMs = parseInstant(from)
  if (fromMs === undefined || nowMs < fromMs)
    throw new PipelockError('key_not_yet_valid', `key ${id} is valid from ${quoted(from)} on`)
  if (until !== null) {
    const untilMs = parseInstant(until)
    if (untilMs === undefined || nowMs > untilMs)
      throw new PipelockError('key_expired', `key ${id} was valid until ${quoted(until)}`, {
        hint: 'build a roster with a new key, or with a later --valid-until, and use that one',
      })
  }
  if (key.purpose !== purpose) {
    throw new PipelockError('wrong_key_purpose', `key ${id} is for ${key.purpose}, ${purpose} is needed`)
  }
  return key
}
