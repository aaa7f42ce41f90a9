// Texts that stand in another one and that no screen shows as they are written: spelled in tag characters, which every model
// reads, or written from right to left, which a person reads from its end.
import {countWhile} from '../sorted.js'
import type {Span} from './rewritten.js'

const TAGS = /[\u{e0020}-\u{e007e}]/u
const TAG_BASE = 0xe0000
const WIDTH = 2
const BACKWARD = /\u202e([^\u202c\u202e\n]{1,4096})/g

export interface Hidden {
  readonly kind: 'tags' | 'backward'
  readonly text: string
  /** Where a piece of it stands in the text given. */
  place(start: number, end: number): Span
}

/** All of them; none for most texts. */
export function hiddenTexts(input: string): readonly Hidden[] {
  return [taggedText(input), reversedText(input)].filter((text) => text !== undefined)
}

/** The ASCII that the tag characters spell; undefined when there are none. */
function taggedText(input: string): Hidden | undefined {
  if (!input.includes('\udb40') || !TAGS.test(input)) return undefined
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
    kind: 'tags',
    text,
    place: (start, end) => ({start: offsets[start] ?? 0, end: (offsets[end - 1] ?? 0) + WIDTH}),
  }
}

/** With what an override shows from its end in the order in which it is read; undefined when there is none. */
function reversedText(input: string): Hidden | undefined {
  if (!input.includes('\u202e')) return undefined
  // of the same length, so that only what is turned around changes its place
  const turned: Span[] = []
  const text = input.replace(BACKWARD, (whole: string, content: string, start: number) => {
    turned.push({start, end: start + whole.length})
    return `${[...content].reverse().join('')} `
  })
  return {
    kind: 'backward',
    text,
    place(start, end) {
      const first = turned[countWhile(turned.length, (i) => (turned[i]?.end ?? 0) <= start)]
      const last = turned[countWhile(turned.length, (i) => (turned[i]?.start ?? 0) < end) - 1]
      return {start: Math.min(start, first?.start ?? start), end: Math.max(end, last?.end ?? end)}
    },
  }
}
