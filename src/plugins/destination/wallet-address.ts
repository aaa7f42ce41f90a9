// Addresses of wallets in text, by chain, each with the checksum that its form has: EIP-55 for mixed-case
// hex, Base58Check, Bech32 and Bech32m.
import {keccak_256} from '@noble/hashes/sha3.js'
import {base58Check, decodeBase58} from '../../lib/base58.js'

export type Chain = 'eth' | 'btc' | 'sol' | 'bnb'

export interface WalletAddress {
  /** Chains on which this is an address. */
  readonly chains: readonly Chain[]
  /** What is compared: without the prefix that all addresses of its form share, in one case where case says nothing. */
  readonly key: string
}

const HEX = /(?<![0-9A-Za-z])0x([0-9a-fA-F]{40})(?![0-9A-Za-z])/gi
const BASE58 = /(?<![0-9A-Za-z])[1-9A-HJ-NP-Za-km-z]{26,44}(?![0-9A-Za-z])/g
const BECH32 = /(?<![0-9A-Za-z])(?:bc1[02-9ac-hj-np-z]{11,71}|bnb1[02-9ac-hj-np-z]{38})(?![0-9A-Za-z])/gi

/** Every address in a text, in order of form. */
export function walletAddresses(text: string): readonly WalletAddress[] {
  const results: WalletAddress[] = []
  for (const [, hex = ''] of text.matchAll(HEX)) {
    if (hasEip55(hex)) results.push({chains: ['eth', 'bnb'], key: hex.toLowerCase()})
  }
  for (const [word] of text.matchAll(BECH32)) {
    const address = bech32Address(word)
    if (address !== undefined) results.push(address)
  }
  for (const [word] of text.matchAll(BASE58)) {
    const address = base58Address(word)
    if (address !== undefined) results.push(address)
  }
  return results
}

/** In one case anything is an address; mixed, the case of each letter is a bit of the checksum. */
function hasEip55(hex: string): boolean {
  const lower = hex.toLowerCase()
  if (hex === lower || hex === hex.toUpperCase()) return true
  const digest = keccak_256(Buffer.from(lower, 'latin1'))
  for (let i = 0; i < 40; i++) {
    const nibble = i % 2 === 0 ? (digest[i >> 1] ?? 0) >> 4 : (digest[i >> 1] ?? 0) & 15
    const letter = lower.charAt(i)
    if (letter >= 'a' && hex.charAt(i) !== (nibble >= 8 ? letter.toUpperCase() : letter)) return false
  }
  return true
}

function base58Address(word: string): WalletAddress | undefined {
  if (word.length <= 35 && (word.startsWith('1') || word.startsWith('3'))) {
    const payload = base58Check(word)
    if (payload?.length === 21 && payload[0] === (word.startsWith('1') ? 0 : 5)) return {chains: ['btc'], key: word}
  }
  if (word.length < 32) return undefined
  return decodeBase58(word)?.length === 32 ? {chains: ['sol'], key: word} : undefined
}

const CHARSET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]
const BECH32_CONSTANT = 1
const BECH32M_CONSTANT = 0x2bc830a3

function bech32Address(word: string): WalletAddress | undefined {
  const lower = word.toLowerCase()
  if (word !== lower && word !== word.toUpperCase()) return undefined
  const prefix = lower.startsWith('bnb1') ? 'bnb' : 'bc'
  const key = lower.slice(prefix.length + 1)
  const values = [...key].map((character) => CHARSET.indexOf(character))
  const checksum = polymod([...expanded(prefix), ...values])
  if (prefix === 'bnb') return checksum === BECH32_CONSTANT ? {chains: ['bnb'], key} : undefined
  // witness version 0 has the first checksum, later ones the second
  const expected = values[0] === 0 ? BECH32_CONSTANT : BECH32M_CONSTANT
  return checksum === expected ? {chains: ['btc'], key} : undefined
}

function expanded(prefix: string): readonly number[] {
  const codes = [...prefix].map((character) => character.charCodeAt(0))
  return [...codes.map((c) => c >> 5), 0, ...codes.map((c) => c & 31)]
}

function polymod(values: readonly number[]): number {
  let sum = 1
  for (const value of values) {
    const top = sum >>> 25
    sum = ((sum & 0x1ffffff) << 5) ^ value
    for (const [i, term] of GENERATOR.entries()) if ((top >> i) & 1) sum ^= term
  }
  return sum >>> 0
}
