// A private authority and its certificates, verified by the TLS of node: what a client accepts is the measure.
import {createPrivateKey, generateKeyPairSync, X509Certificate} from 'node:crypto'
import {connect, createServer, type TLSSocket} from 'node:tls'
import type {AddressInfo} from 'node:net'
import {beforeAll, describe, expect, test} from 'vitest'
import {
  AuthorityError,
  createAuthority,
  loadAuthority,
  permittedDomains,
  type Authority,
  type AuthorityFiles,
} from '../../../src/lib/x509.js'

const NOW = Date.now()
const DAY = 86_400_000
const at = (days: number): Date => new Date(NOW + days * DAY)
const NEW = {
  commonName: 'Test CA',
  organization: 'Tests',
  notBefore: new Date(NOW - 3_600_000),
  notAfter: at(3650),
  permittedDomains: [],
}

let files: AuthorityFiles
let authority: Authority
beforeAll(async () => {
  files = await createAuthority(NEW)
  authority = await loadAuthority(files, NOW)
})

/** What a client says of a certificate for a host: undefined where it accepts it. */
async function verdict(
  issuer: Authority,
  host: string,
  ca = issuer.certificate.toString(),
): Promise<string | undefined> {
  const {chain, key} = await issuer.issue(host, new Date(NOW - 3_600_000), at(1))
  const server = createServer({cert: chain, key}, (socket) => socket.end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const {port} = server.address() as AddressInfo
  const isAddress = /^[0-9.]+$|:/.test(host)
  try {
    return await new Promise((resolve) => {
      const client: TLSSocket = connect({
        port,
        host: '127.0.0.1',
        ca,
        ...(isAddress ? {checkServerIdentity: () => undefined} : {servername: host}),
      })
      client.on('error', (error: NodeJS.ErrnoException) => resolve(`${error.code} ${error.message}`))
      client.on('secureConnect', () => {
        client.destroy()
        resolve(undefined)
      })
    })
  } finally {
    server.close()
  }
}

describe('an authority', () => {
  test('is one, for certificates that are none', () => {
    const certificate = new X509Certificate(files.certificate)
    expect(certificate.ca).toBe(true)
    expect(certificate.subject).toBe('CN=Test CA\nO=Tests')
    expect(certificate.issuer).toBe(certificate.subject)
    expect(createPrivateKey(files.key).asymmetricKeyDetails?.namedCurve).toBe('prime256v1')
    expect(files.key).toMatch(/^-----BEGIN EC PRIVATE KEY-----/)
    expect(authority.fingerprint).toMatch(/^[0-9a-f]{64}$/)
  })

  test('has a serial number of its own each time', async () => {
    const serial = async (): Promise<string> =>
      new X509Certificate((await createAuthority(NEW)).certificate).serialNumber
    const [a, b] = await Promise.all([serial(), serial()])
    expect(a).not.toBe(b)
    expect(a).toMatch(/^[4-7][0-9A-F]{31}$/)
  })

  test.each(['api.example.com', 'xn--bcher-kva.example', '127.0.0.1', '2001:db8::1', `${'a'.repeat(60)}.example.com`])(
    'issues what a client accepts for %s',
    async (host) => {
      expect(await verdict(authority, host)).toBeUndefined()
      const leaf = new X509Certificate((await authority.issue(host, at(-1), at(1))).chain)
      expect(leaf.checkHost(host) ?? leaf.checkIP(host)).toBe(host)
      expect(leaf.ca).toBe(false)
      expect(leaf.verify(authority.certificate.publicKey)).toBe(true)
    },
  )

  test('is not accepted by a client with another one', async () => {
    const other = await createAuthority(NEW)
    expect(await verdict(authority, 'api.example.com', other.certificate)).toMatch(/SIGNATURE|UNABLE|SELF_SIGNED/)
  })

  test('issues nothing that outlives it', async () => {
    const {chain} = await authority.issue('a.example', at(0), at(10_000))
    expect(new X509Certificate(chain).validTo).toBe(authority.certificate.validTo)
  })

  test('writes dates beyond 2049', async () => {
    const late = await createAuthority({...NEW, notAfter: new Date('2061-01-02T03:04:05Z')})
    expect(new X509Certificate(late.certificate).validTo).toBe('Jan  2 03:04:05 2061 GMT')
  })
})

describe('an authority for some domains', () => {
  let limited: Authority
  beforeAll(async () => {
    limited = await loadAuthority(await createAuthority({...NEW, permittedDomains: ['example.com', 'corp.test']}), NOW)
  })

  test.each(['example.com', 'api.example.com', 'a.corp.test'])('is accepted for %s', async (host) => {
    expect(await verdict(limited, host)).toBeUndefined()
  })

  test.each(['example.org', 'badexample.com', '127.0.0.1', '2001:db8::1'])('is not accepted for %s', async (host) => {
    expect(await verdict(limited, host)).toMatch(/permitted|excluded/)
  })
})

describe('files that are not used', () => {
  const fault = async (changed: Partial<AuthorityFiles>, now = NOW): Promise<string> => {
    const error: unknown = await loadAuthority({...files, ...changed}, now).catch((problem: unknown) => problem)
    return error instanceof AuthorityError ? `${error.file}: ${error.message}` : String(error)
  }
  const pem = (type: 'sec1' | 'pkcs8', curve: string): string =>
    generateKeyPairSync('ec', {namedCurve: curve}).privateKey.export({type, format: 'pem'}).toString()

  test('text that is no PEM', async () => {
    expect(await fault({certificate: 'no certificate'})).toBe('certificate: it is not a PEM certificate')
    expect(await fault({key: 'no key'})).toMatch(/^key: it is not a PEM private key/)
  })

  test('the key of another authority', async () => {
    expect(await fault({key: (await createAuthority(NEW)).key})).toBe('key: it does not belong to the certificate')
  })

  test('a key of another kind', async () => {
    const {privateKey} = generateKeyPairSync('ed25519')
    const key = privateKey.export({type: 'pkcs8', format: 'pem'}).toString()
    expect(await fault({key})).toMatch(/^key: it is not an ECDSA key/)
    expect(await fault({key: pem('sec1', 'secp256k1')})).toMatch(/^key: it is not an ECDSA key/)
  })

  test('a certificate that is no authority', async () => {
    const {chain, key} = await authority.issue('a.example', at(-1), at(1))
    expect(await fault({certificate: chain, key})).toMatch(/^certificate: it is not a certificate authority/)
  })

  test('one whose time is over, or has not come', async () => {
    expect(await fault({}, at(4000).getTime())).toMatch(/^certificate: it expired on /)
    expect(await fault({}, at(-2).getTime())).toMatch(/^certificate: it is not valid before /)
  })

  test('but a key in PKCS #8 is', async () => {
    const key = createPrivateKey(files.key).export({type: 'pkcs8', format: 'pem'}).toString()
    expect((await loadAuthority({...files, key}, NOW)).fingerprint).toBe(authority.fingerprint)
  })
})

describe('permittedDomains', () => {
  const created = async (domains: readonly string[]) =>
    (await createAuthority({...NEW, permittedDomains: domains})).certificate

  test('are those of the name constraints, in their order, also beyond lengths of one byte', async () => {
    const many = Array.from({length: 40}, (_, i) => `host-${i}.example`)
    expect(permittedDomains(await created(['b.example', 'a.example']))).toEqual(['b.example', 'a.example'])
    expect(permittedDomains(await created(many))).toEqual(many)
  })

  test('are none where the certificate has no name constraints', () => {
    expect(permittedDomains(files.certificate)).toEqual([])
  })
})
