// The twin of lib/hash.ts for verifiers outside Node: the same names and spellings, without node:crypto. WebCrypto is no
// substitute: it answers later only, and not at all on pages that a browser does not call secure.
import {sha256 as hash256, sha512 as hash512} from '@noble/hashes/sha2.js'
import {hexText, utf8} from '../bytes.js'

const bytesOf = (data: Uint8Array | string): Uint8Array => (typeof data === 'string' ? utf8(data) : data)

export function sha256(data: Uint8Array | string): Uint8Array {
  return hash256(bytesOf(data))
}

export function sha256Hex(data: Uint8Array | string): string {
  return hexText(sha256(data))
}

export function sha256Text(data: Uint8Array | string): string {
  return `sha256:${sha256Hex(data)}`
}

/** Of the parts one after another. */
export function sha512(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = hash512.create()
  for (const part of parts) hash.update(part)
  return hash.digest()
}
