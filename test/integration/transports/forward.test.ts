import {afterEach, describe, expect, it} from 'vitest'
import {startHarness, type Harness, type HarnessOptions} from '../../support/harness.js'
import {startOrigin, type Origin, type Respond} from '../../support/origins.js'
import {RawClient} from '../../support/raw-socket.js'

const open: {close(): unknown}[] = []
afterEach(async () => {
  for (const item of open.splice(0).reverse()) await item.close()
})
async function harness(options: HarnessOptions = {}): Promise<Harness> {
  const h = await startHarness(options)
  open.push(h)
  return h
}
async function origin(respond?: Respond): Promise<Origin> {
  const o = await startOrigin(respond)
  open.push(o)
  return o
}
async function client(h: Harness): Promise<RawClient> {
  const c = await RawClient.open(h.port)
  open.push(c)
  return c
}

describe('absolute form', () => {
  it('forwards, answers and keeps the connection', async () => {
    const [h, o] = [await harness(), await origin()]
    const c = await client(h)
    for (const path of ['/one?q=1', '/two']) {
      c.send(`GET http://site.test:${o.port}${path} HTTP/1.1\r\nHost: site.test:${o.port}\r\nX-A: 1\r\nx-a: 2\r\n\r\n`)
      const answer = await c.answer()
      expect(answer.status).toBe(200)
      expect(answer.body.toString()).toBe(`ok GET ${path}`)
    }
    expect(o.connections()).toBe(1)
    expect(o.seen[0]?.rawHeaders).toEqual([
      'host',
      `site.test:${o.port}`,
      'connection',
      'keep-alive',
      'X-A',
      '1',
      'x-a',
      '2',
    ])
    await h.observed(2)
    expect(h.commits.map((c) => c.decision.action)).toEqual(['allow', 'allow'])
    expect(h.ends[0]?.end).toMatchObject({status: 200, responseBytes: 15, requestBytes: 0})
  })
})
