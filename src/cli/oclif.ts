// oclif, from one file that the build links (scripts/oclif.mjs), else from the package. Loading the package reads 190 files
// and costs as much again as starting Node (node -e 0: 83 ms; the package adds 100 ms, the linked file 60 ms, the linked
// file with its code cache 25 ms of CPU time). The code cache is V8's own: it holds what compiling the file resulted in,
// and V8 refuses it, without harm, under another version or other flags.
import {readFileSync} from 'node:fs'
import module, {createRequire} from 'node:module'
import {dirname} from 'node:path'
import {fileURLToPath} from 'node:url'
import {Script} from 'node:vm'
import type * as Oclif from '@oclif/core'
import {builtFile} from '../lib/built-file.js'

export type {Hook, Interfaces} from '@oclif/core'

const require = createRequire(import.meta.url)

export const {Args, Command, CommandHelp, Config, Flags, Help, run, settings} = load()

function load(): typeof Oclif {
  const path = fileURLToPath(builtFile('../oclif.cjs', import.meta.url))
  try {
    // Node 22 has a compile cache for everything that it loads itself; bin/run.js has switched it on
    if ('enableCompileCache' in module) return require(path) as typeof Oclif
    return evaluate(path, codeCache(`${path}.cache`)).exports
  } catch (error) {
    // sources that run before a first build
    if (!isMissing(error)) throw error
    return require('@oclif/core') as typeof Oclif
  }
}

/** The linked file, compiled with a code cache if there is one. `script` makes a cache of what has run since. */
export function evaluate(
  path: string,
  cachedData?: Buffer | undefined,
): {readonly script: Script; readonly exports: typeof Oclif} {
  const source = readFileSync(path, 'utf8')
  const script = new Script(
    `(function (exports, require, module, __filename, __dirname, importByHost) {${source}\n})`,
    {filename: path, cachedData},
  )
  const linked = {exports: {}}
  const body = script.runInThisContext() as (...values: readonly unknown[]) => void
  body(linked.exports, createRequire(path), linked, path, dirname(path), (url: string) => import(url))
  return {script, exports: linked.exports as typeof Oclif}
}

function codeCache(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'MODULE_NOT_FOUND')
}
