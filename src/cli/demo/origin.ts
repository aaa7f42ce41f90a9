// The upstream of the demonstration: an HTTP server on loopback for all hosts of the agent. It counts requests, so that
// a block can be shown to have sent nothing.
import {createServer, type ServerResponse} from 'node:http'

export interface DemoOrigin {
  readonly port: number
  /** Number of requests so far. */
  readonly count: () => number
  close(): Promise<void>
}

const PAGE = '<!doctype html><title>Guide</title><h1>Guide</h1><p>A page that an agent reads.</p>'

export async function startOrigin(): Promise<DemoOrigin> {
  let count = 0
  const server = createServer((request, response) => {
    count++
    request.resume()
    request.on('error', () => undefined)
    response.on('error', () => undefined)
    request.on('end', () => respond(request.headers.host ?? '', request.method ?? '', request.url ?? '', response))
  })
  await new Promise<void>((done, fail) => {
    server.once('error', fail)
    server.listen(0, '127.0.0.1', done)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    count: () => count,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}

function respond(host: string, method: string, path: string, response: ServerResponse): void {
  const isPage = host.startsWith('docs.')
  response.statusCode = method === 'POST' ? 201 : 200
  response.setHeader('Content-Type', isPage ? 'text/html; charset=utf-8' : 'application/json')
  response.end(isPage ? PAGE : `${JSON.stringify({method, path})}\n`)
}
