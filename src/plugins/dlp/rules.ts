// From configuration to compiled rules: built-in patterns, the operator's replacements and additions, and the core floor
// that nothing removes. Built once per policy.
import {compileDomainList, type DomainList} from '../../lib/domain-list.js'
import {once} from '../../lib/once.js'
import {compilePattern, ownPattern, PatternError, type Matcher, type RegexEngine} from '../../lib/regex/engine.js'
import type {DlpConfig} from './config.js'
import {onePass, type Walk} from '../../lib/regex/one-pass.js'
import {largestRepeat} from '../../lib/regex/syntax.js'
import {
  BUILT_IN_PATTERNS,
  PATTERN_ALIASES,
  VENDOR_TOKEN,
  type BuiltInPattern,
  type Glued,
  type Left,
  type Right,
  type Severity,
  type Trigger,
} from './patterns.js'
import type {CheckName} from './validators.js'

export interface Rule {
  readonly name: string
  readonly severity: Severity
  readonly matcher: Matcher
  /** The expression without an engine, for a place where a match may begin. */
  readonly walk: Walk | undefined
  /** A match may be of any length. */
  readonly unbounded: boolean
  /** Some texts hold it up; told by measuring. */
  readonly slow: boolean
  readonly core: boolean
  readonly warn: boolean
  readonly exempt: DomainList | undefined
  readonly left: Left | undefined
  readonly right: Right | undefined
  /** How a match is judged that a token continues beside; undefined: it is not a match. */
  readonly glued: Glued | undefined
  readonly check: CheckName | undefined
  /** Lower-case texts: every match holds one, `back` characters after its beginning. */
  readonly literals: readonly string[]
  /** The same texts as the issuer spells them. */
  readonly issued: readonly string[]
  /** Its matches are issued in one case. */
  readonly oneCase: boolean
  /** Characters of a whole one that ends in a checksum. */
  readonly summed: number | undefined
  readonly triggers: readonly Trigger[]
  readonly back: number
  readonly starts: BuiltInPattern['starts']
  /** Its matches are one token: values that stand side by side by chance do not make one (names, numbers and their values do). */
  readonly joinable: boolean
  /** Groups of digits with blanks between them: a tab or a line end parts two numbers of a table. */
  readonly isNumber: boolean
}

export interface RuleProblem {
  readonly field: string
  readonly message: string
}

type PatternConfig = DlpConfig['dlp']['patterns'][number]

const SEVERITIES: readonly Severity[] = ['low', 'medium', 'high', 'critical']

/** Core rules first, then the others in table order, then the operator's additions in theirs. */
export function compileRules(config: DlpConfig['dlp'], engine: RegexEngine): readonly Rule[] {
  const problems = checkRules(config, engine)
  const [first] = problems
  if (first !== undefined) throw new PatternError(`${first.field}: ${first.message}`)
  const own = new Map(config.patterns.map((pattern) => [canonicalName(pattern.name), pattern]))
  const overrides = new Map(
    Object.entries(config.severity_overrides).map(([name, severity]) => [canonicalName(name), severity]),
  )
  const severityOf = (name: string, severity: Severity): Severity => overrides.get(name) ?? severity
  const rules: Rule[] = []
  for (const pattern of BUILT_IN_PATTERNS) {
    if (pattern.core) rules.push(builtIn(pattern, 'critical', engine))
  }
  for (const pattern of BUILT_IN_PATTERNS) {
    if (!config.include_defaults || own.has(pattern.name) || pattern.core) continue
    const rule = builtIn(pattern, severityOf(pattern.name, pattern.severity), engine)
    rules.push(pattern.name === VENDOR_TOKEN ? withoutSigns(rule, config.vendor_token_exemptions) : rule)
  }
  for (const pattern of config.patterns) {
    const name = canonicalName(pattern.name)
    const severity = severityOf(name, pattern.severity)
    const same = builtInPattern(name)
    // only its exemptions are the operator's: what may stand around a match, and what checks it, stays
    const kept = same?.regex === pattern.regex && pattern.validator === undefined && same.core !== true
    rules.push(
      kept
        ? {...builtIn(same, severity, engine), exempt: exemptions(pattern)}
        : operatorRule({...pattern, name, severity}, engine),
    )
  }
  return rules
}

/** Nothing that begins with one of the texts matches. */
function withoutSigns(rule: Rule, beginnings: readonly string[]): Rule {
  const {walk} = rule
  if (walk === undefined || beginnings.length === 0) return rule
  const longest = Math.max(...beginnings.map(({length}) => length))
  return {
    ...rule,
    walk: (text, at) =>
      beginnings.some((beginning) => text.startsWith(beginning, at)) ? -1 - (at + longest) : walk(text, at),
  }
}

/** By its name or an older one; for what changes nothing about a pattern but its exemptions. */
export function builtInPattern(name: string): BuiltInPattern | undefined {
  return BUILT_IN_PATTERNS.find((pattern) => pattern.name === canonicalName(name))
}

function exemptions({exempt_domains}: PatternConfig): DomainList | undefined {
  return exempt_domains.length === 0 ? undefined : compileDomainList(exempt_domains)
}

