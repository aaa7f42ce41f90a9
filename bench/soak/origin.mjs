// The peers of the firewall under test, in their own process: an origin over HTTP and TLS (HTTP/2 and HTTP/1.1) with
// texts, uploads, event streams, downloads and WebSockets, and a webhook that fails, hangs and works in turns. Prints its ports.
import {readFileSync} from 'node:fs'
import {createServer} from 'node:http'
import {createSecureServer} from 'node:http2'
import {createHash} from 'node:crypto'

const [cert, key] = process.argv.slice(2, 4).map((file) => readFileSync(file))
const EVENTS = 20
const EVENT_MS = 25
const DOWNLOAD = Buffer.alloc(256 * 1024, 'ordinary words of a download ')
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
/** The webhook works for some of these seconds, then fails, then hangs. */
const TURN_MS = 20_000

function respond(request, response) {
  const path = new URL(request.url, 'http://origin').pathname
  request.on('error', () => {})
  response.on('error', () => {})
  if (path === '/events') return events(response)
  if (path === '/download') return void response.writeHead(200, {'content-type': 'text/plain'}).end(DOWNLOAD)
  let size = 0
  request.on('data', (chunk) => (size += chunk.length))
  request.on('end', () => {
    response.writeHead(200, {'content-type': 'application/json'})
    response.end(JSON.stringify({path, size, text: 'the quick brown fox jumps over the lazy dog'}))
  })
}

function events(response) {
  response.writeHead(200, {'content-type': 'text/event-stream'})
  let count = 0
  const timer = setInterval(() => {
    response.write(`id: ${count}\ndata: {"step": ${count}, "text": "ordinary progress"}\n\n`)
    if (++count === EVENTS) response.end()
  }, EVENT_MS)
  response.on('close', () => clearInterval(timer))
}

/** Every frame comes back as it was, unmasked. */
function echo(request, socket) {
  socket.on('error', () => {})
  const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}${GUID}`).digest('base64')
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  )
  let pending = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk])
    for (;;) {
      // frames of the soak are short and masked
      const length = (pending[1] ?? 0) & 0x7f
      if (pending.length < 6 + length) return
      const [head, mask] = [pending[0], pending.subarray(2, 6)]
      const payload = Buffer.from(pending.subarray(6, 6 + length), 0).map((byte, i) => byte ^ mask[i % 4])
      pending = pending.subarray(6 + length)
      socket.write(Buffer.concat([Buffer.from([head, length]), payload]))
      if ((head & 0x0f) === 8) return void socket.end()
    }
  })
}

let received = 0
function receive(request, response) {
  request.resume()
  const turn = Math.floor(Date.now() / TURN_MS) % 4
  if (turn === 3) return // hangs
  if (turn === 2) return void response.writeHead(503).end()
  received++
  response.writeHead(204).end()
}

const plain = createServer(respond).on('upgrade', echo)
const secure = createSecureServer({cert, key, allowHTTP1: true}, respond).on('sessionError', () => {})
const webhook = createServer(receive)
const ports = await Promise.all(
  [plain, secure, webhook].map(
    (server) => new Promise((done) => server.listen(0, '127.0.0.1', () => done(server.address().port))),
  ),
)
process.stdout.write(`${JSON.stringify(ports)}\n`)
process.on('message', () => process.send({received}))
process.on('disconnect', () => process.exit(0))
