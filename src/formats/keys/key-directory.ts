// The key directory: which public keys a firewall signs with, at a well-known path, in our own form and as a JWK set. A
// directory that breaks one rule is refused as a whole: what is left of it could be an attacker's choice.
import {fingerprint, parsePublicKey, parsePublicKeyHex, type PublicKey} from '../../lib/ed25519.js'
import {sha256} from '../../lib/hash.js'
import {integerOf, isObject, JsonFault, readJson, type JsonObject, type JsonValue} from '../../lib/json/reader.js'
import {PipelockError} from '../../core/errors.js'
import {isSameFingerprint} from '../documents/roster.js'

export const DIRECTORY_PATH = '/.well-known/http-message-signatures-directory'
export const JSON_TYPE = 'application/json'
export const JWK_TYPE = 'application/http-message-signatures-directory+json'

/** Tag of a directory's signature over its own response, and the lifetime of such a signature. */
export const DIRECTORY_TAG = 'http-message-signatures-directory'
export const CACHE_SECONDS = 300

export const RECEIPT_USE = 'pipelock-receipt'
export const MEDIATION_USE = 'pipelock-mediation'

export const MAX_DIRECTORY_BYTES = 256 * 1024
const MAX_KEYS = 256
/** The end of the year 9999. */
const LAST_SECOND = 253_402_300_799n

export interface DirectoryKey {
  readonly keyId: string
  /** Use of the key; "sig" in a JWK set, which does not state one. */
  readonly use: string
  readonly key: PublicKey
  /** Validity in Unix seconds; undefined where the directory sets no bound. */
  readonly notBefore?: number | undefined
  readonly notAfter?: number | undefined
}

/** Our own form. */
export function directoryText(keys: readonly DirectoryKey[]): string {
  const entry = ({keyId, use, key, ...window}: DirectoryKey) => ({
    keyid: keyId,
    alg: 'ed25519',
    public_key: key.hex,
    use,
    ...windowMembers(window),
  })
  return JSON.stringify({keys: keys.map(entry)})
}

/** The same keys for clients of the standard. */
export function jwkSetText(keys: readonly DirectoryKey[]): string {
  const entry = ({key, ...window}: DirectoryKey) => ({
    kty: 'OKP',
    crv: 'Ed25519',
    x: coordinate(key),
    kid: thumbprint(key),
    use: 'sig',
    ...windowMembers(window),
  })
  return JSON.stringify({keys: keys.map(entry)})
}

function windowMembers({notBefore, notAfter}: Pick<DirectoryKey, 'notBefore' | 'notAfter'>) {
  return {
    ...(notBefore === undefined ? {} : {nbf: notBefore}),
    ...(notAfter === undefined ? {} : {exp: notAfter}),
  }
}

const coordinate = (key: PublicKey): string => Buffer.from(key.raw).toString('base64url')

/** RFC 7638 thumbprint with the members of RFC 8037, by which a directory's signatures name their key. */
export function thumbprint(key: PublicKey): string {
  return sha256(`{"crv":"Ed25519","kty":"OKP","x":"${coordinate(key)}"}`).toString('base64url')
}

/** Throws `directory_invalid`. `mediaType` is the value of Content-Type. */
export function parseDirectory(bytes: Uint8Array, mediaType: string): readonly DirectoryKey[] {
  const type = mediaType.split(';')[0]?.trim().toLowerCase() ?? ''
  if (type !== JSON_TYPE && type !== JWK_TYPE) throw invalid(`its media type is ${JSON.stringify(type.slice(0, 80))}`)
  if (bytes.length > MAX_DIRECTORY_BYTES) throw invalid('it is longer than 256 KiB')
  const list = listOf(bytes)
  if (list.length > MAX_KEYS) throw invalid(`it lists more than ${MAX_KEYS} keys`)
  const keys = list.map((value, index) => {
    if (!isObject(value)) throw invalid(`key ${index} is not an object`)
    return (type === JWK_TYPE ? parseJwk : parseEntry)(value, index)
  })
  // two keys under one id would let the reader choose, and so the writer
  const ids = new Set(keys.map(({keyId}) => keyId))
  if (ids.size !== keys.length) throw invalid('duplicate key id')
  return keys
}

function listOf(bytes: Uint8Array): readonly JsonValue[] {
  let value: JsonValue
  try {
    value = readJson(bytes, {maxDepth: 16})
  } catch (error) {
    if (error instanceof JsonFault) throw invalid(error.message)
    throw error
  }
  const keys = isObject(value) ? value['keys'] : undefined
  if (!Array.isArray(keys)) throw invalid('it is not an object with a list "keys"')
  return keys
}

