// A client that disconnects while its request is judged, at any stage of the judgement: nothing is sent to the origin,
// and the exchange is recorded. A client that stays is served.
import {afterEach, expect, test} from 'vitest'
import type {Hooks} from '../../../src/core/plugin.js'
import {finding, startHarness} from '../../support/harness.js'
import {startOrigin} from '../../support/origins.js'
import {RawClient} from '../../support/raw-socket.js'

const open: {close(): unknown}[] = []
afterEach(async () => {
  for (const item of open.splice(0).reverse()) await item.close()
})

const requires: Hooks['requires'] = (_x, {direction}) =>
  direction === 'response'
    ? undefined
    : {maxBytes: 1000, over: () => finding({layer: 'request_body', reason: 'parse_error', hard: true})}

/** `wait` resolves when the client has left. */
const STAGES: Readonly<Record<string, (wait: () => Promise<void>) => Partial<Hooks>>> = {
  'the inspection of the head': (wait) => ({
    async inspect(_x, unit) {
      if (unit.kind === 'head') await wait()
      return []
    },
  }),
  'rewriting of the body': (wait) => ({
    async rewrite(_x, unit) {
      if (unit.kind === 'body') await wait()
      return {unit, findings: [], changed: false}
    },
  }),
  'the inspection of the body': (wait) => ({
    async inspect(_x, unit) {
      if (unit.kind === 'body') await wait()
      return []
    },
  }),
  'the evidence': (wait) => ({commit: () => wait()}),
}

const CASES = Object.entries(STAGES).flatMap(([name, stage]) => [
  [name, 'leaves', stage] as const,
  [name, 'stays', stage] as const,
])

test.each(CASES)('during %s: one that %s', async (_, what, stage) => {
  let reached = (): void => undefined
  const judged = new Promise<void>((resolve) => (reached = resolve))
  let left = (): void => undefined
  const gone = new Promise<void>((resolve) => (left = resolve))
  const wait = (): Promise<void> => {
    reached()
    return gone
  }
  const h = await startHarness({limits: {lingerMs: 100}, hooks: {requires, ...stage(wait)}})
  const o = await startOrigin()
  const c = await RawClient.open(h.port)
  open.push(h, o, c)
  const request = (path: string): string =>
    `POST http://site.test:${o.port}${path} HTTP/1.1\r\nHost: site.test:${o.port}\r\nContent-Length: 5\r\n\r\nhello`
  c.send(request('/x'))
  await judged
  if (what === 'stays') {
    left()
    expect((await c.response()).status).toBe(200)
    expect(o.requests).toHaveLength(1)
    return
  }
  c.socket.resetAndDestroy()
  while (h.server.openConnections > 0) await new Promise((resolve) => setImmediate(resolve))
  left()
  await h.observed(1)
  expect(h.ends[0]?.end.status).toBe(0)
  // pending writes have gone out before this one
  const next = await RawClient.open(h.port)
  open.push(next)
  next.send(request('/after'))
  expect((await next.response()).status).toBe(200)
  expect(o.requests.map(({url}) => url)).toEqual(['/after'])
})
