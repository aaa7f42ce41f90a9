// How bytes are cut changes no verdict: a body in any chunks is judged as in one piece, and an order in a stream is never
// completed, into whatever events and packets it is divided. On a running firewall, with mutated credentials and phrases.
import fc from 'fast-check'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {GOOD, startWorld, type World} from '../matrix/world.js'
import {EXAMPLES as CREDENTIALS} from '../support/credentials.js'
import {EXAMPLES as PHRASES} from '../support/injection-phrases.js'
import {startOrigin, type Origin} from '../support/origins.js'
import {exchangeRaw} from '../support/raw-socket.js'
import {runs} from '../support/thorough.js'

let world: World
let origin: Origin
/** What the origin streams, packet by packet. */
let packets: readonly Buffer[] = []
beforeAll(async () => {
  origin = await startOrigin(async (_, res) => {
    res.writeHead(200, {'content-type': 'text/event-stream'})
    for (const packet of packets) {
      res.write(packet)
      await new Promise((done) => setImmediate(done))
    }
    res.end()
  })
  world = await startWorld({
    config: {
      flight_recorder: {enabled: false, require_receipts: false},
      request_body_scanning: {enabled: true, action: 'block'},
      response_scanning: {enabled: true, action: 'block'},
    },
  })
})
afterAll(async () => {
  await world.stop()
  await Promise.all([world.http.close(), world.tls.close(), origin.close()])
  world.remove()
})

const secrets = Object.values(CREDENTIALS).map((example) => example()[0])
/** Rules that no page may argue about: found wherever they stand. */
const orders = PHRASES.filter(({rule}) => rule === 'Prompt Injection' || rule === 'Covert Action Directive').flatMap(
  ({matches}) => matches,
)

/** Stretches between these places. */
function stretches(length: number, places: readonly number[]): readonly (readonly [from: number, to: number])[] {
  const at = [...new Set([0, ...places.map((place) => place % Math.max(1, length))])].sort((x, y) => x - y)
  return at.map((from, i) => [from, at[i + 1] ?? length] as const).filter(([from, to]) => to > from)
}

const mutation = fc.constantFrom<(text: string) => string>(
  (text) => text,
  (text) => text.toUpperCase(),
  (text) => `${text.slice(0, 5)}\u200b${text.slice(5)}`,
  (text) => Buffer.from(text).toString('base64'),
  (text) => encodeURIComponent(text),
  (text) => text.slice(0, -3),
  (text) => text.replace(/[a-z]/, '_'),
)
const body = fc
  .tuple(fc.constantFrom(...secrets), mutation, fc.constantFrom('application/json', 'text/plain', ''), fc.nat({max: 3}))
  .map(([secret, mutate, type, filler]) => {
    const text = `${'words before '.repeat(filler)}${mutate(secret)}`
    return {type, text: type === 'application/json' ? JSON.stringify({a: filler, b: [text]}) : text}
  })
const places = fc.array(fc.nat({max: 5_000}), {maxLength: 8})

async function verdictOf(type: string, framing: string): Promise<string> {
  const head = `POST http://${GOOD}:${world.http.port}/x HTTP/1.1\r\nHost: ${GOOD}:${world.http.port}\r\nConnection: close\r\n`
  const response = await exchangeRaw(
    world.port,
    Buffer.from(`${head}${type && `Content-Type: ${type}\r\n`}${framing}`, 'latin1'),
  )
  const text = (name: string): string => new RegExp(`^${name}: (\\S+)`, 'im').exec(response)?.[1] ?? ''
  return `${response.slice(9, 12)} ${text('x-pipelock-block-reason')} ${text('x-pipelock-block-reason-layer')}`
}

test('a body in chunks is judged as in one piece', async () => {
  let blocked = 0
  await fc.assert(
    fc.asyncProperty(body, places, async ({type, text}, cuts) => {
      const bytes = Buffer.from(text)
      const whole = await verdictOf(type, `Content-Length: ${bytes.length}\r\n\r\n${bytes.toString('latin1')}`)
      const chunks = stretches(bytes.length, cuts).map(([from, to]) => bytes.subarray(from, to))
      const framed = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk.toString('latin1')}\r\n`).join('')
      expect(await verdictOf(type, `Transfer-Encoding: chunked\r\n\r\n${framed}0\r\n\r\n`)).toBe(whole)
      if (whole.startsWith('403')) blocked++
    }),
    {numRuns: runs(40)},
  )
  expect(blocked).toBeGreaterThan(5)
})

const DELTAS: readonly ((text: string) => string)[] = [
  (text) => `data: ${JSON.stringify({choices: [{index: 0, delta: {content: text}}]})}\n\n`,
  (text) => `event: content_block_delta\r\ndata: ${JSON.stringify({index: 0, delta: {text}})}\r\n\r\n`,
  (text) => `data: ${JSON.stringify({candidates: [{content: {parts: [{text}]}}]})}\n\n`,
]

test('an order in a stream is never completed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...orders),
      places,
      places,
      fc.nat({max: 2}),
      async (order, events, cuts, kind) => {
        const write = DELTAS[kind] ?? String
        const pieces = stretches(order.length, events).map(([from, to]) => order.slice(from, to))
        const stream = Buffer.from([write('Good day. '), ...pieces.map(write), write(' Good bye.')].join(''))
        packets = stretches(stream.length, cuts).map(([from, to]) => stream.subarray(from, to))
        const head = `GET http://${GOOD}:${origin.port}/x HTTP/1.1\r\nHost: ${GOOD}:${origin.port}\r\nConnection: close\r\n\r\n`
        const response = await exchangeRaw(world.port, head)
        const arrived = [...response.matchAll(/"(?:content|text)":("(?:[^"\\]|\\.)*")/g)].map(
          ([, text]) => JSON.parse(text ?? '""') as string,
        )
        expect(response).toMatch(/^HTTP\/1\.1 200 /)
        expect(arrived.join('')).not.toContain(order)
        expect(response).not.toContain('Good bye')
      },
    ),
    {numRuns: runs(40)},
  )
})
