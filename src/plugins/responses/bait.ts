// Canary tokens in what comes back (scanning §6.4): nobody may ever send one, so that an answer that holds one proves that it
// has left before. What proves it is refused whatever the section does with instructions.
import {isUtf8} from 'node:buffer'
import type {Finding} from '../../core/decision.js'
import type {Exchange, Unit} from '../../core/exchange.js'
import type {Awaitable} from '../../core/plugin.js'
import {inTurns} from '../../core/work.js'
import {decodeText} from '../../lib/charset.js'
import {slicesOf} from '../../lib/slices.js'
import {distinct, names} from './body.js'
import {finding} from './findings.js'
import type {Services} from '../registry.js'

type Canaries = NonNullable<Services['dlp']['canaries']>

export function inspectForBait(
  unit: Unit,
  canaries: Canaries,
  x: Pick<Exchange, 'work'> = {},
): Awaitable<readonly Finding[]> {
  return inTurns(x, inspect(unit, canaries))
}

function* inspect(unit: Unit, canaries: Canaries): Generator<undefined, readonly Finding[]> {
  const hits: {readonly rule: string; readonly severity: string}[] = []
  let exhausted = false
  for (const {text} of slicesOf(textOf(unit))) {
    const verdict = canaries(text)
    hits.push(...verdict.matches)
    exhausted ||= verdict.exhausted
    yield
  }
  if (exhausted) hits.push({rule: 'decode_budget_exceeded', severity: 'high'})
  const rules = distinct(hits)
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

function textOf({kind, headers, bytes, part, contentType}: Unit): string {
  if (kind === 'head') return headers.map(([name, value]) => `${name}: ${value}`).join('\n')
  return part !== undefined || isUtf8(bytes) ? bytes.toString('utf8') : decodeText(bytes, contentType, false)
}
