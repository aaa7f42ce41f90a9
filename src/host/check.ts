// Judging without serving: the URL layers of a configuration, with nothing recorded, counted or sent.
import type {Exchange} from '../core/exchange.js'
import type {Decision} from '../core/decision.js'
import type {Ports, Resolve} from '../core/ports.js'
import {parseTarget} from '../core/target.js'
import {uuidv7} from '../lib/uuid.js'
import type {LoadedConfig} from './config/load.js'
import {buildGeneration, type Warning} from './generation.js'

export interface Checked {
  readonly warnings: readonly Warning[]
  readonly dlpPatterns: number
  judge(url: string): Promise<Decision>
  close(): Promise<void>
}

/** Any public address: without a lookup, the address layers have literals and host overrides to judge, and nothing else. */
const ASSUMED: Resolve = () => Promise.resolve(['1.1.1.1'])

/** Builds the scanners, which also finds what only compiling can find: a broken expression, a missing file. */
export async function checkConfig(loaded: LoadedConfig, real: Ports, lookUp: boolean): Promise<Checked> {
  const ports: Ports = lookUp ? real : {...real, resolve: ASSUMED}
  let fault: unknown
  const generation = await buildGeneration({
    loaded,
    ports,
    states: new Map(),
    changed: () => undefined,
    onFault: (_plugin, _hook, error) => (fault = error),
    only: ['proxy', 'dlp', 'injection', 'destination', 'redaction'],
  })
  const policy = generation.compose(1)
  return {
    warnings: [...loaded.warnings, ...generation.warnings],
    dlpPatterns: generation.services.dlp.patternCount,
    async judge(url) {
      const now = ports.clock.now()
      const x: Exchange = {
        id: uuidv7(now, ports.random(10)),
        requestId: 'req-0',
        transport: 'fetch',
        purpose: 'check',
        agent: {name: 'anonymous', basis: 'self-declared'},
        clientIp: '127.0.0.1',
        rawTarget: url,
        target: parseTarget(url).target,
        method: 'GET',
        headers: [],
        startedAtMs: now,
        signal: AbortSignal.timeout(10_000),
      }
      const {decision} = await policy.judge(x)
      if (fault !== undefined) throw fault instanceof Error ? fault : new Error(String(fault))
      return decision
    },
    close: () => generation.close(),
  }
}
