// Runs commands of the built checkout in one warm process: most of a command's time is the start of Node and the loading of
// modules. Commands keep no state between each other; tests of processes (signals, terminals, standard input, preloaded
// modules, what is loaded) start their own.
import {MessageChannel, receiveMessageOnPort, Worker, type MessagePort} from 'node:worker_threads'

export interface CommandResult {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

interface Runner {
  readonly port: MessagePort
  readonly signal: Int32Array
}

type Environment = Readonly<Record<string, string | undefined>>

const TIMEOUT_MS = 120_000
/** What Node reads when it starts, and never again: the locale. The time zone is here so that nothing depends on Node. */
const READ_AT_START: readonly string[] = ['LANG', 'LC_ALL', 'TZ']
const runners = new Map<string, Runner>()

/** Blocks until the command has ended. `env` is the whole environment. */
export function runCommand(
  words: readonly string[],
  {cwd, env}: {readonly cwd: string; readonly env: Environment},
): CommandResult {
  const {port, signal} = runnerFor(env)
  Atomics.store(signal, 0, 0)
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined))
  port.postMessage({words, cwd, env: set})
  if (Atomics.wait(signal, 0, 0, TIMEOUT_MS) === 'timed-out') throw new Error(`no end of pipelock ${words.join(' ')}`)
  const {message} = receiveMessageOnPort(port) as {readonly message: CommandResult & {readonly failure?: string}}
  if (message.failure !== undefined) throw new Error(`pipelock ${words.join(' ')}: ${message.failure}`)
  const {status, stdout, stderr} = message
  return {status, stdout, stderr}
}

/** One process for every locale and time zone. */
function runnerFor(env: Environment): Runner {
  const start = Object.fromEntries(READ_AT_START.map((name) => [name, env[name]]))
  const name = JSON.stringify(start)
  const runner = runners.get(name) ?? startRunner(start)
  runners.set(name, runner)
  return runner
}

function startRunner(start: Environment): Runner {
  const {port1, port2} = new MessageChannel()
  const signal = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(new URL('warm-cli-bridge.mjs', import.meta.url), {
    workerData: {port: port2, signal, start},
    transferList: [port2],
  })
  worker.unref()
  port1.unref()
  return {port: port1, signal}
}
