// A long text in parts that are scanned one by one, so that other work gets its turn between them.
// Neighbouring parts share more than a phrase takes, and a part that begins inside an encoded run begins where the decoders
// would read on.
const PART = 65_536
const SHARED = 8192
/** White space and signs between the words of a phrase have no end: so many letters must be shared, within limits. */
const SHARED_LETTERS = 1024
const MOST_SHARED = PART
const NEAR = 1024

export interface Part {
  readonly start: number
  readonly end: number
}

/** The parts of a text in their order; a text of up to two parts' length is one. */
export function partsOf(text: string): readonly Part[] {
  if (text.length <= 2 * PART) return [{start: 0, end: text.length}]
  const parts: Part[] = []
  let start = 0
  let run = 0
  while (start + PART + SHARED < text.length) {
    const requested = start + PART
    run = runStart(text, requested, start, run)
    const next = cutBefore(text, requested, run)
    parts.push({start, end: sharedEnd(text, next)})
    start = next
  }
  parts.push({start, end: text.length})
  return parts
}

const IN_RUN = Uint8Array.from({length: 128}, (_, unit) => (/[A-Za-z0-9+/_-]/.test(String.fromCharCode(unit)) ? 1 : 0))
const MIN_RUN = 16
/** Bytes of base64, hex and base32 come together at every eighth character. */
const ALIGNED = 8

/** Where the run of an alphabet begins that a place is in; `known` is that of the part's beginning. */
function runStart(text: string, at: number, from: number, known: number): number {
  let start = at
  while (start > from && IN_RUN[text.charCodeAt(start - 1)] === 1) start--
  return start === from && from > 0 && IN_RUN[text.charCodeAt(from - 1)] === 1 ? known : start
}

function cutBefore(text: string, requested: number, run: number): number {
  const line = text.lastIndexOf('\n', requested)
  if (line > requested - NEAR) return line
  if (requested - run >= MIN_RUN) return run + Math.floor((requested - run) / ALIGNED) * ALIGNED
  // a part begins like a line: not where that would make a role or a command of what stands within one
  for (let at = requested; at > requested - NEAR; at--) if (WITHIN_WORD.test(text.slice(at - 1, at + 1))) return at
  return isLowSurrogate(text, requested) ? requested - 1 : requested
}

const WITHIN_WORD = /[a-z][aiou]/

function sharedEnd(text: string, from: number): number {
  let end = from
  let letters = 0
  const least = Math.min(text.length, from + SHARED)
  const most = Math.min(text.length, from + MOST_SHARED)
  while (end < most && (end < least || letters < SHARED_LETTERS)) {
    const unit = text.charCodeAt(end++)
    if (unit > 0x7f || IN_RUN[unit] === 1) letters++
  }
  return isLowSurrogate(text, end) ? end + 1 : end
}

function isLowSurrogate(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xdc00
}
