// Creates the files of the authority, and reads its certificate for those who trust it.
import {X509Certificate} from 'node:crypto'
import {readFileSync, unlinkSync} from 'node:fs'
import {dirname, resolve} from 'node:path'
import {isErrno, PipelockError} from '../../core/errors.js'
import {makeDirectory, stageFile, type StagedFile} from '../../lib/atomic-file.js'
import {canonicalName, isAddressText} from '../../lib/domain-list.js'
import {parseDuration} from '../../lib/duration.js'
import {pathExists} from '../../lib/secure-read.js'
import {quoted} from '../../lib/terminal.js'
import {formatSeconds} from '../../lib/timestamp.js'
import {BACKDATED_MS, createAuthority, permittedDomains} from '../../lib/x509.js'
import {readPem, type AuthorityPaths} from './authority-files.js'

export interface AuthorityRequest {
  readonly organization: string
  readonly validity: string
  readonly permittedDomains: readonly string[]
  readonly force: boolean
}

export interface CertificateFile {
  readonly path: string
  /** This certificate alone, in PEM. */
  readonly pem: string
  readonly certificate: X509Certificate
}

const MIN_VALIDITY_MS = 3_600_000
const MAX_VALIDITY_MS = 30 * 365 * 86_400_000
/** Of an X.520 organization name. */
const MAX_ORGANIZATION = 64
const PRIVATE_KEY = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/
const CERTIFICATE = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/g

/** Writes certificate and key, and neither where one exists, unless `force`. `now` in milliseconds since the epoch. */
export async function createAuthorityFiles(paths: AuthorityPaths, request: AuthorityRequest, now: number) {
  const organization = checkOrganization(request.organization)
  const notAfter = now + checkValidity(request.validity)
  const domains = [...new Set(request.permittedDomains.map(checkDomain))]
  if (!request.force) refuseExisting(paths.certificate, paths.key)
  const replaced = request.force ? fingerprintOf(paths.certificate) : null
  const files = await createAuthority({
    commonName: 'Pipelock CA',
    organization,
    notBefore: new Date(now - BACKDATED_MS),
    notAfter: new Date(notAfter),
    permittedDomains: domains,
  })
  write(paths, files, request.force)
  return {
    certificate: paths.certificate,
    key: paths.key,
    fingerprint: new X509Certificate(files.certificate).fingerprint256,
    not_after: formatSeconds(notAfter),
    permitted_domains: domains,
    /** Fingerprint of the certificate that was there before. */
    replaced,
  }
}

export type CreatedAuthority = Awaited<ReturnType<typeof createAuthorityFiles>>

/** The certificate of an authority. A file that holds anything secret beside it is refused: it would be copied. */
export function readCertificateFile(given: string): CertificateFile {
  const path = resolve(given)
  const text = readPem(path, {missing: 'create it with pipelock tls init, or name the certificate with --cert'})
  const refuse = (why: string, hint: string): never => {
    throw new PipelockError('ca_unusable', `${path} is unusable: ${why}`, {hint})
  }
  if (PRIVATE_KEY.test(text)) refuse('it holds a private key', 'name the certificate alone, for example ca.pem')
  const count = text.match(CERTIFICATE)?.length ?? 0
  if (count !== 1) {
    refuse(`it holds ${count} PEM certificates, not one`, 'name a file with the certificate of the authority alone')
  }
  const certificate = parse(text)
  if (!certificate) return refuse('it is not a PEM certificate', 'name the certificate that pipelock tls init wrote')
  if (!certificate.ca) {
    refuse('it is not a certificate authority', 'name the certificate that pipelock tls init wrote, for example ca.pem')
  }
  return {path, pem: certificate.toString(), certificate}
}

/** Throws where the certificate is not valid now, since no client would accept what it signs. */
export function checkValidNow({path, certificate}: CertificateFile, now: number): void {
  const hint = 'create another authority with pipelock tls init --force'
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)]
  if (now > to) throw new PipelockError('ca_unusable', `${path} expired on ${formatSeconds(to)}`, {hint})
  if (now < from) {
    throw new PipelockError('ca_unusable', `${path} is not valid before ${formatSeconds(from)}`, {
      hint: 'check the clock of this machine',
    })
  }
}

