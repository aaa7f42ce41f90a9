// The files of the authority: read with their checks, or a fault that names the file and the remedy.
import {PipelockError} from '../../core/errors.js'
import {readSecurely, ReadFault} from '../../lib/secure-read.js'
import {AuthorityError, checkAuthority, loadAuthority, type Authority, type AuthorityFiles} from '../../lib/x509.js'

export interface AuthorityPaths {
  readonly certificate: string
  readonly key: string
}

const MISSING = 'create it with pipelock tls init, or name it in tls_interception.ca_cert and ca_key'
/** Of a file with a certificate or a key. */
export const MAX_PEM_BYTES = 65_536
/** Writing and executing by the group, and everything by others. */
const FORBIDDEN_KEY_MODE = 0o137

/** `now` in milliseconds since the epoch. Rejects with a PipelockError. */
export async function readAuthority(paths: AuthorityPaths, now: number): Promise<Authority> {
  const files = readFiles(paths)
  try {
    return await loadAuthority(files, now)
  } catch (error) {
    throw faultOf(error, paths)
  }
}

/** Throws a PipelockError where the files could be used at no time. */
export function checkAuthorityFiles(paths: AuthorityPaths): void {
  const files = readFiles(paths)
  try {
    checkAuthority(files)
  } catch (error) {
    throw faultOf(error, paths)
  }
}

function readFiles({certificate, key}: AuthorityPaths): AuthorityFiles {
  return {
    certificate: readPem(certificate, {missing: MISSING}),
    key: readPem(key, {missing: MISSING, forbiddenMode: FORBIDDEN_KEY_MODE}),
  }
}

function faultOf(error: unknown, paths: AuthorityPaths): unknown {
  if (!(error instanceof AuthorityError)) return error
  return new PipelockError('ca_unusable', `${paths[error.file]} is unusable: ${error.message}`, {
    hint: 'create another authority with pipelock tls init --force, and install it where the old one was trusted',
  })
}

/** The text of a PEM file. Throws `ca_unusable`, also where the mode has one of the forbidden bits. */
export function readPem(
  path: string,
  {forbiddenMode = 0, missing}: {readonly forbiddenMode?: number; /** The remedy. */ readonly missing: string},
): string {
  try {
    return readSecurely(path, {maxBytes: MAX_PEM_BYTES, followLinks: true, forbiddenMode}).toString('utf8')
  } catch (error) {
    if (!(error instanceof ReadFault)) throw error
    const hint =
      error.kind === 'missing'
        ? missing
        : error.kind === 'permissions'
          ? `chmod 600 ${path}`
          : 'name a readable PEM file'
    throw new PipelockError('ca_unusable', error.message, {hint})
  }
}
