// Runs a command line through oclif: manifest, hooks, help, plugins. Called by bin/run.js.
import {readFileSync} from 'node:fs'
import {userInfo} from 'node:os'
import {join} from 'node:path'
import {isJsonRequested, printFailure, usageError} from './failure.js'
import {type Interfaces, run as runOclif, settings} from './oclif.js'

/** `root` is the folder of package.json. Sets the exit status of the process; never rejects. */
export async function runCommandLine(argv: readonly string[], root: string): Promise<void> {
  // NODE_ENV=development would otherwise run TypeScript that lies beside a plugin
  settings.enableAutoTranspile = false
  nameShell()
  try {
    // plugins are those of package.json: whoever can write below the home directory must not add code to a firewall
    await runOclif([...argv], {root, pjson: readPackage(argv, root), userPlugins: false, devPlugins: false})
  } catch (error) {
    printFailure(isUsage(error) ? usageError(error, {command: '', flags: []}) : error, isJsonRequested(argv))
  }
}

/** The plugins of `oclif.plugins` only add commands below `autocomplete`; reading them costs other commands 5 ms. */
function readPackage(argv: readonly string[], root: string): Interfaces.PJSON {
  const pjson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Interfaces.PJSON
  const isNeeded = argv.some((word) => word.startsWith('autocomplete'))
  return isNeeded ? pjson : {...pjson, oclif: {...pjson.oclif, plugins: []}}
}

/** Errors of oclif's parser for commands of plugins; our own commands handle theirs. */
function isUsage(error: unknown): boolean {
  return error instanceof Error && 'parse' in error
}

/** oclif looks its user up when no shell is named, which fails for a number that no file names, as containers use. */
function nameShell(): void {
  if (process.env['SHELL'] !== undefined) return
  try {
    userInfo()
  } catch {
    process.env['SHELL'] = 'sh'
  }
}
