// An authority for tests, and an interceptor that issues with it.
import {connect as tlsConnect, createSecureContext, type SecureContext} from 'node:tls'
import type {Interceptor} from '../../src/core/services/interception.js'
import {createAuthority, loadAuthority, type AuthorityFiles} from '../../src/lib/x509.js'
import {RawClient, type RawResponse} from './raw-socket.js'

const DAY = 86_400_000
/** From yesterday until tomorrow. */
const VALID = {notBefore: new Date(Date.now() - DAY), notAfter: new Date(Date.now() + DAY)} as const

/** Valid from yesterday until tomorrow, unless told. */
export function testAuthority(
  valid: {readonly notBefore: Date; readonly notAfter: Date} = VALID,
): Promise<AuthorityFiles> {
  return createAuthority({commonName: 'Test CA', organization: 'Tests', permittedDomains: [], ...valid})
}

/** Certificate and key of a host, by an authority. */
export async function certificateOf(host: string, files: AuthorityFiles): Promise<{cert: string; key: string}> {
  const authority = await loadAuthority(files, Date.now())
  const {chain, key} = await authority.issue(host, VALID.notBefore, VALID.notAfter)
  return {cert: chain, key}
}

export interface TestInterceptor extends Interceptor {
  /** Certificate of the authority, for clients to trust. */
  readonly ca: string
  /** Hosts for which a certificate was issued, in order. */
  readonly issued: string[]
}

/** Opens every tunnel but those to `closed`. */
export async function testInterceptor(closed: readonly string[] = []): Promise<TestInterceptor> {
  const files = await testAuthority()
  const issued: string[] = []
  return {
    ca: files.certificate,
    issued,
    intercepts: (host) => !closed.includes(host),
    async contextFor(host): Promise<SecureContext> {
      issued.push(host)
      return createSecureContext(await certificateOf(host, files))
    },
  }
}

export interface TunnelRequest {
  /** Port of the firewall. */
  readonly through: number
  readonly host: string
  readonly port: number
  /** Method and target. */
  readonly head: string
  readonly body?: string
  /** Certificate that the client trusts. */
  readonly ca: string
}

/** One request through a new tunnel; the response to the CONNECT where that is refused. */
export async function requestInTunnel({through, host, port, head, body = '', ca}: TunnelRequest): Promise<RawResponse> {
  const client = await RawClient.open(through)
  client.send(`CONNECT ${host}:${port} HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`)
  const opened = await client.response(true)
  if (opened.status !== 200) {
    client.close()
    return opened
  }
  const tls = tlsConnect({socket: client.detach(), servername: host, ca})
  await new Promise((resolve, reject) => tls.once('secureConnect', resolve).once('error', reject))
  const inside = RawClient.of(tls)
  inside.send(`${head} HTTP/1.1\r\nHost: ${host}:${port}\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
  try {
    return await inside.response()
  } finally {
    inside.close()
  }
}
