// The strings of one body. A body may hold millions: they are kept by their members, for as many objects would be copied by
// the garbage collector again and again while everybody else waits.
import {LongList, type Items} from '../../lib/long-lists.js'

/** One string of the body, judged as a text of its own. */
export interface BodyText {
  readonly text: string
  /** Name it stands under: JSON member, form field, part. */
  readonly key: string
  /** Names are texts as well, and never joined with the values. */
  readonly isName: boolean
  /** The wrapping of another text: looked into, but no value of its own. */
  readonly isWrapping?: true
}

const [VALUE, NAME, WRAPPING] = [0, 1, 2]

export class BodyTexts implements Items<BodyText> {
  readonly #texts = new LongList<string>()
  readonly #keys = new LongList<string>()
  readonly #kinds = new LongList<number>()

  get length(): number {
    return this.#texts.length
  }

  push({text, key, isName, isWrapping}: BodyText): void {
    this.#texts.push(text)
    this.#keys.push(key)
    this.#kinds.push(isWrapping === true ? WRAPPING : isName ? NAME : VALUE)
  }

  at(index: number): BodyText | undefined {
    const text = this.#texts.at(index)
    return text === undefined ? undefined : bodyText(text, this.#keys.at(index), this.#kinds.at(index))
  }

  slice(from: number, to: number): readonly BodyText[] {
    const keys = this.#keys.slice(from, to)
    const kinds = this.#kinds.slice(from, to)
    return this.#texts.slice(from, to).map((text, i) => bodyText(text, keys[i], kinds[i]))
  }

  /** Drops what stands from here on. */
  cut(length: number): void {
    for (const list of [this.#texts, this.#keys, this.#kinds]) list.cut(length)
  }

  *[Symbol.iterator](): Generator<BodyText, undefined> {
    for (let from = 0; from < this.length; from += SLICE) yield* this.slice(from, from + SLICE)
  }
}

const SLICE = 1_024

function bodyText(text: string, key = '', kind = VALUE): BodyText {
  return kind === WRAPPING ? {text, key, isName: true, isWrapping: true} : {text, key, isName: kind === NAME}
}
