// Load over HTTP/2: like load.mjs, one request in flight on each connection.
import {once} from 'node:events'
import {connect} from 'node:http2'

/** One request on a session; its response must be a 200. */
async function ask(session, path) {
  const stream = session.request({':path': path, accept: '*/*'}, {endStream: true})
  let status
  stream.on('response', (headers) => (status = headers[':status']))
  stream.resume()
  await once(stream, 'close')
  if (status !== 200) throw new Error(`not 200: ${status}`)
}

const sessionOver = (socket, authority) => connect(`https://${authority}`, {createConnection: () => socket})

/** Requests over `connections` sessions until `durationMs` have passed. `open` makes a TLS connection. */
export async function loadStreams({open, authority, path, connections = 16, durationMs}) {
  const started = performance.now()
  const deadline = started + durationMs
  let responses = 0
  const one = async () => {
    const session = sessionOver(await open(), authority)
    while (performance.now() < deadline) await ask(session, path(responses++))
    session.destroy()
  }
  await Promise.all(Array.from({length: connections}, one))
  return {rate: responses / ((performance.now() - started) / 1000)}
}

/** A new connection for every request, from `clients` at once. */
export async function loadStreamsAnew({open, authority, path, clients = 8, durationMs}) {
  const started = performance.now()
  const deadline = started + durationMs
  let responses = 0
  const one = async () => {
    while (performance.now() < deadline) {
      const session = sessionOver(await open(), authority)
      await ask(session, path(responses))
      session.destroy()
      responses++
    }
  }
  await Promise.all(Array.from({length: clients}, one))
  return {rate: responses / ((performance.now() - started) / 1000)}
}
