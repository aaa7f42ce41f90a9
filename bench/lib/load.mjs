// Load generator: one thread, kept-alive connections, one request in flight on each; counts complete answers only.
import {once} from 'node:events'
import {connect} from 'node:net'
import {connect as tlsConnect} from 'node:tls'

/** A TCP connection to this machine. */
const plain = async (port) => {
  const socket = connect({port, host: '127.0.0.1', noDelay: true})
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  return socket
}

/** A TLS connection to `host`, of which `ca` is the authority; with `through` (a port) inside a tunnel of that proxy. */
export async function secure(port, {host, ca, through, protocols = []}) {
  const socket = await plain(through ?? port)
  if (through !== undefined) {
    socket.write(`CONNECT ${host}:${port} HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`)
    const [head] = await once(socket, 'data')
    if (!head.toString('latin1').startsWith('HTTP/1.1 200')) throw new Error(`no tunnel: ${head}`)
  }
  const tls = tlsConnect({socket, servername: host, ca, ...(protocols.length > 0 && {ALPNProtocols: protocols})})
  await once(tls, 'secureConnect')
  return tls
}

/**
 * Sends `request(i)` (a complete HTTP/1.1 head) over `connections` sockets until `durationMs` have passed.
 * With `perSecond` requests start at that rate and latencies are taken from their due time. `open` makes a connection.
 */
export async function load({port, open = plain, request, connections = 16, durationMs, perSecond}) {
  const latencies = []
  let responses = 0
  let refused = 0
  let sent = 0
  const started = performance.now()
  const deadline = started + durationMs
  const one = async (index) => {
    const socket = await open(port)
    await new Promise((resolve, reject) => {
      let pending = Buffer.alloc(0)
      let due = 0
      let turn = 0
      const next = () => {
        if (performance.now() >= deadline) {
          socket.end()
          resolve()
          return
        }
        if (!perSecond) {
          due = performance.now()
          socket.write(request(sent++))
          return
        }
        due = started + ((turn++ * connections + index) * 1000) / perSecond
        const wait = due - performance.now()
        if (wait > 0) setTimeout(() => socket.write(request(sent++)), wait)
        else socket.write(request(sent++))
      }
      socket.on('error', (error) => (performance.now() >= deadline ? resolve() : reject(error)))
      socket.on('close', () =>
        performance.now() >= deadline ? resolve() : reject(new Error('connection closed during the run')),
      )
      socket.on('data', (chunk) => {
        pending = pending.length ? Buffer.concat([pending, chunk]) : chunk
        const head = pending.indexOf('\r\n\r\n')
        if (head < 0) return
        const text = pending.toString('latin1', 0, head)
        const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? 0)
        if (pending.length < head + 4 + length) return
        pending = pending.subarray(head + 4 + length)
        if (!text.startsWith('HTTP/1.1 200')) refused++
        responses++
        if (perSecond) latencies.push(performance.now() - due)
        next()
      })
      next()
    })
  }
  await Promise.all(Array.from({length: connections}, (_, i) => one(i)))
  const seconds = (performance.now() - started) / 1000
  if (refused > 0) throw new Error(`${refused} of ${responses} answers were not 200`)
  return {rate: responses / seconds, answers: responses, latencies}
}

/** A new connection for every request, from `clients` at once; counts complete responses. */
export async function loadAnew({port, open, request, clients = 8, durationMs}) {
  const started = performance.now()
  const deadline = started + durationMs
  let responses = 0
  const one = async () => {
    while (performance.now() < deadline) {
      const socket = await open(port)
      socket.write(request(responses))
      const [head] = await once(socket, 'data')
      if (!head.toString('latin1').startsWith('HTTP/1.1 200')) throw new Error(`not 200: ${head}`)
      socket.destroy()
      responses++
    }
  }
  await Promise.all(Array.from({length: clients}, one))
  return {rate: responses / ((performance.now() - started) / 1000)}
}
