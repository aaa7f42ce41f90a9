// Inspection in turns: the order of clients, and the end of budgets. The clock moves with the work.
import {expect, test} from 'vitest'
import {inTurns, WorkBudgetError, WorkScheduler, type Steps, type WorkBudgets} from '../../../src/core/work.js'
import {turnsDuring} from '../../support/turns.js'
import {UNLIMITED} from '../../support/work.js'

function world(budgets: Partial<WorkBudgets> = {}) {
  let now = 0
  const log: string[] = []
  const scheduler = new WorkScheduler({monotonic: () => now}, () => ({...UNLIMITED, ...budgets}))
  return {
    scheduler,
    log,
    pass: (ms: number) => void (now += ms),
    /** `count` steps of `ms` milliseconds each; each records its name. */
    *steps(name: string, count: number, ms: number): Steps<string> {
      for (let i = 0; i < count; i++) {
        now += ms
        log.push(name)
        yield
      }
      return `${name} done`
    },
  }
}

const reasonOf = async (run: () => unknown): Promise<string> => {
  try {
    await run()
    return 'none'
  } catch (error) {
    return error instanceof WorkBudgetError ? error.of : 'other'
  }
}

test('work: little of it, runs at once, without a promise', () => {
  const {scheduler, steps} = world()
  expect(scheduler.exchange('a').run(steps('x', 3, 0.1))).toBe('x done')
})

test('work: no account, runs to its end at once', () => {
  const {steps} = world()
  expect(inTurns({}, steps('x', 1000, 10))).toBe('x done')
})

test('work: a long one, lets the event loop turn between its steps', async () => {
  const {scheduler, steps} = world()
  const turns = await turnsDuring(() => scheduler.exchange('a').run(steps('x', 40, 5)))
  expect(turns).toBeGreaterThanOrEqual(39)
})

test('work: short steps, share a turn', async () => {
  const {scheduler, steps} = world()
  const turns = await turnsDuring(() => scheduler.exchange('a').run(steps('x', 400, 0.05)))
  expect(turns).toBeGreaterThanOrEqual(4)
  expect(turns).toBeLessThanOrEqual(20)
})

test('work: a clock that stands still, still lets the event loop turn', async () => {
  const {scheduler, steps} = world()
  expect(await turnsDuring(() => scheduler.exchange('a').run(steps('x', 1000, 0)))).toBeGreaterThan(3)
})

test('work: many exchanges at once, share one turn', async () => {
  const {scheduler, steps} = world()
  const all = Array.from({length: 16}, (_, i) => scheduler.exchange(`client ${i}`))
  const turns = await turnsDuring(() => Promise.all(all.map((one) => one.run(steps('x', 4, 5)))))
  // 64 steps, of which each fills a turn
  expect(turns).toBeGreaterThanOrEqual(60)
})

test('work: many that end, end in turns of their own, with what waits for them', async () => {
  const {scheduler, steps, log} = world()
  const filler = scheduler.exchange('filler').run(steps('filler', 1, 5))
  const short = Array.from({length: 8}, async (_, i) => {
    await scheduler.exchange(`client ${i}`).run(steps('short', 1, 0.05))
    log.push('went on')
  })
  const turns = await turnsDuring(() => Promise.all([filler, ...short]))
  expect(turns).toBeGreaterThanOrEqual(8)
  expect(log.filter((_, i) => log[i] === 'short' && log[i - 1] === 'short')).toEqual([])
})

test('work: one client with many exchanges, delays another by one step only', async () => {
  const {scheduler, steps, log} = world()
  const flood = Array.from({length: 20}, () => scheduler.exchange('busy').run(steps('busy', 10, 5)))
  const other = scheduler.exchange('quiet').run(steps('quiet', 3, 1))
  expect(await other).toBe('quiet done')
  const last = log.lastIndexOf('quiet')
  expect(log.slice(0, last).filter((name) => name === 'busy').length).toBeLessThanOrEqual(6)
  await Promise.all(flood)
})

test('work: exchanges of one client, take turns', async () => {
  const {scheduler, steps, log} = world()
  const long = scheduler.exchange('a').run(steps('long', 100, 2))
  await scheduler.exchange('a').run(steps('short', 3, 2))
  expect(log.filter((name) => name === 'long').length).toBeLessThan(20)
  await long
})