function parseEntry(entry: JsonObject, index: number): DirectoryKey {
  const text = (name: string): string => textOf(entry, name, index)
  const [keyId, alg, hex, use] = [text('keyid'), text('alg'), text('public_key'), text('use')]
  if (alg !== 'ed25519') throw invalid(`the alg of key ${index} is not ed25519`)
  const key = parsePublicKeyHex(hex.toLowerCase())
  if (!key) throw invalid(`the public_key of key ${index} is not 64 hex characters of a usable Ed25519 key`)
  return {keyId, use, key, ...windowOf(entry, index)}
}

function parseJwk(jwk: JsonObject, index: number): DirectoryKey {
  const text = (name: string): string => textOf(jwk, name, index)
  if (text('kty') !== 'OKP' || text('crv') !== 'Ed25519') throw invalid(`key ${index} is not an Ed25519 key`)
  if (jwk['d'] !== undefined) throw invalid(`key ${index} holds its private half: it must be replaced at once`)
  if (jwk['alg'] !== undefined && !/^(?:EdDSA|Ed25519|ed25519)$/.test(text('alg')))
    throw invalid(`the alg of key ${index} is not EdDSA`)
  if (jwk['use'] !== undefined && text('use') !== 'sig') throw invalid(`key ${index} is not for signatures`)
  const x = text('x')
  const raw = Buffer.from(x, 'base64url')
  const key = raw.toString('base64url') === x ? parsePublicKey(raw) : undefined
  if (!key) throw invalid(`the x of key ${index} is not the base64url of a usable Ed25519 key`)
  const keyId = jwk['kid'] === undefined ? thumbprint(key) : text('kid')
  return {keyId, use: 'sig', key, ...windowOf(jwk, index)}
}

function textOf(entry: JsonObject, name: string, index: number): string {
  const value = entry[name]
  if (typeof value === 'string' && value !== '') return value
  throw invalid(`the ${name} of key ${index} is missing or not a string`)
}

function windowOf(entry: JsonObject, index: number): Pick<DirectoryKey, 'notBefore' | 'notAfter'> {
  const seconds = (name: string): number | undefined => {
    const value = entry[name]
    if (value === undefined) return undefined
    const number = integerOf(value)
    if (number === undefined || number < 0n || number > LAST_SECOND)
      throw invalid(`the ${name} of key ${index} is not a time in seconds`)
    return Number(number)
  }
  const [notBefore, notAfter] = [seconds('nbf'), seconds('exp')]
  return {notBefore, notAfter}
}

const invalid = (what: string): PipelockError => new PipelockError('directory_invalid', `the key directory: ${what}`)

/** Criteria for a key of a directory. */
export interface KeyCriteria {
  readonly keyId?: string | undefined
  /** Fingerprint obtained through another channel. */
  readonly fingerprint?: string | undefined
  readonly use: string
  readonly nowSeconds: number
}

/**
 * The requested key: by id or fingerprint, else the only one of the use that is valid now. Throws `key_unknown` or
 * `key_ambiguous`; it never picks one of several.
 */
export function chooseKey(keys: readonly DirectoryKey[], criteria: KeyCriteria): DirectoryKey {
  const {keyId, fingerprint: pin, use, nowSeconds} = criteria
  const signsNow = ({notBefore = 0, notAfter = Number.POSITIVE_INFINITY}: DirectoryKey): boolean =>
    notBefore <= nowSeconds && nowSeconds < notAfter
  const isNamed = keyId !== undefined || pin !== undefined
  const matching = keys.filter(
    (each) =>
      (keyId === undefined || each.keyId === keyId) &&
      (pin === undefined || isSameFingerprint(fingerprint(each.key.raw), pin)) &&
      (isNamed || (each.use === use && signsNow(each))),
  )
  const [key, ...more] = matching
  const listed = (some: readonly DirectoryKey[]): string =>
    some.map((each) => `${each.keyId} (${each.use}, ${fingerprint(each.key.raw)})`).join('; ') || 'nothing'
  if (!key) {
    const what = isNamed ? 'no such key' : `no key of use ${JSON.stringify(use)} that signs now`
    throw new PipelockError('key_unknown', `the key directory lists ${what}`, {hint: `it lists ${listed(keys)}`})
  }
  if (more.length > 0) {
    throw new PipelockError('key_ambiguous', `the key directory lists ${matching.length} matching keys`, {
      hint: `name one with --key-id: ${listed(matching)}`,
    })
  }
  return key
}
