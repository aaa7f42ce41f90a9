// Responses that are held until they are judged: what goes out, with which length and fields, and what never does.
import {gzipSync} from 'node:zlib'
import {afterEach, describe, expect, test} from 'vitest'
import type {Finding} from '../../../src/core/decision.js'
import type {Hooks} from '../../../src/core/plugin.js'
import {finding, startHarness, type Harness, type HarnessOptions} from '../../support/harness.js'
import {startLiteralOrigin, startOrigin, type Origin, type Respond} from '../../support/origins.js'
import {RawClient} from '../../support/raw-socket.js'

const open: {close(): unknown}[] = []
afterEach(async () => {
  for (const item of open.splice(0).reverse()) await item.close()
})
async function world(options: HarnessOptions, respond?: Respond): Promise<{h: Harness; o: Origin; c: RawClient}> {
  const h = await startHarness({...options, limits: {lingerMs: 100, ...options.limits}})
  const o = await startOrigin(respond)
  const c = await RawClient.open(h.port)
  open.push(h, o, c)
  return {h, o, c}
}

const CAP = 1000

/** Requires responses other than images, and refuses "evil" in them. */
function guard(action: Finding['action'] = 'block', more: Partial<Hooks> = {}): Partial<Hooks> {
  const injected = (part: Partial<Finding> = {}): Finding =>
    finding({layer: 'response_scan', reason: 'prompt_injection', action, detail: 'evil answer', ...part})
  return {
    expects: () => true,
    requires: (_x, head) =>
      head.direction === 'response' && head.mediaType !== 'image/png'
        ? {
            maxBytes: CAP,
            over: () => finding({layer: 'response_size', reason: 'response_size', action, detail: 'too large to scan'}),
          }
        : undefined,
    inspect(_x, unit) {
      if (unit.direction === 'request') return []
      if (unit.kind === 'head')
        return unit.headers.some(([, value]) => value.includes('evil'))
          ? [injected({action: 'warn', detail: 'evil head'})]
          : []
      const start = unit.bytes.indexOf('evil')
      return start < 0 ? [] : [injected({replace: [{start, end: start + 4, text: '[REDACTED: Evil]'}]})]
    },
    ...more,
  }
}

const get = (o: Origin, fields = '', method = 'GET'): string =>
  `${method} http://site.test:${o.port}/page HTTP/1.1\r\nHost: site.test:${o.port}\r\n${fields}\r\n`

const responding =
  (body: string | Buffer, fields: Readonly<Record<string, string>> = {}): Respond =>
  (_request, res) =>
    void res.writeHead(200, {'content-type': 'text/plain', ...fields}).end(body)

