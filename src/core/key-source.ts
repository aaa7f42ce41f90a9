// Keys from files and from user-supplied values: the one place that joins the guarded reads of lib with the parsers of
// key texts, so that no command opens a key file with weaker checks.
import type {PrivateKey, PublicKey} from '../lib/ed25519.js'
import {pathExists, readSecurely, ReadFault, type ReadFaultKind, type SecureReadOptions} from '../lib/secure-read.js'
import {PipelockError, type ErrorCode} from './errors.js'
import {
  isJsonKeyText,
  isPrivateKeyText,
  looksLikePath,
  MAX_KEY_FILE_BYTES,
  MAX_PUBLIC_KEY_FILE_BYTES,
  parseJsonKey,
  parsePrivateKeyText,
  parsePublicKeyText,
  PRIVATE_FORBIDDEN_MODE,
  type JsonKey,
} from '../formats/keys/key-file.js'
import type {KeyPurpose} from '../formats/key-purpose.js'

const READ_CODES: Readonly<Record<ReadFaultKind, ErrorCode>> = {
  missing: 'file_not_found',
  unreadable: 'file_unreadable',
  symlink: 'file_not_regular',
  not_regular: 'file_not_regular',
  permissions: 'file_permissions',
  too_large: 'payload_too_large',
}

function coded(error: unknown): unknown {
  if (!(error instanceof ReadFault)) return error
  const hint = error.kind === 'permissions' ? {hint: `run: chmod 600 ${error.path}`} : {}
  return new PipelockError(READ_CODES[error.kind], error.message, hint)
}

/** Reads a file with the checks of lib/secure-read.ts; its faults become coded errors. */
export function readFileSecurely(path: string, options: SecureReadOptions): Buffer {
  try {
    return readSecurely(path, options)
  } catch (error) {
    throw coded(error)
  }
}

/** Prefixes errors of `parse` with the name of the file. */
export function inFile<T>(path: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof PipelockError)) throw error
    throw new PipelockError(error.code, `${path}: ${error.message}`, error.hint === undefined ? {} : {hint: error.hint})
  }
}

/** Reads a JSON key file: type and mode of the file, size, then its text. */
export function loadJsonKey(path: string, expected?: KeyPurpose): JsonKey {
  const bytes = readFileSecurely(path, {maxBytes: MAX_KEY_FILE_BYTES, forbiddenMode: PRIVATE_FORBIDDEN_MODE})
  return inFile(path, () => parseJsonKey(bytes, expected))
}

/** A key with the metadata of its file; the agent encoding has neither purpose nor id. */
export interface LoadedKey {
  readonly private: PrivateKey
  readonly purpose?: KeyPurpose
  readonly keyId?: string
}

/** A private key in either encoding. A JSON key must have the purpose `expected`. */
export function loadPrivateKey(path: string, expected?: KeyPurpose): LoadedKey {
  const {bytes, isLink} = readEitherWay(path, PRIVATE_FORBIDDEN_MODE)
  return inFile(path, () => {
    const text = bytes.toString('utf8')
    if (!isJsonKeyText(text)) return {private: parsePrivateKeyText(text)}
    refuseLink(isLink)
    const key = parseJsonKey(bytes, expected)
    return {private: key.private, purpose: key.purpose, keyId: key.keyId}
  })
}

/** A public key with its origin; only the JSON encoding states a purpose. */
export interface LoadedPublicKey {
  readonly public: PublicKey
  readonly purpose?: KeyPurpose
  readonly keyId?: string
}

/** The public key of a key file of any kind; `isPrivate` where the file holds the private half as well. */
export function loadAnyKey(path: string): LoadedPublicKey & {readonly isPrivate: boolean} {
  const {bytes} = readEitherWay(path, 0)
  const text = bytes.toString('utf8')
  if (isJsonKeyText(text) || isPrivateKeyText(text)) {
    // read again under the rules for private keys: only a file of public material may be readable by others
    const {private: key, ...rest} = loadPrivateKey(path)
    return {...rest, public: key.public, isPrivate: true}
  }
  return {public: publicKeyIn(path, bytes), isPrivate: false}
}

/** A public key from a two-line public file or hex. */
export function loadPublicKey(path: string): PublicKey {
  return publicKeyIn(path, readFileSecurely(path, {maxBytes: MAX_PUBLIC_KEY_FILE_BYTES, followLinks: true}))
}

function publicKeyIn(path: string, bytes: Buffer): PublicKey {
  return inFile(path, () => parsePublicKeyText(bytes.toString('utf8')))
}

/**
 * The value of a `--key` flag or setting: empty means no key, an existing file is read, a value that looks like a path
 * is a missing file, anything else is the key itself.
 */
export function resolvePublicKey(value: string): PublicKey | undefined {
  if (value === '') return undefined
  if (!value.includes('\n') && pathExists(value)) return loadPublicKey(value)
  if (looksLikePath(value)) {
    throw new PipelockError('file_not_found', `the key file ${value} does not exist`)
  }
  return parsePublicKeyText(value)
}

/** Mounted secrets are symbolic links, so agent key files may be; a JSON key file is refused behind one. */
function readEitherWay(path: string, forbiddenMode: number): {readonly bytes: Buffer; readonly isLink: boolean} {
  const options = {maxBytes: MAX_KEY_FILE_BYTES, forbiddenMode}
  try {
    return {bytes: readSecurely(path, options), isLink: false}
  } catch (error) {
    if (error instanceof ReadFault && error.kind === 'symlink') {
      return {bytes: readFileSecurely(path, {...options, followLinks: true}), isLink: true}
    }
    throw coded(error)
  }
}

function refuseLink(isLink: boolean): void {
  if (isLink) throw new PipelockError('file_not_regular', 'a JSON key file must not be a symbolic link')
}
