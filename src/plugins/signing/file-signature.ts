// Detached signatures of files: the raw bytes, no purpose and no hash. Such a signature says who saw the
// file and nothing else; no document format accepts it.
import {readFileSecurely} from '../../core/key-source.js'
import {writeFileAtomic} from '../../lib/atomic-file.js'
import {sign, verify, type PrivateKey, type PublicKey} from '../../lib/ed25519.js'

/** The message is signed as a whole, so it has to be in memory. */
const MAX_FILE_BYTES = 512 * 1024 * 1024
const MAX_SIGNATURE_FILE_BYTES = 4096

export function signaturePath(file: string): string {
  return `${file}.sig`
}

/** Writes the signature beside the file and returns its path. */
export function signFile(file: string, key: PrivateKey): string {
  const content = readFileSecurely(file, {maxBytes: MAX_FILE_BYTES, followLinks: true})
  const path = signaturePath(file)
  writeFileAtomic(path, `${sign(key, content).toString('base64')}\n`, {mode: 0o644})
  return path
}

/** Why the file does not carry a signature by this key, or undefined when it does. */
export function verifyFile(file: string, signatureFile: string, key: PublicKey): SignatureProblem | undefined {
  return verifyContent(readFileSecurely(file, {maxBytes: MAX_FILE_BYTES, followLinks: true}), signatureFile, key)
}

export type SignatureProblem = 'signature_format' | 'signature_invalid'

/** The same for bytes that were read already. */
export function verifyContent(content: Buffer, signatureFile: string, key: PublicKey): SignatureProblem | undefined {
  const signatureBytes = readFileSecurely(signatureFile, {maxBytes: MAX_SIGNATURE_FILE_BYTES, followLinks: true})
  const text = signatureBytes.toString('utf8').trim()
  const signature = Buffer.from(text, 'base64')
  if (signature.length !== 64 || signature.toString('base64') !== text) return 'signature_format'
  return verify(key, content, signature) ? undefined : 'signature_invalid'
}
