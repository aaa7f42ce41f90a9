// Requests of one client joined in a running firewall: over transports and hosts, with the event, the metric and the block.
import {request} from 'node:http'
import {afterEach, expect, test} from 'vitest'
import {send, BASE, startFirewall, type TestFirewall} from '../support/firewalls.js'
import {startOrigin, type Origin} from '../support/origins.js'

const open: {close(): unknown}[] = []
afterEach(async () => {
  for (const item of open.splice(0).reverse()) await item.close()
})

async function world(section: string): Promise<{fw: TestFirewall; o: Origin}> {
  const fw = await startFirewall(`${BASE}request_body_scanning: {enabled: true}\n${section}`)
  const o = await startOrigin()
  open.push(o, fw)
  return {fw, o}
}

function post(
  {firewall}: TestFirewall,
  url: string,
  body: string,
): Promise<{status: number; layer: unknown; body: string}> {
  return new Promise((resolve, reject) => {
    const {port} = firewall.addresses().main
    const headers = {host: new URL(url).host, 'content-type': 'application/json'}
    const req = request({host: '127.0.0.1', port, path: url, method: 'POST', agent: false, headers}, (res) => {
      let text = ''
      res.setEncoding('utf8')
      res.on('data', (chunk: string) => (text += chunk))
      res.on('end', () =>
        resolve({status: res.statusCode ?? 0, layer: res.headers['x-pipelock-block-reason-layer'], body: text}),
      )
    })
    req.on('error', reject)
    req.end(body)
  })
}

/** Written behind the answer; the limit of the test ends the waiting. */
async function logged(fw: TestFirewall, event: string): Promise<Readonly<Record<string, unknown>>> {
  for (;;) {
    const line = fw.log().find((one) => one['event'] === event)
    if (line) return line
    await new Promise((done) => setImmediate(done))
  }
}

const TOKEN = `ghp_${'a1B2c3D4e5'.repeat(3)}F6g7H8`
const [FIRST, SECOND] = [TOKEN.slice(0, 18), TOKEN.slice(18)]

test('one half in a query, the other in a body to another host: the second is refused', async () => {
  const {fw, o} = await world('cross_request_detection: {enabled: true, action: block}\n')
  const one = await send(fw.firewall, `http://origin.example:${o.port}/?trace=${FIRST}`)
  expect(one.status).toBe(200)
  expect((await send(fw.firewall, `http://other.example:${o.port}/guide?page=2`)).status).toBe(200)
  const two = await post(fw, `http://other.example:${o.port}/`, JSON.stringify({note: SECOND}))
  expect(two).toEqual({
    status: 403,
    layer: 'cross_request',
    body: 'blocked: cross-request secret detected: GitHub Token\n',
  })
  expect(o.requests).toHaveLength(2)
  const page = await fw.firewall.services().metrics.text()
  expect(page).toContain('\npipelock_cross_request_dlp_match_total 1\n')
  expect(page).toMatch(/\npipelock_cross_request_fragment_buffer_bytes [1-9]/)
  const stats = JSON.parse((await send(fw.firewall, '/stats')).body) as Record<string, unknown>
  expect(stats['cross_request_detection']).toMatchObject({entropy_tracker_active: true, fragment_buffer_active: true})
  const event = await logged(fw, 'cross_request_dlp_match')
  expect(event).toMatchObject({action: 'block', pattern: 'GitHub Token'})
  expect(JSON.stringify(fw.log())).not.toContain(SECOND)
})

test('a fetch and a proxied request are of one client', async () => {
  const {fw, o} = await world('cross_request_detection: {enabled: true, action: block}\n')
  const target = encodeURIComponent(`http://origin.example:${o.port}/?v=${FIRST}`)
  expect((await send(fw.firewall, `/fetch?url=${target}`)).status).toBe(200)
  const two = await send(fw.firewall, `http://origin.example:${o.port}/?v=${SECOND}`)
  expect([two.status, two.headers['x-pipelock-block-reason']]).toEqual([403, 'cross_request_deny'])
})

test('by default it warns, and the budget is told once it is used up', async () => {
  const {fw, o} = await world('cross_request_detection: {enabled: true, entropy_budget: {bits_per_window: 20}}\n')
  const url = (value: string): string => `http://origin.example:${o.port}/?v=${value}`
  expect((await send(fw.firewall, url(FIRST))).status).toBe(200)
  expect((await send(fw.firewall, url(SECOND))).status).toBe(200)
  expect((await send(fw.firewall, url('kX82mQ71pL93&w=tR44zB56vN'))).status).toBe(200)
  await logged(fw, 'cross_request_dlp_match')
  await logged(fw, 'cross_request_entropy_exceeded')
})
