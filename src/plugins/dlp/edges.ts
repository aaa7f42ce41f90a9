// What stands directly beside a match. A sign that continues a word is mostly no sign; but one character in front of a key is
// all that it takes to make it one, so that what is glued is judged by how much only a key looks like this.
import type {Rule} from './rules.js'

/** The text, with offsets before which a separator was removed, and with its line ends where `text` has spaces instead. */
interface Surroundings {
  readonly text: string
  readonly seams?: Pick<ReadonlySet<number>, 'has'>
  readonly lines?: string
}

/** `glued`: a token continues there, and the rule may still match. */
export type Edge = 'apart' | 'glued' | 'none'

const ALNUM = 1
const TOKEN = 2
const HEX = 4
const BASE64 = 8
export const SEGMENT = 16
const NAME = 32
/** The characters that continue a token or base64 text inside a path. */
const RUNNING = 64
const CLASSES = new Uint8Array(128)
for (let c = 0; c < 128; c++) {
  const character = String.fromCharCode(c)
  CLASSES[c] =
    (/[A-Za-z0-9]/.test(character) ? ALNUM : 0) |
    (/[A-Za-z0-9_-]/.test(character) ? TOKEN : 0) |
    (/[A-Fa-f0-9]/.test(character) ? HEX : 0) |
    (/[A-Za-z0-9/+=]/.test(character) ? BASE64 : 0) |
    (/[A-Za-z0-9_=-]/.test(character) ? SEGMENT : 0) |
    (/[A-Z0-9]/.test(character) ? NAME : 0) |
    (/[A-Za-z0-9_+=-]/.test(character) ? RUNNING : 0)
}
const RIGHT_BIT = {alnum: ALNUM, token: TOKEN, hex: HEX, base64: BASE64}

export function is(text: string, at: number, bit: number): boolean {
  const c = text.charCodeAt(at)
  return c < 128 && ((CLASSES[c] ?? 0) & bit) !== 0
}

const MAX_NAME = 64
/** Before a name that stands in a sentence. */
const IN_SENTENCE = ' \t"\'`(,:'

export function leftEdge({left, glued}: Rule, view: Surroundings, start: number): Edge {
  if (left === undefined || start === 0) return 'apart'
  const {text, seams} = view
  const orGlued = (apart: boolean): Edge => (apart ? 'apart' : glued === undefined ? 'none' : 'glued')
  switch (left) {
    case 'token':
      // Numbers and names are everywhere inside joined text: only tokens with a prefix of their own have it waived.
      return orGlued(!is(text, start - 1, TOKEN) || seams?.has(start) === true)
    case 'alnum':
      return orGlued(!is(text, start - 1, ALNUM))
    case 'number':
      // the places behind a decimal point are no number of their own: every tenth coordinate would be a card's
      return !is(text, start - 1, ALNUM) && !/^[0-9]\.[0-9]{5}/.test(text.slice(start - 2, start + 5))
        ? 'apart'
        : 'none'
    case 'bot': {
      const isBot = /bot$/i.test(text.slice(start - 3, start)) && !is(text, start - 4, TOKEN)
      // a longer number is another one
      return /[0-9]/.test(text.charAt(start - 1)) ? 'none' : orGlued(!is(text, start - 1, TOKEN) || isBot)
    }
    case 'name': {
      // `MY_TOKEN`, not the end of a word in another case
      let at = start
      while (at > 0 && start - at < MAX_NAME && is(text, at - 1, NAME)) at--
      return start - at < MAX_NAME && !is(text, at - 1, ALNUM) ? 'apart' : 'none'
    }
    case 'parameter': {
      if (seams?.has(start)) return 'apart'
      const lines = view.lines ?? text
      let at = start - 1
      while (at >= 0 && (lines[at] === ' ' || lines[at] === '\t')) at--
      if (at < 0 || '?&;\r\n'.includes(lines.charAt(at))) return 'apart'
      return IN_SENTENCE.includes(text.charAt(start - 1)) ? orGlued(false) : 'none'
    }
  }
}

export function rightEdge({right, glued}: Rule, {text, seams}: Surroundings, end: number): Edge {
  if (right === undefined || end >= text.length || !is(text, end, RIGHT_BIT[right]) || seams?.has(end)) return 'apart'
  return glued === undefined ? 'none' : 'glued'
}

/** Characters of one token beside a match that make it part of something else: an encoded text, a long name. */
const RUN = 64
/** Signs of so many characters come up nowhere by chance. */
const LONG_SIGN = 7
/** Shorter ones are no whole keys, with a sign of that length and with any. */
const SHORT_BODY = 24
const LONG_BODY = 30

