// What the small listeners of the firewall itself share: one is bound, a malformed or foreign request is refused.
import type {Server, ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import type {Finding} from '../core/decision.js'
import type {ListenAddress} from '../core/listen.js'
import {blockHeaders, clientText, textBody, TEXT_HEADERS} from '../core/render.js'
import type {Head} from './head-checks.js'
import {statusOf} from './refusals.js'

/** Resolves to the bound address. Rejects with the error of the system. */
export function listenAt(server: Server, {host, port}: ListenAddress): Promise<ListenAddress> {
  return new Promise((done, fail) => {
    server.once('error', fail)
    server.listen({port, ...(host === '' ? {} : {host})}, () => {
      server.off('error', fail)
      server.on('error', () => undefined) // a failed accept concerns one connection only
      const bound = server.address() as AddressInfo
      done({host: bound.address, port: bound.port})
    })
  })
}

/** The values of a field, line by line. */
export function linesOf({raw}: Pick<Head, 'raw'>, name: string): readonly string[] {
  return raw.filter((_, i) => i % 2 === 1 && raw[i - 1]?.toLowerCase() === name)
}

export function unknownPath(res: ServerResponse): void {
  const body = textBody('not found')
  res.writeHead(404, [...TEXT_HEADERS.flat(), 'Content-Length', String(body.length)]).end(body)
}

export function closeNow(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => done())
    server.closeAllConnections()
  })
}

/** Refuses like a block, but without a receipt: no traffic of an agent is decided here. `allow`: methods, for 405. */
export function refuseAt(res: ServerResponse, finding: Finding, allow = ''): void {
  const status = statusOf(finding)
  const fields = [...TEXT_HEADERS, ...blockHeaders(finding, {hint: false})].flat()
  if (status === 405) fields.push('Allow', allow)
  if (finding.layer === 'http_head') fields.push('Connection', 'close')
  const body = status === 421 ? Buffer.alloc(0) : textBody(`blocked: ${clientText(finding)}`)
  res.writeHead(status, [...fields, 'Content-Length', String(body.length)]).end(body)
}
