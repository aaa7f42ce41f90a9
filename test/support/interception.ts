// An authority for tests, and an interceptor that issues with it.
import {createSecureContext, type SecureContext} from 'node:tls'
import type {Interceptor} from '../../src/core/services/interception.js'
import {createAuthority, loadAuthority} from '../../src/lib/x509.js'

const DAY = 86_400_000

export interface TestInterceptor extends Interceptor {
  /** Certificate of the authority, for clients to trust. */
  readonly ca: string
  /** Hosts for which a certificate was issued, in order. */
  readonly issued: string[]
}

/** Opens every tunnel but those to `closed`. */
export async function testInterceptor(closed: readonly string[] = []): Promise<TestInterceptor> {
  const [notBefore, notAfter] = [new Date(Date.now() - DAY), new Date(Date.now() + DAY)]
  const names = {commonName: 'Test CA', organization: 'Tests', permittedDomains: []}
  const files = await createAuthority({...names, notBefore, notAfter})
  const authority = await loadAuthority(files, Date.now())
  const issued: string[] = []
  return {
    ca: files.certificate,
    issued,
    intercepts: (host) => !closed.includes(host),
    async contextFor(host): Promise<SecureContext> {
      issued.push(host)
      const {chain, key} = await authority.issue(host, notBefore, notAfter)
      return createSecureContext({cert: chain, key})
    },
  }
}
