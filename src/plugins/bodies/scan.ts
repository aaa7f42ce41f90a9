// The texts of one body under all rules (scanning §5.1, §5.2). Clean bodies pay for a few scans over joined texts; whatever
// shows up there is then looked for exactly: every string alone, every whole, every join. The first step may only save work.
import {withoutTags} from '../../lib/body/markup.js'
import type {BodyText, Extraction} from './extract.js'

export type PatternSeverity = 'critical' | 'high' | 'medium' | 'low'

export interface PatternMatch {
  readonly rule: string
  readonly severity: PatternSeverity
  readonly core?: true
  readonly warn?: true
}

export interface PatternVerdict {
  readonly matches: readonly PatternMatch[]
  readonly informational: readonly PatternMatch[]
  readonly exhausted: boolean
}

export interface TextOptions {
  readonly surface: 'body' | 'header' | 'cookie'
  readonly key?: string
  readonly tokenRequest?: boolean
  readonly all?: boolean
}

export interface InjectionMatch {
  readonly rule: string
  readonly core: boolean
}

/** What is asked of the credential and injection plugins. */
export interface Scanners {
  text(input: string, options: TextOptions): PatternVerdict
  joined(parts: readonly string[], options: TextOptions): PatternVerdict
  injection(text: string): {readonly matches: readonly InjectionMatch[]; readonly exhausted: boolean}
}

export interface CredentialFinds {
  readonly enforced: readonly PatternMatch[]
  readonly informational: readonly PatternMatch[]
  readonly exhausted: boolean
}

export interface BodyFinds {
  readonly credentials: CredentialFinds
  /** One for each rule. */
  readonly injections: readonly InjectionMatch[]
}

/** Shorter texts hold no credential; joined with others they do. */
const MIN_TEXT = 8

/** Each step may be followed by a pause, so that a large body does not hold up the others. */
export function* scanBody(
  extraction: Extraction,
  scanners: Scanners,
  context: {readonly tokenRequest: boolean},
): Generator<undefined, BodyFinds> {
  const options: TextOptions = {surface: 'body', ...(context.tokenRequest && {tokenRequest: true})}
  const lines = linesOf(extraction.texts)
  const views = [lines, ...extraction.wholes]
  const bare = views.flatMap((view) => withoutTags(view, '') ?? [])
  const joins = joinsOf(extraction.texts)
  let clean = true
  const look = (verdict: PatternVerdict): void => {
    clean &&= verdict.matches.length === 0 && verdict.informational.length === 0 && !verdict.exhausted
  }
  for (const view of new Set([...views, ...bare])) {
    look(scanners.text(view, options))
    yield
  }
  for (const parts of joins) {
    look(scanners.joined(parts, options))
    yield
  }
  const wholes = [...extraction.wholes, ...bare]
  const credentials = clean ? NONE : yield* exactly({texts: extraction.texts, wholes}, joins, scanners, options)
  const phrases = new Set([
    lines,
    ...extraction.wholes,
    ...bare,
    ...views.flatMap((view) => withoutTags(view, ' ') ?? []),
  ])
  return {credentials, injections: yield* injectionsOf(phrases, scanners)}
}

const NONE: CredentialFinds = {enforced: [], informational: [], exhausted: false}

function* exactly(
  {texts, wholes}: Extraction,
  joins: readonly (readonly string[])[],
  scanners: Scanners,
  options: TextOptions,
): Generator<undefined, CredentialFinds> {
  const finds = new Collected()
  // every one, or a find of little weight would hide a heavier one behind it
  const every = {...options, all: true}
  for (const whole of wholes) {
    finds.add(scanners.text(whole, every))
    yield
  }
  let work = 0
  for (const {text, key} of texts) {
    if (text.length < MIN_TEXT) continue
    finds.add(scanners.text(text, key === '' ? every : {...every, key}))
    work += text.length + 64
    if (work > PAUSE_AFTER) {
      work = 0
      yield
    }
  }
  for (const parts of joins) {
    finds.add(scanners.joined(parts, every))
    yield
  }
  return finds
}

const PAUSE_AFTER = 65_536

/** Matches by name, in the order of their first find. */
export class Collected implements CredentialFinds {
  readonly #enforced = new Map<string, PatternMatch>()
  readonly #informational = new Map<string, PatternMatch>()
  exhausted = false

  add(verdict: PatternVerdict): void {
    for (const match of verdict.matches) keep(this.#enforced, match)
    for (const match of verdict.informational) keep(this.#informational, match)
    if (verdict.exhausted) this.exhausted = true
  }

  get enforced(): readonly PatternMatch[] {
    return [...this.#enforced.values()]
  }

  get informational(): readonly PatternMatch[] {
    return [...this.#informational.values()]
  }
}

function keep(into: Map<string, PatternMatch>, match: PatternMatch): void {
  if (!into.has(match.rule)) into.set(match.rule, match)
}

function* injectionsOf(views: Iterable<string>, scanners: Scanners): Generator<undefined, readonly InjectionMatch[]> {
  const rules = new Map<string, InjectionMatch>()
  for (const view of views) {
    const {matches, exhausted} = scanners.injection(view)
    for (const {rule, core} of matches) if (!rules.has(rule)) rules.set(rule, {rule, core})
    // what was not looked at is nothing that anyone can accept
    if (exhausted) rules.set('decode_budget_exceeded', {rule: 'decode_budget_exceeded', core: true})
    yield
  }
  return [...rules.values()]
}

/** Every text on lines of its own, a name in front of its value, so that a rule sees what it sees of each text alone. */
function linesOf(texts: readonly BodyText[]): string {
  return texts.map(({text}) => text).join('\n')
}

/** Orders in which a peer may put values together again: as they stand, and by name (scanning §5.2). */
function joinsOf(texts: readonly BodyText[]): readonly (readonly string[])[] {
  const values = texts.filter(({isName, text}) => !isName && text !== '')
  const names = texts.filter(({isName, text}) => isName && text !== '').map(({text}) => text)
  const joins: (readonly string[])[] = []
  if (values.length > 1) {
    joins.push(values.map(({text}) => ends(text)))
    const byName = values.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    if (byName.some((value, i) => value !== values[i])) joins.push(byName.map(({text}) => ends(text)))
  }
  if (names.length > 1) joins.push(names.map(ends))
  return joins
}

const SEAM = 1_024

/** Only what is near a seam can cross it; between the two ends stands what no rule reads over. */
function ends(text: string): string {
  return text.length <= 4 * SEAM ? text : `${text.slice(0, SEAM)} \u2022 ${text.slice(-SEAM)}`
}