describe.each([
  ['synchronous', {}],
  ['asynchronous', {asyncCommit: true, later: true}],
])('%s inspection', (_name, {later = false, ...options}: {later?: boolean; asyncCommit?: boolean}) => {
  const hooks = (action?: Finding['action']): Partial<Hooks> => {
    const sync = guard(action)
    if (!later) return sync
    return {
      ...sync,
      inspect: async (x, unit) => {
        await new Promise((resolve) => setImmediate(resolve))
        return (await sync.inspect?.(x, unit)) ?? []
      },
    }
  }

  test('a clean response goes out whole, with its length, and the connection stays', async () => {
    const {h, o, c} = await world({...options, hooks: hooks()}, (_request, res) => {
      res.writeHead(200, {'content-type': 'text/plain', etag: '"1"'})
      res.write('one ')
      res.end('two')
    })
    for (let i = 0; i < 2; i++) {
      const response = await c.send(get(o)).response()
      expect([response.status, response.body.toString()]).toEqual([200, 'one two'])
      expect(response.fields.get('content-length')).toBe('7')
      expect(response.fields.get('etag')).toBe('"1"')
    }
    await h.observed(2)
    expect(h.commits.map((e) => e.decision.action)).toEqual(['allow', 'allow'])
    expect(h.ends.map((e) => e.end.responseBytes)).toEqual([7, 7])
  })

  test('a refused response sends nothing of itself, and has a second receipt under the id of the first', async () => {
    const {h, o, c} = await world({...options, hooks: hooks()}, responding('an evil page', {'set-cookie': 'a=b'}))
    const response = await c.send(get(o)).response()
    expect([response.status, response.body.toString()]).toEqual([403, 'blocked: evil answer\n'])
    expect(response.fields.get('x-pipelock-block-reason')).toBe('prompt_injection')
    expect(response.fields.has('set-cookie')).toBe(false)
    await h.observed(1)
    expect(h.commits.map((e) => e.decision.action)).toEqual(['allow', 'block'])
    expect(h.commits[0]?.x.id).toBe(h.commits[1]?.x.id)
    expect(h.ends[0]).toMatchObject({decision: {action: 'block'}, end: {status: 403}})
  })

  test('a stripped response drops the fields that describe the old bytes', async () => {
    const fields = {etag: '"1"', 'content-md5': 'x', 'accept-ranges': 'bytes', 'x-kept': '1', 'content-length': '12'}
    const {h, o, c} = await world({...options, hooks: hooks('strip')}, responding('an evil page', fields))
    const response = await c.send(get(o)).response()
    expect([response.status, response.body.toString()]).toEqual([200, 'an [REDACTED: Evil] page'])
    expect(response.fields.get('content-length')).toBe('24')
    for (const gone of ['etag', 'content-md5', 'accept-ranges']) expect(response.fields.has(gone)).toBe(false)
    expect(response.fields.get('x-kept')).toBe('1')
    await h.observed(1)
    expect(h.commits.map((e) => e.decision.action)).toEqual(['allow', 'strip'])
  })

  test('a warning is recorded, and the response goes out unchanged', async () => {
    const {h, o, c} = await world({...options, hooks: hooks('warn')}, responding('an evil page', {etag: '"1"'}))
    const response = await c.send(get(o)).response()
    expect([response.status, response.body.toString(), response.fields.get('etag')]).toEqual([
      200,
      'an evil page',
      '"1"',
    ])
    await h.observed(1)
    expect(h.ends[0]?.decision.findings.map((f) => f.layer)).toEqual(['response_scan'])
  })

  test.each([
    ['declared', {'content-length': String(CAP + 1)}],
    ['found while it comes', {'transfer-encoding': 'chunked'}],
  ])('more than the inspection limit, %s: refused, or handed on whole under warn', async (_how, fields) => {
    const body = 'evil'.padEnd(CAP + 1, '.')
    const refusing = await world({...options, hooks: hooks()}, responding(body, fields))
    const refused = await refusing.c.send(get(refusing.o)).response()
    expect([refused.status, refused.fields.get('x-pipelock-block-reason')]).toEqual([403, 'response_size'])
    const warning = await world({...options, hooks: hooks('warn')}, responding(body, fields))
    const passed = await warning.c.send(get(warning.o)).response()
    expect([passed.status, passed.body.toString()]).toEqual([200, body])
    await warning.h.observed(1)
    expect(warning.h.ends[0]?.decision.findings.map((f) => f.layer)).toEqual(['response_size'])
  })

  test('a rewritten response goes out as rewritten, without the fields that describe the old bytes', async () => {
    const rewrite: Hooks['rewrite'] = (_x, unit) => {
      const bytes = Buffer.from(unit.bytes.toString().toUpperCase())
      return {unit: {...unit, bytes}, findings: [], changed: true}
    }
    const fields = {etag: '"1"', 'repr-digest': 'x', 'accept-ranges': 'bytes'}
    const {h, o, c} = await world({...options, hooks: {...hooks(), rewrite}}, responding('a page', fields))
    const response = await c.send(get(o, 'Range: bytes=0-1\r\n')).response()
    expect([response.status, response.body.toString(), response.fields.get('content-length')]).toEqual([
      200,
      'A PAGE',
      '6',
    ])
    for (const gone of Object.keys(fields)) expect(response.fields.has(gone)).toBe(false)
    await h.observed(1)
    expect(h.commits.map((e) => e.decision.action)).toEqual(['allow'])
  })

  test.each([
    ['declared', {'content-length': '5000'}],
    ['found while it comes', {'transfer-encoding': 'chunked'}],
  ])('a response of which only the beginning is wanted streams on, or is refused by it, %s', async (_how, fields) => {
    const requires: Hooks['requires'] = (_x, head) =>
      head.direction === 'request'
        ? undefined
        : {
            maxBytes: Infinity,
            beginning: true,
            over: ({beginning}) =>
              beginning.includes('evil', 1400) ? finding({layer: 'media_policy', reason: 'media_policy'}) : undefined,
          }
    for (const [at, status] of [
      [1440, 403],
      [1500, 200],
    ] as const) {
      const body = 'x'.repeat(at).concat('evil').padEnd(5000, '.')
      const {o, c} = await world({...options, hooks: {...hooks(), requires}}, (_request, res) => {
        res.writeHead(200, {'content-type': 'font/woff', ...fields})
        res.write(body.slice(0, 100))
        setImmediate(() => res.end(body.slice(100)))
      })
      const response = await c.send(get(o)).response()
      expect(response.status).toBe(status)
      if (status === 200) expect(response.body.toString()).toBe(body)
    }
  })

  test('the head of a response is judged, too', async () => {
    const {h, o, c} = await world({...options, hooks: hooks()}, responding('good', {'x-note': 'evil'}))
    expect((await c.send(get(o)).response()).status).toBe(200)
    await h.observed(1)
    expect(h.ends[0]?.decision.findings.map((f) => f.detail)).toEqual(['evil head'])
  })
})

