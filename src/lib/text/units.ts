// The UTF-16 units of a text as an array: loops that look at every unit of a text several times read them about five times
// as fast as through `charCodeAt`, which has to find out each time how the string is kept.
import {endianness} from 'node:os'

/** Longer texts get memory of their own, which is not kept. */
const KEPT_UNITS = 65_536
const IS_SWAPPED = endianness() === 'BE'

/** Memory for the units of one text at a time. */
export class UnitBuffer {
  #kept: Buffer | undefined

  /** The units of `text`; what stands behind its length is left from other texts. Valid until the next call. */
  load(text: string): Uint16Array {
    const isLong = text.length > KEPT_UNITS
    const bytes = isLong
      ? Buffer.allocUnsafeSlow(2 * text.length)
      : (this.#kept ??= Buffer.allocUnsafeSlow(2 * KEPT_UNITS))
    bytes.write(text, 'utf16le')
    if (IS_SWAPPED) bytes.swap16()
    return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2)
  }
}
