// The baseline: what a forward proxy costs on this runtime when it decides nothing. node:http in, undici out.
import {createServer} from 'node:http'
import {Pool} from 'undici'

const pools = new Map()
const server = createServer((request, response) => {
  const url = new URL(request.url)
  let pool = pools.get(url.host)
  if (!pool) pools.set(url.host, (pool = new Pool(`http://127.0.0.1:${url.port}`, {connections: 64})))
  pool
    .request({
      path: url.pathname + url.search,
      method: request.method,
      headers: {host: url.host},
      body: null,
      responseHeaders: 'raw',
    })
    .then((reply) => {
      response.writeHead(reply.statusCode, reply.headers.map(String))
      reply.body.pipe(response)
    })
    .catch(() => response.destroy())
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`))
process.on('disconnect', () => process.exit(0))
