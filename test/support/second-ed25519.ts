// A second Ed25519 verifier, from point arithmetic: S < L, and the 32 bytes of SB − kA equal R. The library's own
// verify multiplies by the cofactor and accepts more.
import {createHash} from 'node:crypto'
import {Point} from '@noble/ed25519'

const L = 2n ** 252n + 27742317777372353535851937790883648493n

const littleEndian = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)

export function verifySecond(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64 || key.length !== 32) return false
  const r = signature.subarray(0, 32)
  const s = littleEndian(signature.subarray(32))
  if (s >= L) return false
  let a: Point
  try {
    a = Point.fromBytes(key, false)
  } catch {
    return false
  }
  const k = littleEndian(createHash('sha512').update(r).update(key).update(message).digest()) % L
  const sb = s === 0n ? Point.ZERO : Point.BASE.multiplyUnsafe(s)
  const ka = k === 0n ? Point.ZERO : a.multiplyUnsafe(k)
  return Buffer.from(sb.subtract(ka).toBytes()).equals(Buffer.from(r))
}
