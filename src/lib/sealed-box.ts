// Boxes to an X25519 key from an anonymous sender: X25519, HSalsa20 key derivation, XSalsa20-Poly1305 with
// the tag in front. A box opens whole or not at all, and nothing is said about why it does not.
import {createPrivateKey, createPublicKey, diffieHellman, type KeyObject} from 'node:crypto'
import {hsalsa, xsalsa20poly1305} from '@noble/ciphers/salsa.js'
import {blake2b} from '@noble/hashes/blake2.js'

declare const checked: unique symbol

/** A public key that boxes can be made for: 32 bytes, not of small order. */
export interface BoxPublicKey {
  readonly [checked]: true
  readonly raw: Uint8Array
}

export interface BoxPrivateKey {
  readonly public: BoxPublicKey
  readonly key: KeyObject
}

const SPKI = Buffer.from('302a300506032b656e032100', 'hex')
const PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex')
const KEY_BYTES = 32
const NONCE_BYTES = 24
const TAG_BYTES = 16
/** "expand 32-byte k", the constant of Salsa20. */
const SIGMA = Buffer.from('expand 32-byte k', 'ascii')

/** undefined unless it is 32 bytes that do not force every shared secret to zero. */
export function boxPublicKey(raw: Uint8Array): BoxPublicKey | undefined {
  if (raw.length !== KEY_BYTES) return undefined
  const bytes = Buffer.from(raw)
  // any private key shows it: a point of small order times a multiple of eight is zero
  const probe = createPrivateKey({
    key: Buffer.concat([PKCS8, Buffer.alloc(KEY_BYTES, 1)]),
    format: 'der',
    type: 'pkcs8',
  })
  return sharedSecret(probe, bytes) === undefined ? undefined : ({raw: bytes} as unknown as BoxPublicKey)
}

/** The key pair of 32 random bytes. */
export function boxPrivateKey(raw: Uint8Array): BoxPrivateKey {
  if (raw.length !== KEY_BYTES) throw new TypeError('an X25519 private key has 32 bytes')
  const key = createPrivateKey({key: Buffer.concat([PKCS8, Buffer.from(raw)]), format: 'der', type: 'pkcs8'})
  const spki = createPublicKey(key).export({format: 'der', type: 'spki'})
  return {public: {raw: spki.subarray(-KEY_BYTES)} as unknown as BoxPublicKey, key}
}

/** The 32 bytes that boxPrivateKey makes the same pair of. */
export function privateKeyBytes({key}: BoxPrivateKey): Buffer {
  return key.export({format: 'der', type: 'pkcs8'}).subarray(-KEY_BYTES)
}

/** Ephemeral public key, then the box. `ephemeral` are 32 random bytes that nothing else uses. */
export function seal(recipient: BoxPublicKey, plaintext: Uint8Array, ephemeral: Uint8Array): Buffer {
  const sender = boxPrivateKey(ephemeral)
  const key = boxKey(sender.key, recipient.raw)
  if (key === undefined) throw new TypeError('the recipient key is of small order')
  const nonce = sealNonce(sender.public.raw, recipient.raw)
  return Buffer.concat([sender.public.raw, xsalsa20poly1305(key, nonce).encrypt(plaintext)])
}

/** undefined for what was not sealed to this key, or was changed since. */
export function openSealed(key: BoxPrivateKey, sealed: Uint8Array): Buffer | undefined {
  if (sealed.length < KEY_BYTES + TAG_BYTES) return undefined
  const sender = sealed.subarray(0, KEY_BYTES)
  return open(key, sender, sealNonce(sender, key.public.raw), sealed.subarray(KEY_BYTES))
}

/** Ephemeral public key, nonce, then the box; `ephemeral` are 32 and `nonce` 24 random bytes that nothing else uses. */
export function sealWithNonce(
  recipient: BoxPublicKey,
  plaintext: Uint8Array,
  ephemeral: Uint8Array,
  nonce: Uint8Array,
): Buffer {
  const sender = boxPrivateKey(ephemeral)
  const key = boxKey(sender.key, recipient.raw)
  if (key === undefined) throw new TypeError('the recipient key is of small order')
  return Buffer.concat([sender.public.raw, nonce, xsalsa20poly1305(key, nonce).encrypt(plaintext)])
}

/** A box whose nonce stands in it: ephemeral public key, nonce, box. */
export function openWithNonce(key: BoxPrivateKey, bytes: Uint8Array): Buffer | undefined {
  const start = KEY_BYTES + NONCE_BYTES
  if (bytes.length < start + TAG_BYTES) return undefined
  return open(key, bytes.subarray(0, KEY_BYTES), bytes.subarray(KEY_BYTES, start), bytes.subarray(start))
}

function open(key: BoxPrivateKey, sender: Uint8Array, nonce: Uint8Array, box: Uint8Array): Buffer | undefined {
  const secret = boxKey(key.key, sender)
  if (secret === undefined) return undefined
  try {
    return Buffer.from(xsalsa20poly1305(secret, nonce).decrypt(box))
  } catch {
    return undefined // the tag does not verify
  }
}

function boxKey(mine: KeyObject, theirs: Uint8Array): Uint8Array | undefined {
  const shared = sharedSecret(mine, theirs)
  if (shared === undefined) return undefined
  const out = new Uint32Array(KEY_BYTES / 4)
  hsalsa(words(SIGMA), words(shared), new Uint32Array(4), out)
  const key = Buffer.alloc(KEY_BYTES)
  out.forEach((word, i) => key.writeUInt32LE(word, 4 * i))
  return key
}

/** X25519; undefined for an all-zero secret, which everybody would know. */
export function sharedSecret(mine: KeyObject, theirs: Uint8Array): Buffer | undefined {
  try {
    const key = createPublicKey({key: Buffer.concat([SPKI, theirs]), format: 'der', type: 'spki'})
    const shared = diffieHellman({privateKey: mine, publicKey: key})
    return shared.every((byte) => byte === 0) ? undefined : shared
  } catch {
    return undefined // node refuses the all-zero secret itself
  }
}

function words(bytes: Buffer): Uint32Array {
  return Uint32Array.from({length: bytes.length / 4}, (_, i) => bytes.readUInt32LE(4 * i))
}

function sealNonce(sender: Uint8Array, recipient: Uint8Array): Uint8Array {
  return blake2b(Buffer.concat([sender, recipient]), {dkLen: NONCE_BYTES})
}
