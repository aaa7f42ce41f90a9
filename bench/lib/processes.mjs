// Children of the traffic rows: each prints its port, and ends when this process does.
import {spawn} from 'node:child_process'
import {mkdtempSync, openSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))
export const CLI = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

export function folder() {
  const path = mkdtempSync(join(tmpdir(), 'pipelock-bench-'))
  process.on('exit', () => rmSync(path, {recursive: true, force: true}))
  return path
}

/** Starts a script that prints its port on the first line of standard output. */
export function helper(name, args = []) {
  const child = spawn(process.execPath, [here(name), ...args], {stdio: ['ignore', 'pipe', 'inherit', 'ipc']})
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.stdout.once('data', (line) => resolve({port: Number(line), pid: child.pid, stop: () => stopped(child)}))
  })
}

/** Starts the firewall with `config` (YAML text; %PORT% is not needed, the port is read from /health retries) and waits until it answers. */
export async function firewall(config, extra = {}) {
  const dir = folder()
  const port = await freePort()
  const file = join(dir, 'pipelock.yaml')
  writeFileSync(
    file,
    `fetch_proxy:\n  listen: 127.0.0.1:${port}\n  monitoring:\n    max_requests_per_minute: 0\n${config(dir)}`,
  )
  const log = openSync(join(dir, 'log'), 'w')
  const errors = join(dir, 'errors')
  const child = spawn(process.execPath, [CLI, 'run', '--config', file], {
    stdio: ['ignore', log, openSync(errors, 'w')],
    env: {...process.env, PIPELOCK_HOME: join(dir, 'home'), ...extra},
  })
  let ended = false
  child.once('exit', () => (ended = true))
  for (let i = 0; ; i++) {
    if (ended) throw new Error(`the firewall did not start:\n${readFileSync(errors, 'utf8')}`)
    try {
      if ((await fetch(`http://127.0.0.1:${port}/health`)).ok) break
    } catch {
      // not listening yet
    }
    if (i > 200) throw new Error('the firewall did not answer /health in time')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {port, pid: child.pid, dir, stop: () => stopped(child)}
}

function stopped(child) {
  return new Promise((resolve) => {
    child.once('exit', resolve)
    child.kill('SIGTERM')
  })
}

export async function freePort() {
  const {createServer} = await import('node:net')
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const {port} = server.address()
      server.close(() => resolve(port))
    })
  })
}

/** Resident memory of a process in MB. */
export function residentMb(pid) {
  const kb = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]
  return Number(kb) / 1024
}

/** A whole process: its time and its peak resident memory. Rejects when it fails. */
export function measured(argv) {
  const script = "process.on('exit', () => process.stderr.write(`\\nPEAK ${process.resourceUsage().maxRSS}\\n`))"
  return new Promise((resolve, reject) => {
    const start = process.hrtime.bigint()
    const preload = `data:text/javascript,${encodeURIComponent(script)}`
    const child = spawn(process.execPath, ['--import', preload, ...argv], {stdio: ['ignore', 'ignore', 'pipe']})
    let text = ''
    child.stderr.on('data', (chunk) => (text += chunk))
    child.on('close', (status) => {
      const peak = /PEAK (\d+)/.exec(text)?.[1]
      if (status !== 0 || !peak) return reject(new Error(`status ${status}: ${text}`))
      resolve({ms: Number(process.hrtime.bigint() - start) / 1e6, peakMb: Number(peak) / 1024})
    })
  })
}
