// What the scanners of the candidate configuration say of a captured URL: the live pipeline with its URL layers
// and nothing else. Purpose `replay` keeps names, addresses, rates and the environment out of it.
import type {Decision, GateMode} from '../../../core/decision.js'
import type {Exchange} from '../../../core/exchange.js'
import {composePolicy} from '../../../core/pipeline.js'
import type {Awaitable, DestinationVerdict} from '../../../core/plugin.js'
import {parseTarget} from '../../../core/target.js'

export interface UrlStage {
  judge(x: Exchange): Awaitable<DestinationVerdict>
}

/** The decision on a method and a URL. */
export type ScanUrl = (method: string, url: string) => Awaitable<Decision>

const NEVER = new AbortController().signal

export function urlScanner(stage: UrlStage, {mode, enforce}: GateMode): ScanUrl {
  let fault: unknown
  const policy = composePolicy({
    mode,
    enforce,
    generation: 0,
    explainBlocks: false,
    configHash: '',
    policyHash: '',
    hooks: [{plugin: 'destination', hooks: {destination: (x) => stage.judge(x)}}],
    onFault: (_plugin, _hook, error) => (fault = error),
  })
  // a scanner that fails would block in live traffic; in a report it would pass for a finding
  const response = (decision: Decision): Decision => {
    if (fault !== undefined) throw fault instanceof Error ? fault : new Error('the URL scanner failed')
    return decision
  }
  return (method, url) => {
    const ruling = policy.judge(exchange(method, url))
    return ruling instanceof Promise ? ruling.then((r) => response(r.decision)) : response(ruling.decision)
  }
}

function exchange(method: string, url: string): Exchange {
  return {
    id: '',
    requestId: '',
    transport: method === 'CONNECT' ? 'connect' : 'forward',
    purpose: 'replay',
    agent: {name: '', basis: 'config-default'},
    clientIp: '',
    rawTarget: url,
    target: parseTarget(url).target,
    method,
    headers: [],
    startedAtMs: 0,
    signal: NEVER,
  }
}
