// Plans the handling of an origin's response once its head is known: it streams, it is held until it is complete and
// judged, its events or lines are judged one by one, or none of it is handed on.
import type {Exchange} from '../core/exchange.js'
import {headUnit} from '../core/inspection.js'
import type {Awaitable, Requirements} from '../core/plugin.js'
import type {Ruling, StreamWatch} from '../core/policy.js'
import type {Route} from '../core/route.js'
import {framingOf, isCuttable} from '../core/stream-framing.js'
import {isCoded} from '../core/content-type.js'
import {headerPairs} from './exchange-factory.js'
import {responseCompressed} from './refusals.js'
import type {OriginHead} from './response-checks.js'
import type {Unit} from '../core/exchange.js'

export type ResponsePlan = {
  /** Includes the findings on the head. */
  readonly ruling: Ruling
  readonly unit: Unit
} & (
  | {readonly kind: 'stream'}
  /** `decodes`: the body has a content coding and is judged in its decoded form. */
  | {readonly kind: 'collect'; readonly want: Requirements; readonly decodes: boolean}
  | {readonly kind: 'watch'; readonly watch: StreamWatch}
  | {readonly kind: 'refuse'}
)

/** HEAD, 204 and 304 have no content: nothing to decompress or inspect. */
export function isBodyless(method: string, status: number): boolean {
  return method === 'HEAD' || status === 204 || status === 304
}

export function planResponse(x: Exchange, head: OriginHead, prior: Ruling): Awaitable<ResponsePlan> {
  const {policy} = prior
  const responses = policy.route(x)?.responses
  const unit = framed(headUnit('response', headerPairs(head.raw), head.status), responses)
  const inspected = policy.inspect(x, unit, prior)
  const plan = (ruling: Ruling, passes: boolean): ResponsePlan => {
    if (!passes) return {kind: 'refuse', ruling, unit}
    if (isBodyless(x.method, head.status)) return {kind: 'stream', ruling, unit}
    const framing = framingOf(unit)
    // a plugin that needs the complete body treats lines as a body, too
    const required = framing === 'events' ? undefined : policy.requires(x, unit)
    const watch = framing && !required ? policy.watch(x, unit, ruling) : undefined
    const want = framing === 'events' && !watch ? policy.requires(x, unit) : required
    if (!watch && !want) return {kind: 'stream', ruling, unit}
    const coded = isCoded(unit.headers)
    // pieces of coded content are no texts: only what is held can be decoded
    if (coded && (watch || responses?.decodes !== true)) {
      const refused = policy.conclude(x, [responseCompressed(watch?.layer)], ruling)
      return {kind: 'refuse', ruling: refused, unit}
    }
    if (watch) return {kind: 'watch', watch, ruling, unit}
    return want ? {kind: 'collect', want, decodes: coded, ruling, unit} : {kind: 'stream', ruling, unit}
  }
  return inspected instanceof Promise
    ? inspected.then(({ruling, unit: passed}) => plan(ruling, passed !== undefined))
    : plan(inspected.ruling, inspected.unit !== undefined)
}

/** Text that a route has judged in pieces, unless its own framing tells where they end. */
function framed(unit: Unit, responses: Route['responses'] | undefined): Unit {
  if (responses?.body !== 'pieces' || framingOf(unit) || isCoded(unit.headers) || !isCuttable(unit)) return unit
  return {...unit, framing: 'text'}
}
