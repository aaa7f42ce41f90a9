// What the compiler is made of (contracts §18): the product and every production dependency of its lock file.
import {readFileSync} from 'node:fs'
import {isErrno} from '../../../core/errors.js'
import {sha256Text} from '../../../lib/hash.js'

export interface Build {
  readonly version: string
  readonly sha: string
  readonly runtime: string
}

/** `<name>@<version>` → hash of the integrity text. Without a lock file beside the product, the product alone. */
export function moduleDigests(build: Build): {readonly [name: string]: string} {
  const digests: Record<string, string> = {[`pipelock@${build.version}`]: sha256Text(`${build.version}\n${build.sha}`)}
  for (const [name, integrity] of lockedPackages()) digests[name] = sha256Text(integrity)
  return digests
}

function* lockedPackages(): Generator<readonly [name: string, integrity: string]> {
  const lock = lockFile()
  const packages = member(lock, 'packages')
  if (typeof packages !== 'object' || packages === null) return
  for (const [place, entry] of Object.entries(packages)) {
    const name = place.split('node_modules/').at(-1) ?? ''
    const version = member(entry, 'version')
    const integrity = member(entry, 'integrity')
    const isDevelopment = member(entry, 'dev') === true || member(entry, 'devOptional') === true
    if (place === '' || isDevelopment || typeof version !== 'string' || typeof integrity !== 'string') continue
    yield [`${name}@${version}`, integrity]
  }
}

function lockFile(): unknown {
  try {
    return JSON.parse(readFileSync(new URL('../../../../package-lock.json', import.meta.url), 'utf8'))
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined // installed from a package
    throw error
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
