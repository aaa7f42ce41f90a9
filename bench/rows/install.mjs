// A fresh clone to the first response of /health, and a second start: what a newcomer waits for after `npm start`.
// Needs a package registry (or npm's cache). Native RE2 compiles in the background meanwhile, as it does for a user;
// the row stops that compilation when it has what it came for.
import {spawn, spawnSync} from 'node:child_process'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {folder, freePort} from '../lib/processes.mjs'
import {summary} from '../lib/stats.mjs'

const project = fileURLToPath(new URL('../..', import.meta.url))
const LIMIT_MS = 10 * 60_000

async function run() {
  const dir = folder()
  const clone = join(dir, 'clone')
  const {status, stderr} = spawnSync('git', ['clone', '-q', project, clone], {encoding: 'utf8'})
  if (status !== 0) throw new Error(`git clone: ${stderr}`)
  const first = await serve(clone, dir)
  const second = await serve(clone, dir)
  endCompilation(clone)
  return [summary('install.serve', 's', [first]), summary('install.again', 's', [second])]
}

/** Seconds from `npm start` to the first response. */
async function serve(clone, dir) {
  const port = await freePort()
  const began = performance.now()
  // a group of its own, so that npm, its shell and the firewall end together
  const child = spawn('npm', ['start', '--', '--listen', `127.0.0.1:${port}`, '--home', join(dir, 'home')], {
    cwd: clone,
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  let running = true
  void exited.then(() => (running = false))
  try {
    while (!(await responds(port))) {
      if (!running) throw new Error(`npm start ended with status ${child.exitCode}`)
      if (performance.now() - began > LIMIT_MS) throw new Error('npm start did not serve in time')
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    return (performance.now() - began) / 1000
  } finally {
    if (running) process.kill(-child.pid, 'SIGTERM')
    await exited
  }
}

async function responds(port) {
  try {
    return (await fetch(`http://127.0.0.1:${port}/health`)).ok
  } catch {
    return false
  }
}

/** The compiler runs in the session of the process that state.json names. */
function endCompilation(clone) {
  try {
    const {pid} = JSON.parse(readFileSync(join(clone, 'node_modules', '.native-engine', 'state.json'), 'utf8'))
    process.kill(-pid, 'SIGTERM')
  } catch {
    // no compiler here, or done already
  }
}

export const rows = [{id: 'install', run}]
