// SHA-256 in the spellings that the formats use, with a key and without.
import {createHmac, hash} from 'node:crypto'

/** 64 lowercase hex characters. Text is hashed as UTF-8. */
export function sha256Hex(data: Uint8Array | string): string {
  return hash('sha256', data, 'hex')
}

/** "sha256:" and 64 lowercase hex characters. */
export function sha256Text(data: Uint8Array | string): string {
  return `sha256:${sha256Hex(data)}`
}

export function sha256(data: Uint8Array | string): Buffer {
  return hash('sha256', data, 'buffer')
}

/** 64 lowercase hex characters. Never a hash of key and text, which can be extended. */
export function hmacSha256Hex(key: Uint8Array | string, text: string): string {
  return createHmac('sha256', key).update(text, 'utf8').digest('hex')
}
