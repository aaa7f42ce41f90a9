// Key rosters: which key may sign what, from when to when, vouched for by one root key that is pinned by fingerprint.
// Loading and resolving stop at the first failure; a key that fails any check is not trusted for anything.
import {timingSafeEqual} from 'node:crypto'
import {fingerprint, parsePublicKeyHex, type PrivateKey, type PublicKey} from '../../lib/ed25519.js'
import {quoted} from '../../lib/terminal.js'
import {PipelockError} from '../../core/errors.js'
import {isKeyPurpose, type KeyPurpose} from '../key-purpose.js'
import {hashIn, parseSignature, signBody, verifyBody, type Variant} from './canonical.js'
import {checkDataClass} from './data-class.js'
import {decodeDocument, type DocumentFormat} from './decode.js'
import {int, list, nullable, object, opt, project, string, type Infer} from './schema.js'
import {MAX_DOCUMENT_BYTES} from './strict-json.js'
import {indentedText} from './text.js'

const KEY_INFO = object({
  key_id: string,
  key_purpose: string,
  public_key_hex: string,
  valid_from: string,
  valid_until: nullable(string),
  status: string,
  principal: opt(string),
})

const BODY = object({
  schema_version: int,
  roster_signed_by: string,
  keys: list(KEY_INFO),
  data_class_root: string,
})

const ENVELOPE = object({body: BODY, signature: string})

export type KeyInfo = Infer<typeof KEY_INFO>
export type RosterBody = Infer<typeof BODY>
export type RosterDocument = Infer<typeof ENVELOPE>

export interface RosterKey {
  readonly info: KeyInfo
  readonly purpose: KeyPurpose
  readonly public: PublicKey
}

/** A roster that loaded under its pin. */
export interface Roster {
  readonly body: RosterBody
  /** By key id. */
  readonly keys: ReadonlyMap<string, RosterKey>
  readonly rootFingerprint: string
  /** Named by `target_roster_hash` and key rotations. */
  readonly hash: string
  readonly variant: Variant
  /** Flaws that are tolerated when loading. */
  readonly warnings: readonly string[]
}

const STATUSES: ReadonlySet<string> = new Set(['active', 'revoked', 'root'])

/** The decoder by the file's extension; a roster may have no other extension. */
export function rosterFormat(path: string): DocumentFormat {
  const name = path.toLowerCase()
  if (name.endsWith('.json')) return 'json'
  if (name.endsWith('.yaml') || name.endsWith('.yml')) return 'yaml'
  throw new PipelockError('roster_read', `${path} is neither .json nor .yaml nor .yml`)
}

/** Decodes, validates and verifies a roster. `pin` is the root fingerprint, hex in either case. */
export function loadRoster(bytes: Uint8Array, format: DocumentFormat, pin: string): Roster {
  const document = widened('roster_decode', () => decodeRoster(bytes, format))
  widened('roster_invalid', () => checkRosterStructure(document.body))
  return trustRoster(document, pin)
}

export function decodeRoster(bytes: Uint8Array, format: DocumentFormat): RosterDocument {
  return decodeDocument(bytes, format, ENVELOPE, {maxBytes: MAX_DOCUMENT_BYTES, name: 'roster'})
}

/** Faults that any document may have, under the code of the loading step; the roster's own codes stay. */
function widened<T>(code: 'roster_decode' | 'roster_invalid', step: () => T): T {
  try {
    return step()
  } catch (error) {
    if (!(error instanceof PipelockError) || error.code.startsWith('roster_')) throw error
    throw new PipelockError(code, `${error.code}: ${error.message}`)
  }
}

export function checkRosterStructure(body: RosterBody): void {
  if (body.schema_version !== 1) throw new PipelockError('bad_schema_version', 'a roster has schema_version 1')
  const ids = new Set<string>()
  for (const {key_id: id} of body.keys ?? []) {
    if (ids.has(id)) throw invalid(`duplicate key id ${quoted(id)}`)
    ids.add(id)
  }
  const root = body.keys?.find((info) => info.key_id === body.roster_signed_by)
  if (root?.status !== 'root') {
    throw new PipelockError('roster_root_missing', `${quoted(body.roster_signed_by)} is not a key with status root`)
  }
  if (body.data_class_root !== '') checkDataClass(body.data_class_root, 'data_class_root')
}

