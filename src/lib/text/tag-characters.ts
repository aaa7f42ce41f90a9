// Text spelled in tag characters, which no screen shows and every model reads.
import type {Span} from './rewritten.js'

const TAGS = /[\u{e0020}-\u{e007e}]/u
const TAG_BASE = 0xe0000
const WIDTH = 2

export interface Spelled {
  readonly text: string
  /** Where a piece of it stands in the text given. */
  place(start: number, end: number): Span
}

/** The ASCII that the tag characters spell; undefined when there are none. */
export function taggedText(input: string): Spelled | undefined {
  if (!TAGS.test(input)) return undefined
  const offsets: number[] = []
  let text = ''
  for (let i = 0; i < input.length; i++) {
    const code = input.codePointAt(i) ?? 0
    if (code > 0xffff) i++
    if (code < TAG_BASE + 0x20 || code > TAG_BASE + 0x7e) continue
    offsets.push(i + 1 - WIDTH)
    text += String.fromCharCode(code - TAG_BASE)
  }
  return {
    text,
    place: (start, end) => ({start: offsets[start] ?? 0, end: (offsets[end - 1] ?? 0) + WIDTH}),
  }
}
