// Request smuggling against web servers that other people wrote: what nginx and Apache understand behind Pipelock is what
// Pipelock decided about, request by request and byte by byte, and the next request on the connection gets its own response.
import {connect as tlsConnect} from 'node:tls'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {BASE, startFirewall, type TestFirewall} from '../../support/firewalls.js'
import {certificateOf, testAuthority} from '../../support/interception.js'
import {
  isPackaged,
  PACKAGED,
  startPackagedOrigin,
  type Packaged,
  type PackagedOrigin,
} from '../../support/packaged-origins.js'
import {RawClient} from '../../support/raw-socket.js'
import {SMUGGLING, type SmugglingRow} from '../../support/smuggling-corpus.js'
import type {AuthorityFiles} from '../../../src/lib/x509.js'

const HOST = 'origin.example'
type Mode = 'forward' | 'tunnel' | 'opened'
/** Request bodies pass as they arrive, or are held and judged first. */
type Scanning = 'streamed' | 'judged'
/** In a request for a proxy, in plain HTTP inside a tunnel, in TLS inside one: one server for each way a body is treated. */
const WAYS: Readonly<Record<Packaged, readonly {readonly mode: Mode; readonly scanning: Scanning}[]>> = {
  nginx: [
    {mode: 'forward', scanning: 'streamed'},
    {mode: 'tunnel', scanning: 'judged'},
    {mode: 'opened', scanning: 'streamed'},
  ],
  apache2: [
    {mode: 'forward', scanning: 'judged'},
    {mode: 'tunnel', scanning: 'streamed'},
    {mode: 'opened', scanning: 'judged'},
  ],
}

let clients: AuthorityFiles
let origins: AuthorityFiles

beforeAll(async () => {
  ;[clients, origins] = await Promise.all([testAuthority(), testAuthority()])
})

const firewallFor = (scanning: Scanning): Promise<TestFirewall> =>
  startFirewall(
    `${BASE}tls_interception: {enabled: true, ca_cert: ca.pem, ca_key: ca-key.pem}
request_body_scanning: {enabled: ${scanning === 'judged'}, content_entropy_enabled: false}
`,
    {
      files: {'ca.pem': clients.certificate, 'ca-key.pem': clients.key},
      transport: {ca: [origins.certificate], limits: {lingerMs: 200, drainMs: 300}},
    },
  )

interface Way {
  readonly mode: Mode
  readonly scanning: Scanning
  readonly port: number
  readonly authority: string
  /** Begins every path of this row, so that each line of the origin's log names its row. */
  readonly id: string
}

/** A connection on which the requests of this way go out. */
async function open({mode, port, authority}: Way): Promise<RawClient> {
  const client = await RawClient.open(port)
  if (mode === 'forward') return client
  client.send(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`)
  expect((await client.response(true)).status).toBe(200)
  if (mode === 'tunnel') return client
  const tls = tlsConnect({socket: client.detach(), servername: HOST, ca: clients.certificate})
  await new Promise((resolve, reject) => tls.once('secureConnect', resolve).once('error', reject))
  return RawClient.of(tls)
}

function written({mode, authority, id}: Way, text: string): string {
  const start = mode === 'forward' ? `http://${authority}` : ''
  const scheme = mode === 'opened' ? 'https' : 'http'
  return text
    .replaceAll(/\{!(\/[^}]*)\}/g, (_, path: string) => `${scheme}://${authority}/${id}${path}`)
    .replaceAll(/\{(\/[^}]*)\}/g, (_, path: string) => `${start}/${id}${path}`)
    .replaceAll('@', authority)
}

const marked = (way: Way, name: string): string =>
  written(way, `GET {/${name}} HTTP/1.1\r\nHost: @\r\nX-Marker: ${way.id}/${name}\r\n\r\n`)

interface Outcome {
  readonly statuses: readonly number[]
  readonly closes: boolean
  /** Markers that the responses to the ordinary requests repeat. */
  readonly markers: readonly (string | undefined)[]
  readonly reaches: readonly string[]
}

async function send(way: Way, row: SmugglingRow): Promise<Outcome> {
  const statuses: number[] = []
  const markers: (string | undefined)[] = []
  let closes = false
  const client = await open(way)
  try {
    markers.push(await ordinary(way, client, 'before'))
    client.send(written(way, row.send) + (row.isLast ? '' : marked(way, 'behind')))
    if (row.isLast) client.finish()
    for (;;) {
      if (await client.isOver()) {
        closes = true
        break
      }
      const response = await client.response(row.isHead === true && statuses.length === 0)
      const marker = response.fields.get('x-echo-marker')
      if (marker === `${way.id}/behind`) {
        markers.push('behind')
        break
      }
      statuses.push(response.status)
    }
    if (!closes) markers.push(await ordinary(way, client, 'next'))
  } finally {
    client.close()
  }
  if (closes) {
    const next = await open(way)
    markers.push(await ordinary(way, next, 'next'))
    next.close()
  }
  return {statuses, closes, markers, reaches: []}
}