/**
 * What a match is worth that a token continues beside: as much as one that stands apart where only a key looks so, a report where
 * it may be one, nothing in the middle of a long run.
 */
export function worthOf(
  {glued, issued}: Rule,
  text: string,
  start: number,
  end: number,
): 'enforced' | 'reported' | 'none' {
  if (glued === 'password') return isPassword(text, start) ? 'enforced' : 'none'
  const last = tokenEnd(text, end)
  const body = text.slice(start, last)
  const sign = issued.find((known) => body.startsWith(known))
  if (isIntegrity(text, start, last)) return 'none'
  const isInRun = isRun(text.slice(runStart(text, start), start)) || isRun(text.slice(end, last))
  if (glued === 'sign') return 'enforced'
  if (isInRun && (sign === undefined || sign.length < LONG_SIGN)) return 'none'
  if (glued === 'key id') return isKeyId(body) ? 'enforced' : 'reported'
  if (glued === 'weak') return 'reported'
  if (glued === 'hex') return 'enforced'
  const least = sign !== undefined && sign.length >= LONG_SIGN ? SHORT_BODY : LONG_BODY
  const drawn = body.slice(sign?.length ?? 0)
  if (isWords(drawn)) return 'none'
  return body.length >= least && isMixed(drawn) ? 'enforced' : 'reported'
}

const PASSWORD = /(?:password|passwd|pwd)=([^\s"'`&,;)<>\]}]{8,64})/iy

/** What a person would choose, and neither a word of the sentence nor an expression of a program. */
function isPassword(text: string, start: number): boolean {
  PASSWORD.lastIndex = start
  const value = PASSWORD.exec(text)?.[1] ?? ''
  return /[0-9]/.test(value) && /[A-Za-z]/.test(value) && !/[([{$|\\/]/.test(value)
}

/** The longest token: what runs on further is an encoded text. */
const LONGEST = 256

/** Whether nothing continues in front of a match, and no encoded text behind it. */
export function standsApart({text, seams}: Surroundings, start: number, end: number): boolean {
  if (start > 0 && is(text, start - 1, RUNNING) && seams?.has(start) !== true) return false
  let last = end
  while (last < text.length && last - start <= LONGEST && is(text, last, RUNNING)) last++
  return last - start <= LONGEST
}

/** Characters in front of the digest of a file in the lists of package managers. */
const ALGORITHM = /(?:^|[^A-Za-z0-9])sha(?:256[=:-]|384[=:-]|512[=:-])$/i
/** Characters of such digests in base64 without padding. */
const INTEGRITY_LENGTHS = new Set([43, 64, 86])

/** In the middle of a digest whose algorithm and length are right: what it spells is chance. */
function isIntegrity(text: string, start: number, end: number): boolean {
  let first = start
  while (first > 0 && start - first <= 86 && /[A-Za-z0-9+/_-]/.test(text.charAt(first - 1))) first--
  const name = /^sha(?:256|384|512)-/i.exec(text.slice(first, first + 7))?.[0] ?? ''
  first += name.length
  let last = end
  while (last < text.length && last - end <= 86 && /[A-Za-z0-9+/_-]/.test(text.charAt(last))) last++
  return INTEGRITY_LENGTHS.has(last - first) && ALGORITHM.test(text.slice(Math.max(0, first - 8), first))
}

/** `task-proj-management` and `my-sk-ant-hills` are names of hosts: no key is issued in small letters alone. */
function isWords(body: string): boolean {
  return /^[a-z_-]*$/.test(body)
}

/** Words joined by signs have two kinds of characters; what is drawn at random has three. */
function isMixed(body: string): boolean {
  return /[a-z]/.test(body) && /[A-Z]/.test(body) && /[0-9]/.test(body)
}

/** As issued, upper case throughout; in a name of a host or header lower case throughout, where words look alike. */
function isKeyId(body: string): boolean {
  const [key = ''] = /^A[KS]IA[A-Z0-9]{16}/.exec(body) ?? /^a[ks]ia[a-z0-9]{16}/.exec(body) ?? []
  const digits = key.replace(/[^0-9]/g, '').length
  return key.startsWith('AKIA') || digits >= (key.startsWith('ASIA') ? 1 : 2)
}

/** Part of an encoded text: what repeats itself, or is spelled in one case, is only put in front. */
function isRun(beside: string): boolean {
  return beside.length > RUN && isMixed(beside)
}

function runStart(text: string, start: number): number {
  let at = start
  while (at > 0 && start - at <= RUN && is(text, at - 1, RUNNING)) at--
  return at
}

function tokenEnd(text: string, end: number): number {
  let at = end
  while (at < text.length && at - end <= RUN && is(text, at, RUNNING)) at++
  return at
}