describe('content that cannot be judged', () => {
  test.each(['gzip', 'identity, GZIP', 'br'])('content in %s is refused', async (coding) => {
    const {o, c} = await world({hooks: guard()}, responding(gzipSync('good'), {'content-encoding': coding}))
    const response = await c.send(get(o)).response()
    expect([response.status, response.body.toString()]).toEqual([
      403,
      'blocked: compressed response cannot be scanned\n',
    ])
  })

  test('identity coding, images and empty responses are not refused', async () => {
    const {o, c} = await world({hooks: guard()}, (request, res) => {
      const status = request.url === '/page' ? 200 : 304
      res.writeHead(status, {'content-encoding': request.method === 'HEAD' ? 'gzip' : 'identity'}).end('good')
    })
    expect((await c.send(get(o)).response()).body.toString()).toBe('good')
    expect((await c.send(get(o, '', 'HEAD')).response(true)).status).toBe(200)
    const pictures = await world(
      {hooks: guard()},
      responding('evil', {'content-type': 'image/png', 'content-encoding': 'br'}),
    )
    expect((await pictures.c.send(get(pictures.o)).response()).body.toString()).toBe('evil')
  })

  test('a response that is cut short is an error, and is not requested again', async () => {
    const o = await startLiteralOrigin('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf', {end: true})
    open.push(o)
    const {h, c} = await world({hooks: guard()})
    const response = await c.send(get(o)).response()
    expect([response.status, response.body.toString()]).toEqual([502, 'forward proxy fetch failed\n'])
    expect(o.received.join('').match(/GET /g)).toHaveLength(1)
    await h.observed(1)
    expect(h.ends[0]?.end.status).toBe(502)
  })

  test('a client that leaves while its response is judged: the decision is recorded', async () => {
    let judged = (): void => undefined
    const judgedHops = new Promise<void>((resolve) => (judged = resolve))
    let left = (): void => undefined
    const gone = new Promise<void>((resolve) => (left = resolve))
    const inspect: Hooks['inspect'] = async (_x, unit) => {
      if (unit.kind !== 'body' || unit.direction !== 'response') return []
      judged()
      await gone
      return [finding({layer: 'response_scan', reason: 'prompt_injection'})]
    }
    const {h, o, c} = await world({hooks: guard('block', {inspect})}, responding('evil'))
    c.send(get(o))
    await judgedHops
    c.socket.resetAndDestroy()
    while (h.server.openConnections > 0) await new Promise((resolve) => setImmediate(resolve))
    left()
    await h.observed(1)
    expect(h.ends[0]).toMatchObject({decision: {action: 'block'}, end: {status: 0}})
    expect(h.commits.map((e) => e.decision.action)).toEqual(['allow', 'block'])
  })
})

