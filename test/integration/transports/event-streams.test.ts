// Streams of events and lines over real connections: when pieces go out, how a cut looks to the client, and what delays
// them.
import type {ServerResponse} from 'node:http'
import {gzipSync} from 'node:zlib'
import {afterEach, describe, expect, test} from 'vitest'
import type {Hooks} from '../../../src/core/plugin.js'
import {finding, startHarness, type Harness, type HarnessOptions} from '../../support/harness.js'
import {startOrigin, type Origin} from '../../support/origins.js'
import {RawClient} from '../../support/raw-socket.js'

const open: {close(): unknown}[] = []
afterEach(async () => {
  for (const item of open.splice(0).reverse()) await item.close()
})

interface World {
  readonly h: Harness
  readonly o: Origin
  readonly c: RawClient
  /** The origin's side of the stream, once it began. */
  stream(): Promise<ServerResponse>
}

async function world(options: HarnessOptions, fields: Readonly<Record<string, string>> = {}): Promise<World> {
  let begun: (res: ServerResponse) => void = () => undefined
  const stream = new Promise<ServerResponse>((resolve) => (begun = resolve))
  const h = await startHarness({...options, limits: {lingerMs: 100, ...options.limits}})
  const o = await startOrigin((_request, res) => {
    res.writeHead(200, {'content-type': 'text/event-stream', ...fields})
    res.flushHeaders()
    begun(res)
  })
  const c = await RawClient.open(h.port)
  open.push(h, o, c)
  return {h, o, c, stream: () => stream}
}

/** Refuses events with "evil" and holds back those with "open". */
function watching(action: 'block' | 'warn' = 'block', received: string[] = []): Partial<Hooks> {
  const match = finding({layer: 'sse_stream', reason: 'prompt_injection', action})
  return {
    expects: () => true,
    watch: () => ({
      layer: 'sse_stream',
      maxEventBytes: 50,
      unreadable: () => ({...match, reason: 'parse_error'}),
      feed(event) {
        const text = event.bytes.toString()
        received.push(text)
        return {findings: text.includes('evil') ? [match] : [], open: text.includes('open')}
      },
    }),
  }
}

const get = (o: Origin, version = '1.1'): string =>
  `GET http://site.test:${o.port}/stream HTTP/${version}\r\nHost: site.test:${o.port}\r\n\r\n`
/** The bodies of the chunks so far. */
const chunks = (text: string): string =>
  [...text.slice(text.indexOf('\r\n\r\n') + 4).matchAll(/[0-9a-f]+\r\n([^\r]*)\r\n/g)].map((m) => m[1]).join('')

test('the head goes out at once, and every event once it was judged', async () => {
  const received: string[] = []
  const {h, o, c, stream} = await world({hooks: watching('block', received)}, {'content-length': '999'})
  c.send(get(o))
  const res = await stream()
  const head = await c.until((text) => text.includes('\r\n\r\n'))
  expect(head.toLowerCase()).not.toContain('content-length')
  res.write(': comment\r\nevent: e\r\ndata:one\r\n\r\ndata: t')
  expect(chunks(await c.until((text) => text.includes('one')))).toBe('event: e\ndata: one\n\n')
  res.write('wo\rdata: three\r\r')
  expect(chunks(await c.until((text) => text.includes('three')))).toContain('data: two\ndata: three\n\n')
  res.destroy()
  await h.observed(1)
  expect(received).toEqual(['event: e\ndata: one', 'data: two\nthree'])
})

test('a complete stream ends complete, with one receipt', async () => {
  const {h, o, c, stream} = await world({hooks: watching()})
  c.send(get(o))
  ;(await stream()).end('data: one\n\ndata: unterminated')
  const response = await c.response()
  expect(response.body.toString()).toBe('data: one\n\n')
  await h.observed(1)
  expect(h.commits.map((e) => e.decision.action)).toEqual(['allow'])
  // the connection is still in step
  c.send(get(o).replace('/stream', '/again'))
  await c.until((text) => text.includes('\r\n\r\n'))
})

test.each(['1.1', '1.0'])(
  'a finding ends the stream before its event, visibly, for a client of HTTP/%s',
  async (version) => {
    const {h, o, c, stream} = await world({hooks: watching()})
    c.send(get(o, version))
    const res = await stream()
    res.write('data: one\n\n')
    await c.until((text) => text.includes('one'))
    res.write('data: two\n\ndata: evil\n\ndata: three\n\n')
    const text = await c.end()
    expect(text).toContain('one')
    expect(text).not.toContain('evil')
    expect(text).not.toContain('three')
    if (version === '1.1') expect(text.endsWith('0\r\n\r\n')).toBe(false)
    else expect(c.error?.code).toBe('ECONNRESET')
    await h.observed(1)
    expect(h.commits.map((e) => [e.decision.action, e.decision.cause?.layer])).toEqual([
      ['allow', undefined],
      ['block', 'sse_stream'],
    ])
    expect(h.commits[0]?.x.id).toBe(h.commits[1]?.x.id)
    expect(h.ends[0]?.decision.action).toBe('block')
  },
)