export function describeCertificate({path, pem, certificate}: CertificateFile) {
  return {
    certificate: path,
    pem,
    fingerprint: certificate.fingerprint256,
    subject: certificate.subject.replaceAll('\n', ', '),
    not_before: formatSeconds(Date.parse(certificate.validFrom)),
    not_after: formatSeconds(Date.parse(certificate.validTo)),
    permitted_domains: permittedBy(path, pem),
  }
}

export type ShownAuthority = ReturnType<typeof describeCertificate>

function permittedBy(path: string, pem: string): readonly string[] {
  try {
    return permittedDomains(pem)
  } catch (error) {
    throw new PipelockError('ca_unusable', `${path} is unusable: its extensions are malformed`, {cause: error})
  }
}

/** The key comes first, and a replaced certificate is removed before: a crash never leaves a certificate without its key. */
function write(
  paths: AuthorityPaths,
  files: {readonly certificate: string; readonly key: string},
  force: boolean,
): void {
  const staged: StagedFile[] = []
  const stage = (path: string, text: string, mode: number): StagedFile => {
    const file = stageFile(path, text, {mode, exclusive: !force})
    staged.push(file)
    return file
  }
  try {
    for (const path of [paths.certificate, paths.key]) makeDirectory(dirname(path), 0o700)
    const key = stage(paths.key, files.key, 0o600)
    const certificate = stage(paths.certificate, files.certificate, 0o644)
    if (force && pathExists(paths.certificate)) unlinkSync(paths.certificate)
    key.publish()
    certificate.publish()
  } catch (error) {
    for (const file of staged) file.discard()
    if (isErrno(error, 'EEXIST')) throw exists(error.message.replace(/ exists$/, ''))
    if (isErrno(error, 'ELOOP', 'EINVAL')) throw new PipelockError('file_not_regular', error.message)
    if (isErrno(error, 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR')) {
      throw new PipelockError('file_permissions', `${dirname(paths.key)} cannot be written (${error.code})`, {
        hint: 'choose another folder with --out',
      })
    }
    throw error
  }
}

function refuseExisting(...paths: readonly string[]): void {
  const existing = paths.find(pathExists)
  if (existing !== undefined) throw exists(existing)
}

function exists(path: string): PipelockError {
  return new PipelockError('file_exists', `${path} exists`, {
    hint: 'pass --force to replace the authority; clients must then trust the new one',
  })
}

function fingerprintOf(path: string): string | null {
  if (!pathExists(path)) return null
  try {
    return new X509Certificate(readFileSync(path)).fingerprint256
  } catch {
    return null // only a note: what is replaced need not be readable
  }
}

function parse(text: string): X509Certificate | undefined {
  try {
    return new X509Certificate(text)
  } catch {
    return undefined
  }
}

function checkOrganization(given: string): string {
  const text = given.trim()
  if (text !== '' && text.length <= MAX_ORGANIZATION && !/\p{C}/u.test(text)) return text
  throw new PipelockError('usage', `--org: ${quoted(given)} is not a name of 1 to ${MAX_ORGANIZATION} characters`, {
    hint: 'for example --org "Example Ltd"',
  })
}

function checkValidity(given: string): number {
  const ms = parseDuration(given)
  if (ms !== undefined && ms >= MIN_VALIDITY_MS && ms <= MAX_VALIDITY_MS) return ms
  throw new PipelockError('usage', `--validity: ${quoted(given)} is not a duration between 1h and 262800h`, {
    hint: 'for example --validity 8760h, which is one year',
  })
}

/** In the form of a certificate: lower-case ASCII. */
function checkDomain(given: string): string {
  const name = /[*:]/.test(given) ? undefined : canonicalName(given)
  if (name !== undefined && !isAddressText(name)) return name
  throw new PipelockError('usage', `--permit-domain: ${quoted(given)} is not a domain`, {
    hint: 'write the domain without wildcard, scheme or port: corp.example also permits every name below it',
  })
}
