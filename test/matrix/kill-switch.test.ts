// The kill switch on every transport: an active one denies whatever is asked, in every mode, before anything is dialled.
import {expect} from 'vitest'
import {expectBlock, expectNoVerdict, matrix, watch, worldsOf, type ExpectedBlock} from './matrix.js'
import {perform, type Action, type Adapter} from './transports.js'
import {GOOD, type Config} from './world.js'

const DENIED: ExpectedBlock = {
  reason: 'kill_switch_active',
  layer: 'kill_switch',
  severity: 'critical',
  retry: 'transient',
  status: 503,
}

const ON: Config = {kill_switch: {enabled: true, message: 'stopped by the operator'}}
const worlds = worldsOf(
  {
    active: {config: ON},
    audit: {config: {...ON, mode: 'audit', enforce: false}},
    off: {config: {kill_switch: {enabled: false}}},
  },
  [],
)

type Names = Parameters<typeof worlds.get>[0]

async function outcomeOf(t: Adapter, name: Names, action: Action) {
  const world = await worlds.get(name)
  return watch(world, () => perform(t, world, action))
}

matrix('kill switch', [
  {
    name: 'an active switch denies in every mode, dials nothing, and leaves a receipt',
    async holds(t) {
      for (const name of ['active', 'audit'] as const) {
        const {result, reached, dialled, receipts} = await outcomeOf(t, name, {host: GOOD})
        expectBlock(result, DENIED)
        expect([name, reached, dialled]).toEqual([name, 0, []])
        expect(receipts.at(-1)).toMatchObject({verdict: 'block', layer: 'kill_switch', pattern: 'config'})
      }
    },
  },
  {
    name: 'a path of the firewall itself exempts nothing that is forwarded',
    async holds(t) {
      for (const path of ['/health', '/metrics', '/api/v1/killswitch']) {
        const {result, reached} = await outcomeOf(t, 'active', {host: GOOD, path})
        expectBlock(result, DENIED)
        expect([path, reached]).toEqual([path, 0])
      }
    },
  },
  {
    name: 'a switch that is off denies nothing',
    async holds(t) {
      expectNoVerdict((await outcomeOf(t, 'off', {host: GOOD})).result)
    },
  },
])
worlds.examined()
