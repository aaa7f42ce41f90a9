// Signed notes (C2SP signed-note): text that ends in a line feed, a blank line, and signature lines. A signature counts only
// when both its key name and its key id are those of a key that the caller trusts; such a signature that does not verify
// spoils the whole note. Types: plain Ed25519 (0x01) and the timestamped cosignature of a witness (0x04, C2SP tlog-cosignature).
import {isUtf8} from 'node:buffer'
import {parsePublicKey, sign, verify, type PrivateKey, type PublicKey} from '../../../lib/ed25519.js'
import {sha256} from '../../../lib/hash.js'

export type NoteKeyType = 'ed25519' | 'cosignature'

const TYPES: Readonly<Record<NoteKeyType, number>> = {ed25519: 1, cosignature: 4}

/** A key that may sign notes, under the name that its lines carry. */
export interface NoteKey {
  readonly name: string
  readonly type: NoteKeyType
  readonly public: PublicKey
  /** 8 lowercase hex characters */
  readonly id: string
}

export interface NoteSignature {
  readonly name: string
  readonly id: string
  readonly bytes: Buffer
}

export interface Note {
  /** With its final line feed: the bytes that are signed. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

export class NoteFault extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NoteFault'
  }
}

/** The specification asks for at least 16; far more than any log has, and a bound on what an attacker can make us verify. */
const MAX_SIGNATURES = 64
export const MAX_NOTE_BYTES = 64 * 1024

/** True for a name that can stand in a signature line: not empty, no Unicode space, plus or control character. */
export function isKeyName(name: string): boolean {
  return name !== '' && name.isWellFormed() && !/[\p{White_Space}+\p{Cc}]/u.test(name)
}

export function noteKey(name: string, key: PublicKey, type: NoteKeyType = 'ed25519'): NoteKey {
  if (!isKeyName(name)) throw new NoteFault('a key name is not empty and has no space, plus or control character')
  const tagged = Buffer.concat([Buffer.from(`${name}\n`), Buffer.from([TYPES[type]]), key.raw])
  return {name, type, public: key, id: sha256(tagged).subarray(0, 4).toString('hex')}
}

/** `<name>+<key id>+<base64 of type and key>`, the text in which verifiers exchange note keys. */
export function noteKeyText({name, id, type, public: key}: NoteKey): string {
  return `${name}+${id}+${Buffer.concat([Buffer.from([TYPES[type]]), key.raw]).toString('base64')}`
}

/** undefined unless the text is a verifier key of a known type whose id is the one computed from it. */
export function parseNoteKey(text: string): NoteKey | undefined {
  const [name = '', id = '', ...rest] = text.split('+')
  const encoded = rest.join('+') // the alphabet of base64 has a plus of its own
  const bytes = decodeBase64(encoded)
  if (!isKeyName(name) || bytes?.length !== 33) return undefined
  const type = bytes[0] === TYPES.ed25519 ? 'ed25519' : bytes[0] === TYPES.cosignature ? 'cosignature' : undefined
  const key = parsePublicKey(bytes.subarray(1))
  if (type === undefined || key === undefined) return undefined
  const parsed = noteKey(name, key, type)
  return parsed.id === id ? parsed : undefined
}

/** Only the one padded spelling counts: Buffer.from skips what is no base64. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

const SIGNATURE_LINE = /^\u2014 ([^ ]+) ([^ ]+)$/

/** Throws NoteFault. Nothing is verified yet. */
export function parseNote(bytes: Uint8Array): Note {
  if (bytes.length > MAX_NOTE_BYTES) throw new NoteFault(`the note is longer than ${MAX_NOTE_BYTES} bytes`)
  if (!isUtf8(bytes)) throw new NoteFault('the note is not valid UTF-8')
  const whole = Buffer.from(bytes).toString('utf8')
  if (/[\u0000-\u0009\u000b-\u001f]/.test(whole)) throw new NoteFault('the note has a control character')
  const split = whole.lastIndexOf('\n\n')
  if (split < 0 || !whole.endsWith('\n')) throw new NoteFault('the note has no blank line before its signatures')
  const lines = whole.slice(split + 2, -1).split('\n')
  if (lines.length > MAX_SIGNATURES) throw new NoteFault(`the note has more than ${MAX_SIGNATURES} signatures`)
  return {text: whole.slice(0, split + 1), signatures: lines.map(parseSignature)}
}

function parseSignature(line: string): NoteSignature {
  const [, name = '', encoded = ''] = SIGNATURE_LINE.exec(line) ?? []
  const bytes = decodeBase64(encoded)
  if (!isKeyName(name) || !bytes || bytes.length < 5) throw new NoteFault('a signature line of the note is malformed')
  return {name, id: bytes.subarray(0, 4).toString('hex'), bytes: bytes.subarray(4)}
}

/** The signature line of `name` under the key, with its line feed. */
export function signNote(text: string, name: string, key: PrivateKey): string {
  return signatureLine(noteKey(name, key.public), sign(key, Buffer.from(text)))
}

/** A witness's line: its signature covers the time, in Unix seconds, as well (C2SP tlog-cosignature). */
export function cosignNote(text: string, name: string, key: PrivateKey, unixSeconds: bigint): string {
  const time = Buffer.alloc(8)
  time.writeBigUInt64BE(unixSeconds)
  const signature = sign(key, cosignedMessage(text, unixSeconds))
  return signatureLine(noteKey(name, key.public, 'cosignature'), Buffer.concat([time, signature]))
}

function signatureLine({name, id}: NoteKey, signature: Buffer): string {
  return `\u2014 ${name} ${Buffer.concat([Buffer.from(id, 'hex'), signature]).toString('base64')}\n`
}

function cosignedMessage(text: string, unixSeconds: bigint): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${unixSeconds}\n${text}`)
}

export interface VerifiedSignature {
  readonly key: NoteKey
  /** Unix seconds that a cosignature states. */
  readonly time: bigint | undefined
}

const MAX_TIME = 2n ** 63n - 1n

/**
 * The signatures of the trusted keys, one for each key that signed. Lines of unknown keys are ignored; one of a known key
 * that does not verify makes the note worthless, and throws NoteFault.
 */
export function verifyNote(note: Note, keys: readonly NoteKey[]): readonly VerifiedSignature[] {
  const results = new Map<NoteKey, VerifiedSignature>()
  for (const signature of note.signatures) {
    // two keys may share name and id by design of an attacker: the line counts for the one that it verifies under
    const known = keys.filter((key) => key.name === signature.name && key.id === signature.id)
    const verified = known.flatMap((key) => verifyLine(note.text, signature, key) ?? [])
    if (known.length > 0 && verified.length === 0) {
      throw new NoteFault(`the signature of ${signature.name} does not verify`)
    }
    for (const item of verified) results.set(item.key, item)
  }
  return [...results.values()]
}

function verifyLine(text: string, {bytes}: NoteSignature, key: NoteKey): VerifiedSignature | undefined {
  if (key.type === 'ed25519') {
    return verify(key.public, Buffer.from(text), bytes) ? {key, time: undefined} : undefined
  }
  if (bytes.length !== 72) return undefined
  const time = bytes.readBigUInt64BE(0)
  if (time > MAX_TIME || !verify(key.public, cosignedMessage(text, time), bytes.subarray(8))) return undefined
  return {key, time}
}