test('a finding in an unfinished event ends the stream as well', async () => {
  const {h, o, c, stream} = await world({hooks: watching()})
  c.send(get(o))
  ;(await stream()).end('data: one\n\ndata: evil')
  const text = await c.end()
  expect(text.endsWith('0\r\n\r\n')).toBe(false)
  await h.observed(1)
  expect(h.ends[0]?.decision.action).toBe('block')
})

test('a warning lets events through, and is recorded once', async () => {
  const {h, o, c, stream} = await world({hooks: watching('warn')})
  c.send(get(o))
  ;(await stream()).end('data: evil 1\n\ndata: evil 2\n\ndata: ' + 'x'.repeat(60) + '\n\ndata: good\n\n')
  expect((await c.response()).body.toString()).toBe('data: evil 1\n\ndata: evil 2\n\ndata: good\n\n')
  await h.observed(1)
  expect(h.commits.map((e) => e.decision.action)).toEqual(['allow', 'warn'])
})

test('an oversized event ends the stream where findings are enforced', async () => {
  const {h, o, c, stream} = await world({hooks: watching()})
  c.send(get(o))
  ;(await stream()).end(`data: one\n\ndata: ${'x'.repeat(60)}\n\ndata: two\n\n`)
  expect(chunks(await c.end())).toBe('data: one\n\n')
  await h.observed(1)
  expect(h.commits[1]?.decision.cause).toMatchObject({layer: 'sse_stream', reason: 'parse_error'})
})

test('a possible beginning of a match waits: it is dropped with the match, or sent a moment later', async () => {
  const cut = await world({hooks: watching()})
  cut.c.send(get(cut.o))
  ;(await cut.stream()).write('data: one\n\ndata: open\n\ndata: evil\n\n')
  expect(chunks(await cut.c.end())).toBe('data: one\n\n')
  const late = await world({hooks: watching()})
  late.c.send(get(late.o))
  const res = await late.stream()
  res.write('data: open\n\n')
  expect(chunks(await late.c.until((text) => text.includes('open')))).toBe('data: open\n\n')
  res.write('data: open again\n\ndata: closed\n\n')
  const text = await late.c.until((got) => got.includes('closed'))
  expect(chunks(text)).toBe('data: open\n\ndata: open again\n\ndata: closed\n\n')
})

test('a compressed stream is refused without sending any of it', async () => {
  const {o, c, stream} = await world({hooks: watching()}, {'content-encoding': 'gzip'})
  c.send(get(o))
  ;(await stream()).end(gzipSync('data: one\n\n'))
  const response = await c.response()
  expect([
    response.status,
    response.fields.get('x-pipelock-block-reason'),
    response.fields.get('x-pipelock-block-reason-layer'),
  ]).toEqual([403, 'compressed_response', 'sse_stream'])
})

test('a departing client ends the stream of the origin', async () => {
  const {h, o, c, stream} = await world({hooks: watching()})
  c.send(get(o))
  const res = await stream()
  const ended = new Promise((resolve) => res.once('close', resolve))
  res.write('data: open\n\n')
  await c.until((text) => text.includes('\r\n\r\n'))
  c.socket.resetAndDestroy()
  await ended
  await h.observed(1)
  expect(h.ends[0]?.decision.action).toBe('allow')
})

test('a slow client pauses the origin', async () => {
  const {h, o, c, stream} = await world({hooks: watching()})
  c.socket.pause()
  c.send(get(o))
  const res = await stream()
  const event = `data: ${'x'.repeat(44)}\n\n`.repeat(2_000)
  // a full pipe: the origin is paused
  while (res.write(event)) await new Promise((resolve) => setImmediate(resolve))
  for (let i = 0; i < 60; i++) res.write(event)
  await new Promise((resolve) => setImmediate(resolve))
  expect(res.writableLength).toBeGreaterThan(0)
  c.socket.resume()
  await new Promise((resolve) => res.once('drain', resolve))
  c.socket.resetAndDestroy()
  await h.observed(1)
})

test('a stream without a watcher passes byte for byte', async () => {
  const {o, c, stream} = await world({hooks: {watch: () => undefined}})
  c.send(get(o))
  const text = ': comment\r\ndata: evil\r\rfoo\n\n'
  ;(await stream()).end(text)
  expect((await c.response()).body.toString()).toBe(text)
})

