// Conditions on what stands around a hit, which no expression can say.
import type {InjectionOptions} from '../../core/services/injection.js'
import {isCall, isCode, isOrder, isUnseen} from './clauses.js'
import {isNewOrder} from './forged-turns.js'
import type {CheckName} from './rule.js'

/** How the view that brought a hit reads the text. */
export interface How {
  /** Letters were exchanged or spaces left out: nobody describes anything so. */
  readonly disguised: boolean
  /** Its words need not be words of the text. */
  readonly joined: boolean
}

const AS_WRITTEN: How = {disguised: false, joined: false}

export type Outcome = 'hit' | 'informational' | 'none'

const NEAR = 60
const DEVICES =
  /phone|browser|extension|setting|\busb\b|console|android|chrome|firefox|device|tablet|手机|手機|浏览器|瀏覽器|设置|設置|扩展|擴充|端末|ブラウザ|設定|拡張|スマホ|휴대폰|휴대전화|브라우저|설정|확장|기기/i
const ADVICE = /\byour\s+(?:\w+\s+)?(?:password|token|secret|credential|private key|api key)/i

const TOKENIZER = /tokeni[sz]er|special[ _-]tokens?|added_tokens|\bvocab|chat[ _-]template/i
const CODE_BEFORE = /["'`]\s*$/
const CODE_AFTER = /^\s*["'`]/
const PARAGRAPH = 400

const ORDER =
  /\b(?:you (?:must|should|have to|need to)|(?:now|immediately|please) (?:call|run|execute|invoke|issue|perform|output|emit|send)|(?:call|run|execute|invoke|issue|perform|emit|output|send) (?:this|it|the following)|before (?:you )?(?:answer|continu|reply|respond)|ignore)/i
const BEFORE_ENVELOPE = 240

/** A role header inside a line: quoted, in a comment or an element, behind a sentence. In the name of a thing it is none. */
const HEADER =
  /(?:(?:^|[\s([>=:,])["'`\u201c\u2018\u201e\u00ab]{1,3}|[.!?]\s|\[|(?:^|\n)[ \t]*(?:[*#;%]{1,4}|\/\/|--|<!--)|>)[ \t]*system[ \t]*:/i
const BEFORE_HEADER = 12

const SENTENCE = 160
const NOT = /\b(?:not|never)\b/i
const URGENT = /[aeiou]mm[aeiou]d[aeiou]{2}t[aeiou]ly|\bnow\b|urgent|at once|\bfirst\b|hidden|secret/i
const URGENT_AFTER =
  /^\W{0,6}(?:immediately|now|first|at once|right away|without delay|before (?:you|answering|responding|anything))\b/i
const MODEL =
  /\b(?:assistants?|ai|llms?|agents?|language models?|chatbots?|copilot|the model)\b|\buser['\u2019]?s?[ -](?:request|question|query|prompt)|user asked|your (?:reply|answer|response)\b/i
const CONCEALED =
  /\b(?:secretly|silently|covertly|without (?:telling|asking|informing)|do not (?:tell|mention)|don['\u2019]t (?:tell|mention))\b/i
const OTHER_SUBJECT = /\b(?:that|which|who|they|it|he|she|we|i|an?|the|this|to|of|is|are|was|were|be)\s+[\w-]+$/i
const GOES_ON = /^(?:ble|bles|bly|ion|ions)(?:$|[^\p{L}]|is|are|was|can|from|that)/iu
const ASSIGNED = /^\W*system\s*=/i
const VERB =
  /\b(?:send|provide|paste|return|supply|submit|share|hand|give|forward|transmit|reveal|disclose|include|leak|expose|dump|email|upload|post)\b/i
const ARGUMENT = /\w\s*\(\s*["'][^"'\n]*$/
const PARTNER = 4000

const CALLERS: ReadonlySet<InjectionOptions['source']> = new Set(['request_body', 'mcp_input', 'url'])

export function around(
  check: CheckName | undefined,
  text: string,
  start: number,
  end: number,
  options: InjectionOptions,
  {disguised, joined}: How = AS_WRITTEN,
): Outcome {
  switch (check) {
    case undefined:
      return 'hit'
    case 'order':
      if (disguised && isThirdPerson(text, start, end)) return 'none'
      return (disguised || isOrder(text, start)) && !isCode(text, start, end, joined) ? 'hit' : 'none'
    case 'sentence':
      if (isDescribed(text, start)) return 'none'
      return isCode(text, start, end, joined) ? 'none' : 'hit'
    case 'transfer':
      // the verb stands behind what is to be sent
      return (disguised || isOrder(text, verbIn(text, start, end))) && !isCode(text, start, end, joined)
        ? 'hit'
        : 'none'
    case 'invocation': {
      const span = text.slice(start, end)
      if (NOT.test(span) || isCode(text, start, end, joined)) return 'none'
      if (disguised || options.source === 'tool_description') return 'hit'
      const near = text.slice(Math.max(0, start - SENTENCE), end + SENTENCE)
      const isMeant =
        URGENT.test(span) || URGENT_AFTER.test(text.slice(end, end + NEAR)) || MODEL.test(near) || CONCEALED.test(near)
      return isMeant ? 'hit' : 'informational'
    }
    case 'covert': {
      if (isCode(text, start, end, joined)) return 'none'
      // "silently if the executable": other vowels and joined words make a verb of the beginning of a noun
      if (disguised) return joined && GOES_ON.test(text.slice(end, end + 8)) ? 'none' : 'hit'
      if (!isOrder(text, start)) return 'none'
      // another subject or an article before the verb: "without knowing that they call", "silently build a wget"
      return OTHER_SUBJECT.test(text.slice(start, end)) ? 'none' : 'hit'
    }
    case 'new_order':
      return isNewOrder(text, start, end, {disguised, joined}) ? 'hit' : 'none'
    case 'called':
      return (options.hidden === true || isCall(text, start)) && !isCode(text, start, end, joined) ? 'hit' : 'none'
    case 'unseen':
      return (options.hidden === true || isUnseen(text, start)) && !isCode(text, start, end, joined) ? 'hit' : 'none'
    case 'role_line':
      return ASSIGNED.test(text.slice(start, end)) ? 'none' : 'hit'
    case 'device':
      return DEVICES.test(text.slice(Math.max(0, start - NEAR), end + NEAR)) ? 'none' : 'hit'
    case 'concealment': {
      // "never show your password to anyone" advises its reader
      const span = text.slice(start, end)
      return /anyone$/i.test(span) && ADVICE.test(span) ? 'informational' : 'hit'
    }
    case 'tokenizer': {
      // brackets around a short word in lower case are ordinary; a pair of them around text is a turn
      const token = text.slice(start, end)
      if (token.startsWith('[') && token !== token.toUpperCase() && !hasPartner(text, token, start, end)) return 'none'
      // a vocabulary or its documentation names the tokens, each a string of its own; no model is given it as a turn
      if (options.source !== 'http_response' || options.hidden === true) return 'hit'
      const quoted =
        CODE_BEFORE.test(text.slice(Math.max(0, start - 8), start)) && CODE_AFTER.test(text.slice(end, end + 8))
      const topic = TOKENIZER.test(text.slice(Math.max(0, start - PARAGRAPH), end + PARAGRAPH))
      return (quoted && topic) || isInFence(text, start, end) ? 'informational' : 'hit'
    }
    case 'key_file':
      // the public half of a key is there to be shown
      if (/^\.pub\b/.test(text.slice(end - 1, end + 4)) || isCode(text, start, end, joined)) return 'none'
      // the list of users is what manuals of every language read for an example
      return options.source === 'http_response' && options.hidden !== true && isArgument(text, start, end)
        ? 'informational'
        : 'hit'
    case 'header':
      return HEADER.test(text.slice(Math.max(0, start - BEFORE_HEADER), end)) ? 'hit' : 'none'
    case 'comment':
      // what follows a comment is not in it
      return text.slice(start, end).includes('-->') ? 'none' : 'hit'
    case 'envelope':
      // a client's own call, and the formats that a model is told to call in, go out every time
      if (CALLERS.has(options.source)) return 'none'
      // guides show such calls and models answer with them; in what a tool says, or where nobody reads, they are forged
      if ((options.source !== 'http_response' && options.source !== 'sse') || options.hidden === true) return 'hit'
      return ORDER.test(text.slice(Math.max(0, start - BEFORE_ENVELOPE), start)) ? 'hit' : 'informational'
  }
}

const RELATIVE = /(?:^|[^\p{L}])(?:that|which|who|whom|they|those|these)\s+$/iu
const NEGATED = /^(?:do not|don['\u2019]t|no longer)\s/i

/** "Addresses that do not follow the above rules": those do not, and nobody is told anything. */
function isDescribed(text: string, start: number): boolean {
  return NEGATED.test(text.slice(start, start + 16)) && RELATIVE.test(text.slice(Math.max(0, start - 16), start))
}

const THIRD_PERSON = /^[a-z]{3,}s\s(?:[\p{L}\p{N}]{2,}[\s'\u2019-]+){2,}[\p{L}\p{N}]{2,}$/u

/** "Hides the detour from the end-user": in plain words, a verb of the third person is no order, however it was read. */
function isThirdPerson(text: string, start: number, end: number): boolean {
  return (
    THIRD_PERSON.test(text.slice(start, end)) && /(?:^|[^.!?:;\s])\s+$/.test(text.slice(Math.max(0, start - 4), start))
  )
}

/** Where the verb of a hit begins; its start where a folding hides it. */
function verbIn(text: string, start: number, end: number): number {
  return start + Math.max(0, text.slice(start, end).search(VERB))
}

/** The file stands in a string that a function is called with. */
function isArgument(text: string, start: number, end: number): boolean {
  return (
    text.slice(start, end).endsWith('/etc/passwd"') && ARGUMENT.test(text.slice(Math.max(0, start - NEAR), start + 1))
  )
}

function hasPartner(text: string, token: string, start: number, end: number): boolean {
  return token.startsWith('[/')
    ? text
        .slice(Math.max(0, start - PARTNER), start)
        .toLowerCase()
        .includes(token.toLowerCase().replace('/', ''))
    : text
        .slice(end, end + PARTNER)
        .toLowerCase()
        .includes(token.toLowerCase().replace('[', '[/'))
}

const FENCE = /^[ \t>]*(?:```|~~~)/gm

/** Whether a place stands in code formatting: between fences, or in one pair of signs of its line. */
function isInFence(text: string, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - 8 * PARTNER), start)
  if ((before.match(FENCE)?.length ?? 0) % 2 === 1 && text.slice(end, end + PARTNER).search(FENCE) >= 0) return true
  const line = before.slice(before.lastIndexOf('\n') + 1)
  return (line.split('`').length - 1) % 2 === 1 && /^[^`\n]*`/.test(text.slice(end, end + PARAGRAPH))
}
