// Ed25519 (RFC 8032 pure mode) over node:crypto, with every public key checked once before use: node:crypto accepts keys
// of small order, under which a fixed signature verifies any message.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  sign as signRaw,
  verify as verifyRaw,
  type KeyObject,
} from 'node:crypto'
import {equationHolds, keyPoint} from './ed25519-point.js'

declare const checked: unique symbol

/** A public key that passed every check of parsePublicKey. Only such keys reach a verifier. */
export interface PublicKey {
  readonly [checked]: true
  readonly raw: Uint8Array
  /** 64 lowercase hex characters */
  readonly hex: string
  readonly key: KeyObject
}

export interface PrivateKey {
  readonly seed: Uint8Array
  readonly public: PublicKey
  readonly key: KeyObject
}

const SPKI = Buffer.from('302a300506032b6570032100', 'hex')
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

/** undefined unless `raw` is 32 bytes in canonical encoding, on the curve, not of small order and free of torsion. */
export function parsePublicKey(raw: Uint8Array): PublicKey | undefined {
  return keyPoint(raw) && makePublicKey(raw)
}

function makePublicKey(raw: Uint8Array): PublicKey {
  const bytes = Buffer.from(raw)
  const key = createPublicKey({key: Buffer.concat([SPKI, bytes]), format: 'der', type: 'spki'})
  return {raw: bytes, hex: bytes.toString('hex'), key} as unknown as PublicKey
}

/** Accepts exactly 64 lowercase hex characters. */
export function parsePublicKeyHex(hex: string): PublicKey | undefined {
  return /^[0-9a-f]{64}$/.test(hex) ? parsePublicKey(Buffer.from(hex, 'hex')) : undefined
}

/** The key pair of a 32-byte seed. A derived public key needs no checks: it is a multiple of the base point by a clamped scalar. */
export function privateKeyFromSeed(seed: Uint8Array): PrivateKey {
  if (seed.length !== 32) throw new TypeError('an Ed25519 seed has 32 bytes')
  const key = createPrivateKey({key: Buffer.concat([PKCS8, Buffer.from(seed)]), format: 'der', type: 'pkcs8'})
  const spki = createPublicKey(key).export({format: 'der', type: 'spki'})
  return {seed: Buffer.from(seed), public: makePublicKey(spki.subarray(SPKI.length)), key}
}

/** 64 bytes. */
export function sign(key: PrivateKey, message: Uint8Array): Buffer {
  return signRaw(null, message, key.key)
}

const IDENTITY = Buffer.from(`01${'00'.repeat(31)}`, 'hex')

/** Cofactorless verification (S < L, encoding of R compared): a wrong length is false, nothing throws. */
export function verify(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64) return false
  if (verifyRaw(null, message, key.key, signature)) return true
  // OpenSSL 3.5 refuses R = identity, older ones hold it to the equation: the verdict must not depend on the runtime
  const r = signature.subarray(0, 32)
  const point = IDENTITY.equals(r) ? keyPoint(key.raw) : undefined
  if (!point) return false
  return equationHolds(point, createHash('sha512').update(r).update(key.raw).update(message).digest(), signature)
}

/** "ed25519:" and 128 lowercase hex characters. */
export function signatureText(signature: Uint8Array): string {
  return `ed25519:${Buffer.from(signature).toString('hex')}`
}

/** The 64 bytes of a signature text, hex in either case; undefined when the shape is wrong. */
export function parseSignatureText(text: string): Buffer | undefined {
  return /^ed25519:[0-9a-fA-F]{128}$/.test(text) ? Buffer.from(text.slice(8), 'hex') : undefined
}

/** "sha256:" and the hex digest of the raw 32 key bytes. */
export function fingerprint(raw: Uint8Array): string {
  if (raw.length !== 32) throw new TypeError('a public key has 32 bytes')
  return `sha256:${createHash('sha256').update(raw).digest('hex')}`
}
