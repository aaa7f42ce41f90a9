// Values that people type for the key commands. A malformed value is wrong usage; a file with a bad key is a failure.
import {PipelockError} from '../../core/errors.js'
import {parseFingerprint} from '../../formats/documents/roster.js'
import {resolvePublicKey} from '../../core/key-source.js'
import {fingerprint, type PublicKey} from '../../lib/ed25519.js'
import {parseInstant} from '../../lib/instant.js'
import {pathExists} from '../../lib/secure-read.js'
import {loadCeremonyKey} from './documents.js'

export function checkFingerprint(flag: string, value: string): void {
  if (parseFingerprint(value)) return
  throw new PipelockError('usage', `--${flag} must be sha256: and 64 hex characters`)
}

export function checkRosterHash(flag: string, value: string): void {
  if (/^sha256:[0-9a-f]{64}$/.test(value)) return
  throw new PipelockError('usage', `--${flag} must be sha256: and 64 lowercase hex characters`)
}

export function checkFutureTime(flag: string, value: string, nowMs: number): void {
  if ((parseInstant(value) ?? nowMs) > nowMs) return
  throw new PipelockError('usage', `--${flag} must be an RFC 3339 time in the future`)
}

export interface CeremonyKey {
  readonly key: PublicKey
  readonly fingerprint: string
}

/** A key given inline by `--<flag>` or as a file by `--<flag>-file`; exactly one of the two. */
export function ceremonyKey(flag: string, inline: string | undefined, file: string | undefined): CeremonyKey {
  if ((inline === undefined) === (file === undefined)) {
    throw new PipelockError('usage', `exactly one of --${flag} and --${flag}-file must be given`)
  }
  const key = file === undefined ? inlineKey(flag, inline ?? '') : loadCeremonyKey(file)
  return {key, fingerprint: fingerprint(key.raw)}
}

/** The key itself; what names a file is read as one, and a file that is not there is reported as that. */
function inlineKey(flag: string, text: string): PublicKey {
  if (pathExists(text)) return loadCeremonyKey(text)
  try {
    const key = resolvePublicKey(text)
    if (key) return key
  } catch (error) {
    if (!(error instanceof PipelockError) || error.code === 'file_not_found') throw error
    throw new PipelockError('usage', `--${flag}: ${error.message}`)
  }
  throw new PipelockError('usage', `--${flag} is empty`)
}

/** Runs a step; a failure is reported as what failed, under its own code. */
export function failingAs<T>(what: string, step: () => T): T {
  try {
    return step()
  } catch (error) {
    if (!(error instanceof PipelockError)) throw error
    throw new PipelockError(error.code, `${what}: ${error.message}`, error.hint === undefined ? {} : {hint: error.hint})
  }
}
