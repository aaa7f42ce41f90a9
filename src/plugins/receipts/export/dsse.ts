// DSSE v1 envelopes: a payload in base64, its type, and signatures over both. What is signed is the pre-authentication
// encoding, which keeps type and payload apart by their lengths, so that no payload can be read under another type.
import {isUtf8} from 'node:buffer'
import {sign, verify, type PrivateKey, type PublicKey} from '../../../lib/ed25519.js'
import {isObject, JsonFault, readJson, type JsonValue} from '../../../lib/json/reader.js'

export class DsseFault extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'DsseFault'
  }
}

export interface DsseEnvelope {
  readonly payload: Buffer
  readonly payloadType: string
  readonly signatures: readonly Buffer[]
}

export function preAuthEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const type = Buffer.from(payloadType, 'utf8')
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${payloadType} ${payload.length} `, 'utf8'), payload])
}

/** One compact line; `keyid` is a hint that no verifier may rely on. */
export function signEnvelope(payloadType: string, payload: Uint8Array, key: PrivateKey, keyid: string): string {
  const sig = sign(key, preAuthEncoding(payloadType, payload)).toString('base64')
  return JSON.stringify({payload: Buffer.from(payload).toString('base64'), payloadType, signatures: [{keyid, sig}]})
}

const MAX_SIGNATURES = 64
const MAX_DEPTH = 16

/** Reads an envelope strictly; members that the standard does not name are ignored, as it wants. Throws DsseFault. */
export function parseEnvelope(text: Uint8Array | string): DsseEnvelope {
  let value: JsonValue
  try {
    value = readJson(text, {maxDepth: MAX_DEPTH})
  } catch (error) {
    if (error instanceof JsonFault) throw new DsseFault(`the envelope is no strict JSON: ${error.message}`)
    throw error
  }
  if (!isObject(value)) throw new DsseFault('the envelope is no object')
  const {payload, payloadType, signatures} = value
  const bytes = typeof payload === 'string' ? decodeEither(payload) : undefined
  if (!bytes) throw new DsseFault('payload is not base64')
  if (typeof payloadType !== 'string' || payloadType === '') throw new DsseFault('payloadType is missing or empty')
  if (!Array.isArray(signatures) || signatures.length === 0)
    throw new DsseFault('signatures is no list, or an empty one')
  if (signatures.length > MAX_SIGNATURES) throw new DsseFault(`there are more than ${MAX_SIGNATURES} signatures`)
  return {
    payload: bytes,
    payloadType,
    signatures: signatures.map((item) => {
      const sig = isObject(item) && typeof item['sig'] === 'string' ? decodeEither(item['sig']) : undefined
      if (!sig) throw new DsseFault('a signature has no base64 in sig')
      return sig
    }),
  }
}

/** Standard or URL-safe alphabet, padded or not, and nothing else: Buffer.from skips what is no base64. */
function decodeEither(text: string): Buffer | undefined {
  const alphabet = /[-_]/.test(text) ? 'base64url' : 'base64'
  const bytes = Buffer.from(text, alphabet)
  const bare = (t: string): string => t.replace(/={0,2}$/, '')
  const padded = text.endsWith('=') ? text.length % 4 === 0 : true
  return padded && bare(bytes.toString(alphabet)) === bare(text) ? bytes : undefined
}

/** The distinct trusted keys that signed. The hint of a signature decides nothing. */
export function signersOf(envelope: DsseEnvelope, keys: readonly PublicKey[]): readonly PublicKey[] {
  const message = preAuthEncoding(envelope.payloadType, envelope.payload)
  return keys.filter((key) => envelope.signatures.some((signature) => verify(key, message, signature)))
}

/** The payload as text, or undefined when it is not UTF-8. */
export function payloadText({payload}: DsseEnvelope): string | undefined {
  return isUtf8(payload) ? payload.toString('utf8') : undefined
}
