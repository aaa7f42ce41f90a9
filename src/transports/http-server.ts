// node's HTTP server with the settings used here: the strict parser, nothing dropped silently, and every wait for a
// head limited.
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
  // any other number makes node drop surplus fields silently; the head checks count them
  server.maxHeadersCount = 0
  server.timeout = 0
  return server
}
