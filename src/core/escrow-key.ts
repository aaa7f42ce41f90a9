// Escrow keys: the public one as given in flags and settings, the private one from a place that the process list does
// not show.
import {isAbsolute, resolve} from 'node:path'
import {boxPrivateKey, boxPublicKey, type BoxPrivateKey, type BoxPublicKey} from '../lib/sealed-box.js'
import {PipelockError} from './errors.js'
import {inFile, readFileSecurely} from './key-source.js'

const HEX = /^[0-9a-fA-F]{64}$/
const FILE = 'file:'

/** Parses a key of 64 hex characters; throws `usage` for anything else. */
export function escrowPublicKey(flag: string, hex: string): BoxPublicKey {
  if (!HEX.test(hex)) throw new PipelockError('usage', `${flag} must be the 64 hex characters of an X25519 public key`)
  const key = boxPublicKey(Buffer.from(hex, 'hex'))
  if (key) return key
  throw new PipelockError('usage', `${flag} is a low-order X25519 key; anyone could decrypt data sealed to it`)
}

/**
 * From `file:/absolute/path` (mode 0600), `${VAR}`, or the 64 hex characters themselves, which other users can see in
 * the process list.
 */
export function escrowPrivateKey(
  flag: string,
  source: string,
  env: Readonly<Record<string, string | undefined>>,
): BoxPrivateKey {
  const variable = /^\$\{([^{}\s]+)\}$/.exec(source)?.[1]
  if (variable !== undefined) {
    const value = env[variable] ?? ''
    if (value === '') throw new PipelockError('key_missing', `the variable ${variable}, named by ${flag}, is not set`)
    return privateKey(value.trim(), `the variable ${variable}`)
  }
  if (source.startsWith(FILE)) {
    const path = source.slice(FILE.length)
    if (!isAbsolute(path) || resolve(path) !== path) {
      throw new PipelockError('usage', `the file of ${flag} must be an absolute path without "." and ".." segments`)
    }
    return loadEscrowPrivateKey(path)
  }
  if (!HEX.test(source)) {
    throw new PipelockError('usage', `${flag} must be file:/absolute/path, \${VAR} or 64 hex characters`)
  }
  return privateKey(source, flag)
}

/** Reads 64 hex characters from a file that nobody else can read. */
export function loadEscrowPrivateKey(path: string): BoxPrivateKey {
  const bytes = readFileSecurely(path, {maxBytes: 4096, forbiddenMode: 0o077})
  return inFile(path, () => privateKey(bytes.toString('latin1').trim(), 'the file'))
}

function privateKey(hex: string, where: string): BoxPrivateKey {
  if (HEX.test(hex)) return boxPrivateKey(Buffer.from(hex, 'hex'))
  throw new PipelockError('key_invalid', `${where} does not hold the 64 hex characters of an X25519 private key`)
}
