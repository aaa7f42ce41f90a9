// Injected instructions in a URL: the directives of the injection rules, where they are the value and not its topic.
// Such phrases occur in honest searches, so a directive must begin the value or the path segment, or continue with an
// instruction.
import type {InjectionScanner} from '../../core/services/injection.js'
import type {Target} from '../../core/exchange.js'
import {decodePercent} from '../../lib/decode.js'

const RULES: ReadonlySet<string> = new Set([
  'Prompt Injection',
  'System Override',
  'Role Override',
  'New Instructions',
  'Jailbreak Attempt',
  'Hidden Instruction',
  'Behavior Override',
  'Encoded Payload',
  'Tool Invocation',
  'Authority Escalation',
  'Instruction Downgrade',
  'Instruction Dismissal',
  'Priority Override',
])

const LEAD = /^\W*(?:(?:please|now|important|system:)\W*)*$/i
const THEN = /^.{0,40}?\b(?:and|then|instead)\b/is
const VERBS =
  'ignore|disregard|forget|abandon|call|execute|run|invoke|send|provide|paste|return|supply|submit|share|hand|give|forward|' +
  'transmit|reveal|disclose|include|leak|expose|dump|email|upload|post|fetch|read|print|output|show|tell|reply|answer|' +
  'respond|write|act|follow|do'
const VERB = new RegExp(`\\b(?:${VERBS})\\b`, 'i')

/** True when there is a text to match: otherwise the rules need not be loaded. */
export function mayHoldInjection(target: Target): boolean {
  return textsOf(target).next().done !== true
}

/** The rule of a directive in the path or in a value; undefined for none. */
export function findUrlInjection(target: Target, injection: InjectionScanner): string | undefined {
  for (const text of textsOf(target)) {
    const {matches, exhausted} = injection.scan(text, {source: 'url'})
    if (exhausted) return 'decode_budget_exceeded'
    for (const {rule, start, end} of matches) {
      if (RULES.has(rule) && isDirective(text, start, end)) return rule
    }
  }
  return undefined
}

function isDirective(text: string, start: number, end: number): boolean {
  if (LEAD.test(text.slice(0, start))) return true
  const then = THEN.exec(text.slice(end, end + 50))
  return then !== null && VERB.test(text.slice(end + then[0].length, end + then[0].length + 40))
}

/** Segments, the path as one text, keys and values: those that contain enough words for a directive. */
function* textsOf({canonical, raw, path: wholePath, query}: Target): Generator<string> {
  if (raw === canonical && isTerse(wholePath, query)) return
  const segments = wholePath.split('/')
  const words: string[] = []
  for (const segment of segments) {
    const text = readable(segment)
    words.push(text)
    if (hasWords(text)) yield text
  }
  // a phrase with one word per segment: ordinary paths are words too, so one word of the phrase must occur
  if (segments.length > 4) {
    const whole = words.join(' ').trim()
    if (TRIGGER.test(whole)) yield whole
  }
  for (const field of query === '' ? [] : query.split(/[&=]/)) {
    const text = readable(field.replaceAll('+', ' '))
    if (hasWords(text)) yield text
  }
  const hash = raw.indexOf('#')
  if (hash >= 0 && hasWords(raw.slice(hash))) yield readable(raw.slice(hash + 1))
}

/** At least the length of the shortest matchable text (MIN_LENGTH), or to be decoded first. */
const LONG_SEGMENT = /%|[^/]{12}/
const LONG_FIELD = /[%#]|[^&=]{12}/

/** The ordinary URL: every part of it is too short for words, and no word of a phrase occurs in the path. */
function isTerse(path: string, query: string): boolean {
  return !LONG_SEGMENT.test(path) && !LONG_FIELD.test(query) && !TRIGGER.test(path)
}

function readable(text: string): string {
  return text.includes('%') ? decodePercent(text, false).text : text
}

const TRIGGER = /ignor|disregard|forget|abandon|instruct|prompt|directive|\byou\b/i
const MIN_LENGTH = 12

/** At least three words, or enough letters for words without spaces. */
function hasWords(text: string): boolean {
  if (text.length < MIN_LENGTH) return false
  let words = 0
  let letters = 0
  let digits = 0
  let humps = 0
  let wasLower = false
  for (let i = 0; i <= text.length; i++) {
    const c = i < text.length ? text.charCodeAt(i) : 0
    const lower = c | 0x20
    // beyond ASCII anything may be a letter
    if ((lower >= 0x61 && lower <= 0x7a) || c >= 0x80) {
      letters++
      if (wasLower && c < 0x61) humps++
      wasLower = c >= 0x61
    } else if (c >= 0x30 && c <= 0x39) digits++
    else {
      if (letters >= 3 && ++words === 3) return true
      // opaque values have digits and capitals throughout
      if (letters >= 16 && digits * 5 < letters && humps * 5 < letters) return true
      letters = 0
      digits = 0
      humps = 0
      wasLower = false
    }
  }
  return /[\u2e80-\ud7af]/.test(text)
}
