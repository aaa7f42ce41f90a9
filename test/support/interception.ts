// An authority for tests, and an interceptor that issues with it.
import {createSecureContext, type SecureContext} from 'node:tls'
import type {Interceptor} from '../../src/core/services/interception.js'
import {createAuthority, loadAuthority, type AuthorityFiles} from '../../src/lib/x509.js'

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
