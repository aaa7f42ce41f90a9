// Canary tokens in what comes back: nobody may ever send one, so that an answer that holds one proves that it
// has left before. What proves it is refused whatever the section does with instructions.
import type {Finding} from '../../core/decision.js'
import {declaredTypes} from '../../core/content-type.js'
import type {Exchange, Unit} from '../../core/exchange.js'
import type {Awaitable} from '../../core/plugin.js'
import {inTurns} from '../../core/work.js'
import type {Services} from '../../core/services/index.js'
import {readingSteps} from '../../lib/body/readings.js'
import {utf8Steps} from '../../lib/body/utf8.js'
import {slicesOf} from '../../lib/slices.js'
import {distinct, names} from './body.js'
import {finding} from './findings.js'

type Canaries = NonNullable<Services['dlp']['canaries']>

export function inspectForCanaries(
  unit: Unit,
  canaries: Canaries,
  x: Pick<Exchange, 'work'> = {},
): Awaitable<readonly Finding[]> {
  return inTurns(x, inspect(unit, canaries))
}

function* inspect(unit: Unit, canaries: Canaries): Generator<undefined, readonly Finding[]> {
  const matches: {readonly rule: string; readonly severity: string}[] = []
  let exhausted = false
  for (const whole of yield* textsOf(unit)) {
    for (const {text} of slicesOf(whole)) {
      const verdict = canaries(text)
      matches.push(...verdict.matches)
      exhausted ||= verdict.exhausted
      yield
    }
  }
  if (exhausted) matches.push({rule: 'decode_budget_exceeded', severity: 'high'})
  const rules = distinct(matches)
  if (rules.length === 0) return []
  const where = unit.kind === 'head' ? 'response header' : 'response'
  return [
    finding({
      layer: 'response_scan',
      reason: 'dlp_match',
      action: 'block',
      detail: `${where} contains secret: ${names(rules)}`,
      hint: 'canary_tokens.tokens names what nobody may send: find out who did',
      rules,
    }),
  ]
}

function* textsOf({kind, headers, bytes, part}: Unit): Generator<undefined, readonly string[]> {
  if (kind === 'head') return [headers.map(([name, value]) => `${name}: ${value}`).join('\n')]
  if (part !== undefined) return [yield* utf8Steps(bytes)]
  return (yield* readingSteps(bytes, declaredTypes(headers).join())).texts
}
