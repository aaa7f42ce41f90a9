// What is left of an image when all of it is gone that no decoder needs for its pixels.
import {Buffer} from 'node:buffer'

export type CleanResult =
  | {
      readonly ok: true
      /** The same buffer where nothing had to go. */
      readonly bytes: Buffer
      /** Segments, chunks or whole pictures that are gone. */
      readonly removed: number
      readonly removedBytes: number
    }
  /** It cannot be read as what it says it is: in words, without anything of the content. */
  | {readonly ok: false; readonly why: string}

/** Most pixels of a picture that is handed on: more is a bomb for whoever decodes it. */
const MAX_PIXELS = 16_384 * 16_384

export function isBomb(width: number, height: number): boolean {
  return width * height > MAX_PIXELS
}

/** More parts than any writer makes: taking them apart one by one would cost more than the pixels are worth. */
export const MAX_PARTS = 65_536
export const TOO_MANY = `more than ${MAX_PARTS} parts`

export const refused = (why: string): CleanResult => ({ok: false, why})
export const BOMB = `more than ${MAX_PIXELS} pixels`

/** Takes an image apart from front to back: every byte is kept, cut or replaced. */
export class Cutter {
  readonly #bytes: Buffer
  readonly #pieces: Buffer[] = []
  /** Everything before is settled. */
  #at = 0
  #removed = 0
  #removedBytes = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** Takes out what lies between two offsets, which is one thing of the format. */
  cut(start: number, end: number): void {
    if (start > this.#at) this.#pieces.push(this.#bytes.subarray(this.#at, start))
    this.#at = end
    this.#removed++
    this.#removedBytes += end - start
  }

  /** Puts something of any length in the place of it. */
  replace(start: number, end: number, by: Buffer): void {
    this.#pieces.push(this.#bytes.subarray(this.#at, start), by)
    this.#at = end
    this.#removed++
    this.#removedBytes += end - start - by.length
  }

  done(): CleanResult & {readonly ok: true} {
    if (this.#removed === 0) return {ok: true, bytes: this.#bytes, removed: 0, removedBytes: 0}
    const bytes = Buffer.concat([...this.#pieces, this.#bytes.subarray(this.#at)])
    return {ok: true, bytes, removed: this.#removed, removedBytes: this.#removedBytes}
  }
}
