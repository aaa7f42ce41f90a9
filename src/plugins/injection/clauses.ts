// Whether a hit is part of a sentence that tells its reader to act. Documentation names the same acts with a subject before
// the verb, and program text holds the same words without being a sentence.

import {leetFold, vowelFold} from './letter-folds.js'

const LOOK_BACK = 200
const BOUNDARY = /[.!?:;,<>|*"'`()[\]{}#\u2013\u2014\u201c\u201d\u3002\uff01\uff1f\u2022/\\-]/
const WORD = /[\p{L}\p{N}]/u
/** A line that ends before this column was not broken to fit a page. */
const SHORT_LINE = 40

/** What may stand between the start of a clause and the verb of an order. */
const LEAD =
  /^(?:(?:and|or|but|so|then|now|next|first|second|third|finally|lastly|also|just|simply|please|kindly|instead|immediately|quickly|quietly|afterwards|always|either|step|todo|important|urgent|attention|go ahead and|be sure to|make sure to|make sure you|remember to|do not forget to|don[\u2019']?t forget to|after that|in addition|you (?:now )?(?:must|should|shall|will|need to|have to|are to|are required to|are instructed to|are asked to|are expected to)|must|should|shall|(?:could|can|would|will) you|(?:i|we) (?:need|want|ask|order|instruct|would like|expect|require) you to|(?:dear |hey |hi |hello |ok |okay )?(?:ai |llm )?(?:ai|llm|assistants?|agents?|models?|chatbots?|copilot|bot)(?: (?:must|should|shall|will|to))?|your (?:\w+ )?(?:task|job|goal|mission|duty|step) is(?: now)? to|\d+)\s*)*$/i

/** Whether a verb at this place is an order: nothing that could be its subject stands before it in its clause. */
export function isOrder(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - LOOK_BACK), at)
  // letters against the hit: a row of joined words, whose other words are not told apart
  if (WORD.test(before.slice(-1))) return true
  let from = before.length
  while (from > 0) {
    const sign = before.charAt(from - 1)
    if (BOUNDARY.test(sign) && !withinWord(before, from - 1)) break
    if (sign === '\n' && endsLine(before, from - 1)) break
    from--
  }
  const words = leetFold(before.slice(from)).trim().toLowerCase().split(/\s+/).map(unfolded).join(' ')
  return LEAD.test(words) || /(?:^|\s)(?:and|then|please|must|should)$/i.test(words)
}

/** Opening words that are known with other vowels, too. */
const OPENING = new Map(
  'please kindly simply instead should first second finally lastly immediately always assistant agent'
    .split(' ')
    .map((word) => [vowelFold(word), word]),
)

function unfolded(word: string): string {
  return OPENING.get(vowelFold(word)) ?? word
}

/** An apostrophe or a hyphen between letters. */
function withinWord(text: string, at: number): boolean {
  return /['-]/.test(text.charAt(at)) && WORD.test(text.charAt(at - 1)) && WORD.test(text.charAt(at + 1))
}

/** Whether a line end ends a clause, and does not only break a line that was full. */
function endsLine(text: string, at: number): boolean {
  const line = text.slice(text.lastIndexOf('\n', at - 1) + 1, at).trim()
  if (line === '' || /[.!?:;,]$/.test(line)) return true
  return line.length < SHORT_LINE
}

const CALL_START =
  /(?:^|[\n.!?>"'\u201c\u201d\u00ab\u201e*#([{\u2013\u2014\u3002\uff01\uff1f\u0964\u061f-]|<!--|\/\*|\/\/)[ \t]*$/

/** Whether a name at this place begins a sentence, as that of somebody who is spoken to does. */
export function isCall(text: string, at: number): boolean {
  return CALL_START.test(text.slice(Math.max(0, at - 8), at))
}

/** Where nobody who looks at a page reads: a comment, the text in place of a picture. */
const UNSEEN = /(?:<!--|\b(?:alt|title|aria-label)\s*=\s*["'])[^>\n]{0,24}$/i

export function isUnseen(text: string, at: number): boolean {
  return UNSEEN.test(text.slice(Math.max(0, at - 48), at))
}

const ADDRESS = /(?:https?:\/\/|\S{1,64}@)\S+|(?:~|\.{1,2})?\/[\w./~-]+/g
/** What stands in program text and tables, and in no sentence. */
const SIGNS_OF_CODE = /\w\(\w|\w\(\)|[{}]|;\s*\S|\s=\s|=>|->|::|\\[\s|-]/
const IDENTIFIER = /[a-z]_[a-z]|[A-Z]_[A-Z]|[a-z][A-Z][a-z]|\w\(|,\w|\w:\w/
const NAME = /[\w)\]][/._][\w(]/

/** Whether a hit lies over program text or a list of names. `joined`: its words need not be words of the text. */
export function isCode(text: string, start: number, end: number, joined: boolean): boolean {
  const span = text.slice(start, end).replace(ADDRESS, ' ')
  if (SIGNS_OF_CODE.test(span)) return true
  if (!joined) return false
  const tokens = text.slice(start, end).split(/\s+/)
  // one row of words without any space is no line of code, unless it is a name in camel case
  if (tokens.length === 1) return /[a-z][A-Z][a-z]|\w\(/.test(span)
  if (IDENTIFIER.test(span)) return true
  return tokens.length > 2 && tokens.filter((token) => NAME.test(token)).length * 2 > tokens.length
}
