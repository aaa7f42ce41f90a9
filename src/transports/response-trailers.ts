// Judges the trailers of a response like a head: text for the agent could come in them as well. None of them goes out before
// the decision.
import {headUnit} from '../core/inspection.js'
import {whenReady} from './context.js'
import {headerPairs} from './exchange-factory.js'
import type {ExchangeLifecycle} from './exchange-lifecycle.js'
import {clientFields} from './header-filter.js'
import {proceeds} from './local-responses.js'
import {checkOriginHead} from './response-checks.js'
import type {ServerExchange} from './server-exchange.js'

export interface TrailersVerdict {
  readonly passed: () => void
  /** They are malformed. */
  readonly refused: (why: string) => void
}

/** Calls neither function when the response is blocked. */
export function judgeTrailers(
  lifecycle: ExchangeLifecycle,
  served: ServerExchange,
  trailers: readonly Buffer[],
  {passed, refused}: TrailersVerdict,
): void {
  const checked = checkOriginHead(200, '', trailers)
  if (!checked.ok) return refused(checked.why)
  const {raw, named} = checked.head
  const {ruling, policy, x} = lifecycle
  if (!ruling) throw new Error('trailers before their request was decided')
  const kept = (): void => {
    served.connection.addTrailers?.(clientFields(raw, {named, length: undefined}))
    passed()
  }
  const inspected = policy.inspect(x, headUnit('response', headerPairs(raw), served.status || undefined), ruling)
  if (!(inspected instanceof Promise) && inspected.ruling === ruling) return kept()
  lifecycle.decides()
  whenReady(
    inspected,
    ({ruling: verdict, unit}) => {
      const passes = unit !== undefined && proceeds(verdict)
      if (!served.responded) return lifecycle.late(verdict, kept, passes)
      lifecycle
        .midStream(verdict, passes)
        .then((continues) => {
          if (continues) kept()
        })
        .catch(lifecycle.crash)
    },
    lifecycle.crash,
  )
}
