// The pieces of a payload that may be pieces of a token: maximal runs of token characters, without the labels and words
// around them.

const MAX_RUN = 512

export interface Run {
  readonly text: string
  /** The whole value, but for a label in front of it: nobody writes prose in such a place. */
  readonly isWhole: boolean
}

const RUN = /[A-Za-z0-9_+/-]{4,}/g
const PART = /[A-Za-z0-9_-]{4,}/g
const LABEL = /^[\w .[\]#-]{1,32}[:=]\s*/
const WHOLE = /^[A-Za-z0-9_+/.-]{1,512}$/

/** Every run of a text with what it holds between `+` and `/`; one at a time, since often not all are wanted. */
export function* runsOf(text: string): Generator<Run, undefined> {
  const value = (text.length <= MAX_RUN + 64 ? text.replace(LABEL, '') : text).replace(/=+$/, '').trim()
  if (WHOLE.test(value)) {
    yield {text: value, isWhole: true}
    // a path or an address holds its piece behind what is the same in all of them
    if (value.includes('/')) yield* partsOf(value)
    return
  }
  for (let from = 0; ;) {
    // the reader may use the expression in between
    RUN.lastIndex = from
    const match = RUN.exec(text)
    if (match === null) return
    from = RUN.lastIndex
    const [run] = match
    yield {text: run.slice(0, MAX_RUN), isWhole: false}
    if (/[+/]/.test(run)) yield* partsOf(run)
  }
}

function* partsOf(run: string): Generator<Run, undefined> {
  for (const part of run.match(PART) ?? []) {
    if (part.length < run.length) yield {text: part.slice(0, MAX_RUN), isWhole: false}
  }
}

/** Words and names made of words: what looks so in a text is no piece of a token, or nothing could be said about tokens. */
export function isWordy(run: string): boolean {
  return run.split(/[-_/+.]|(?<=[a-z])(?=[A-Z])/).every((part) => part.length <= 3 || isWord(part))
}

function isWord(part: string): boolean {
  if (/^[0-9]{1,8}$/.test(part)) return true
  if (part.length > 24 || !/^(?:[a-z]+|[A-Z]+|[A-Z][a-z]+)$/.test(part)) return false
  return /[aeiouy]/i.test(part) && !/[bcdfghjklmnpqrstvwxz]{5}/i.test(part)
}
