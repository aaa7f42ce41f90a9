// Ed25519 by point arithmetic: which public keys are usable, and the verification equation itself. It needs
// nothing of the platform, so the same lines judge where there is no node:crypto. The library's own `verify` multiplies by
// the cofactor and accepts more than the specification.
import {Point} from '@noble/ed25519'

const ORDER = Point.CURVE().n

/** A public key whose point passed every check. */
export interface KeyPoint {
  /** The point times a scalar below the group order. */
  readonly times: (n: bigint) => Point
}

/** undefined unless `raw` is 32 bytes in canonical encoding, on the curve, not of small order and free of torsion. */
export function keyPoint(raw: Uint8Array): KeyPoint | undefined {
  if (raw.length !== 32) return undefined
  try {
    const point = Point.fromBytes(raw, false)
    return point.isSmallOrder() || !point.isTorsionFree() ? undefined : multiples(point)
  } catch {
    return undefined // noble throws for anything that is no canonical point
  }
}

/** Times a point is multiplied before a table of its multiples, which costs as much as some twenty, is worth its making. */
const WORTHWHILE = 24
/** Bits of the scalar that one addition settles. */
const WIDTH = 6

function multiples(point: Point): KeyPoint {
  let uses = 0
  let table: readonly (readonly Point[])[] | undefined
  return {
    times(n) {
      if (n === 0n) return Point.ZERO
      if (!table && ++uses < WORTHWHILE) return point.multiplyUnsafe(n)
      table ??= tableOf(point)
      let sum = Point.ZERO
      let rest = n
      for (const row of table) {
        const digit = Number(rest & BigInt(2 ** WIDTH - 1))
        rest >>= BigInt(WIDTH)
        const summand = row[digit - 1]
        if (summand) sum = sum.add(summand)
      }
      return sum
    },
  }
}

function tableOf(point: Point): readonly (readonly Point[])[] {
  const table: Point[][] = []
  let step = point
  for (let bits = 0; bits < 256; bits += WIDTH) {
    const row = [step]
    for (let digit = 2; digit < 2 ** WIDTH; digit++) row.push((row.at(-1) ?? step).add(step))
    table.push(row)
    step = (row.at(-1) ?? step).add(step)
  }
  return table
}

let base: KeyPoint | undefined

/**
 * S < L, and the 32 bytes of R equal the encoding of SB − kA. `digest` is SHA-512 of R, the key and the message; the
 * signature has 64 bytes.
 */
export function equationHolds(key: KeyPoint, digest: Uint8Array, signature: Uint8Array): boolean {
  const s = littleEndian(signature.subarray(32))
  if (s >= ORDER) return false
  base ??= multiples(Point.BASE)
  const r = base
    .times(s)
    .subtract(key.times(littleEndian(digest) % ORDER))
    .toBytes()
  return r.every((byte, i) => byte === signature[i])
}

function littleEndian(bytes: Uint8Array): bigint {
  let text = '0x'
  for (let i = bytes.length - 1; i >= 0; i--) text += (bytes[i] ?? 0).toString(16).padStart(2, '0')
  return BigInt(text)
}
