// The HTML pipeline: read by the rules of the standard, changed in place, every other byte as it came. A
// hidden element goes as a whole where nothing of how the rest is read depends on it; else its tags stay, without a word
// between them. No element is there afterwards that was not there before.
import {readHidingRules, type HidingRules} from './markup/css-rules.js'
import {readHtml, type HtmlPosition} from './markup/html-reader.js'
import type {Removals} from './removals.js'
import {Page} from './page.js'
import type {Rules} from './rules.js'

export interface HtmlOptions {
  readonly rules: Rules
  readonly removals: Removals
  /** What stands before everything that runs, made with the nonce of the page's own scripts; "" where they have none. */
  readonly injected?: ((nonce: string) => string) | undefined
}

/** Documents in attributes of documents; deeper ones are empty. */
const MAX_DEPTH = 3

/** The page as it may be handed on; the same text where nothing has to change. */
export function* shieldHtml(source: string, options: HtmlOptions): Generator<undefined, string> {
  return yield* document(source, options, 0)
}

function* document(source: string, options: HtmlOptions, depth: number): Generator<undefined, string> {
  if (source.trim() === '') return source
  const {rules, injected} = options
  const hiding = rules.traps && rules.strictness !== 'minimal' ? readHidingRules(yield* sheetsOf(source)) : undefined
  yield
  let page: Page | undefined
  yield* readHtml(source, (position) => (page = pageOf(source, position, options, hiding, depth)))
  if (!page) return source
  yield* page.finish(true)
  yield
  return yield* page.done(injected?.(page.nonce))
}

/** Content of `noscript`, which some clients read as markup and some as text: both have to see the same end of it. */
function* fragment(
  source: string,
  options: HtmlOptions,
  hiding: HidingRules | undefined,
  depth: number,
): Generator<undefined, string> {
  let page: Page | undefined
  const isWhole = yield* readHtml(source, (position) => (page = pageOf(source, position, options, hiding, depth)), {
    withoutScripts: true,
  })
  if (page) yield* page.finish(isWhole)
  if (page && isWhole) return yield* page.done()
  options.removals.add('malformed_markup', source.length)
  return ''
}

function pageOf(
  source: string,
  position: HtmlPosition,
  options: HtmlOptions,
  hiding: HidingRules | undefined,
  depth: number,
): Page {
  const {rules, removals: matches} = options
  return new Page(source, position, {
    rules,
    removals: matches,
    hiding,
    *nested(kind, content) {
      if (kind === 'noscript') return yield* fragment(content, options, hiding, depth)
      if (depth < MAX_DEPTH) return yield* document(content, options, depth + 1)
      matches.add('malformed_markup', content.length)
      return ''
    },
  })
}

/** Tags of style sheets between two pauses. */
const TAGS = 8_192

/** Style sheets wherever they stand: their rules hold for what comes before them too. */
function* sheetsOf(source: string): Generator<undefined, readonly string[]> {
  const sheets: string[] = []
  let count = 0
  const mark = /<(\/?)style(?=[\s/>])/gi
  let from = -1
  for (let match = mark.exec(source); match; match = mark.exec(source)) {
    if (++count % TAGS === 0) yield
    if (match[1] === '') {
      if (from >= 0) continue
      const end = source.indexOf('>', mark.lastIndex)
      if (end < 0) break
      from = end + 1
    } else if (from >= 0) {
      sheets.push(source.slice(Math.min(from, match.index), match.index))
      from = -1
    }
  }
  if (from >= 0) sheets.push(source.slice(from))
  return sheets
}
