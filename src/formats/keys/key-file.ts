// Key texts in both encodings, as pure functions over bytes: the two-line agent format, bare hex, and the JSON key
// file. Every public key passes the point checks once, here; a private key must agree with its public half.
import {
  fingerprint,
  parsePublicKey,
  parsePublicKeyHex,
  privateKeyFromSeed,
  type PrivateKey,
  type PublicKey,
} from '../../lib/ed25519.js'
import {formatSeconds} from '../../lib/timestamp.js'
import {PipelockError} from '../../core/errors.js'
import {decodeJson} from '../documents/strict-json.js'
import {int, object, string} from '../documents/schema.js'
import {isKeyPurpose, type KeyPurpose} from '../key-purpose.js'

const PUBLIC_HEADER = 'pipelock-ed25519-public-v1'
const PRIVATE_HEADER = 'pipelock-ed25519-private-v1'

/** Largest key file that is read; files that hold only a public key may have 4096 bytes. */
export const MAX_KEY_FILE_BYTES = 16_384
export const MAX_PUBLIC_KEY_FILE_BYTES = 4096

/** Permission bits that a private key file must not have: group may read, nobody else anything. */
export const PRIVATE_FORBIDDEN_MODE = 0o037

function invalid(what: string): never {
  throw new PipelockError('key_invalid', what)
}

export function publicKeyFileText(key: PublicKey): string {
  return `${PUBLIC_HEADER}\n${Buffer.from(key.raw).toString('base64')}\n`
}

export function privateKeyFileText(key: PrivateKey): string {
  return `${PRIVATE_HEADER}\n${Buffer.concat([key.seed, key.public.raw]).toString('base64')}\n`
}

/** The bytes under a header line; undefined when the header is another one. */
function payloadOf(text: string, header: string, length: number): Buffer | undefined {
  const [first = '', second = '', ...more] = text.trim().split(/\r?\n/)
  if (first !== header) return undefined
  const bytes = Buffer.from(second, 'base64')
  // Node's decoder skips characters outside base64, so the text must equal the encoding of its bytes
  if (more.length > 0 || bytes.length !== length || bytes.toString('base64') !== second) {
    invalid(`the line after ${header} is not the standard base64 of ${length} bytes`)
  }
  return bytes
}

/** Public key text: two-line format or 64 hex characters; surrounding white space is ignored. */
export function parsePublicKeyText(text: string): PublicKey {
  const trimmed = text.trim()
  const raw = payloadOf(trimmed, PUBLIC_HEADER, 32)
  if (raw) return parsePublicKey(raw) ?? invalid('the public key is not a valid Ed25519 point of prime order')
  if (!/^[0-9a-fA-F]{64}$/.test(trimmed)) {
    if (trimmed.startsWith(PRIVATE_HEADER)) invalid('this is a private key, a public key is needed')
    invalid(`not a public key: expected 64 hex characters or a ${PUBLIC_HEADER} text`)
  }
  return (
    parsePublicKeyHex(trimmed.toLowerCase()) ?? invalid('the public key is not a valid Ed25519 point of prime order')
  )
}

/** Private key in the two-line agent format. */
export function parsePrivateKeyText(text: string): PrivateKey {
  const raw = payloadOf(text, PRIVATE_HEADER, 64)
  if (!raw) return invalid(`not a private key: the first line must be ${PRIVATE_HEADER}`)
  return pairOf(raw)
}

/** A signer that accepts a public half of another key leaks its private key, so the halves must agree. */
function pairOf(raw: Buffer): PrivateKey {
  const key = privateKeyFromSeed(raw.subarray(0, 32))
  if (!raw.subarray(32).equals(key.public.raw)) invalid('the private key does not agree with its public half')
  return key
}

/** True for JSON key text, recognised by its first character. */
export function isJsonKeyText(text: string): boolean {
  return text.trimStart().startsWith('{')
}

export function isPrivateKeyText(text: string): boolean {
  return text.trimStart().startsWith(PRIVATE_HEADER)
}

export interface JsonKey {
  readonly purpose: KeyPurpose
  readonly keyId: string
  readonly createdAt: string
  readonly private: PrivateKey
  readonly public: PublicKey
}

const JSON_KEY = object({
  schema_version: int,
  purpose: string,
  key_id: string,
  public: string,
  private: string,
  created_at: string,
})

/** Parses the JSON key file; a purpose other than `expected` is refused before the key itself is examined. */
export function parseJsonKey(bytes: Uint8Array, expected?: KeyPurpose): JsonKey {
  const file = decodeJson(bytes, JSON_KEY, {maxBytes: MAX_KEY_FILE_BYTES, name: 'key file'})
  if (file.schema_version !== 1)
    throw new PipelockError('bad_schema_version', 'schema_version of the key file is not 1')
  if (!isKeyPurpose(file.purpose)) throw new PipelockError('wrong_key_purpose', 'the key file has an unknown purpose')
  if (expected !== undefined && file.purpose !== expected) {
    throw new PipelockError('wrong_key_purpose', `the key is for ${file.purpose}, ${expected} is needed`)
  }
  if (!/^[0-9a-f]{64}$/.test(file.public)) invalid('the member public is not 64 lowercase hex characters')
  if (!/^[0-9a-f]{128}$/.test(file.private)) invalid('the member private is not 128 lowercase hex characters')
  const key = pairOf(Buffer.from(file.private, 'hex'))
  if (key.public.hex !== file.public) invalid('the member public is not the public half of the private key')
  const checked =
    parsePublicKeyHex(file.public) ?? invalid('the public key is not a valid Ed25519 point of prime order')
  return {purpose: file.purpose, keyId: file.key_id, createdAt: file.created_at, private: key, public: checked}
}

/** The text of a new JSON key file. Without `id` the key is named after its purpose and fingerprint. */
export function jsonKeyText(key: PrivateKey, purpose: KeyPurpose, unixMs: number, id?: string): string {
  const file = {
    schema_version: 1,
    purpose,
    key_id: id ?? `${purpose}-${fingerprint(key.public.raw).slice(7, 15)}`,
    public: key.public.hex,
    private: Buffer.concat([key.seed, key.public.raw]).toString('hex'),
    created_at: formatSeconds(unixMs),
  }
  return `${JSON.stringify(file, null, 2)}\n`
}

const MAX_NAME = 64

/** Checks an agent or key name. A bad one is refused with a suggestion, never rewritten. */
export function checkKeyName(name: string): string {
  if (/^[A-Za-z0-9._-]{1,64}$/.test(name) && !name.startsWith('.') && !name.includes('..')) return name
  const cleaned = name
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .replace(/\.\.+/g, '_')
    .replace(/^\.+/, '')
    .slice(0, MAX_NAME)
  throw new PipelockError(
    'key_name',
    'a key name has 1 to 64 characters A-Z a-z 0-9 . _ -, no leading dot and no ".."',
    {
      ...(cleaned !== '' && {hint: `for example: ${cleaned}`}),
    },
  )
}

/** True for a value that names a file rather than a key: a missing file must not be reported as a bad key. */
export function looksLikePath(value: string): boolean {
  if (value.includes('\n')) return false // inline two-line text; its base64 may contain a slash
  return /[/\\]/.test(value) || value.startsWith('.') || /[^.]\.[^.]+$/.test(value)
}
