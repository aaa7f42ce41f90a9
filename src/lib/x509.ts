// X.509 certificates (RFC 5280) of a private authority: creates it, loads it, and issues server certificates. Keys are ECDSA
// over a NIST curve, signatures ecdsa-with-SHA256. The library costs a start about 80 ms, so only what needs it imports this
// file.
import 'reflect-metadata'
import {
  createPrivateKey,
  generateKeyPairSync,
  randomBytes,
  webcrypto,
  X509Certificate,
  type KeyObject,
} from 'node:crypto'
import {isIP} from 'node:net'
import * as x509 from '@peculiar/x509'

/** PEM texts: `CERTIFICATE`, and SEC 1 `EC PRIVATE KEY`. */
export interface AuthorityFiles {
  readonly certificate: string
  readonly key: string
}

export interface NewAuthority {
  readonly commonName: string
  readonly organization: string
  readonly notBefore: Date
  readonly notAfter: Date
  /** Domains for whose names, and those below them, it may issue; none: for every name. Addresses are excluded then. */
  readonly permittedDomains: readonly string[]
}

/** A certificate with what a TLS server presents beside it, and its key, as PEM texts. */
export interface IssuedCertificate {
  readonly chain: string
  readonly key: string
}

export interface Authority {
  readonly certificate: X509Certificate
  /** Of the certificate: SHA-256, 64 lower-case hex digits. */
  readonly fingerprint: string
  /** Milliseconds since the epoch. */
  readonly notAfter: number
  /** A certificate for one name or address: lower case, IPv6 without brackets. It never outlives the authority. */
  issue(host: string, notBefore: Date, notAfter: Date): Promise<IssuedCertificate>
}

/** A file of the authority is unusable; the message says why and which. */
export class AuthorityError extends Error {
  readonly file: 'certificate' | 'key'
  constructor(file: 'certificate' | 'key', message: string) {
    super(message)
    this.name = 'AuthorityError'
    this.file = file
  }
}

/** How long before its issuance a certificate begins to be valid, for clients whose clock is slow. */
export const BACKDATED_MS = 3_600_000
const SIGNING = {name: 'ECDSA', hash: 'SHA-256'} as const
const CURVES: Readonly<Record<string, string>> = {prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521'}
/** Of an X.520 common name. */
const MAX_COMMON_NAME = 64
const NAME_CONSTRAINTS = '2.5.29.30'

export async function createAuthority(options: NewAuthority): Promise<AuthorityFiles> {
  const pair = generateKeyPairSync('ec', {namedCurve: 'prime256v1'})
  const keys = {privateKey: await signingKey(pair.privateKey), publicKey: await verifyingKey(pair.publicKey)}
  const constraints = options.permittedDomains.length === 0 ? [] : [nameConstraints(options.permittedDomains)]
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{CN: [options.commonName]}, {O: [options.organization]}],
    notBefore: options.notBefore,
    notAfter: options.notAfter,
    signingAlgorithm: SIGNING,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ...constraints,
    ],
  })
  return {
    certificate: pem(certificate),
    key: pair.privateKey.export({type: 'sec1', format: 'pem'}).toString(),
  }
}

/** What can be said of the files at any time. Reads SEC 1 and PKCS #8 keys. Throws AuthorityError. */
export function checkAuthority(files: AuthorityFiles) {
  const certificate = readCertificate(files.certificate)
  const key = readKey(files.key)
  const parsed = new x509.X509Certificate(files.certificate)
  const usage = parsed.getExtension(x509.KeyUsagesExtension)?.usages ?? 0
  if (!certificate.ca) refuse('it is not a certificate authority (basicConstraints CA:TRUE is missing)')
  if ((usage & x509.KeyUsageFlags.keyCertSign) === 0) refuse('its key usage does not include keyCertSign')
  if (certificate.publicKey.asymmetricKeyType !== 'ec') refuse('its key is not an ECDSA key over a NIST curve')
  if (!certificate.checkPrivateKey(key)) throw new AuthorityError('key', 'it does not belong to the certificate')
  return {certificate, key, parsed}
}

