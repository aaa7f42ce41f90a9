// The tombstone gate: a contract with a tombstone is never in force again. A tombstone that cannot be
// read, or whose signer is not trusted any more, denies as well: removing a key must not raise the dead.
import {PipelockError, type ErrorCode} from '../../core/errors.js'
import {verifyBody} from '../../formats/documents/canonical.js'
import {formatOfPath} from '../../formats/documents/decode.js'
import {resolveKey} from '../../formats/documents/resolve-key.js'
import type {Roster} from '../../formats/documents/roster.js'
import {checkTombstoneStructure, decodeTombstone, type Tombstone} from '../../formats/documents/tombstone.js'
import {quoted} from '../../lib/terminal.js'

const PURPOSE = 'contract-activation-signing'

export interface TombstoneSubject {
  readonly selector_id: string
  readonly contract_hash: string
}

/** Always throws: a file that stands at the place of a tombstone is never "no tombstone". */
export function refuseTombstone(
  bytes: Uint8Array,
  path: string,
  subject: TombstoneSubject,
  roster: Roster,
  nowMs: number,
): never {
  const {body, signature} = coded('tombstone_decode', path, () => decodeTombstone(bytes, formatOfPath(path)))
  coded('bad_tombstone', path, () => checkTombstoneStructure(body))
  if (body.prior_contract_hash !== subject.contract_hash) {
    throw new PipelockError('bad_tombstone', `${path} is about another contract than its name says`)
  }
  const isTrusted = isSignerTrusted({body, signature}, path, roster, nowMs)
  const facts =
    `selector ${subject.selector_id}, contract ${subject.contract_hash}, redacted at ${quoted(body.redacted_at)}, ` +
    `authorization ${quoted(body.redaction_authorization_id)}, signer ${quoted(body.signer_key_id)}`
  if (!isTrusted) {
    throw new PipelockError('tombstone_unverifiable_signer', `tombstoned by a key that is not valid any more: ${facts}`)
  }
  throw new PipelockError('contract_tombstoned', facts, {
    hint: 'learn forget buried this contract for good: promote the one that it wrote, or a newer one',
  })
}

function isSignerTrusted({body, signature}: Tombstone, path: string, roster: Roster, nowMs: number): boolean {
  const listed = roster.keys.get(body.signer_key_id)
  if (!listed) return false
  coded('tombstone_signature', path, () => verifyBody(listed.public, body, signature))
  try {
    resolveKey(roster, body.signer_key_id, PURPOSE, nowMs)
    return true
  } catch (error) {
    if (error instanceof PipelockError) return false
    throw error
  }
}

function coded<T>(code: ErrorCode, path: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof PipelockError)) throw error
    throw new PipelockError(code, `${path}: ${error.code}: ${error.message}`, {cause: error})
  }
}
