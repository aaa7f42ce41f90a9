// Smuggling by translation, against web servers that other people wrote: behind requests over HTTP/2 that are malformed or have two
// meanings, nginx and Apache get what Pipelock decided about and nothing else, and the next stream gets its own response.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {AuthorityFiles} from '../../../src/lib/x509.js'
import {BASE, startFirewall, type TestFirewall} from '../../support/firewalls.js'
import {FLAG, FRAME, frame, FrameReader, headerBlock, PREFACE, secureTunnel} from '../../support/http2.js'
import {AUTHORITY, changed, REFUSED, STRIPPED, type Fields} from '../../support/http2-smuggling.js'
import {certificateOf, testAuthority} from '../../support/interception.js'
import {isPackaged, PACKAGED, startPackagedOrigin, type PackagedOrigin} from '../../support/packaged-origins.js'

const HOST = 'origin.example'
/** A request that the body of another one hides. */
const HIDDEN = 'GET /hidden HTTP/1.1\r\nHost: hidden\r\n\r\n'

describe.each(PACKAGED)('%s behind HTTP/2', (name) => {
  describe.skipIf(!isPackaged(name))('understands what was decided', () => {
    let clients: AuthorityFiles
    let origin: PackagedOrigin
    let f: TestFirewall

    beforeAll(async () => {
      const [own, origins] = await Promise.all([testAuthority(), testAuthority()])
      clients = own
      origin = await startPackagedOrigin(name, await certificateOf(HOST, origins))
      f = await startFirewall(
        `${BASE}tls_interception: {enabled: true, ca_cert: ca.pem, ca_key: ca-key.pem}
request_body_scanning: {enabled: false}
`,
        {
          files: {'ca.pem': own.certificate, 'ca-key.pem': own.key},
          transport: {ca: [origins.certificate], limits: {lingerMs: 200}},
        },
      )
    })
    afterAll(async () => {
      await f.close()
      await origin.close()
    })

    /** One stream after the other on one connection; each waits for a response, a reset or the end. */
    async function exchange(
      streams: readonly {readonly fields: Fields; readonly data?: string}[],
    ): Promise<FrameReader> {
      const authority = `${HOST}:${origin.securePort}`
      const options = {ca: clients.certificate, protocols: ['h2']}
      const socket = await secureTunnel(f.firewall.addresses().main.port, authority, options)
      const reader = new FrameReader(socket)
      socket.write(PREFACE)
      for (const [i, {fields, data}] of streams.entries()) {
        if (reader.closed) break
        const stream = 2 * i + 1
        const block = headerBlock(fields.map(([field, value]) => [field, value.replaceAll(AUTHORITY, authority)]))
        const flags = FLAG.endHeaders | (data === undefined ? FLAG.endStream : 0)
        socket.write(frame(FRAME.headers, flags, stream, block))
        if (data !== undefined) socket.write(frame(FRAME.data, FLAG.endStream, stream, Buffer.from(data)))
        await reader.until(() =>
          reader.frames.some(
            (one) =>
              one.type === FRAME.goaway ||
              (one.stream === stream && (one.type === FRAME.reset || one.type === FRAME.headers)),
          ),
        )
      }
      socket.destroy()
      return reader
    }

    const rows = [
      ...REFUSED,
      ...STRIPPED,
      ...['GET', 'POST', 'DELETE'].map(
        (method) =>
          [
            `with a request in the body of a ${method}`,
            changed({':method': method, ':path': '/body'}),
            HIDDEN,
          ] as const,
      ),
      ['with a chunk in its body', changed({':method': 'POST', ':path': '/body'}), `0\r\n\r\n${HIDDEN}`] as const,
      [
        'with a body as long as it says, that hides a request',
        [...changed({':method': 'POST', ':path': '/body'}), ['content-length', String(HIDDEN.length)]] as Fields,
        HIDDEN,
      ] as const,
    ]

    test.each(rows.map(([row, fields, data], i) => [row, fields, data, i] as const))(
      '%s',
      async (_, fields, data, i) => {
        const next = [...changed({':path': `/${i}/next`}), ['x-marker', `${i}/next`]] as Fields
        const first = data === undefined ? {fields} : {fields, data}
        const reader = await exchange([first, {fields: next}])
        // a connection that was ended for the first one
        if (!reader.frames.some(({type, stream}) => type === FRAME.headers && stream === 3))
          await exchange([{fields: next}])
        await origin.logged(`${i}/next`)
      },
    )

    test('has no request in its log that was not decided', async () => {
      await f.firewall.stop('test over', 100)
      const lines = (list: readonly string[]): readonly string[] => list.toSorted()
      const served = (): readonly string[] => origin.requests().map(({line}) => line.split(' ').slice(0, 2).join(' '))
      const decided = f
        .log()
        .filter(({event, url}) => event === 'forward_http' && typeof url === 'string')
        .map(({url, method}) => `${String(method)} ${String(url).replace(/^https:\/\/[^/]*/, '')}`)
      // the server logs a request after its response
      await expect.poll(() => lines(served())).toEqual(lines(decided))
      expect(served().filter((line) => line.includes('hidden'))).toEqual([])
      expect(served().filter((line) => line.endsWith('/next'))).toHaveLength(rows.length)
    })
  })
})