/** `now` in milliseconds since the epoch. Rejects with AuthorityError. */
export async function loadAuthority(files: AuthorityFiles, now: number): Promise<Authority> {
  const {certificate, key, parsed} = checkAuthority(files)
  const notAfter = Date.parse(certificate.validTo)
  if (now > notAfter) refuse(`it expired on ${certificate.validTo}`)
  if (now < Date.parse(certificate.validFrom)) refuse(`it is not valid before ${certificate.validFrom}`)

  const signer = await signingKey(key)
  // one key for all certificates of the process: a key each would be no safer, since all lie in the same memory
  const leaf = generateKeyPairSync('ec', {namedCurve: 'prime256v1'})
  const leafKey = leaf.privateKey.export({type: 'sec1', format: 'pem'}).toString()
  const publicKey = await verifyingKey(leaf.publicKey)
  const subjectKey = parsed.getExtension(x509.SubjectKeyIdentifierExtension)
  const authorityKey = subjectKey
    ? new x509.AuthorityKeyIdentifierExtension(subjectKey.keyId)
    : await x509.AuthorityKeyIdentifierExtension.create(parsed.publicKey)
  const isIntermediate = certificate.issuer !== certificate.subject

  return {
    certificate,
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    notAfter,

    async issue(host, notBefore, until) {
      const hasSubject = Buffer.byteLength(host) <= MAX_COMMON_NAME
      const issued = await x509.X509CertificateGenerator.create({
        serialNumber: serialNumber(),
        issuer: parsed.subjectName,
        subject: hasSubject ? [{CN: [host]}] : [],
        notBefore,
        notAfter: new Date(Math.min(until.getTime(), notAfter)),
        signingAlgorithm: SIGNING,
        signingKey: signer,
        publicKey,
        extensions: [
          // strict verifiers refuse an empty subject beside a name that is not critical (RFC 5280, section 4.2.1.6)
          new x509.SubjectAlternativeNameExtension([{type: isIP(host) ? 'ip' : 'dns', value: host}], !hasSubject),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
          authorityKey,
        ],
      })
      return {chain: pem(issued) + (isIntermediate ? certificate.toString() : ''), key: leafKey}
    },
  }
}

/** DNS names at and below which a certificate authority may issue; none: every name. Throws where the constraints are malformed. */
export function permittedDomains(certificate: string): readonly string[] {
  const constraints = new x509.X509Certificate(certificate).getExtension(NAME_CONSTRAINTS)
  if (!constraints) return []
  return [...elements(Buffer.from(constraints.value))]
    .flatMap(({content}) => [...elements(content)])
    .filter(({tag}) => tag === 0xa0)
    .flatMap(({content}) => [...elements(content)])
    .flatMap(({content}) => [...elements(content)].slice(0, 1))
    .filter(({tag}) => tag === 0x82)
    .map(({content}) => content.toString('latin1'))
}

function refuse(why: string): never {
  throw new AuthorityError('certificate', why)
}

function readCertificate(text: string): X509Certificate {
  try {
    return new X509Certificate(text)
  } catch {
    throw new AuthorityError('certificate', 'it is not a PEM certificate')
  }
}

function readKey(text: string): KeyObject {
  try {
    const key = createPrivateKey(text)
    if (key.asymmetricKeyType === 'ec' && curveOf(key) !== undefined) return key
  } catch {
    throw new AuthorityError('key', 'it is not a PEM private key without a passphrase')
  }
  throw new AuthorityError('key', 'it is not an ECDSA key over P-256, P-384 or P-521')
}

const curveOf = (key: KeyObject): string | undefined => CURVES[key.asymmetricKeyDetails?.namedCurve ?? '']

function signingKey(key: KeyObject): Promise<webcrypto.CryptoKey> {
  const algorithm = {name: 'ECDSA', namedCurve: curveOf(key) ?? ''}
  return webcrypto.subtle.importKey('pkcs8', key.export({type: 'pkcs8', format: 'der'}), algorithm, false, ['sign'])
}

function verifyingKey(key: KeyObject): Promise<webcrypto.CryptoKey> {
  const algorithm = {name: 'ECDSA', namedCurve: curveOf(key) ?? ''}
  return webcrypto.subtle.importKey('spki', key.export({type: 'spki', format: 'der'}), algorithm, true, ['verify'])
}

/** 128 bits, positive, and never shorter for a leading zero. */
function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes.toString('hex')
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`
}

/** Permits names at and below the domains, and excludes every address (RFC 5280, section 4.2.1.10). */
function nameConstraints(domains: readonly string[]): x509.Extension {
  const subtree = (tag: number, base: Buffer): Buffer => der(0x30, der(tag, base))
  const permitted = domains.map((domain) => subtree(0x82, Buffer.from(domain, 'latin1')))
  const excluded = [8, 32].map((length) => subtree(0x87, Buffer.alloc(length)))
  const value = der(0x30, der(0xa0, ...permitted), der(0xa1, ...excluded))
  return new x509.Extension(NAME_CONSTRAINTS, true, new Uint8Array(value))
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const {length} = content
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...head]), content])
}

/** DER elements that follow one another; of lengths below 65,536. */
function* elements(bytes: Buffer): Generator<{readonly tag: number; readonly content: Buffer}> {
  for (let at = 0; at < bytes.length;) {
    const tag = bytes.readUInt8(at)
    const first = bytes.readUInt8(at + 1)
    const size = first < 0x80 ? 0 : first & 0x7f
    if (size > 2) throw new Error('a DER length is too large')
    const start = at + 2 + size
    const length = size === 0 ? first : bytes.readUIntBE(at + 2, size)
    if (start + length > bytes.length) throw new Error('a DER element is truncated')
    yield {tag, content: bytes.subarray(start, start + length)}
    at = start + length
  }
}