/** What is wrong with the section, each with the field that says it. */
export function checkRules(config: DlpConfig['dlp'], engine: RegexEngine): readonly RuleProblem[] {
  const problems: RuleProblem[] = []
  const known = new Set<string>()
  const builtIns = new Map(BUILT_IN_PATTERNS.map((pattern) => [pattern.name, pattern]))
  for (const [i, pattern] of config.patterns.entries()) {
    const field = `dlp.patterns[${i}]`
    const name = canonicalName(pattern.name)
    const replaced = builtIns.get(name)
    if (known.has(name)) problems.push({field: `${field}.name`, message: 'is used twice'})
    known.add(name)
    try {
      compilePattern(engine, pattern.regex)
    } catch (error) {
      if (!(error instanceof PatternError)) throw error
      problems.push({field: `${field}.regex`, message: `${JSON.stringify(pattern.name)}: ${error.message}`})
    }
    if (pattern.action === 'warn' && replaced?.regex === pattern.regex) {
      problems.push({field: `${field}.action`, message: 'a built-in pattern cannot be made report-only'})
    }
    if (replaced?.core && pattern.exempt_domains.length > 0) {
      problems.push({field: `${field}.exempt_domains`, message: 'a core pattern has no exemptions'})
    }
  }
  for (const [key, severity] of Object.entries(config.severity_overrides)) {
    const field = `dlp.severity_overrides.${key}`
    const name = canonicalName(key)
    const current = config.patterns.find((p) => canonicalName(p.name) === name) ?? builtIns.get(name)
    if (current === undefined) problems.push({field, message: 'no pattern has this name'})
    else if (SEVERITIES.indexOf(severity) < SEVERITIES.indexOf(current.severity)) {
      problems.push({field, message: `is lower than ${current.severity}; severities are only raised`})
    }
  }
  return problems
}

function canonicalName(name: string): string {
  return PATTERN_ALIASES.get(name) ?? name
}

function builtIn(pattern: BuiltInPattern, severity: Severity, engine: RegexEngine): Rule {
  const {
    name,
    regex,
    issued,
    left,
    right,
    glued,
    check,
    starts,
    summed,
    oneCase = false,
    triggers = [],
    back = 0,
  } = pattern
  const isNumber = triggers.some((trigger) => NUMERIC.has(trigger))
  return {
    name,
    severity,
    matcher: ownPattern(engine, regex),
    walk: builtInWalk(pattern),
    unbounded: false,
    slow: false,
    core: pattern.core ?? false,
    warn: false,
    exempt: undefined,
    left,
    right,
    glued,
    check,
    literals: issued.map((text) => text.toLowerCase()),
    issued,
    oneCase,
    summed,
    triggers,
    back,
    starts,
    joinable: !LABELLED.has(check ?? '') && !isNumber,
    isNumber,
  }
}

const walks = new WeakMap<BuiltInPattern, Walk>()

/** Made once per process, when the pattern first has a candidate: most patterns never have one. */
function builtInWalk(pattern: BuiltInPattern): Walk {
  const made = once(() => {
    const walk = walks.get(pattern) ?? onePass(pattern.regex)
    if (walk === undefined) throw new Error(`the expression of ${pattern.name} is not one-pass`)
    walks.set(pattern, walk)
    return walk
  })
  return (text, from) => made()(text, from)
}

const LABELLED: ReadonlySet<string> = new Set([
  'notPlaceholder',
  'variable',
  'connection',
  'serviceAccount',
  'bearer',
  'keyName',
  'vendorToken',
])
const NUMERIC: ReadonlySet<Trigger> = new Set(['digits8', 'digits15', 'ssn', 'iban'])

const MAX_WALK = 128

function operatorRule(pattern: PatternConfig, engine: RegexEngine): Rule {
  const literal = literalPrefix(pattern.regex)
  const repeat = largestRepeat(pattern.regex)
  return {
    name: pattern.name,
    severity: pattern.severity,
    matcher: compilePattern(engine, pattern.regex),
    // without a literal there is no place to begin at, and from each of many places a long way is too long: then the engine
    // looks through the text
    walk: literal === undefined || repeat > MAX_WALK ? undefined : onePass(pattern.regex),
    unbounded: repeat === Infinity,
    slow: false,
    core: false,
    warn: pattern.action === 'warn',
    exempt: exemptions(pattern),
    left: undefined,
    right: undefined,
    glued: undefined,
    check: pattern.validator,
    literals: literal === undefined ? [] : [literal.toLowerCase()],
    issued: literal === undefined ? [] : [literal],
    oneCase: false,
    summed: undefined,
    triggers: [],
    back: 0,
    starts: undefined,
    joinable: true,
    isNumber: false,
  }
}

/** Literal text with which every match of an expression begins, if that is plain to see. */
function literalPrefix(regex: string): string | undefined {
  const body = regex.replace(/^\(\?i\)/, '')
  if (body.includes('|') || /\(\?[a-zA-Z]*-/.test(body)) return undefined
  let literal = /^[A-Za-z0-9_=:@\-/ ]*/.exec(body)?.[0] ?? ''
  // a quantifier belongs to the character before it
  if (/^[*?+{]/.test(body.slice(literal.length))) literal = literal.slice(0, -1)
  return literal.length >= 3 ? literal : undefined
}
