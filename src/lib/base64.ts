// Base64 as lenient readers take it: either alphabet or both, padded or not, with white space in it. Whoever judges content must
// read at least what its receiver reads.
import {Buffer} from 'node:buffer'

const EITHER = /^[A-Za-z0-9+/_-]*={0,2}$/

/** How many bytes a text stands for, without decoding it. */
export function base64Bytes(text: string): number {
  const digits = text.length - (text.match(/[\t\n\f\r =]+/g)?.reduce((sum, run) => sum + run.length, 0) ?? 0)
  return Math.floor((digits * 3) / 4)
}

/** undefined: a character that neither alphabet has, or a length that no bytes have. */
export function readBase64(text: string): Buffer | undefined {
  const compact = text.replace(/[\t\n\f\r ]+/g, '')
  if (!EITHER.test(compact)) return undefined
  return compact.replace(/=+$/, '').length % 4 === 1 ? undefined : Buffer.from(compact, 'base64')
}