/** Verifies the keys, the root, its pin and its signature, in that order. */
export function trustRoster({body, signature}: RosterDocument, pin: string): Roster {
  const keys = new Map((body.keys ?? []).map((info) => [info.key_id, readKey(info)]))
  parseSignature(signature)
  const root = keys.get(body.roster_signed_by)
  if (root?.info.status !== 'root') {
    throw new PipelockError('roster_root_missing', `${quoted(body.roster_signed_by)} is not a key with status root`)
  }
  checkRoots(keys)
  const rootFingerprint = fingerprint(root.public.raw)
  if (!isSameFingerprint(rootFingerprint, pin)) {
    throw new PipelockError(
      'roster_fingerprint_mismatch',
      `the root key has fingerprint ${rootFingerprint}, another one is pinned`,
    )
  }
  const variant = verifyBody(root.public, body, signature)
  return {body, keys, rootFingerprint, hash: hashIn(body, variant), variant, warnings: sharedKeys(keys)}
}

function invalid(message: string): PipelockError {
  return new PipelockError('roster_invalid', message)
}

function readKey(info: KeyInfo): RosterKey {
  const id = quoted(info.key_id)
  if (!STATUSES.has(info.status)) throw invalid(`key ${id} has an unknown status`)
  if (!isKeyPurpose(info.key_purpose)) throw invalid(`key ${id} has an unknown purpose`)
  if (!/^[0-9a-f]{64}$/.test(info.public_key_hex))
    throw invalid(`the public_key_hex of key ${id} is not 64 lowercase hex characters`)
  const key = parsePublicKeyHex(info.public_key_hex)
  if (!key) throw new PipelockError('key_invalid', `key ${id} is not a valid Ed25519 point of prime order`)
  return {info, purpose: info.key_purpose, public: key}
}

/**
 * Exactly one root, and its purpose is to sign rosters: a second one, or one of another purpose, would widen what the
 * pin vouches for.
 */
function checkRoots(keys: ReadonlyMap<string, RosterKey>): void {
  const roots = [...keys.values()].filter((k) => k.info.status === 'root')
  for (const root of roots) {
    if (root.purpose !== 'roster-root') {
      throw new PipelockError(
        'roster_root_wrong_purpose',
        `root key ${quoted(root.info.key_id)} has another purpose than roster-root`,
      )
    }
  }
  if (roots.length !== 1) throw invalid('more than one key has status root')
}

function sharedKeys(keys: ReadonlyMap<string, RosterKey>): readonly string[] {
  const byKey = new Map<string, RosterKey>()
  const warnings: string[] = []
  for (const key of keys.values()) {
    const other = byKey.get(key.public.hex)
    if (!other) byKey.set(key.public.hex, key)
    else if (other.purpose !== key.purpose) {
      warnings.push(`keys ${quoted(other.info.key_id)} and ${quoted(key.info.key_id)} are one key with two purposes`)
    }
  }
  return warnings
}

const FINGERPRINT = /^sha256:[0-9a-fA-F]{64}$/

/** The digest of a fingerprint text, hex in either case; undefined when the form is wrong. */
export function parseFingerprint(text: string): Buffer | undefined {
  return FINGERPRINT.test(text) ? Buffer.from(text.slice(7), 'hex') : undefined
}

/** Compares in constant time; a malformed text equals nothing. */
export function isSameFingerprint(a: string, b: string): boolean {
  const [x, y] = [parseFingerprint(a), parseFingerprint(b)]
  return x !== undefined && y !== undefined && timingSafeEqual(x, y)
}

/** Signs a roster of checked entries. */
export function signRoster(body: RosterBody, key: PrivateKey): RosterDocument {
  const projected = project(BODY, body, 'roster')
  return {body: projected, signature: signBody(key, projected)}
}

export function rosterText(roster: RosterDocument): string {
  return indentedText(roster)
}
