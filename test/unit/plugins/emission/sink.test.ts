// The queue of a sink: what it keeps while the receiver is away, what it drops, and what it reports of that.
import {beforeEach, describe, expect, test} from 'vitest'
import {Undelivered, type Sender} from '../../../../src/plugins/emission/delivery.js'
import type {EmittedEvent} from '../../../../src/plugins/emission/event.js'
import type {Severity} from '../../../../src/plugins/emission/severity.js'
import {DRAIN_MS, Sink, type SinkCounts} from '../../../../src/plugins/emission/sink.js'

interface Logged {
  readonly level: string
  readonly event: string
  readonly fields: Readonly<Record<string, unknown>>
}

type Deliver = (events: readonly EmittedEvent[], signal: AbortSignal) => Promise<number>

interface Wait {
  readonly ms: number
  readonly end: () => void
}

let logged: Logged[]
let waits: Wait[]
let nowMs: number
let delivered: string[]
let counts: SinkCounts
beforeEach(() => {
  logged = []
  waits = []
  nowMs = 0
  delivered = []
  counts = {sent: 0, errors: 0, dropped: {overflow: 0, refused: 0, shutdown: 0}}
})

const names = (events: readonly EmittedEvent[]): string[] => events.map(({type}) => type)

const take: Deliver = (events) => {
  delivered.push(...names(events))
  return Promise.resolve(0)
}

function sinkOf(send: Deliver, {size = 4, most = 1, least = 'info' as Severity} = {}): Sink {
  const say =
    (level: string) =>
    (event: string, fields: Readonly<Record<string, unknown>> = {}): void =>
      void logged.push({level, event, fields})
  const sender: Sender = {most, send, close: () => undefined}
  return new Sink({
    name: 'webhook',
    least,
    size,
    sender,
    counts,
    log: {debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error')},
    clock: {monotonic: () => nowMs},
    wait: (ms, signal) =>
      new Promise((end) => {
        waits.push({ms, end})
        signal.addEventListener('abort', () => end())
        if (signal.aborted) end()
      }),
  })
}

const event = (type: string, severity: Severity = 'warn'): EmittedEvent => ({severity, type, atMs: 0, fields: {}})

/** Waits until the sink waits for its next attempt, and ends that wait. */
async function pass(sink: Sink, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const before = i + 1
    await expect.poll(() => waits.length, {interval: 1}).toBeGreaterThanOrEqual(before)
    waits[i]?.end()
  }
  await expect.poll(() => sink.waiting, {interval: 1}).toBe(0)
}

const failing = (times: number, error: () => Error): Deliver => {
  let left = times
  return (events, signal) => (left-- > 0 ? Promise.reject(error()) : take(events, signal))
}

test('taking an event sends nothing yet: the request that caused it does not wait', async () => {
  const sink = sinkOf(take)
  sink.take(event('a'))
  expect([delivered, sink.waiting]).toEqual([[], 1])
  await sink.close()
  expect(delivered).toEqual(['a'])
})

test('events arrive in order', async () => {
  const sink = sinkOf(take)
  for (const type of ['a', 'b', 'c']) sink.take(event(type))
  await sink.close()
  expect(delivered).toEqual(['a', 'b', 'c'])
  expect(counts).toEqual({sent: 3, errors: 0, dropped: {overflow: 0, refused: 0, shutdown: 0}})
})

test.each<[least: Severity, expected: readonly string[]]>([
  ['info', ['c', 'w', 'i']],
  ['warn', ['c', 'w']],
  ['critical', ['c']],
])('from %s on', async (least, expected) => {
  const sink = sinkOf(take, {least})
  sink.take(event('c', 'critical'))
  sink.take(event('w', 'warn'))
  sink.take(event('i', 'info'))
  await sink.close()
  expect(delivered).toEqual(expected)
})

