// Load generator: one thread, kept-alive connections, one request in flight on each; counts complete answers only.
import {connect} from 'node:net'

/**
 * Sends `request(i)` (a complete HTTP/1.1 head) over `connections` sockets until `durationMs` have passed.
 * With `perSecond` requests start at that rate and latencies are taken from their due time.
 */
export async function load({port, request, connections = 16, durationMs, perSecond}) {
  const latencies = []
  let responses = 0
  let refused = 0
  let sent = 0
  const started = performance.now()
  const deadline = started + durationMs
  const one = (index) =>
    new Promise((resolve, reject) => {
      const socket = connect({port, host: '127.0.0.1', noDelay: true})
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
      socket.on('connect', next)
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
    })
  await Promise.all(Array.from({length: connections}, (_, i) => one(i)))
  const seconds = (performance.now() - started) / 1000
  if (refused > 0) throw new Error(`${refused} of ${responses} answers were not 200`)
  return {rate: responses / seconds, answers: responses, latencies}
}