test('work: a step that throws, rejects the work with its error', async () => {
  const {scheduler, steps} = world()
  const failing = function* (): Steps<never> {
    yield* steps('x', 3, 5)
    throw new TypeError('broken')
  }
  await expect(scheduler.exchange('a').run(failing())).rejects.toThrow('broken')
})

test('work budget: an exchange over it is refused, and no other one', async () => {
  const {scheduler, steps} = world({exchangeMs: 100})
  const work = scheduler.exchange('a')
  expect(await work.run(steps('x', 18, 5))).toBe('x done')
  expect(await reasonOf(() => work.run(steps('x', 18, 5)))).toBe('exchange')
  expect(await reasonOf(() => work.run(steps('x', 1, 0)))).toBe('exchange')
  expect(await scheduler.exchange('a').run(steps('y', 18, 5))).toBe('y done')
})

test('work budget: a stream renews it, and is refused beyond it', async () => {
  const {scheduler, steps, pass} = world({exchangeMs: 100, streamMsPerMinute: 1_000})
  const work = scheduler.exchange('a')
  work.streams()
  for (let minute = 0; minute < 5; minute++) {
    expect(await work.run(steps('x', 180, 5))).toBe('x done')
    pass(60_000)
  }
  expect(await reasonOf(() => work.run(steps('x', 300, 5)))).toBe('stream')
})

test('work budget: small pieces are charged as well', async () => {
  const {scheduler, steps} = world({streamMsPerMinute: 100})
  const work = scheduler.exchange('a')
  work.streams()
  let passed = 0
  const flood = async (): Promise<void> => {
    for (; passed < 1_000; passed++) await work.run(steps('x', 1, 1))
  }
  expect(await reasonOf(flood)).toBe('stream')
  expect(passed).toBeLessThanOrEqual(101)
})

test('work budget: a client cannot exceed it with many exchanges; another client can work, and the first one again after a minute', async () => {
  const {scheduler, steps, pass} = world({clientMsPerMinute: 200})
  const spend = (client: string): Promise<string> => reasonOf(() => scheduler.exchange(client).run(steps('x', 18, 5)))
  expect([await spend('a'), await spend('a'), await spend('a'), await spend('a')]).toEqual([
    'none',
    'none',
    'client',
    'client',
  ])
  expect(await spend('b')).toBe('none')
  pass(60_000)
  expect(await spend('a')).toBe('none')
})

test('work: many long exchanges of one client, at most two make progress before the first ends', async () => {
  const {scheduler, steps, log} = world()
  const names = ['a', 'b', 'c', 'd']
  await Promise.all(names.map((name) => scheduler.exchange('busy').run(steps(name, 20, 5))))
  // the first step of each runs as it arrives
  const afterFirst = log.slice(names.length, names.length + 30)
  expect(new Set(afterFirst).size).toBe(2)
})

/** A scheduler whose thread gets one processor millisecond in `share` elapsed ones, and the readings that it took. */
function crowded(share: number, budgets: Partial<WorkBudgets>) {
  let now = 0
  const readings: number[] = []
  const processor = (): number => {
    readings.push(now)
    return now / share
  }
  const scheduler = new WorkScheduler({monotonic: () => now, processor}, () => ({...UNLIMITED, ...budgets}))
  return {
    scheduler,
    readings,
    *steps(count: number, ms: number): Steps<void> {
      for (let i = 0; i < count; i++) {
        now += ms
        yield
      }
    },
  }
}

test('work: steps of less than a millisecond together, do not read processor time', () => {
  const {scheduler, steps, readings} = crowded(10, {})
  for (let i = 0; i < 20; i++) void scheduler.exchange('a').run(steps(2, 0.04))
  expect(readings).toEqual([])
})

test('work: long steps on a busy machine, are charged their processor time', async () => {
  const {scheduler, steps} = crowded(10, {exchangeMs: 100})
  expect(await reasonOf(() => scheduler.exchange('a').run(steps(80, 10)))).toBe('none')
  expect(await reasonOf(() => scheduler.exchange('b').run(steps(120, 10)))).toBe('exchange')
})
