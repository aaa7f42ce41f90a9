// What a script must not do: ask extensions whether they are there, and send a beacon when nobody looks.
// Names are replaced by a function that does nothing, so that their callers continue. No parser: a replacement stands
// wherever the name stood, in code, text or comment, and is valid in each of them.
import {atOnce, isInSteps} from '../../lib/slices.js'
import type {Category, Removals} from './removals.js'
import {urlSteps, type UrlRules} from './urls.js'

const NOTHING = '(function(){return false})'

const GAP = '(?:\\s|/\\*[^*]{0,200}\\*/){0,8}'
const DOT = `${GAP}(?:\\?\\.|\\.)${GAP}`
const HOLDERS = `(?:(?:window|self|globalThis|top|parent|frames)${DOT}){0,4}`
const NOT_INSIDE = '(?<![\\w$.])'

/** `holder.name` by dot or bracket, behind the objects that lead to it; `spelt` writes a name. */
function memberOf(path: readonly string[], spelt: (name: string) => string): RegExp {
  const member = (text: string): string => {
    const name = spelt(text)
    return `(?:${DOT}${name}(?![\\w$])|${GAP}(?:\\?\\.)?\\[${GAP}(?:"${name}"|'${name}'|\`${name}\`)${GAP}\\])`
  }
  const [first = '', ...rest] = path
  return new RegExp(`${NOT_INSIDE}${HOLDERS}${spelt(first)}${rest.map(member).join('')}`, 'g')
}

interface Member {
  readonly plain: RegExp
  /** With letters as escapes, which names may have as well as strings. */
  readonly escaped: RegExp
}

function member(...path: readonly string[]): Member {
  return {plain: memberOf(path, (name) => name), escaped: memberOf(path, escapable)}
}

function escapable(name: string): string {
  return [...name].map((c) => `(?:${c}|\\\\(?:u\\{?0*|x)${c.charCodeAt(0).toString(16)}\\}?)`).join('')
}

const BEACON = member('navigator', 'sendBeacon')
const MESSAGES = [member('chrome', 'runtime', 'sendMessage'), member('browser', 'runtime', 'sendMessage')]
/** Of a letter without marks. */
const ESCAPES = /\\(?:u00[4-7][0-9a-f]|u\{0{0,6}[4-7][0-9a-f]\}|x[4-7][0-9a-f])/i
const HELPER = /(?:(?<![\w$.])|(\.))(?:fetchExtensions|scanDOMForPrefix|fireExtensionDetectedEvents)(?=\s{0,8}\()/g

/** Characters that are worth a pause between two kinds. */
const LONG = 65_536

/** The script that may run; the same text where nothing has to change. */
export function neutraliseScript(source: string, rules: UrlRules, matches: Removals): string {
  return atOnce(scriptSteps(source, rules, matches))
}

/** The same in steps, one for each kind of replacement. */
export function* scriptSteps(source: string, rules: UrlRules, matches: Removals): Generator<undefined, string> {
  const isLong = source.length > LONG
  let text = source
  const isEscaped = yield* isInSteps(text, ESCAPES)
  function* without({plain, escaped}: Member, category: Category): Generator<undefined, void> {
    if (isLong) yield
    text = withoutMember(text, isEscaped ? escaped : plain, category, matches)
  }
  if (rules.tracking && (isEscaped || text.includes('sendBeacon'))) yield* without(BEACON, 'tracking')
  if (rules.probing) {
    if (isEscaped || text.includes('sendMessage')) for (const one of MESSAGES) yield* without(one, 'extension_probing')
    if (yield* isInSteps(text, /fetchExtensions|scanDOMForPrefix|fireExtension/)) text = withoutHelpers(text, matches)
  }
  if (isLong) yield
  return yield* urlSteps(text, 'script', rules, matches)
}

const ASSIGNED = /^\s{0,16}(?:=(?![=>])|[-+*/%&|^?<>]{1,3}=(?!=)|\+\+|--)/

function withoutMember(source: string, pattern: RegExp, category: Category, matches: Removals): string {
  return source.replace(pattern, (result: string, at: number) => {
    const end = at + result.length
    // an assignment has no value to be replaced by
    if (ASSIGNED.test(source.slice(end, end + 32))) return result
    matches.add(category, result.length)
    return isNewStatement(source, at) ? `;${NOTHING}` : NOTHING
  })
}

const CONTINUES = /(?:^|[^\w$.])(?:await|typeof|void|new|delete|in|of|instanceof|yield|case|throw|return|else|do)\s*$/

/** A line that begins with a parenthesis is read as a call of the line before, where that has no end of its own. */
function isNewStatement(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 64), at)
  if (!/[\w$)\]}"'`][ \t]*[\n\r\u2028\u2029]\s*$/.test(before)) return false
  return !CONTINUES.test(before)
}

const STOPPED = 'return false;'

/** Calls go to a function that does nothing; definitions end before they begin. */
function withoutHelpers(source: string, matches: Removals): string {
  let out = ''
  let from = 0
  HELPER.lastIndex = 0
  for (let match = HELPER.exec(source); match; match = HELPER.exec(source)) {
    const at = match.index
    const end = at + match[0].length
    const body = bodyAfter(source, end)
    if (body !== undefined) {
      if (source.startsWith(STOPPED, body)) continue
      out += source.slice(from, body) + STOPPED
      from = body
    } else if (/function[\s*]{1,8}$/.test(source.slice(Math.max(0, at - 24), at))) {
      continue // a definition whose body is too far away; whoever calls it calls nothing
    } else {
      out += `${source.slice(from, at)}${match[1] === '.' ? '.valueOf' : isNewStatement(source, at) ? `;${NOTHING}` : NOTHING}`
      from = end
    }
    matches.add('extension_probing', match[0].length)
  }
  return out + source.slice(from)
}

const MAX_PARAMETERS = 1_000

/** Behind the `{` of a definition whose parameters begin here; undefined where it is a call. */
function bodyAfter(source: string, from: number): number | undefined {
  const limit = Math.min(source.length, from + MAX_PARAMETERS)
  let depth = 0
  for (let at = from; at < limit; at++) {
    const c = source[at]
    if (c === '(') depth++
    else if (c === ')' && --depth === 0) {
      const brace = /^\s{0,16}\{/.exec(source.slice(at + 1, at + 20))
      return brace ? at + 1 + brace[0].length : undefined
    }
  }
  return undefined
}
