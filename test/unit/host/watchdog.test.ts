// The watchdog against subsystems that stand still, with a clock of the test.
import {afterEach, expect, test} from 'vitest'
import type {Policy, Ruling} from '../../../src/core/policy.js'
import type {Generation} from '../../../src/host/generation.js'
import {startWatchdog, type Watchdog} from '../../../src/host/watchdog.js'

const INTERVAL_MS = 20
const BLOCKED = {decision: {action: 'block'}} as unknown as Ruling

let running: Watchdog | undefined
afterEach(() => running?.close())

interface World {
  now: number
  judged: number
  lastScanMs: number | undefined
  judge: () => Ruling | Promise<Ruling>
  switchStates: () => unknown
}

function world(over: Partial<World> = {}): {readonly w: World; readonly dog: Watchdog} {
  const w: World = {
    now: 1_000,
    judged: 0,
    lastScanMs: undefined,
    judge: () => BLOCKED,
    switchStates: () => ({}),
    ...over,
  }
  const generation = {
    loaded: {config: {mode: 'balanced'}},
    services: {
      watchdog: {enabled: true, intervalMs: INTERVAL_MS, lastScanMs: () => w.lastScanMs},
      'kill-switch': {states: () => w.switchStates()},
    },
  } as unknown as Generation
  const judge = () => {
    w.judged++
    return w.judge()
  }
  const dog = startWatchdog({
    current: () => generation,
    policy: () => ({judge}) as unknown as Policy,
    ports: {clock: {now: () => 0, monotonic: () => w.now}, random: (bytes) => new Uint8Array(bytes)},
  })
  running = dog
  return {w, dog}
}

/** Past the time after which no sign of life counts; the timer of the watchdog has run meanwhile. */
async function idle(w: World, dog: Watchdog): Promise<void> {
  w.now += 4 * INTERVAL_MS
  await expect.poll(async () => (await dog.states())?.watchdog).toBe(true)
}

test('an idle firewall is probed and stays healthy, and traffic spares the probe', async () => {
  const {w, dog} = world()
  expect(await dog.states()).toEqual({scanner: true, config: true, session: true, killswitch: true, watchdog: true})
  expect(w.judged).toBe(0)
  await idle(w, dog)
  expect(w.judged).toBeGreaterThan(0)
  const {judged} = w
  w.now += 4 * INTERVAL_MS
  w.lastScanMs = w.now
  await dog.states()
  expect(w.judged).toBe(judged)
})

test.each<readonly [string, World['judge']]>([
  ['never comes to an end', () => new Promise(() => {})],
  ['throws', () => Promise.reject(new Error('broken'))],
  ['lets everything pass', () => ({decision: {action: 'allow'}}) as unknown as Ruling],
])('a scanner that %s is unhealthy, and recovers', async (_, judge) => {
  const {w, dog} = world({judge})
  w.now += 4 * INTERVAL_MS
  expect(await dog.states()).toMatchObject({scanner: false})
  w.judge = () => BLOCKED
  w.now += INTERVAL_MS
  await expect.poll(async () => (await dog.states())?.scanner).toBe(true)
})

test('requests for the page share one probe', async () => {
  let release = (_: Ruling): void => undefined
  const {w, dog} = world({judge: () => new Promise((done) => (release = done))})
  w.now += 4 * INTERVAL_MS
  const pages = [dog.states(), dog.states(), dog.states()]
  await expect.poll(() => w.judged).toBe(1)
  release(BLOCKED)
  expect((await Promise.all(pages)).map((states) => states?.scanner)).toEqual([true, true, true])
  expect(w.judged).toBe(1)
})

test('a kill switch that does not answer is unhealthy', async () => {
  const {dog} = world({
    switchStates: () => {
      throw new Error('broken')
    },
  })
  await expect.poll(async () => (await dog.states())?.killswitch).toBe(false)
})

test('a tick that did not run is unhealthy', async () => {
  const {w, dog} = world()
  w.now += 4 * INTERVAL_MS
  // in the same turn of the event loop: no timer has run
  expect(await dog.states()).toMatchObject({watchdog: false})
})
