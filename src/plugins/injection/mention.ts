// Mention versus use: an article about attacks quotes them. A hit is a mention only if every condition holds; quotation alone
// is never sufficient, since attackers quote. All of it is judged on the text as it was given.
import type {InjectionOptions} from '../../core/services/injection.js'
import {isImperative} from './imperative.js'
import type {Match} from './passes.js'

/** The hits that are mentions. `hits` are all hits of the text, in every view. */
export function mentionsIn(text: string, matches: readonly Match[], options: InjectionOptions): ReadonlySet<Match> {
  // condition 5: only what a server answers, and nothing that its reader would not see
  if (options.source !== 'http_response' || options.hidden === true || options.withoutMentions === true) return NONE
  const enforced = matches.filter((match) => !match.informational)
  // condition 3: one hit of a rule that is never quoted, and everything is meant
  if (enforced.length === 0 || !enforced.every(mentionable) || !FRAME.test(text)) return NONE
  const quotations = enforced.map((match) => quotationOf(text, match))
  // or one outside quotes
  if (quotations.includes(undefined)) return NONE
  const quoted = quotations.filter((quotation) => quotation !== undefined)
  if (!quoted.every((quotation) => isFramed(text, quotation) && isHarmless(text, quotation))) return NONE
  if (quoted.some((quotation) => holdsMore(text, quotation, matches) || hasInstructionBeside(text, quotation, quoted)))
    return NONE
  if (directs(outside(text, quoted))) return NONE
  return new Set(enforced)
}

const NONE: ReadonlySet<Match> = new Set()

/** Decoded or hidden text is no quotation; rules that order an act are never eligible. */
function mentionable({phrase, pass}: Match): boolean {
  return phrase.mentionable && pass !== 'decoded' && pass !== 'tags'
}

interface Quotation {
  readonly start: number
  readonly end: number
}

const LONGEST = 400
const PAIRS: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '`': '`',
  '“': '”',
  '„': '“',
  '‘': '’',
  '«': '»',
  '»': '«',
  '「': '」',
  '『': '』',
}
const ASCII_QUOTES = new Set([0x22, 0x27, 0x60])
const PARAGRAPH = /\n[ \t\r]*\n/
const BEFORE_OPENING = /^$|[\s([{<>=,;:—–*_/\-]/
const AFTER_CLOSING = /^$|[\s)\]}<>,;:.!?—–*_/\-]/
const LIST_ITEM = /(?:^|\n)[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]+[^\n]*$/

/** Condition 1: the quotation marks, code formatting or list item around a hit. */
function quotationOf(text: string, {start, end}: Match): Quotation | undefined {
  const floor = Math.max(0, end - LONGEST)
  for (let open = start - 1; open >= floor; open--) {
    const unit = text.charCodeAt(open)
    if (unit < 128 && !ASCII_QUOTES.has(unit)) continue
    const closing = PAIRS[text.charAt(open)]
    if (closing === undefined) continue
    if (!BEFORE_OPENING.test(text.slice(Math.max(0, open - 1), open)) || !/\S/.test(text.charAt(open + 1))) continue
    const near = text.slice(end, open + LONGEST + 1)
    for (let close = near.indexOf(closing); close >= 0; close = near.indexOf(closing, close + 1)) {
      const after = end + close + 1
      if (!AFTER_CLOSING.test(text.slice(after, after + 1))) continue
      return PARAGRAPH.test(text.slice(open, after)) ? undefined : {start: open, end: after}
    }
  }
  const marked = inMarkup(text, floor, start, end)
  if (marked !== undefined) return marked
  const line = text.lastIndexOf('\n', start - 1) + 1
  const lineEnd = text.indexOf('\n', end)
  const until = lineEnd < 0 ? text.length : lineEnd
  const block = fenced(text, floor, start, end) ?? quotedLines(text, line, until)
  if (block !== undefined) {
    const isShort = block.end - block.start <= LONGEST && !PARAGRAPH.test(text.slice(block.start, block.end))
    return isShort ? block : undefined
  }
  if (until - line <= LONGEST && LIST_ITEM.test(text.slice(Math.max(0, line - 1), start))) {
    return {start: line, end: until}
  }
  return undefined
}

