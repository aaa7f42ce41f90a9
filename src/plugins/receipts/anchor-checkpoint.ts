// Who signed the checkpoint of an anchored log: the log itself, and as many witnesses as are required.
import {PipelockError} from '../../core/errors.js'
import {
  NoteFault,
  noteKey,
  parseNote,
  parseNoteKey,
  verifyNote,
  type NoteKey,
  type VerifiedSignature,
} from '../../lib/signed-note.js'
import {quoted} from '../../lib/terminal.js'
import {parseCheckpoint, type Checkpoint} from '../../lib/tlog-checkpoint.js'
import {Refusal, type AnchorVerifyRequest} from './anchor-report.js'
import {resolveTrustedKeys} from './trusted-key.js'

export interface Head {
  readonly checkpoint: Checkpoint
  readonly log: readonly VerifiedSignature[]
  readonly witnesses: readonly VerifiedSignature[]
}

/** Throws Refusal, and a usage error for keys that are none. */
export function checkpointOf(
  bytes: Buffer,
  {keys, origin, quorum}: AnchorVerifyRequest,
  what: string,
  witnesses: readonly string[],
): Head {
  try {
    const note = parseNote(bytes)
    const checkpoint = parseCheckpoint(note.text)
    if (origin !== undefined && checkpoint.origin !== origin) {
      throw new NoteFault(`its origin is ${quoted(checkpoint.origin, 80)}, not ${quoted(origin, 80)}`)
    }
    const logKeys = keys.flatMap((text) => logKey(text, origin ?? checkpoint.origin))
    if (logKeys.length === 0)
      throw new PipelockError('usage', '--key is required: a checkpoint proves nothing by itself')
    const log = verifyNote(note, logKeys)
    if (log.length === 0) throw new NoteFault('no signature under the given keys')
    const signed = verifyNote(note, witnesses.map(witnessKey))
    const names = new Set(signed.map(({key}) => key.public.hex))
    const needed = quorum ?? witnesses.length
    if (names.size < needed) {
      throw new Refusal(
        'cosignature_missing',
        `${names.size} of the ${witnesses.length} witnesses signed, ${needed} must`,
      )
    }
    return {checkpoint, log, witnesses: signed}
  } catch (error) {
    if (error instanceof NoteFault) throw new Refusal('checkpoint_invalid', `${what}: ${error.message}`)
    throw error
  }
}

function logKey(text: string, name: string): readonly NoteKey[] {
  const key = parseNoteKey(text.trim())
  if (key) return [key]
  return resolveTrustedKeys([text]).map((raw) => noteKey(name, raw))
}

function witnessKey(text: string): NoteKey {
  const key = parseNoteKey(text.trim())
  if (key) return key
  throw new PipelockError('usage', `--witness ${quoted(text, 120)} is not a verifier key`, {
    hint: 'a verifier key reads name+id+base64; the type of witness keys is 4, of plain keys 1',
  })
}
