// What a hit means here: suppressed, of the core floor, on an exempt host, or what the section says. Whatever is not enforced is still said.
import type {Action} from '../../core/decision.js'
import type {Exchange} from '../../core/exchange.js'
import {eventSubject} from '../../core/render.js'
import type {Scanners} from './scanners.js'
import type {ResponseScanning} from './config.js'
import {createExceptions} from './exceptions.js'
import type {Layer} from './findings.js'

type Learned = NonNullable<ReturnType<Scanners['injection']['scan']>['matches'][number]['learned']>

export interface InjectionMatch {
  readonly rule: string
  readonly start: number
  readonly end: number
  readonly severity: string
  /** Score and strongest features where the learned classifier matched; no text of the response. */
  readonly learned?: Learned
}

export interface Ruled {
  readonly injectionMatches: readonly InjectionMatch[]
  /** More was encoded in it than is decoded for looking at it. */
  readonly exhausted: boolean
  /** Something in it is only spoken about. */
  readonly hasMention: boolean
}

export interface Rulings {
  readonly layer: Extract<Layer, 'response_scan' | 'core_response'>
  /** False: only the core floor is looked for. */
  readonly isEnabled: boolean
  /** What a finding of injection does to an answer of this exchange. */
  action(x: Exchange): Action
  /** It should be asked about, and there is nobody, or no way, to ask. */
  cannotAsk(x: Exchange): boolean
  isExempt(x: Exchange): boolean
  /** Instructions in a text that stand; the others are logged. */
  injections(
    x: Exchange,
    text: string,
    options: {readonly source: 'http_response' | 'sse'; readonly hidden?: boolean},
  ): Generator<undefined, Ruled>
  /** Whether nothing at all is found that ends behind `from`; a first look that reports nothing. */
  isQuiet(text: string, from: number): boolean
  /** Whether an operator has accepted this rule there; logged when so. */
  isSuppressed(x: Exchange, rule: string): boolean
}

const NO_MATCHES: Ruled = {injectionMatches: [], exhausted: false, hasMention: false}

/** The URL of an answer with a finding is echoed no further than its host. */
const HIDING = {layer: 'response_scan'} as const

export function createRulings(
  section: ResponseScanning,
  {injection, suppress, log, excuse, approver, clock, warn}: Omit<Scanners, 'dlp'>,
  isExempt: (x: Exchange) => boolean,
): Rulings {
  const {enabled, action, mentions} = section
  const exceptions = createExceptions(section.core_observe_exceptions, clock, warn)

  const isSuppressed = (x: Exchange, rule: string): boolean => {
    if (suppress.size === 0) return false
    const entry = suppress.find(rule, x.target?.canonical ?? '')
    if (!entry) return false
    const reason = entry.reason === '' ? undefined : entry.reason
    excuse('suppress', x.transport)
    log.info('response_scan', {...eventSubject(x, HIDING), action: 'allow', patterns: [rule], suppressed: true, reason})
    return true
  }

  // a proxied client waits for bytes, not for people
  const canAsk = (x: Exchange): boolean => approver !== undefined && x.transport === 'fetch'

  return {
    layer: enabled ? 'response_scan' : 'core_response',
    isEnabled: enabled,
    isExempt,
    isSuppressed,
    action(x) {
      if (isExempt(x)) return 'warn'
      if (!enabled) return 'block'
      return action === 'ask' && !canAsk(x) ? 'block' : action
    },
    isQuiet(text, from) {
      const {matches, informational, exhausted} = injection.scan(text, {source: 'sse'})
      return !exhausted && !matches.some(({end}) => end > from) && !informational.some(({end}) => end > from)
    },
    cannotAsk: (x) => enabled && action === 'ask' && !isExempt(x) && !canAsk(x),

    *injections(x, text, options) {
      const judged = mentions ? options : {...options, withoutMentions: true}
      const {matches, informational, exhausted} = yield* injection.steps(text, judged)
      if (matches.length === 0 && informational.length === 0 && !exhausted) return NO_MATCHES
      for (const {rule, core, start, pass, learned} of informational) {
        if (enabled || core)
          log.info('core_observed', {...eventSubject(x, HIDING), pattern: rule, position: start, pass, ...learned})
      }
      const stands = ({rule, start, pass}: (typeof matches)[number]): boolean => {
        const exception = exceptions.find(x.target?.host ?? '', rule)
        if (exception === undefined) return true
        const {owner, reason, expires} = exception
        log.info('core_observed', {
          ...eventSubject(x, HIDING),
          pattern: rule,
          position: start,
          pass,
          owner,
          reason,
          expires,
        })
        return false
      }
      const matched = matches.filter(
        (match) => (match.core || (enabled && !isSuppressed(x, match.rule))) && stands(match),
      )
      if (matched.length > 0 && isExempt(x)) {
        excuse('exempt_domain', x.transport)
        const reason = 'exempt_domains match'
        const hostname = x.target?.host
        log.info('response_scan_exempt', {
          ...eventSubject(x, HIDING),
          hostname,
          enforcement_type: 'response_scanning',
          reason,
        })
      }
      return {
        injectionMatches: matched.map(({rule, start, end, learned}) => ({
          rule,
          start,
          end,
          severity: 'high',
          ...(learned && {learned}),
        })),
        exhausted: exhausted && enabled,
        hasMention: informational.length > 0,
      }
    },
  }
}
