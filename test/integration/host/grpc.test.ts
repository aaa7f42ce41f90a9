// gRPC through a configured firewall: calls have their messages and trailers, and what they send is judged like any other content.
// test/integration/transports/http2-origins.test.ts has calls that stream.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {AuthorityFiles} from '../../../src/lib/x509.js'
import {mixed} from '../../support/credentials.js'
import {BASE, startFirewall, type TestFirewall} from '../../support/firewalls.js'
import {startStreamOrigin, StreamClient, type StreamOrigin} from '../../support/http2.js'
import {certificateOf, testAuthority} from '../../support/interception.js'

const HOST = 'origin.example'
const TOKEN = `gh${'p_'}${mixed(36)}`
const GRPC = {':method': 'POST', 'content-type': 'application/grpc', te: 'trailers'}

let clients: AuthorityFiles
let origins: AuthorityFiles
let origin: StreamOrigin
const open: {close(): unknown}[] = []
beforeAll(async () => {
  ;[clients, origins] = await Promise.all([testAuthority(), testAuthority()])
  origin = await startStreamOrigin(
    (stream, headers) => {
      if (headers[':path'] === '/missing')
        return stream.respond(
          {':status': 200, 'content-type': 'application/grpc', 'grpc-status': '5'},
          {endStream: true},
        )
      stream.respond({':status': 200, 'content-type': 'application/grpc'}, {waitForTrailers: true})
      stream.on('wantTrailers', () => stream.sendTrailers({'grpc-status': '0', 'grpc-message': 'done'}))
      return void stream.pipe(stream)
    },
    await certificateOf(HOST, origins),
  )
})
afterAll(async () => {
  for (const item of open.splice(0).reverse()) await item.close()
  await origin.close()
})

async function firewall(text: string): Promise<TestFirewall> {
  const f = await startFirewall(
    `${BASE}tls_interception: {enabled: true, ca_cert: ca.pem, ca_key: ca-key.pem}\n${text}`,
    {
      files: {'ca.pem': clients.certificate, 'ca-key.pem': clients.key},
      transport: {ca: [origins.certificate]},
    },
  )
  return f
}

async function client({firewall: {addresses}}: TestFirewall): Promise<StreamClient> {
  const c = await StreamClient.open(addresses().main.port, `${HOST}:${origin.port}`, clients.certificate)
  open.push(c)
  return c
}

/** A length-prefixed message. */
function message(text: string): Buffer {
  const bytes = Buffer.from(text)
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(bytes.length, 1)
  return Buffer.concat([prefix, bytes])
}

describe('a call', () => {
  test('has its messages and its status', async () => {
    const c = await client(await firewall(''))
    const got = await c.post('/service/Method', message('hello'), GRPC)
    expect(got.body.equals(message('hello'))).toBe(true)
    expect(Object.entries(got.trailers ?? {})).toEqual([
      ['grpc-status', '0'],
      ['grpc-message', 'done'],
    ])
    const failed = await c.post('/missing', message('hello'), GRPC)
    expect([failed.headers['grpc-status'], failed.flags & 1]).toEqual(['5', 1])
  })

  test('with a credential in a message is blocked before it leaves', async () => {
    const c = await client(await firewall('request_body_scanning: {enabled: true, action: block}\n'))
    const got = await c.post('/service/Method', message(`token ${TOKEN}`), GRPC)
    expect(got.status).toBe(403)
    expect(got.headers['x-pipelock-block-reason']).toBe('dlp_match')
  })
})
