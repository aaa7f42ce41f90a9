// Base58 and Base58Check, as wallets write keys and addresses: the alphabet without look-alikes, and four bytes of checksum.
import {createHash} from 'node:crypto'

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
/** Longer than any key or address; the conversion is quadratic. */
const MAX_LENGTH = 128

/** The bytes, or undefined where a character is none of the alphabet. */
export function decodeBase58(text: string): Buffer | undefined {
  if (text.length > MAX_LENGTH) return undefined
  let value = 0n
  for (const character of text) {
    const digit = ALPHABET.indexOf(character)
    if (digit < 0) return undefined
    value = value * 58n + BigInt(digit)
  }
  const hex = value === 0n ? '' : value.toString(16)
  const body = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  return Buffer.concat([Buffer.alloc(/^1*/.exec(text)?.[0].length ?? 0), body])
}

/** Payload of a Base58Check text, or undefined when the checksum is wrong. */
export function base58Check(text: string): Buffer | undefined {
  const bytes = decodeBase58(text)
  if (bytes === undefined || bytes.length < 5) return undefined
  const payload = bytes.subarray(0, -4)
  return sha256(sha256(payload)).subarray(0, 4).equals(bytes.subarray(-4)) ? payload : undefined
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}
