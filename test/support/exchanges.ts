// What tests of the pipeline judge, where nothing depends on it: an exchange, a finding, the outcome of a contract.
import type {ContractOutcome, Finding} from '../../src/core/decision.js'
import type {Exchange} from '../../src/core/exchange.js'

export const EXCHANGE: Exchange = {
  id: 'x',
  requestId: 'req-1',
  transport: 'forward',
  purpose: 'request',
  agent: {name: 'a', basis: 'config-default'},
  clientIp: '127.0.0.1',
  rawTarget: 'http://x.test/',
  target: undefined,
  method: 'POST',
  headers: [],
  startedAtMs: 0,
  signal: new AbortController().signal,
}

/** A block of the credential scanner, but for `part`. */
export function findingOf(part: Partial<Finding> = {}): Finding {
  return {
    plugin: 'test',
    authority: 'scanner',
    layer: 'dlp',
    reason: 'dlp_match',
    action: 'block',
    severity: 'critical',
    order: 1,
    detail: 'found',
    ...part,
  }
}

export const BLOCKED_BY_CONTRACT: ContractOutcome = {
  verdict: 'block',
  liveVerdict: 'block',
  winningSource: 'contract',
  policySources: ['contract'],
  ruleId: 'r',
  reason: '',
  resolved: true,
  driftMode: '',
  driftKind: '',
  activeManifestHash: 'm',
  contractHash: 'c',
  selectorId: 's',
  generation: 1,
}
