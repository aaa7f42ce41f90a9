// The key store. A pair appears under its name whole or not at all: both halves are written into a
// directory of their own beside the final one, which then takes the name; a reader finds the old pair or the new one at
// every instant, also when the writer was killed. Nothing leads out of the base directory.
import {chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync} from 'node:fs'
import {dirname, join, sep} from 'node:path'
import {isErrno, PipelockError} from '../../core/errors.js'
import {checkKeyName, privateKeyFileText, publicKeyFileText} from '../../formats/keys/key-file.js'
import {loadPrivateKey, loadPublicKey, resolvePublicKey} from '../../core/key-source.js'
import {fsyncDirectory, makeDirectory, removeLeftovers, writeFileAtomic} from '../../lib/atomic-file.js'
import type {PrivateKey, PublicKey} from '../../lib/ed25519.js'
import {NOBODY, ownerName} from '../../lib/lock-owner.js'
import {tryLock} from '../../lib/lockfile.js'
import {writeNew} from './output.js'

const PRIVATE_NAME = 'id_ed25519'
const PUBLIC_NAME = 'id_ed25519.pub'

export interface KeyPaths {
  readonly directory: string
  readonly private: string
  readonly public: string
}

export function keyPaths(base: string, name: string): KeyPaths {
  const directory = join(base, 'agents', checkKeyName(name))
  return {directory, private: join(directory, PRIVATE_NAME), public: join(directory, PUBLIC_NAME)}
}

function trustedKeyPath(base: string, name: string): string {
  return join(base, 'trusted_keys', `${checkKeyName(name)}.pub`)
}

/**
 * Refuses a path that leads out of the base once links are followed. The deepest part that exists decides, so this holds
 * before anything is created below it.
 */
function requireInside(base: string, path: string): void {
  const root = realpathSync(base)
  let existing = path
  while (lstatSync(existing, {throwIfNoEntry: false}) === undefined) existing = dirname(existing)
  let real: string
  try {
    real = realpathSync(existing)
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ELOOP')) throw error
    throw new PipelockError('keystore_escape', `${existing} is a link that leads nowhere`)
  }
  if (real !== root && !real.startsWith(root + sep)) {
    throw new PipelockError('keystore_escape', `${existing} leads out of the key store ${base}`)
  }
}

/** Writes a pair under a name. An existing private key is replaced only with `force`. */
export function publishPair(base: string, name: string, key: PrivateKey, suffix: string, force: boolean): KeyPaths {
  const paths = keyPaths(base, name)
  makeDirectory(base)
  requireInside(base, paths.private)
  const agents = dirname(paths.directory)
  makeDirectory(agents)
  const lockPath = join(agents, `.${name}.lock`)
  const lock = tryLock(lockPath)
  if (!lock.held) {
    const who = ownerName(lock.owner ?? NOBODY)
    throw new PipelockError('store_locked', `${who} is writing the key ${name} in ${agents}`, {
      hint: `if that process has ended, remove ${lockPath}`,
    })
  }
  try {
    settle(agents, name)
    if (lstatSync(paths.private, {throwIfNoEntry: false}) && !force) {
      throw new PipelockError('key_exists', `there is a key for ${name} already: ${paths.private}`, {
        hint: 'pass --force to replace it; what it signed can then no longer be verified with the stored key',
      })
    }
    const fresh = join(agents, `.${name}.${suffix}.new`)
    mkdirSync(fresh, {mode: 0o750})
    chmodSync(fresh, 0o750)
    writeFileAtomic(join(fresh, PRIVATE_NAME), privateKeyFileText(key), {mode: 0o600, exclusive: true})
    writeFileAtomic(join(fresh, PUBLIC_NAME), publicKeyFileText(key.public), {mode: 0o644, exclusive: true})
    // a directory cannot be replaced by a rename: until the second one, readers find the old pair where it was set aside
    if (lstatSync(paths.directory, {throwIfNoEntry: false})) {
      renameSync(paths.directory, join(agents, `.${name}.${suffix}.old`))
    }
    renameSync(fresh, paths.directory)
    fsyncDirectory(agents)
    return paths
  } finally {
    settle(agents, name)
    lock.lock.release()
  }
}

/** Directories that a replacement leaves while it is at work, or when it was killed. */
function unfinished(agents: string, name: string, kind: 'old' | 'new'): readonly string[] {
  if (!existsSync(agents)) return []
  return readdirSync(agents)
    .filter((entry) => entry.startsWith(`.${name}.`) && entry.endsWith(`.${kind}`))
    .filter((entry) => !entry.slice(name.length + 2, -4).includes('.')) // the name of another key may begin with this one
    .map((entry) => join(agents, entry))
}

