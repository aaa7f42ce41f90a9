// Origin of the traffic rows, run as a process: answers every request head with 79 bytes. With the files of a certificate and
// its key as arguments, over TLS; with `h2` behind them over HTTP/2.
import {readFileSync} from 'node:fs'
import {createSecureServer} from 'node:http2'
import {createServer} from 'node:net'
import {createServer as createTlsServer} from 'node:tls'

const response = Buffer.from('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nhello, client')

const [cert, key] = process.argv.slice(2, 4).map((file) => readFileSync(file))
const isHttp2 = process.argv[4] === 'h2'
const listen = cert === undefined ? createServer : createTlsServer

function serveSocket(socket) {
  let count = 0
  socket.on('error', () => {}) // a client that leaves early is not the origin's concern
  socket.on('data', (chunk) => {
    for (const byte of chunk) {
      count = byte === (count & 1 ? 10 : 13) ? count + 1 : byte === 13 ? 1 : 0
      if (count === 4) {
        count = 0
        socket.write(response)
      }
    }
  })
}

function serveStreams() {
  const streams = createSecureServer({cert, key})
  streams.on('sessionError', () => {})
  streams.on('stream', (stream) => {
    stream.on('error', () => {})
    stream.respond({':status': 200, 'content-type': 'text/plain', 'content-length': 13}, {sendDate: false})
    stream.end('hello, client')
  })
  return streams
}

const server = isHttp2 ? serveStreams() : listen({noDelay: true, cert, key}, serveSocket)
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`))
process.on('disconnect', () => process.exit(0))
