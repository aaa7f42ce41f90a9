// The agent that `run -- CMD` starts: it gets the terminal, its signals and its exit status, as from a shell.
import {spawn, type ChildProcess} from 'node:child_process'
import {constants} from 'node:os'
import {errnoOf} from '../core/errors.js'
import {errorText} from '../lib/error-text.js'

const MISSING = 127
const NOT_EXECUTABLE = 126
const BY_SIGNAL = 128

export interface AgentEnd {
  /** As a shell reports it: 126, 127, or 128 and the number of the signal. */
  readonly status: number
  /** Why it could not be started. */
  readonly problem?: string
}

export interface AgentProcess {
  readonly ended: Promise<AgentEnd>
  signal(name: NodeJS.Signals): void
}

export function startAgent(words: readonly string[], env: Readonly<Record<string, string>>): AgentProcess {
  const [command = '', ...args] = words
  const child: ChildProcess = spawn(command, args, {stdio: 'inherit', env})
  const ended = new Promise<AgentEnd>((resolve) => {
    child.once('error', (error) => {
      const status = errnoOf(error) === 'ENOENT' ? MISSING : NOT_EXECUTABLE
      resolve({status, problem: `${command} cannot be started: ${errorText(error)}`})
    })
    child.once('exit', (code, signal) => {
      resolve({status: code ?? BY_SIGNAL + (signal === null ? 0 : constants.signals[signal])})
    })
  })
  return {ended, signal: (name) => void child.kill(name)}
}
