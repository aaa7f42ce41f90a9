// ActionReceipt v1: signing for the recorder, and parsing of one receipt up to its signature. The signed bytes are
// always rebuilt from the values, never taken from the received text.
import {
  parsePublicKeyHex,
  parseSignatureText,
  sign,
  signatureText,
  type PrivateKey,
  type PublicKey,
} from '../lib/ed25519.js'
import {sha256, sha256Hex} from '../lib/hash.js'
import {compactJson} from '../lib/json/compact.js'
import {integerOf, isObject, RawNumber, type JsonObject, type JsonValue} from '../lib/json/reader.js'
import {stringG} from '../lib/json/writer.js'
import {ACTION_RECORD, type ActionRecord} from './action-record.js'
import {EvidenceFault, readEvidenceObject} from './evidence-fault.js'
import {readMembers, refuseUnknown, writeMembers} from './member-table.js'
import {checkRecord} from './record-rules.js'

export type {ActionRecord, ActionType} from './action-record.js'
export type {KeyTransition} from './record-parts.js'

export interface SignedReceipt {
  /** The whole receipt, compact, as written to a recorder entry or a line of a file. */
  readonly text: string
  /** Receipt hash, 64 hex characters: what the next receipt links to. */
  readonly hash: string
}

/** The signed bytes: writer G of the record. */
export function canonicalRecord(record: ActionRecord): string {
  return writeMembers(ACTION_RECORD, record)
}

export function signActionReceipt(record: ActionRecord, key: PrivateKey): SignedReceipt {
  const canonical = canonicalRecord(record)
  const text = envelopeText(canonical, signatureText(sign(key, sha256(canonical))), key.public.hex, undefined)
  return {text, hash: sha256Hex(text)}
}

function envelopeText(canonical: string, signature: string, signerKey: string, ext: string | undefined): string {
  const rest = ext === undefined ? '' : `,"ext":${ext}`
  return `{"version":1,"action_record":${canonical},"signature":${stringG(signature)},"signer_key":"${signerKey}"${rest}}`
}

/** A receipt that passed every check except trust, signature and chain. */
export interface ActionReceipt {
  readonly record: ActionRecord
  /** What the signature covers: SHA-256 of the canonical record. */
  readonly digest: Buffer
  readonly signature: Buffer
  readonly signer: PublicKey
  /** The canonical envelope; its SHA-256 is the receipt hash. */
  readonly envelope: string
}

/** Reads public keys, with a cache: validating a key costs more than checking a signature. */
export type ReadKey = (hex: string) => PublicKey | undefined

const REMEMBERED_KEYS = 256

/** `checked`: keys that were validated before. */
export function keyReader(checked: readonly PublicKey[] = []): ReadKey {
  const known = new Map<string, PublicKey | undefined>(checked.map((key) => [key.hex, key]))
  return (hex) => {
    if (known.has(hex)) return known.get(hex)
    if (known.size >= REMEMBERED_KEYS) known.clear()
    const key = parsePublicKeyHex(hex)
    known.set(hex, key)
    return key
  }
}

/** A receipt as in a file or an entry. Throws EvidenceFault. */
export function readActionReceipt(text: string, readKey: ReadKey): ActionReceipt {
  let extText: string | undefined
  const value = readEvidenceObject(text, {
    onRootMember(name, start, end) {
      if (name === 'ext') extText = text.slice(start, end)
    },
  })
  return parseActionReceipt(value, extText, readKey)
}

const ENVELOPE: ReadonlySet<string> = new Set(['version', 'action_record', 'signature', 'signer_key', 'ext'])

/**
 * Checks an object from the strict reader: members, version, types and the rules of the record, in that order, so that
 * the first failure decides the code. `extText` is the original text of `ext`, if present. Throws EvidenceFault.
 */
export function parseActionReceipt(value: JsonObject, extText: string | undefined, readKey: ReadKey): ActionReceipt {
  if (value['version'] !== 1) {
    throw new EvidenceFault(
      'unsupported_version',
      `unsupported receipt version ${shown(value['version'])} (expected 1)`,
    )
  }
  const raw = value['action_record']
  if (!isObject(raw)) throw new EvidenceFault('missing_required_field', 'action_record is missing')
  for (const name in value) {
    if (!ENVELOPE.has(name))
      throw new EvidenceFault('unknown_field', `the receipt has no member ${JSON.stringify(name)}`)
  }
  refuseUnknown(ACTION_RECORD, raw, 'the action record')
  const signature = text(value, 'signature')
  const signerKey = text(value, 'signer_key')
  const record = readMembers(ACTION_RECORD, raw) as unknown as ActionRecord
  checkRecord(record)
  const proof = readProof(signature, signerKey, readKey)
  const canonical = canonicalRecord(record)
  const ext = extText === undefined ? undefined : compactJson(extText)
  return {
    record,
    digest: sha256(canonical),
    ...proof,
    envelope: envelopeText(canonical, signature, signerKey, ext),
  }
}

function readProof(
  signature: string,
  signerKey: string,
  readKey: ReadKey,
): Pick<ActionReceipt, 'signature' | 'signer'> {
  const bytes = parseSignatureText(signature)
  if (!bytes) throw new EvidenceFault('signature_malformed', 'signature is not "ed25519:" and 128 hex characters')
  const signer = readKey(signerKey)
  if (!signer) throw new EvidenceFault('signature_malformed', 'signer_key is not a usable Ed25519 public key')
  return {signature: bytes, signer}
}

function text(value: JsonObject, name: string): string {
  const member = value[name]
  if (member === undefined) throw new EvidenceFault('missing_required_field', `${name} is missing`)
  if (typeof member !== 'string') throw new EvidenceFault('invalid_field', `${name} is not a string`)
  return member
}

function shown(value: JsonValue | undefined): string {
  const exact = integerOf(value)
  if (exact !== undefined) return String(exact)
  return value instanceof RawNumber ? value.text.slice(0, 40) : '0'
}
