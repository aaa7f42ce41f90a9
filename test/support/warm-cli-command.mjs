// Runs a command line of the built checkout in this process, with its own folder, environment and output; one at a time.
import {fileURLToPath} from 'node:url'
import {runCommandLine} from '../../dist/cli/run.js'

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

class Exit extends Error {}

export async function serve({words, cwd, env}) {
  process.chdir(cwd)
  process.argv = [process.execPath, `${root}/bin/run.js`, ...words]
  for (const name of Object.keys(process.env)) delete process.env[name]
  Object.assign(process.env, env)
  process.exitCode = undefined
  const out = captured(process.stdout)
  const err = captured(process.stderr)
  const {exit} = process
  process.exit = (code) => {
    process.exitCode = code ?? process.exitCode
    throw new Exit()
  }
  let failure
  try {
    await runCommandLine(words, root)
  } catch (error) {
    if (!(error instanceof Exit)) failure = error.stack
  } finally {
    process.exit = exit
  }
  const result = {status: process.exitCode ?? 0, stdout: out.end(), stderr: err.end(), failure}
  process.exitCode = undefined
  return result
}

function captured(stream) {
  const chunks = []
  const {write} = stream
  stream.write = (chunk, encoding, done) => {
    chunks.push(
      typeof chunk === 'string' ? Buffer.from(chunk, typeof encoding === 'string' ? encoding : 'utf8') : chunk,
    )
    const callback = typeof encoding === 'function' ? encoding : done
    if (callback) process.nextTick(callback)
    return true
  }
  return {
    end() {
      stream.write = write
      return Buffer.concat(chunks).toString('utf8')
    },
  }
}
