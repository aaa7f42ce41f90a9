// The privacy salt: from a variable, a file that nobody else can read, or (tests only) the configuration
// itself. Never part of any output.
import {isAbsolute, resolve} from 'node:path'
import {PipelockError} from '../../core/errors.js'
import {readFileSecurely} from '../../core/key-source.js'

const MAX_SALT_BYTES = 4096
const FILE = 'file:'

/** The problem of the source as configured; checked when the configuration is read and again when the salt is used. */
export function saltSourceProblem(source: string): string | undefined {
  if (!source.startsWith(FILE)) return undefined
  try {
    saltFile(source)
    return undefined
  } catch (error) {
    if (error instanceof PipelockError) return error.message
    throw error
  }
}

/** The salt. Throws salt_unset when there is none. */
export function resolveSalt(source: string, env: Readonly<Record<string, string | undefined>>): Uint8Array {
  const variable = /^\$\{(.*)\}$/s.exec(source)
  if (variable) {
    const value = env[variable[1] ?? ''] ?? ''
    if (value === '') throw new PipelockError('salt_unset', `the variable of learn.privacy.salt_source is not set`)
    return Buffer.from(value, 'utf8')
  }
  if (source.startsWith(FILE)) return saltFile(source)
  if (source.trim() === '') throw new PipelockError('salt_unset', 'learn.privacy.salt_source is empty')
  return Buffer.from(source, 'utf8')
}

/** True for a salt that stands in the configuration in clear. */
export function isLiteralSalt(source: string): boolean {
  return source.trim() !== '' && !source.startsWith(FILE) && !/^\$\{.*\}$/s.test(source)
}

function saltFile(source: string): Uint8Array {
  const path = source.slice(FILE.length)
  if (!isAbsolute(path) || resolve(path) !== path) {
    throw new PipelockError(
      'config_invalid',
      `the file of learn.privacy.salt_source must be an absolute path in its shortest form`,
    )
  }
  const bytes = readFileSecurely(path, {maxBytes: MAX_SALT_BYTES, forbiddenMode: 0o077})
  const text = bytes.toString('latin1')
  const end = text.endsWith('\r\n') ? -2 : text.endsWith('\n') ? -1 : undefined
  const salt = bytes.subarray(0, end)
  if (salt.length === 0) throw new PipelockError('salt_unset', `${path} is empty`)
  return salt
}
