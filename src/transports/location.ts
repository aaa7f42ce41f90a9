// Judges a `Location` that is handed back: as the next destination, before any byte of the response moves.
import type {Exchange} from '../core/exchange.js'
import type {Policy, Ruling} from '../core/policy.js'
import {parseTarget} from '../core/target.js'
import {proceeds} from './local-responses.js'
import {checkOwnListener, whenReady, type ListenerContext} from './context.js'
import type {RedirectHop} from './redirects.js'
import {locationRefused} from './refusals.js'
import type {OriginHead} from './response-checks.js'

export interface LocationVerdict {
  readonly passed: () => void
  readonly blocked: (next: Exchange, ruling: Ruling) => void
  readonly failed: (error: unknown) => void
}

/** Returns at once, or a promise. A location with findings leaves evidence of its own. */
export function judgeLocation(
  context: ListenerContext,
  policy: Policy,
  x: Exchange,
  {head, redirect}: {readonly head: OriginHead; readonly redirect: Exclude<RedirectHop, {kind: 'none'}>},
  {passed, blocked, failed}: LocationVerdict,
): void {
  const url = redirect.kind === 'next' ? redirect.url : head.locations.join(', ')
  const {target} = parseTarget(url)
  const next = context.exchange({
    transport: x.transport === 'reverse' ? 'reverse' : 'forward',
    purpose: 'redirect',
    agent: x.agent,
    clientIp: x.clientIp,
    rawTarget: url,
    target,
    // an https request would arrive as an opaque tunnel, so the contract judges a CONNECT
    method: redirect.kind !== 'next' ? x.method : target?.scheme === 'https' ? 'CONNECT' : redirect.method,
    headers: [],
    of: x,
  })
  const commit = (ruling: Ruling): void =>
    whenReady(
      policy.commit(next, ruling),
      (committed) => {
        policy.observe(next, committed, {
          status: proceeds(committed) ? head.status : 403,
          responseBytes: 0,
          requestBytes: 0,
          durationMs: 0,
        })
        if (proceeds(committed)) passed()
        else blocked(next, committed)
      },
      failed,
    )
  whenReady(
    redirect.kind === 'next' ? policy.judge(next) : policy.conclude(next, [locationRefused()]),
    (judged) => {
      const ruling = proceeds(judged) ? checkOwnListener(context.host, next, judged) : judged
      if (ruling.decision.findings.length === 0) passed()
      else commit(ruling)
    },
    failed,
  )
}
