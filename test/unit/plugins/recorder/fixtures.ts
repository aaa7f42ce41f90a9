import {randomBytes} from 'node:crypto'
import type {DecisionFacts} from '../../../../src/plugins/recorder/facts.js'
import {Recorder, type RecorderOptions} from '../../../../src/plugins/recorder/recorder.js'
import {privateKeyFromSeed} from '../../../../src/lib/ed25519.js'
import type {LogDirectory} from '../../../../src/lib/log-directory.js'

export const T0 = Date.UTC(2026, 3, 15, 12)
export const keyA = privateKeyFromSeed(Buffer.alloc(32, 1))
export const keyB = privateKeyFromSeed(Buffer.alloc(32, 2))

export function facts(n: number, more: Partial<DecisionFacts> = {}): DecisionFacts {
  return {
    atMs: T0 + n * 1000,
    actionId: `0196-${n}`,
    actor: 'agent-a',
    target: `https://api.example.com/items/${n}?a=1&b=<2>`,
    policyHash: 'defaults',
    verdict: 'allow',
    transport: 'forward',
    method: 'GET',
    layer: '',
    pattern: '',
    severity: '',
    requestId: `req-${n}`,
    actionType: 'read',
    sideEffect: 'external_read',
    reversibility: 'full',
    contract: undefined,
    dirty: [],
    ...more,
  }
}

export const CONTRACT = {
  eventId: '0196f0de-0000-7000-8000-000000000001',
  winningSource: 'contract',
  liveVerdict: '',
  policySources: ['scanner', 'contract'],
  ruleId: 'rule-1',
  manifestHash: `sha256:${'a'.repeat(64)}`,
  contractHash: `sha256:${'b'.repeat(64)}`,
  selectorId: 'sel-1',
  generation: 3,
}

export function open(directory: LogDirectory, more: Partial<RecorderOptions> = {}): Recorder {
  return Recorder.open(directory, {
    session: 'proxy',
    key: keyA,
    nowMs: T0,
    onSync: () => {},
    onNotice: () => {},
    checkpointInterval: 1000,
    maxEntriesPerFile: 10_000,
    signCheckpoints: true,
    escrowKey: '',
    retentionDays: 0,
    random: randomBytes,
    ...more,
  })
}
