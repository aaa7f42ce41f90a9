// node's HTTP server as it is used here: the strict parser, nothing dropped in silence, and every wait of a head limited.
import {createServer, type Server} from 'node:http'
import type {Limits} from './limits.js'

export function makeHttpServer(limits: Limits, headMs: number): Server {
  const server = createServer({
    maxHeaderSize: limits.headBytes,
    requireHostHeader: false,
    insecureHTTPParser: false,
    connectionsCheckingInterval: limits.checkIntervalMs,
    headersTimeout: headMs,
    requestTimeout: 0,
    keepAliveTimeout: limits.firstByteMs,
    noDelay: true,
  })
  // any other number makes node drop surplus fields in silence; they are counted in the head checks
  server.maxHeadersCount = 0
  server.timeout = 0
  return server
}
