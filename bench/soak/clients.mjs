// The load of the soak: each kind of traffic from clients of its own, one request at a time, until it is told to stop. A
// response that is not the expected one is counted, by kind, and ends nothing.
import {Agent, request} from 'node:http'
import {connect as connectHttp2} from 'node:http2'
import {randomBytes} from 'node:crypto'
import {once} from 'node:events'
import {secure} from '../lib/load.mjs'

const PAUSE_MS = 4

export function startClients({proxy, origin, secureOrigin, host, ca}) {
  const state = {stopped: false}
  const counts = new Map()
  let latencies = []
  const agent = new Agent({keepAlive: true, maxSockets: 64})
  const url = (path) => `http://${host}:${origin}${path}`

  const send = (method, target, {body, headers = {}, own = false} = {}) =>
    new Promise((resolve, reject) => {
      const hostField = own ? `127.0.0.1:${proxy}` : `${host}:${origin}`
      const sent = request(
        {host: '127.0.0.1', port: proxy, method, path: target, headers: {host: hostField, ...headers}, agent},
        (response) => {
          let size = 0
          response.on('data', (chunk) => (size += chunk.length))
          response.on('end', () => resolve({status: response.statusCode, size}))
          response.on('error', reject)
        },
      )
      sent.on('error', reject)
      sent.setTimeout(20_000, () => sent.destroy(new Error('no response in 20 seconds')))
      sent.end(body)
    })

  const expect = (actual, required) => {
    if (actual !== required) throw new Error(`${actual} for ${required}`)
  }

  async function tunnel(protocols) {
    return secure(secureOrigin, {host, ca, through: proxy, protocols})
  }

  /** One session, or one connection, for several requests; then a new one. */
  const kinds = {
    get: async (i) => expect((await send('GET', url(`/items/${i % 500}?page=${i % 9}`))).status, 200),
    post: async (i) => {
      const body = JSON.stringify({id: i, note: 'an ordinary sentence about gardens and weather '.repeat(1 + (i % 40))})
      const {status} = await send('POST', url('/notes'), {body, headers: {'content-type': 'application/json'}})
      expect(status, 200)
    },
    refused: async (i) => {
      const key = `AKIA${randomBytes(10).toString('hex').toUpperCase().slice(0, 16).replace(/[01]/g, 'Z')}`
      expect((await send('GET', i % 2 === 0 ? url(`/?key=${key}`) : 'http://10.9.8.7/')).status, 403)
    },
    fetch: async (i) =>
      expect((await send('GET', `/fetch?url=${encodeURIComponent(url(`/page/${i % 50}`))}`, {own: true})).status, 200),
    download: async () => expect((await send('GET', url('/download'))).size, 256 * 1024),
    stream: async () => expect((await send('GET', url('/events'))).status, 200),
    intercepted: async (i) => {
      const socket = await tunnel([])
      for (let k = 0; k < 5; k++) {
        socket.write(`GET /inside/${i}/${k} HTTP/1.1\r\nHost: ${host}:${secureOrigin}\r\n\r\n`)
        const [head] = await once(socket, 'data')
        expect(head.toString('latin1').slice(0, 12), 'HTTP/1.1 200')
      }
      socket.destroy()
    },
    http2: async (i) => {
      const socket = await tunnel(['h2'])
      const session = connectHttp2(`https://${host}:${secureOrigin}`, {createConnection: () => socket})
      session.on('error', () => {})
      for (let k = 0; k < 5; k++) {
        const stream = session.request({':path': `/streams/${i}/${k}`}, {endStream: true})
        const [headers] = await once(stream, 'response')
        stream.resume()
        await once(stream, 'close')
        expect(headers[':status'], 200)
      }
      session.destroy()
    },
    websocket: async (i) => {
      const target = `/ws?url=${encodeURIComponent(`ws://${host}:${origin}/echo`)}`
      const socket = await upgraded(target)
      for (let k = 0; k < 10; k++) {
        socket.write(textFrame(`message ${i} of an ordinary conversation, part ${k}`))
        await once(socket, 'data')
      }
      socket.destroy()
    },
    abandoned: async () => {
      // a client that leaves in the middle
      const sent = request({
        host: '127.0.0.1',
        port: proxy,
        path: url('/download'),
        headers: {host: `${host}:${origin}`},
        agent: false,
      })
      sent.on('error', () => {})
      sent.end()
      const [response] = await once(sent, 'response')
      response.on('error', () => {})
      await once(response, 'data')
      sent.destroy()
    },
  }

  function upgraded(target) {
    return new Promise((resolve, reject) => {
      const sent = request({
        host: '127.0.0.1',
        port: proxy,
        path: target,
        agent: false,
        headers: {
          host: `127.0.0.1:${proxy}`,
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': randomBytes(16).toString('base64'),
        },
      })
      sent.on('upgrade', (_response, socket) => {
        socket.on('error', () => {})
        resolve(socket)
      })
      sent.on('response', (response) => reject(new Error(`${response.statusCode} for 101`)))
      sent.on('error', reject)
      sent.end()
    })
  }

  const run = async (kind) => {
    const count = {done: 0, failed: 0, last: ''}
    counts.set(kind, count)
    for (let i = 0; !state.stopped; i++) {
      const start = performance.now()
      try {
        await kinds[kind](i)
        count.done++
        if (kind === 'get') latencies.push(performance.now() - start)
      } catch (error) {
        count.failed++
        count.last = error.message
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }

  const running = Object.keys(kinds).map(run)
  return {
    counts,
    /** Latencies of plain requests since the last call, in milliseconds. */
    latencies: () => latencies.splice(0),
    async stop() {
      state.stopped = true
      await Promise.all(running)
      agent.destroy()
    },
  }
}

function textFrame(text) {
  const payload = Buffer.from(text)
  const mask = randomBytes(4)
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), mask, payload.map((byte, i) => byte ^ mask[i % 4])])
}
