// Opens the payload sidecars that captures refer to. A sidecar counts only as the chain states it: its
// digest stands in the entry. One that was deleted is missing; one that does not open, or is another, ends the command.
import {dirname, join} from 'node:path'
import {PipelockError} from '../../../core/errors.js'
import {
  isSidecarName,
  MAX_PAYLOAD_BYTES,
  parsePayload,
  SEAL_BYTES,
  type CapturePayload,
} from '../../../formats/capture-payload.js'
import {inFile, readFileSecurely} from '../../../core/key-source.js'
import {sha256Hex} from '../../../lib/hash.js'
import {isObject, type JsonValue} from '../../../lib/json/reader.js'
import {boxPrivateKey, openSealed} from '../../../lib/sealed-box.js'
import {quoted} from '../../../lib/terminal.js'

/** What the sidecar of a capture holds: undefined without one. Throws PipelockError. */
export type OpenSidecar = (chainFile: string, detail: JsonValue | undefined) => CapturePayload | 'missing' | undefined

/** `key` are the 32 bytes of the private key. */
export function sidecarOpener(key: Uint8Array): OpenSidecar {
  const own = boxPrivateKey(key)
  return (chainFile, detail) => {
    if (!isObject(detail)) return undefined
    const {payload_ref: ref, payload_sha256: digest, payload_bytes: size} = detail
    if (ref === undefined || ref === null || ref === '') return undefined
    if (typeof ref !== 'string' || !isSidecarName(ref)) {
      // a reference with a folder in it would have another file read, and its name told
      const shown = typeof ref === 'string' ? quoted(ref, 40) : 'a value of another kind'
      throw new PipelockError('invalid_field', `${chainFile}: payload_ref ${shown} is not the name of a sidecar`)
    }
    const path = join(dirname(chainFile), ref)
    const sealed = read(path)
    if (sealed === undefined) return 'missing'
    if (sha256Hex(sealed) !== digest) {
      throw new PipelockError('hash_mismatch', `${path} is not the sidecar that the chain states`, {
        hint: 'it was changed or exchanged; without it the capture still counts: remove the file',
      })
    }
    const plain = openSealed(own, sealed)
    if (plain === undefined) {
      throw new PipelockError(
        'escrow_authentication_failed',
        `${path} was not sealed to the key of --escrow-private-key`,
      )
    }
    return inFile(path, () => {
      if (plain.length !== size) throw new PipelockError('invalid_field', 'payload_bytes is not its size')
      const payload = parsePayload(plain)
      if (payload.surface !== detail['surface']) throw new PipelockError('invalid_field', 'its surface is another')
      return payload
    })
  }
}

function read(path: string): Buffer | undefined {
  try {
    return readFileSecurely(path, {maxBytes: MAX_PAYLOAD_BYTES + SEAL_BYTES})
  } catch (error) {
    if (error instanceof PipelockError && error.code === 'file_not_found') return undefined
    throw error
  }
}