describe('the request to the origin', () => {
  test('requires an uncoded and complete response', async () => {
    const {o, c} = await world({hooks: guard()}, responding('good'))
    await c.send(get(o, 'Accept-Encoding: br\r\nRange: bytes=0-1\r\nIf-Range: "1"\r\nRange: bytes=2-3\r\n')).response()
    const raw = o.requests[0]?.rawHeaders ?? []
    expect(raw.slice(raw.indexOf('Accept-Encoding'), raw.indexOf('Accept-Encoding') + 2)).toEqual([
      'Accept-Encoding',
      'identity',
    ])
    expect(raw.map((n) => n.toLowerCase()).filter((n) => n.endsWith('range'))).toEqual([])
  })

  test("keeps the client's ranges and codings where no plugin inspects responses", async () => {
    const {o, c} = await world({})
    await c.send(get(o, 'Accept-Encoding: br\r\nRange: bytes=0-1\r\n')).response()
    expect(o.requests[0]?.rawHeaders).toEqual(expect.arrayContaining(['br', 'bytes=0-1']))
  })

  test('a partial response without a requested range is refused', async () => {
    const {o, c} = await world({hooks: guard()}, (_request, res) => {
      res.writeHead(206, {'content-range': 'bytes 0-3/9'}).end('evil')
    })
    const response = await c.send(get(o, 'Range: bytes=0-3\r\n')).response()
    expect([response.status, response.body.toString()]).toEqual([502, 'forward proxy fetch failed\n'])
  })
})

describe.each([
  ['held', 'text/plain'],
  ['streaming', 'image/png'],
])('one range of a %s response', (_name, type) => {
  const digits = '0123456789'
  const state = {
    'content-type': type,
    'content-length': '10',
    etag: '"1"',
    'last-modified': 'Mon, 01 Jan 2024 00:00:00 GMT',
  }
  test.each([
    ['bytes=2-4', '', 206, '234', 'bytes 2-4/10'],
    ['bytes=7-', '', 206, '789', 'bytes 7-9/10'],
    ['bytes=-3', '', 206, '789', 'bytes 7-9/10'],
    ['bytes=0-99', '', 206, digits, 'bytes 0-9/10'],
    ['bytes=10-', '', 416, '', 'bytes */10'],
    ['bytes=0-1,3-4', '', 200, digits, undefined],
    ['lines=1-2', '', 200, digits, undefined],
    ['bytes=4-2', '', 200, digits, undefined],
    ['bytes=2-4', 'If-Range: "1"\r\n', 206, '234', 'bytes 2-4/10'],
    ['bytes=2-4', 'If-Range: W/"1"\r\n', 200, digits, undefined],
    ['bytes=2-4', 'If-Range: "2"\r\n', 200, digits, undefined],
    ['bytes=2-4', 'If-Range: Mon, 01 Jan 2024 00:00:00 GMT\r\n', 206, '234', 'bytes 2-4/10'],
  ])('%s %s', async (range, condition, status, body, contentRange) => {
    const {o, c} = await world({hooks: guard()}, (_request, res) => {
      res.writeHead(200, state)
      res.write(digits.slice(0, 3))
      setImmediate(() => res.end(digits.slice(3)))
    })
    const response = await c.send(get(o, `Range: ${range}\r\n${condition}`)).response()
    expect([response.status, response.body.toString(), response.fields.get('content-range')]).toEqual([
      status,
      body,
      contentRange,
    ])
    expect(response.fields.get('etag')).toBe('"1"')
    // the connection is still in step
    expect((await c.send(get(o)).response()).body.toString()).toBe(digits)
  })
})

test('a range of a changed response is the complete response', async () => {
  const {o, c} = await world({hooks: guard('strip')}, responding('an evil page'))
  const response = await c.send(get(o, 'Range: bytes=0-1\r\n')).response()
  expect([response.status, response.body.toString()]).toEqual([200, 'an [REDACTED: Evil] page'])
})

test('the body of a redirect that is handed back is judged as well', async () => {
  const {o, c} = await world({hooks: guard()}, (_request, res) => {
    res.writeHead(302, {location: '/next', 'content-type': 'text/html'}).end('evil')
  })
  expect((await c.send(get(o)).response()).status).toBe(403)
})