const FENCE = /(?:^|\n)[ \t]*(?:```|~~~)/g

/** The code fence around a place. */
function fenced(text: string, floor: number, start: number, end: number): Quotation | undefined {
  const opening = [...text.slice(floor, start).matchAll(FENCE)].at(-1)
  // the fences before it stand in pairs, but for the one that it is behind
  if (opening === undefined || [...text.slice(0, start).matchAll(FENCE)].length % 2 === 0) return undefined
  const open = floor + opening.index + (text.charAt(floor + opening.index) === '\n' ? 1 : 0)
  const closing = /\n[ \t]*(?:```|~~~)/.exec(text.slice(end, open + LONGEST + 1))
  return closing === null ? undefined : {start: open, end: end + closing.index + closing[0].length}
}

const QUOTED_LINE = /^[ \t]*>/

/** The lines with a sign of quotation around those from `line` to `until`. */
function quotedLines(text: string, line: number, until: number): Quotation | undefined {
  if (!QUOTED_LINE.test(text.slice(line, until))) return undefined
  let start = line
  while (start > 0 && line - start <= LONGEST) {
    const above = text.lastIndexOf('\n', start - 2) + 1
    if (!QUOTED_LINE.test(text.slice(above, start))) break
    start = above
  }
  let end = until
  while (end < text.length && end - until <= LONGEST) {
    const next = text.indexOf('\n', end + 1)
    const below = next < 0 ? text.length : next
    if (!QUOTED_LINE.test(text.slice(end + 1, below))) break
    end = below
  }
  return {start, end}
}

