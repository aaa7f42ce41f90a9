// Native RE2 compiles for minutes, and a first start must not wait for it: it is compiled by a process of its own that
// outlives the start and a Ctrl-C, at low priority. Until it is there the fallback engine serves, with the same results.
import {spawn} from 'node:child_process'
import {closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import {constants, setPriority} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'

/** Starts the compilation when native RE2 is installed but not compiled. Returns what to tell the user, if anything. */
export function compileInBackground(root, env = process.env) {
  if (env.PIPELOCK_REGEX === 're2js' || !existsSync(join(root, 'node_modules', 're2'))) return undefined
  if (loads(root)) return undefined
  const folder = join(root, 'node_modules', '.native-engine')
  const log = join('node_modules', '.native-engine', 'build.log')
  const state = readState(folder)
  // a failure is not repeated at every start; another version of Node may find another compiler or headers
  if (state?.status === 'failed' && state.abi === process.versions.modules) {
    return `native RE2 could not be compiled (${log}); the fallback engine serves. Try again with: npm rebuild re2`
  }
  if (state?.status !== 'compiling' || !isAlive(state.pid)) {
    mkdirSync(folder, {recursive: true})
    const output = openSync(join(root, log), 'w')
    spawn(process.execPath, [fileURLToPath(import.meta.url), root], {
      cwd: root,
      detached: true,
      stdio: ['ignore', output, output],
    }).unref()
    closeSync(output)
  }
  return `native RE2 is compiling in the background (some minutes, ${log}): the fallback engine serves now, native RE2 from the next start`
}

function loads(root) {
  try {
    createRequire(join(root, 'package.json'))('re2')
    return true
  } catch {
    return false
  }
}

function readState(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8'))
  } catch {
    return undefined
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function compile(root) {
  const folder = join(root, 'node_modules', '.native-engine')
  const state = join(folder, 'state.json')
  const abi = process.versions.modules
  const write = (status) => writeFileSync(state, JSON.stringify({status, abi, pid: process.pid}))
  write('compiling')
  // inherited by the compilers: requests come first
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
  const child = spawn(process.platform === 'win32' ? 'npm.cmd' : 'npm', ['rebuild', 're2', '--foreground-scripts'], {
    cwd: root,
    stdio: 'inherit',
  })
  child.on('error', () => write('failed'))
  child.on('close', (code) => {
    if (code === 0 && loads(root)) rmSync(state, {force: true})
    else write('failed')
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.argv[2]) compile(process.argv[2])