/** Finishes what a replacement left: the old pair comes back unless the new one took its place. The caller holds the lock. */
function settle(agents: string, name: string): void {
  removeLeftovers(agents)
  for (const directory of unfinished(agents, name, 'new')) rmSync(directory, {recursive: true, force: true})
  const final = join(agents, name)
  for (const directory of unfinished(agents, name, 'old')) {
    if (!lstatSync(final, {throwIfNoEntry: false})) {
      renameSync(directory, final)
      continue
    }
    // whatever else stood there stays with the name
    for (const entry of readdirSync(directory)) {
      if (entry !== PRIVATE_NAME && entry !== PUBLIC_NAME && !existsSync(join(final, entry))) {
        renameSync(join(directory, entry), join(final, entry))
      }
    }
    rmSync(directory, {recursive: true, force: true})
  }
}

/** Where the pair of a name stands now: under the name, or set aside by a replacement that is not through. */
function placeOf(base: string, name: string): KeyPaths {
  const paths = keyPaths(base, name)
  if (lstatSync(paths.directory, {throwIfNoEntry: false})) return paths
  const [aside, ...more] = unfinished(dirname(paths.directory), name, 'old')
  if (aside === undefined || more.length > 0) return paths
  return {directory: aside, private: join(aside, PRIVATE_NAME), public: join(aside, PUBLIC_NAME)}
}

/** True when there is a private key of this name. */
export function hasPair(base: string, name: string): boolean {
  return existsSync(placeOf(base, name).private)
}

/** A replacement between two reads shows as a missing file or as halves that differ: the next try sees one pair. */
function steadily<T>(read: () => T): T {
  for (let attempt = 1; ; attempt++) {
    try {
      return read()
    } catch (error) {
      const mayPass =
        error instanceof PipelockError && ['key_missing', 'key_invalid', 'file_not_found'].includes(error.code)
      if (!mayPass || attempt === 4) throw error
    }
  }
}

function missing(base: string, name: string, path: string): PipelockError {
  return new PipelockError('key_missing', `there is no key for ${name} at ${path}`, {
    hint: `is the name right? A new key is made by: pipelock keygen ${name}${base === '' ? '' : ` --keystore ${base}`}`,
  })
}

/** The private key of a name. Where its public half is stored too, both must agree: a stale half would mislead verifiers. */
export function loadPair(base: string, name: string): {readonly key: PrivateKey; readonly path: string} {
  return steadily(() => {
    const paths = placeOf(base, name)
    if (!existsSync(paths.private)) throw missing(base, name, keyPaths(base, name).private)
    requireInside(base, paths.private)
    const {private: key} = loadPrivateKey(paths.private)
    if (existsSync(paths.public)) {
      requireInside(base, paths.public)
      if (loadPublicKey(paths.public).hex !== key.public.hex) {
        throw new PipelockError('key_invalid', `${paths.public} does not belong to ${paths.private}`)
      }
    }
    return {key, path: paths.private}
  })
}

/** The public key of a name's own pair, or undefined when there is none. */
export function ownPublicKey(base: string, name: string): PublicKey | undefined {
  return steadily(() => readIfPresent(base, placeOf(base, name).public))
}

/** The own public key, or the trusted one only where there is no own one. */
export function knownPublicKey(base: string, name: string): PublicKey {
  const key = ownPublicKey(base, name) ?? readIfPresent(base, trustedKeyPath(base, name))
  if (key) return key
  throw new PipelockError('key_missing', `no key of ${name} is known in ${base}`, {
    hint: `run: pipelock trust ${name} <public key file>`,
  })
}

function readIfPresent(base: string, path: string): PublicKey | undefined {
  if (!existsSync(path)) return undefined
  requireInside(base, path)
  return loadPublicKey(path)
}

/** Stores a public key that was checked by reading it. */
export function trustKey(
  base: string,
  name: string,
  source: string,
  force: boolean,
): {readonly path: string; readonly key: PublicKey} {
  const path = trustedKeyPath(base, name)
  const key = resolvePublicKey(source)
  if (!key) throw new PipelockError('usage', 'the public key file must be named')
  makeDirectory(base)
  requireInside(base, path)
  if (existsSync(path) && !force && loadPublicKey(path).hex !== key.hex) {
    throw new PipelockError('key_exists', `another key is trusted as ${name} already: ${path}`, {
      hint: 'pass --force to replace it',
    })
  }
  writeNew(path, publicKeyFileText(key), 0o600, true)
  return {path, key}
}
