// What the compiler is made of: the product and every production dependency of its lock file. The build
// writes the table down, so that an installed package and a clone of one release name the same digests.
import {readFileSync} from 'node:fs'
import {PipelockError} from '../../../core/errors.js'
import {builtFile} from '../../../lib/built-file.js'
import {sha256Text} from '../../../lib/hash.js'
import {isObject, readJson, type JsonObject} from '../../../lib/json/reader.js'

export interface Build {
  readonly version: string
  readonly sha: string
  readonly runtime: string
}

/** `<name>@<version>` → hash of the integrity text. */
export function moduleDigests(build: Build): {readonly [name: string]: string} {
  const digests: Record<string, string> = {[`pipelock@${build.version}`]: sha256Text(`${build.version}\n${build.sha}`)}
  for (const [name, digest] of Object.entries(lockedModules())) {
    if (typeof digest === 'string') digests[name] = digest
  }
  return digests
}

/** Throws `internal_error`: a manifest must not leave out what the compiler is made of. */
function lockedModules(): JsonObject {
  const place = builtFile('../../../modules.json', import.meta.url)
  try {
    const table = readJson(readFileSync(place, 'utf8'), {maxDepth: 2})
    if (isObject(table)) return table
  } catch (error) {
    throw new PipelockError('internal_error', `${place.pathname} cannot be read: ${String(error)}`, {
      hint: 'this installation is damaged: build or install it again',
    })
  }
  throw new PipelockError('internal_error', `${place.pathname} is not a table of modules`)
}