describe('lines', () => {
  const NDJSON = {'content-type': 'application/x-ndjson', etag: '"1"'}
  /** Refuses a match over two lines, and strips a word from one; a line may have 100 bytes. */
  function joining(action: 'block' | 'warn' = 'block'): Partial<Hooks> {
    let all = ''
    const match = finding({layer: 'response_scan', reason: 'prompt_injection', action})
    const watch: Hooks['watch'] = () => ({
      layer: 'response_scan',
      maxEventBytes: 100,
      unreadable: () => ({...match, reason: 'response_size'}),
      feed(lines) {
        all += lines.bytes.toString().replace(/\W/g, '')
        return {findings: all.includes('evil') ? [match] : [], open: false}
      },
    })
    return {
      expects: () => true,
      watch,
      inspect(_x, {kind, bytes}) {
        const start = kind === 'body' ? bytes.indexOf('dirt') : -1
        return start < 0 ? [] : [{...match, action: 'strip', replace: [{start, end: start + 4, text: '[gone]'}]}]
      },
    }
  }

  test('go out once they were judged, byte for byte, including an unfinished last one', async () => {
    const {h, o, c, stream} = await world({hooks: joining()}, {...NDJSON, 'content-length': '36'})
    c.send(get(o))
    const res = await stream()
    const head = await c.until((text) => text.includes('\r\n\r\n'))
    expect(head.toLowerCase()).not.toMatch(/content-length|etag/)
    res.write('{"a": 1}\r\n{"b"')
    expect(await c.until((text) => text.includes('1}'))).not.toContain('"b"')
    res.write(':2}\n')
    await c.until((text) => text.includes('"b":2}'))
    res.end('{"c":"last and l"}')
    expect((await c.response()).body.toString()).toBe('{"a": 1}\r\n{"b":2}\n{"c":"last and l"}')
    await h.observed(1)
    expect(h.commits.map((e) => e.decision.action)).toEqual(['allow'])
  })

  test('end visibly before the one that completes a match, and the client keeps the earlier ones', async () => {
    const {h, o, c, stream} = await world({hooks: joining()}, NDJSON)
    c.send(get(o))
    const res = await stream()
    res.write('"e"\n"v"\n')
    await c.until((text) => text.includes('"v"'))
    res.write('"i"\n"l"\n"more"\n')
    const text = await c.end()
    expect(text).not.toMatch(/"l"|more/)
    expect(text.endsWith('0\r\n\r\n')).toBe(false)
    await h.observed(1)
    expect(h.commits.map((e) => [e.decision.action, e.decision.cause?.layer])).toEqual([
      ['allow', undefined],
      ['block', 'response_scan'],
    ])
  })

  test('lose the stripped text, and continue', async () => {
    const {h, o, c, stream} = await world({hooks: joining()}, NDJSON)
    c.send(get(o))
    ;(await stream()).end('"dirt"\n"good"\n')
    expect((await c.response()).body.toString()).toBe('"[gone]"\n"good"\n')
    await h.observed(1)
    expect(h.commits.map((e) => e.decision.action)).toEqual(['allow', 'strip'])
  })

  test.each(['block', 'warn'] as const)(
    'over the size limit are refused, or passed on uninspected and recorded: %s',
    async (action) => {
      const {h, o, c, stream} = await world({hooks: joining(action)}, NDJSON)
      c.send(get(o))
      const res = await stream()
      const long = `"${'x'.repeat(200)}`
      res.write('"one"\n')
      await c.until((text) => text.includes('one'))
      res.write(long)
      if (action === 'warn') await c.until((text) => text.includes('xxx'))
      res.end('evil"\n"two"\n')
      if (action === 'block') expect(await c.end()).not.toMatch(/xxx|two/)
      else expect((await c.response()).body.toString()).toBe(`"one"\n${long}evil"\n"two"\n`)
      await h.observed(1)
      expect(h.commits.map((e) => [e.decision.action, e.decision.cause?.reason]).slice(1)).toEqual([
        [action, 'response_size'],
      ])
    },
  )

  test('are held where a plugin wants the complete body', async () => {
    const received: string[] = []
    const hooks: Partial<Hooks> = {
      ...joining(),
      requires: () => ({maxBytes: 100, over: () => undefined}),
      inspect(_x, {kind, bytes}) {
        if (kind === 'body') received.push(bytes.toString())
        return []
      },
    }
    const {o, c, stream} = await world({hooks}, NDJSON)
    c.send(get(o))
    const res = await stream()
    res.write('{"a":1}\n')
    res.end('{"b":2}\n')
    expect((await c.response()).fields.get('content-length')).toBe('16')
    expect(received).toEqual(['{"a":1}\n{"b":2}\n'])
  })
})
