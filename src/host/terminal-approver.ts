// An operator at the terminal who decides about findings: a menu, or lines where a terminal cannot draw one.
import type {Approval, Approver} from '../core/approver.js'
import type {PromptTerminal} from '../lib/prompt.js'
import {approverQueue, type Decide, heading, type Limits} from './approver-queue.js'

export interface Terminal {
  /** Calls back with every typed line, and once with undefined at the end of input. */
  onLine(listener: (line: string | undefined) => void): void
  write(text: string): void
}

export function terminalApprover(terminal: Terminal): Approver {
  return approverQueue(byLine(terminal))
}

function byLine(terminal: Terminal): Decide {
  let current: ((line: string | undefined) => void) | undefined
  let isOver = false
  let isListening = false
  /** A line may have been typed for a question that is gone: the next line cannot be trusted. */
  let isStale = false

  const listen = (): void => {
    if (isListening) return
    isListening = true
    terminal.onLine((line) => {
      if (line === undefined) isOver = true
      // typed without a pending question: ignored
      current?.(line)
    })
  }

  return (question, {timeoutMs, signal}, done) => {
    listen()
    if (isOver) return done('block')
    const end = (approval: Approval, message: string | undefined): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      current = undefined
      if (message !== undefined) terminal.write(`\n${message}\n`)
      done(approval)
    }
    const lapse = (why: string): void => {
      isStale = true
      end('block', `${why}: blocked`)
    }
    const onAbort = (): void => lapse('the client left')
    const timer = setTimeout(() => lapse('no reply in time'), timeoutMs)
    signal.addEventListener('abort', onAbort, {once: true})
    current = (line) => {
      if (line === undefined) return end('block', 'no more input: blocked')
      if (isStale) {
        isStale = false
        terminal.write(prompt(timeoutMs))
        return
      }
      end(approvalOf(line), undefined)
    }
    terminal.write(heading(question))
    terminal.write(isStale ? 'Press Enter first: late input is discarded. ' : prompt(timeoutMs))
  }
}

/** Time in which nobody can have read a question: a key that was meant for something else must not decide it. */
const QUIET_MS = 300

/** A letter jumps to the first name that begins with it: all begin alike, so that stray typing stays at the block. */
const CHOICES = [
  {name: 'It is blocked', value: 'block'},
  {name: 'It is stripped: it passes with the matches replaced', value: 'strip'},
  {name: 'It is allowed: it passes unchanged, this once', value: 'allow'},
]

/** Enter blocks. After a timeout, an abort or the end of input the terminal is as it was before. */
export function menuApprover(terminal: PromptTerminal): Approver {
  return approverQueue((question, limits, done) => {
    terminal.output.write(heading(question))
    void byMenu(terminal, limits)
      .catch((): Approval => 'block')
      .then(done)
  })
}

async function byMenu(terminal: PromptTerminal, {timeoutMs, signal}: Limits): Promise<Approval> {
  const timeout = AbortSignal.timeout(timeoutMs)
  const {askChoice} = await import('../lib/prompt.js')
  const reply = await askChoice(
    {
      message: `What happens to it? [${Math.round(timeoutMs / 1000)}s timeout]`,
      choices: CHOICES,
      default: 'block',
      isNumbered: true,
    },
    {...terminal, quietMs: QUIET_MS, signal: AbortSignal.any([signal, timeout])},
  )
  // a reply that came as the client left decides nothing
  if (!signal.aborted && !timeout.aborted && reply !== undefined)
    return reply === 'allow' || reply === 'strip' ? reply : 'block'
  const why = signal.aborted ? 'the client left' : timeout.aborted ? 'no reply in time' : 'no reply'
  terminal.output.write(`\n${why}: blocked\n`)
  return 'block'
}

function approvalOf(reply: string): Approval {
  switch (reply.trim().toLowerCase()) {
    case 'y':
    case 'yes':
      return 'allow'
    case 's':
    case 'strip':
      return 'strip'
    default:
      return 'block'
  }
}

function prompt(timeoutMs: number): string {
  return `Allow (y), Block (N), or Strip (s)? [${Math.round(timeoutMs / 1000)}s timeout] `
}
