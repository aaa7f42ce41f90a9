// Questions at a terminal. Whoever calls has made sure that input and output are one: on a pipe an empty line would accept the
// default. Names of choices are shown as they are: a caller escapes what it did not write.
import {setTimeout as delay} from 'node:timers/promises'
import {checkbox, confirm, input, select} from '@inquirer/prompts'

export interface TextQuestion {
  readonly message: string
  readonly default: string
  /** What is wrong with the answer; undefined when nothing is. */
  readonly problem: (reply: string) => string | undefined
}

export interface Choice {
  readonly name: string
  readonly value: string
  readonly description?: string
}

export interface ChoiceQuestion {
  readonly message: string
  readonly choices: readonly Choice[]
  /** The value that Enter takes. */
  readonly default: string
  /** Shows the numbers that jump to a choice. */
  readonly isNumbered?: boolean
}

export interface ConfirmQuestion {
  readonly message: string
  readonly default: boolean
}

export interface PickQuestion {
  readonly message: string
  readonly choices: readonly (Choice & {readonly checked: boolean})[]
}

export interface PromptTerminal {
  readonly input: NodeJS.ReadableStream & {readonly isTTY?: boolean; setRawMode?(isRaw: boolean): unknown}
  readonly output: NodeJS.WritableStream
  /** Gives up the question. */
  readonly signal?: AbortSignal
  /** Keys typed before and during the first so many milliseconds are discarded; nobody can have read the question yet. */
  readonly quietMs?: number
  /** At Ctrl-C, which a question takes from the terminal: no SIGINT is sent. */
  readonly onInterrupt?: () => void
}

// results go to standard output
const PROCESS: PromptTerminal = {input: process.stdin, output: process.stderr}

/** undefined after Ctrl-C and at the end of input; as all questions here. */
export async function askText(question: TextQuestion, terminal = PROCESS): Promise<string | undefined> {
  const reply = await answered(terminal, (context) =>
    input(
      {
        message: question.message,
        default: question.default,
        validate: (text) => question.problem(text.trim()) ?? true,
      },
      context,
    ),
  )
  return reply?.trim()
}

export function askChoice(question: ChoiceQuestion, terminal = PROCESS): Promise<string | undefined> {
  const {message, choices, default: standard, isNumbered} = question
  const theme = {indexMode: isNumbered === true ? ('number' as const) : ('hidden' as const)}
  return answered(terminal, (context) =>
    select({message, choices: [...choices], default: standard, loop: false, pageSize: 12, theme}, context),
  )
}

export function askConfirm(question: ConfirmQuestion, terminal = PROCESS): Promise<boolean | undefined> {
  return answered(terminal, (context) => confirm({...question}, context))
}

/** The values of what is ticked. */
export function askSome(question: PickQuestion, terminal = PROCESS): Promise<readonly string[] | undefined> {
  const {message, choices} = question
  return answered(terminal, (context) => checkbox({message, choices: [...choices], loop: false, pageSize: 12}, context))
}

interface Context {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
  readonly signal: AbortSignal
}

const END_OF_INPUT = ['end', 'close', 'error', 'pause'] as const

async function answered<Reply>(
  terminal: PromptTerminal,
  ask: (context: Context) => Promise<Reply>,
): Promise<Reply | undefined> {
  const {signal, onInterrupt} = terminal
  // a prompt whose input ends never settles; Ctrl-D pauses the input
  const ended = new AbortController()
  const end = (): void => ended.abort()
  if (terminal.quietMs !== undefined && (await isInterrupted(terminal, terminal.quietMs))) {
    onInterrupt?.()
    return undefined
  }
  // ended earlier: no event will say so again
  if (!terminal.input.readable) return undefined
  for (const event of END_OF_INPUT) terminal.input.once(event, end)
  terminal.output.once('error', end)
  try {
    return await ask({
      input: terminal.input,
      output: terminal.output,
      signal: signal ? AbortSignal.any([signal, ended.signal]) : ended.signal,
    })
  } catch (error) {
    if (!(error instanceof Error)) throw error
    if (error.name === 'ExitPromptError') onInterrupt?.()
    else if (error.name !== 'AbortPromptError') throw error
    return undefined
  } finally {
    for (const event of END_OF_INPUT) terminal.input.off(event, end)
    terminal.output.off('error', end)
  }
}

/** Reads and forgets what is typed; true at Ctrl-C. */
async function isInterrupted({input: typed, signal}: PromptTerminal, ms: number): Promise<boolean> {
  let interrupted = false
  const forget = (data: Buffer | string): void => {
    interrupted ||= data.includes('\u0003')
  }
  const ignore = (): void => undefined
  // a line that was begun in line mode would otherwise lie in the terminal until the question reads it
  typed.setRawMode?.(true)
  typed.on('data', forget).on('error', ignore)
  await delay(ms, undefined, signal && {signal}).catch(ignore)
  typed.off('data', forget).off('error', ignore)
  typed.pause()
  if (interrupted) typed.setRawMode?.(false)
  return interrupted
}
