// Origin of the rows that hold the proxy up, run as a process: `/answer/NAME` and `/stream/NAME` are its paths;
// everything that is uploaded is read away.
import {createServer} from 'node:http'
import {RESPONSES, STREAMS} from './stall-inputs.mjs'

const made = new Map()
const server = createServer((request, response) => {
  request.resume()
  const [, , kind, name] = request.url.split(/[/?]/)
  if (kind === 'answer') {
    if (!made.has(name)) made.set(name, RESPONSES[name]())
    const [type, body] = made.get(name)
    response.writeHead(200, {'Content-Type': type, 'Content-Length': body.length})
    response.end(body)
  } else if (kind === 'stream') stream(STREAMS[name], response)
  else request.on('end', () => response.end('ok'))
})

function stream({type, unit, rate, bytes}, response) {
  response.writeHead(200, {'Content-Type': type})
  response.on('error', () => {}) // a proxy that ends the stream is no fault of the origin
  const size = rate === 0 ? 65_536 : rate / 20
  const piece = unit.repeat(Math.max(1, Math.floor(size / unit.length)))
  let sent = 0
  const next = () => {
    if (response.destroyed) return
    sent += piece.length
    const more = sent < bytes
    const free = response.write(piece)
    if (!more) response.end()
    else if (rate > 0) setTimeout(next, 50)
    else if (free) setImmediate(next)
    else response.once('drain', next)
  }
  next()
}

server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`))
process.on('disconnect', () => process.exit(0))
