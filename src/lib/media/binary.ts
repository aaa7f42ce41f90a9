// Content that is believed to be no text: an image, sound, film or font that is declared as one and begins as one. A name
// alone is believed nowhere: whoever answers chooses it, and most clients show what they got as text.
import {isPlainText, sniffMedia} from './sniff.js'

const BINARY_TYPE = /^(?:image|audio|video|font)\//

/** Types whose content holds no text that a model is given to read; what is XML does. */
export function isMediaType(mediaType: string): boolean {
  return BINARY_TYPE.test(mediaType) && !mediaType.endsWith('+xml')
}

/** `beginning`: as much of the content as there is, its first 1,445 bytes at least where it has them. */
export function isMedia(mediaType: string, beginning: Buffer): boolean {
  if (!isMediaType(mediaType)) return false
  if (sniffMedia(beginning) === undefined && !isFont(beginning)) return false
  // the signs of some formats are letters, which a text can begin with
  return !isPlainText(beginning.subarray(0, LOOKED_AT))
}

const LOOKED_AT = 1_445
const SFNT: ReadonlySet<number> = new Set([0x00010000, 0x4f54544f, 0x74727565, 0x74797031])
const COLLECTION = 0x74746366
const WOFF = 0x774f4646
const WOFF2 = 0x774f4632
const MAX_TABLES = 128

/** TrueType, OpenType, collections of them, WOFF and WOFF2, with a head that can be one. */
function isFont(bytes: Buffer): boolean {
  if (bytes.length < 16) return false
  const tag = bytes.readUInt32BE(0)
  if (SFNT.has(tag)) return isCount(bytes.readUInt16BE(4))
  if (tag === COLLECTION) return [1, 2].includes(bytes.readUInt16BE(4)) && isCount(bytes.readUInt32BE(8))
  if (tag !== WOFF && tag !== WOFF2) return false
  const flavor = bytes.readUInt32BE(4)
  return (SFNT.has(flavor) || flavor === COLLECTION) && isCount(bytes.readUInt16BE(12)) && bytes.readUInt16BE(14) === 0
}

function isCount(tables: number): boolean {
  return tables > 0 && tables <= MAX_TABLES
}

const WINDOW = 65_536
const OVERLAP = 1_024
const TEXT_RUN = /[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]{16,}/g

/**
 * What could be words in the content of media, one run to a paragraph: a picture in front does not make what follows it a
 * picture. With a pause after every 64 KiB.
 */
export function* textRuns(bytes: Buffer): Generator<undefined, string> {
  const runs: string[] = []
  for (let at = 0; at < bytes.length; at += WINDOW) {
    const text = bytes.toString('utf8', at, at + WINDOW + OVERLAP)
    runs.push(...(text.match(TEXT_RUN) ?? []))
    yield
  }
  return runs.join('\n\n')
}
