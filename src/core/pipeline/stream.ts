// Watches a stream of pieces: each is judged by itself, and joined with the pieces before it.
import {after} from '../../lib/awaitable.js'
import type {Unit} from '../exchange.js'
import type {Inspection, WatchedEvent} from '../inspection.js'
import type {Awaitable} from '../plugin.js'
import type {Fed, Inspected, Policy, Ruling} from '../policy.js'
import {framingOf} from '../stream-framing.js'
import {isNewIn, passes, type Rulings} from './judge.js'

export interface StreamParts {
  readonly inspection: Inspection
  readonly rulings: Rulings
  readonly inspect: Policy['inspect']
}

export function createStreamJudge({inspection, rulings, inspect}: StreamParts): Policy['watch'] {
  return (x, head, prior) => {
    const framing = framingOf(head)
    const watchers = inspection.watch(x, head)
    const [first] = watchers
    if (!first || !framing) return undefined
    x.work?.streams()

    /** Adds what the joined pieces show beyond the one piece, which `before` has judged already. */
    const joined = (unit: Unit, before: Ruling): Awaitable<Fed> =>
      after(everyOf(watchers.map((w) => w.feed(unit))), (verdicts) => {
        const findings = verdicts.flatMap((one) => one.findings).filter((f) => before === prior || isNewIn(before, f))
        const open = verdicts.some((one) => one.open)
        if (findings.length === 0) return {ruling: before, unit, open}
        const isPassed = passes(rulings.actionOf(findings))
        return {ruling: rulings.conclude(x, findings, before), unit: isPassed ? unit : undefined, open}
      })

    const asBody = ({ruling, unit}: Inspected): Awaitable<Fed> =>
      unit ? joined({...unit, kind: 'event'}, ruling) : {ruling, unit, open: false}

    return {
      framing,
      layer: first.layer,
      maxEventBytes: Math.min(...watchers.map((w) => w.maxEventBytes)),
      unreadable: (why) => rulings.conclude(x, [first.unreadable(why)], prior),
      // batching is only safe with a single watcher: the memory of another one could not be undone
      feedAll: (events) => (framing === 'events' && watchers.length === 1 ? first.feedAll(events) : undefined),
      feed(event) {
        const isJoinedOnly = framing === 'events' || (framing === 'messages' && event.kind === 'event')
        return isJoinedOnly ? joined(event, prior) : after(inspect(x, {...event, kind: 'body'}, prior), asBody)
      },
    }
  }
}

function everyOf(verdicts: readonly Awaitable<WatchedEvent>[]): Awaitable<readonly WatchedEvent[]> {
  const ready = verdicts.filter((one): one is WatchedEvent => !(one instanceof Promise))
  return ready.length === verdicts.length ? ready : Promise.all(verdicts.map(async (one) => one))
}
