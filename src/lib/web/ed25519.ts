// The twin of lib/ed25519.ts for verifiers outside Node: the same names, without node:crypto, and without what signs.
import {hexBytes, hexText} from '../bytes.js'
import {equationHolds, keyPoint, type KeyPoint} from '../ed25519-point.js'
import {sha256Text, sha512} from './hash.js'

declare const checked: unique symbol

export interface PublicKey {
  readonly [checked]: true
  readonly raw: Uint8Array
  readonly hex: string
  readonly point: KeyPoint
}

export function parsePublicKey(raw: Uint8Array): PublicKey | undefined {
  const point = keyPoint(raw)
  return point && ({raw, hex: hexText(raw), point} as unknown as PublicKey)
}

export function parsePublicKeyHex(hex: string): PublicKey | undefined {
  return /^[0-9a-f]{64}$/.test(hex) ? parsePublicKey(hexBytes(hex)) : undefined
}

export function verify(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64) return false
  return equationHolds(key.point, sha512(signature.subarray(0, 32), key.raw, message), signature)
}

export function parseSignatureText(text: string): Uint8Array | undefined {
  return /^ed25519:[0-9a-fA-F]{128}$/.test(text) ? hexBytes(text.slice(8)) : undefined
}

export function fingerprint(raw: Uint8Array): string {
  if (raw.length !== 32) throw new TypeError('a public key has 32 bytes')
  return sha256Text(raw)
}