const OPENING =
  /<(code|kbd|samp|q|li|pre|blockquote)\b[^<>]{0,200}>|(?<=^|[\s([{<>=,;:—–*_/-])&(quot|ldquo|lsquo|bdquo|laquo|#34|#39|apos);/gi
const CLOSING: Readonly<Record<string, string>> = {
  quot: '&quot;',
  ldquo: '&rdquo;',
  lsquo: '&rsquo;',
  bdquo: '&ldquo;',
  laquo: '&raquo;',
  '#34': '&#34;',
  '#39': '&#39;',
  apos: '&apos;',
}

/** The same in a page: elements for code, quotations and items of lists, and references to quotation marks. */
function inMarkup(text: string, floor: number, start: number, end: number): Quotation | undefined {
  const before = text.slice(Math.max(0, floor), start)
  const last = [...before.matchAll(OPENING)].at(-1)
  if (last === undefined) return undefined
  const [opening, element = '', reference = ''] = last
  const closing = element === '' ? (CLOSING[reference.toLowerCase()] ?? '') : `</${element.toLowerCase()}>`
  // what was closed before the hit is another quotation
  if (
    before
      .slice(last.index + opening.length)
      .toLowerCase()
      .includes(closing)
  )
    return undefined
  const open = start - before.length + last.index
  const close = text
    .slice(end, open + LONGEST + 1)
    .toLowerCase()
    .indexOf(closing)
  if (close < 0 || (element === '' && !/\S/.test(text.charAt(open + opening.length)))) return undefined
  const after = end + close + closing.length
  return PARAGRAPH.test(text.slice(open, after)) ? undefined : {start: open, end: after}
}

export const FRAME =
  /\b(?:patterns?|phrases?|examples?|attacks?|attackers?|injections?|such as|e\.g\.|like)(?:\b|(?<=\.))|注入|攻击|攻擊|攻撃|例えば|例如|공격|예시|ejemplo|ataque/iu
const ADDRESS = /https?:\/\/\S*/gi
const SENTENCE_END = /[.!?。！？][\s"')\]]|\n[ \t\r]*\n/g

/** Condition 2: the sentence or heading of the quotation makes it an object of discussion. */
function isFramed(text: string, {start, end}: Quotation): boolean {
  const before = text.slice(Math.max(0, start - LONGEST), start)
  let from = 0
  for (const {index, 0: stop} of before.matchAll(SENTENCE_END)) from = index + stop.length
  const after = text.slice(end, end + LONGEST)
  const until = after.search(/[.!?。！？](?:\s|$)|\n[ \t\r]*\n/)
  // the name of a host says nothing about what stands beside it
  const sentence = (before.slice(from) + ' ' + (until < 0 ? after : after.slice(0, until))).replace(ADDRESS, ' ')
  if (FRAME.test(sentence)) return true
  // a paragraph or a block of code of its own is framed by the sentence or the heading before it
  if (isParagraph(text, {start, end}) && FRAME.test(sentenceBefore(text, start).replace(ADDRESS, ' '))) return true
  // an item of a list is framed by the line that opens the list
  return text.charAt(start) !== '"' && FRAME.test(listHeading(text, start))
}

const BLOCK = /^(?:[ \t]*>|[ \t]*```|[ \t]*~~~|<pre|<blockquote)/i

/** Whether a quotation is all of its paragraph. */
function isParagraph(text: string, {start, end}: Quotation): boolean {
  if (BLOCK.test(text.slice(start, start + 12))) return true
  return (
    /(?:^|\n)[ \t]*$/.test(text.slice(Math.max(0, start - 40), start)) &&
    /^[ \t.]*(?:\n|$)/.test(text.slice(end, end + 40))
  )
}

/** The last sentence or heading of the paragraph before a place. */
function sentenceBefore(text: string, at: number): string {
  const before = text.slice(Math.max(0, at - LONGEST), at).trimEnd()
  let from = 0
  for (const {index, 0: stop} of before.matchAll(SENTENCE_END)) from = index + stop.length
  return before.slice(from)
}

const LIST_LINE = /^[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]/

/** The line above the list that a place stands in; '' outside lists. */
function listHeading(text: string, at: number): string {
  const lineEnd = text.indexOf('\n', at)
  const until = Math.min(lineEnd < 0 ? text.length : lineEnd, at + LONGEST)
  const lines = text.slice(Math.max(0, at - 4 * LONGEST), until).split('\n')
  let last = lines.length - 1
  if (!LIST_LINE.test(lines[last] ?? '')) return ''
  while (last >= 0 && (LIST_LINE.test(lines[last] ?? '') || (lines[last] ?? '').trim() === '')) last--
  return lines[last] ?? ''
}

const EXTERNAL = /https?:|www\.|\b[\w-]+\.(?:com|net|org|io|invalid|test|example)\b/i
const SENSITIVE =
  /\.ssh|\.aws|\.env\b|\.npmrc|\.pypirc|\.netrc|\/etc\/|kubeconfig|password|passwd|token|api[ _-]?key|secret|credential|private key|ssh key|cookie/i

/** Condition 6: what is quoted names no address, path or credential. */
function isHarmless(text: string, {start, end}: Quotation): boolean {
  const quoted = text.slice(start, end)
  return !EXTERNAL.test(quoted) && !SENSITIVE.test(quoted)
}

const CLAUSE_END = /[.!?;:,\n\u3002\uff01\uff1f\uff0c\uff1b]|\b(?:and|then|but|or|y|et|und|e)\b/iu
const TAG = /<[^<>]{0,200}>|&#?\w{1,8};/g
/** Words beside the phrase that still make one saying with it. */
const FEW_WORDS = 3
const FEW_SIGNS = 8
const IDEOGRAPHS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu

/** A quotation holds another order beside the phrase, or more than a saying: what follows the phrase is what is wanted. */
function holdsMore(text: string, {start, end}: Quotation, matches: readonly Match[]): boolean {
  const spans = matches.filter((match) => match.start >= start && match.end <= end)
  const clauses = outside(
    text.slice(start, end),
    spans.map((match) => ({start: match.start - start, end: match.end - start})),
  )
    .replace(TAG, ' ')
    .split(CLAUSE_END)
  // an item of a list is explained in its line
  const isItem = !/^[<>&"'`\u201c\u201e\u2018\u00ab\u00bb\u300c\u300e]/.test(text.charAt(start))
  return clauses.some((clause) => {
    if (isImperative(clause, false)) return true
    if (isItem) return false
    return (clause.match(/\p{L}[\p{L}\p{M}\p{N}'-]*/gu) ?? []).length > FEW_WORDS || signs(clause) > FEW_SIGNS
  })
}

function signs(clause: string): number {
  return clause.match(IDEOGRAPHS)?.length ?? 0
}

const SENTENCES =
  /[.!?;:](?=[\s"')\]]|$)|\n|,\s+(?=(?:so|then|now|please)\s)|[\u3002\uff01\uff1f]|\s[\u2013\u2014-]\s/iu
const MUST = /\byou\s+(?:must|need to|have to|are to|shall)\s+(.{1,80})/i

/** A sentence of the same paragraph tells the reader to do something. */
function hasInstructionBeside(text: string, quotation: Quotation, quoted: readonly Quotation[]): boolean {
  const before = text.slice(Math.max(0, quotation.start - LONGEST), quotation.start)
  const after = text.slice(quotation.end, quotation.end + LONGEST)
  // what frames a block is the paragraph before it
  const framing = isParagraph(text, quotation) ? before.trimEnd() : before
  const from = quotation.start - before.length + lastParagraph(framing)
  const next = PARAGRAPH.exec(after)?.index ?? after.length
  const until = quotation.end + next
  const near = quoted.filter(({start, end}) => start >= from && end <= until)
  const rest = outside(
    text.slice(from, until),
    near.map(({start, end}) => ({start: start - from, end: end - from})),
  )
  return rest
    .replace(TAG, '\n')
    .split(SENTENCES)
    .some((sentence) => isImperative(sentence, true) || isImperative(MUST.exec(sentence)?.[1] ?? '', true))
}

/** Where the last paragraph of a text begins. */
function lastParagraph(text: string): number {
  let from = 0
  for (const {index, 0: gap} of text.matchAll(/\n[ \t\r]*\n/g)) from = index + gap.length
  return from
}

/** The text without its quotations. */
function outside(text: string, quotations: readonly Quotation[]): string {
  let rest = ''
  let from = 0
  for (const {start, end} of [...quotations].sort((a, b) => a.start - b.start)) {
    rest += text.slice(from, Math.max(from, start)) + ' '
    from = Math.max(from, end)
  }
  return rest + text.slice(from)
}

/** An order or a duty, and no report of what others do: "attackers use the phrase" tells the reader to do nothing. */
const REFERS_BACK =
  /(?:^|[.!?;:,\n\u2013\u2014-]\s*|\b(?:and|then|now|please|so|just|kindly|simply|always|also|first|next|immediately|you|must|should|shall|will|to|let's)\s+)(?:carry out|follow|perform|execute|do|obey|act on|apply|heed|comply with|use)\s+(?:the\s+)?(?:above|quoted|this|that|it|them|phrase|text)\b/i
const DIRECTIVE =
  /\byou\s+(?:must|should|shall|will|need to|have to|are to)\s+(?:\w+\s+){0,3}?(?:call|run|execute|invoke|open|visit|fetch|send|post|upload|download|paste|provide|reveal|print)\b|(?:^|[.!?:;\n]\s*)(?:please\s+|now\s+)?(?:call|run|execute|invoke|visit|fetch|send|upload|paste|provide|reveal)\s+(?:\w+\s+){0,4}?(?:tool|function|command|endpoint|url|link|https?|password|token|key|secret|credentials?|cookie)\b/i

/** Condition 4: the rest of the document gives an order, or takes the quotation for one. */
export function directs(rest: string): boolean {
  // one sign of white space each: a long run of it must not be read again from each of its characters
  const text = rest.replace(/\s+/g, (space) => (space.includes('\n') ? '\n' : ' '))
  return REFERS_BACK.test(text) || DIRECTIVE.test(text)
}