describe('a receiver that is away', () => {
  test('is tried again after 1, 2, 4 seconds and at last every 30, and nothing is lost', async () => {
    const sink = sinkOf(failing(8, () => new Error('connection refused')))
    sink.take(event('a'))
    sink.take(event('b'))
    await pass(sink, 8)
    expect(waits.map(({ms}) => ms)).toEqual([1, 2, 4, 8, 16, 30, 30, 30].map((seconds) => seconds * 1000))
    expect(delivered).toEqual(['a', 'b'])
    expect(counts).toMatchObject({sent: 2, errors: 8, dropped: {overflow: 0, refused: 0}})
  })

  test('that names a time is asked then, but not later than after 30 seconds', async () => {
    let waitMs = 7_000
    const sink = sinkOf(failing(2, () => new Undelivered('HTTP 429', {retries: Number.POSITIVE_INFINITY, waitMs})))
    sink.take(event('a'))
    await expect.poll(() => waits.length, {interval: 1}).toBe(1)
    waitMs = 3_600_000
    waits[0]?.end()
    await pass(sink, 2)
    expect(waits.map(({ms}) => ms)).toEqual([7_000, 30_000])
  })

  test('that refuses is asked as often as the refusal permits; the events behind follow', async () => {
    const sink = sinkOf((events, signal) =>
      events[0]?.type === 'a' ? Promise.reject(new Undelivered('HTTP 500', {retries: 3})) : take(events, signal),
    )
    sink.take(event('a'))
    sink.take(event('b'))
    await pass(sink, 3)
    expect(delivered).toEqual(['b'])
    expect(counts).toEqual({sent: 1, errors: 4, dropped: {overflow: 0, refused: 1, shutdown: 0}})
  })

  test.each([
    ['longer than a datagram', Object.assign(new Error('too long'), {code: 'EMSGSIZE'})],
    ['that cannot be encoded', new TypeError('no')],
  ])('an event %s does not hold up those behind it', async (_, error) => {
    const sink = sinkOf((events, signal) => (events[0]?.type === 'a' ? Promise.reject(error) : take(events, signal)))
    sink.take(event('a'))
    sink.take(event('b'))
    await expect.poll(() => delivered, {interval: 1}).toEqual(['b'])
    expect([waits, counts.dropped.refused]).toEqual([[], 1])
  })

  test('that refuses a part of a batch is not sent it again', async () => {
    const sink = sinkOf((events) => Promise.resolve(events.length - 1), {most: 3})
    for (const type of ['a', 'b', 'c']) sink.take(event(type))
    await expect.poll(() => sink.waiting, {interval: 1}).toBe(0)
    expect(counts).toEqual({sent: 1, errors: 0, dropped: {overflow: 0, refused: 2, shutdown: 0}})
  })
})

describe('a full queue', () => {
  const hanging: Deliver = () => new Promise(() => undefined)

  test('drops the newest, counted and reported', async () => {
    const sink = sinkOf(hanging)
    for (const type of ['a', 'b', 'c', 'd', 'e', 'f']) sink.take(event(type))
    expect([sink.waiting, counts.dropped.overflow]).toEqual([4, 2])
    expect(logged).toEqual([
      {
        level: 'warn',
        event: 'emit_failed',
        fields: {sink: 'webhook', error: 'the queue is full', waiting: 4, dropped: 1},
      },
    ])
  })

  test('drops the last one that is less severe for a critical one, but none that is under way', async () => {
    let release: () => void = () => undefined
    const first = new Promise<void>((done) => (release = done))
    const sink = sinkOf(async (events, signal) => {
      await first
      return take(events, signal)
    })
    sink.take(event('moving', 'info'))
    await expect.poll(() => sink.waiting, {interval: 1}).toBe(1)
    await new Promise(setImmediate)
    sink.take(event('b', 'info'))
    sink.take(event('c', 'critical'))
    sink.take(event('d', 'warn'))
    sink.take(event('e', 'critical'))
    sink.take(event('f', 'critical'))
    sink.take(event('g', 'critical'))
    release()
    await sink.close()
    expect(delivered).toEqual(['moving', 'c', 'e', 'f'])
    expect(counts.dropped.overflow).toBe(3)
  })
})

describe('reports', () => {
  test('come once a minute while it fails, and once when it works again, with what was lost between', async () => {
    const sink = sinkOf(
      failing(4, () => Object.assign(new Error('connect to http://secret'), {code: 'ECONNREFUSED'})),
      {size: 1},
    )
    sink.take(event('a'))
    await expect.poll(() => waits.length, {interval: 1}).toBe(1)
    sink.take(event('lost'))
    nowMs = 59_000
    waits[0]?.end()
    await expect.poll(() => waits.length, {interval: 1}).toBe(2)
    nowMs = 61_000
    waits[1]?.end()
    await pass(sink, 4)
    expect(logged.map(({event: name, fields}) => [name, fields['error'], fields['dropped']])).toEqual([
      ['emit_failed', 'ECONNREFUSED', 0],
      ['emit_failed', 'ECONNREFUSED', 1],
      ['emit_recovered', undefined, 0],
    ])
  })
})

describe('the end', () => {
  test('waits for what is under way and what waits', async () => {
    const sink = sinkOf(failing(1, () => new Error('away')))
    sink.take(event('a'))
    sink.take(event('b'))
    await expect.poll(() => waits.length, {interval: 1}).toBe(1)
    const closed = sink.close()
    waits[0]?.end()
    await closed
    expect(delivered).toEqual(['a', 'b'])
    sink.take(event('late'))
    expect(counts.dropped).toEqual({overflow: 0, refused: 0, shutdown: 1})
  })

  test('gives up after ten seconds, and reports how much was lost', async () => {
    const sink = sinkOf(
      (_events, signal) => new Promise((_, fail) => signal.addEventListener('abort', () => fail(signal.reason))),
    )
    for (const type of ['a', 'b', 'c']) sink.take(event(type))
    const closed = sink.close()
    await expect.poll(() => waits.map(({ms}) => ms), {interval: 1}).toEqual([DRAIN_MS])
    waits[0]?.end()
    await closed
    expect(counts.dropped.shutdown).toBe(3)
    expect(logged.at(-1)).toMatchObject({
      event: 'emit_failed',
      fields: {error: 'not delivered before the end', dropped: 3},
    })
  })
})
