// Runs npm as one named phase that shows how long it takes: a line that counts seconds on a terminal, one line at the
// beginning and one at the end elsewhere. The output of npm is shown only when it fails.
import {spawn} from 'node:child_process'

const KEPT_BYTES = 16 * 1024

/**
 * Runs `npm ...words` in `cwd`. `estimate` says how long it usually takes. Exits this process with the status of npm when
 * it fails, and with 130 on Ctrl-C: finished phases and what npm has downloaded stay.
 */
export async function runNpm(cwd, name, estimate, words) {
  const began = performance.now()
  const seconds = () => Math.round((performance.now() - began) / 1000)
  const live = process.stderr.isTTY === true
  const line = () => `${name}: ${seconds()} s (usually ${estimate})`
  process.stderr.write(live ? line() : `${name} (usually ${estimate})\n`)
  const timer = live && setInterval(() => process.stderr.write(`\r\x1b[K${line()}`), 1000)

  const {status, output} = await run(cwd, words)
  clearInterval(timer)
  if (live) process.stderr.write('\r\x1b[K')
  if (status === 0) {
    process.stderr.write(`${name}: done in ${seconds()} s\n`)
    return
  }
  if (status !== 130) process.stderr.write(`${output}\n`)
  process.stderr.write(`${name}: npm ${words.join(' ')} ended with status ${status} after ${seconds()} s\n`)
  process.exit(status)
}

function run(cwd, words) {
  return new Promise((resolve) => {
    let output = ''
    const keep = (chunk) => {
      output = (output + chunk).slice(-KEPT_BYTES)
    }
    // the terminal sends Ctrl-C to npm as well; this process waits for npm to leave a consistent folder
    const wait = () => {}
    process.on('SIGINT', wait)
    const finish = (status) => {
      process.off('SIGINT', wait)
      resolve({status, output})
    }
    const child = spawn(process.platform === 'win32' ? 'npm.cmd' : 'npm', words, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    child.on('error', (error) => {
      keep(error.message)
      finish(1)
    })
    child.on('close', (code, signal) => finish(signal === 'SIGINT' ? 130 : (code ?? 1)))
  })
}