/** The marker of the response to an ordinary request. */
async function ordinary(way: Way, client: RawClient, name: string): Promise<string | undefined> {
  const {fields, status} = await client.send(marked(way, name)).response()
  return status === 200 ? fields.get('x-echo-marker')?.slice(way.id.length + 1) : undefined
}

/** What the table says of one way. */
function expected({mode}: Way, row: SmugglingRow): Outcome {
  const {statuses, closes = false, reaches = []} = (mode !== 'forward' && row.inTunnel) || row
  const after = closes ? ['next'] : ['behind', 'next']
  const gets = (names: readonly string[]): readonly string[] => names.map((name) => `GET /${name} `)
  return {
    statuses,
    closes,
    markers: ['before', ...after],
    reaches: [...gets(['before']), ...reaches, ...gets(after)].toSorted(),
  }
}

/** Complete requests of one row, as method, path and body; sorted, since a worker logs a request after its response. */
function complete(origin: PackagedOrigin, id: string): readonly string[] {
  return origin
    .requests()
    .filter(({line, status}) => line.includes(`/${id}/`) && status === 200)
    .map(({line, body}) => {
      const [method, path = ''] = line.split(' ')
      return `${method} ${path.slice(id.length + 1)} ${body.toString('latin1')}`
    })
    .toSorted()
}

/** Methods and paths of requests, each as often as it came. */
function counted(requests: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const one of requests) counts.set(one, (counts.get(one) ?? 0) + 1)
  return counts
}

/** Requests that the audit log names as forwarded. */
function forwarded(firewall: TestFirewall): readonly string[] {
  return firewall
    .log()
    .filter(({url, method}) => typeof url === 'string' && typeof method === 'string' && method !== 'CONNECT')
    .map(({url, method}) => `${String(method)} ${String(url).replace(/^https?:\/\/[^/]*/, '')}`)
}

describe.each(PACKAGED)('%s', (name) => {
  describe.skipIf(!isPackaged(name))('understands what was decided', () => {
    let origin: PackagedOrigin
    let firewalls: Readonly<Record<Scanning, TestFirewall>>

    beforeAll(async () => {
      origin = await startPackagedOrigin(name, await certificateOf(HOST, origins))
      firewalls = {streamed: await firewallFor('streamed'), judged: await firewallFor('judged')}
    })
    afterAll(async () => {
      await Promise.all(Object.values(firewalls).map((one) => one.close()))
      await origin.close()
    })

    const ways = (index: number): readonly Way[] =>
      WAYS[name].map(({mode, scanning}): Way => {
        const {port} = firewalls[scanning].firewall.addresses().main
        const authority = `${HOST}:${mode === 'opened' ? origin.securePort : origin.port}`
        return {mode, scanning, port, authority, id: `${index}-${mode}-${scanning}`}
      })

    test.each(SMUGGLING.map((row, index) => [row.name, row, index] as const))('%s', async (_name, row, index) => {
      const outcomes = await Promise.all(
        ways(index).map(async (way) => {
          const outcome = await send(way, row)
          await origin.logged(`${way.id}/next`)
          const {reaches} = expected(way, row)
          await expect.poll(() => complete(origin, way.id)).toEqual(reaches)
          return {...outcome, reaches}
        }),
      )
      const byWay = (list: readonly Outcome[]): unknown =>
        Object.fromEntries(list.map((outcome, i) => [WAYS[name][i]?.mode, outcome]))
      expect(byWay(outcomes)).toEqual(byWay(ways(index).map((way) => expected(way, row))))
    })

    test('has no request in its log that was not decided, and no body that broke', async () => {
      // connections to the origin end here: it logs what they still hold
      await Promise.all(Object.values(firewalls).map((one) => one.firewall.stop('test over', 100)))
      const incomplete = origin.requests().filter(({status}) => status !== 200)
      const broken = SMUGGLING.flatMap((row, index) => (row.breaks ? ways(index).map(({id}) => `/${id}/p `) : []))
      expect(incomplete.filter(({line}) => !broken.some((path) => line.includes(path)))).toEqual([])
      const decided = counted(Object.values(firewalls).flatMap(forwarded))
      const served = counted(
        origin
          .requests()
          .filter(({status}) => status === 200)
          .map(({line}) => line.split(' ').slice(0, 2).join(' ')),
      )
      const authorities = [origin.port, origin.securePort].map((port) => `${HOST}:${port}`)
      expect(origin.requests().filter(({host, status}) => status === 200 && !authorities.includes(host))).toEqual([])
      expect([...served].filter(([request, times]) => times > (decided.get(request) ?? 0))).toEqual([])
    })
  })
})
