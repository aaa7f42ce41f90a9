// The share of one client in the common resources, and its budgets, on every transport.
import {expect} from 'vitest'
import {expectBlock, matrix, watch, worldsOf, type ExpectedBlock} from './matrix.js'
import {ONE_HOST, perform, type Action, type Adapter, type TransportName} from './transports.js'
import {GOOD, type World} from './world.js'

const BUDGET = 300_000
const NAMES = ['first.example', 'second.example', 'third.example']
const TEN_YEARS = 10 * 365 * 86_400_000

const worlds = worldsOf({
  one: {shares: {open_requests: 4, tunnels: 4}},
  names: {shares: {look_ups: 8}, names: Object.fromEntries(NAMES.map((name) => [name, 'hangs']))},
  budget: {config: {fetch_proxy: {monitoring: {max_data_per_minute: BUDGET}}}},
  noted: {config: {enforce: false, fetch_proxy: {monitoring: {max_data_per_minute: BUDGET}}}},
  rates: {config: {fetch_proxy: {monitoring: {max_requests_per_minute: 3}}}},
  plain: {},
})

const BUDGETS = {reverse: 'rates and budgets are those of destinations that clients choose'} as const

const REFUSED: ExpectedBlock = {
  reason: 'rate_limit',
  layer: 'request_limit',
  status: 503,
  severity: 'warn',
  retry: 'transient',
}
const slow: Action = {host: GOOD, path: '/slow'}
const large: Action = {host: GOOD, path: '/large'}

/** An action with an irrelevant outcome. */
async function begin(t: Adapter, world: World, action: Action): Promise<() => void> {
  const channel = await t.open(world, action)
  channel.send(action).catch(() => undefined)
  return () => channel.close()
}

/** The received bytes, when the connection may end in the middle. */
const arrived = (t: Adapter, world: World, action: Action): Promise<string> =>
  perform(t, world, action).then(
    ({body, content}) => (content === '' ? body : content),
    (error: unknown) => String(error),
  )

const last = (world: World): readonly unknown[] => {
  const receipt = world.receipts().at(-1)
  return [receipt?.verdict, receipt?.layer]
}

/** A tunnel is closed after the receipt: the client may see the end first. */
async function receiptOf(world: World, layer: string): Promise<void> {
  while (last(world)[1] !== layer) await new Promise((done) => setImmediate(done))
}

matrix('shares', [
  {
    name: 'a client at its share of open requests gets 503, with a receipt, until one of them ends',
    holds: (t) =>
      worlds.fresh('one', async (world) => {
        const end = await begin(t, world, slow)
        await world.held()
        const {result, receipts} = await watch(world, () => perform(t, world, slow))
        // inside a tunnel, tunnels are the exhausted resource, which a WebSocket uses as well
        const isTunnel = t.name !== 'forward' && t.name !== 'fetch' && t.name !== 'reverse'
        expectBlock(result, isTunnel ? {...REFUSED, layer: 'connection_limit'} : REFUSED)
        expect(receipts.map((r) => [r.verdict, r.layer])).toEqual([
          ['block', isTunnel ? 'connection_limit' : 'request_limit'],
        ])
        world.release()
        end()
        for (;;) {
          const again = await perform(t, world, {host: GOOD})
          if (again.status === 200) break
          await new Promise((done) => setImmediate(done))
        }
      }),
  },
  {
    name: 'names that hang delay no other host, and a client waits for a quarter of the look-ups at most',
    exempt: ONE_HOST,
    holds: (t) =>
      worlds.fresh('names', async (world) => {
        const hanging = NAMES.slice(0, 2).map((host) => perform(t, world, {host}).catch(() => undefined))
        while (world.resolved.length < 2) await new Promise((done) => setImmediate(done))
        expectBlock(await perform(t, world, {host: 'third.example'}), {...REFUSED, layer: 'look_ups'})
        expect((await perform(t, world, {host: GOOD})).status).toBe(200)
        expect(world.resolved).toHaveLength(2)
        await world.stop()
        await Promise.all(hanging)
      }),
  },
  {
    name: 'a byte budget cuts a running response, with a receipt, and stays exhausted',
    exempt: BUDGETS,
    holds: (t) =>
      worlds.fresh('budget', async (world) => {
        const text = await arrived(t, world, large)
        expect(text.length).toBeLessThan(BUDGET + 2_000)
        await receiptOf(world, 'databudget')
        expect(last(world)).toEqual(['block', 'databudget'])
        const {status, fields} = await perform(t, world, {host: GOOD})
        expect([status, fields.get('x-pipelock-block-reason')]).toEqual([403, 'data_budget'])
      }),
  },
  {
    name: 'a byte budget that only warns ends nothing',
    holds: (t) =>
      worlds.fresh('noted', async (world) => {
        expect((await arrived(t, world, large)).length).toBeGreaterThan(1_900_000)
      }),
  },
  {
    name: 'a jump of the wall clock frees no slot of a rate limit',
    exempt: BUDGETS,
    holds: (t) =>
      worlds.fresh('rates', async (world) => {
        const slots: Readonly<Record<TransportName, number>> = {
          forward: 3,
          connect: 3,
          fetch: 3,
          tunnelled: 1,
          intercepted: 1,
          'intercepted-h2': 1,
          websocket: 3,
          reverse: 0,
        }
        for (let i = 0; i < slots[t.name]; i++) expect((await perform(t, world, {host: GOOD})).status).toBe(200)
        for (const jump of [TEN_YEARS, -2 * TEN_YEARS, TEN_YEARS]) {
          world.moveClock(jump)
          const {status, before} = await perform(t, world, {host: GOOD})
          // the first tunnel takes the remaining slot
          expect([200, 429]).toContain(status)
          if (before.length === 0 || jump < 0) expect(status).toBe(429)
        }
      }),
  },
  {
    name: 'names that a client invents are one identity beyond sixteen, in receipts and in captures',
    holds: (t) =>
      worlds.fresh('plain', async (world) => {
        for (let i = 0; i < 24; i++) {
          await perform(t, world, {host: GOOD, headers: [['X-Pipelock-Agent', `invented-${i}`]]})
        }
        expect(new Set(world.receipts().map(({actor}) => actor)).size).toBe(17)
        await world.stop()
        expect(new Set(world.captures().map(({session}) => session)).size).toBe(17)
      }),
  },
])
