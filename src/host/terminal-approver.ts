// An operator at the terminal who decides about findings. One question at a time; everything but a clear yes is a no:
// another word, a timeout, a full queue, a client that left, an end of input.
import type {Approver, Approval, Question} from '../core/approver.js'
import {printable} from '../lib/terminal.js'

export interface Terminal {
  /** Calls back with every typed line, and once with undefined at the end of input. */
  onLine(listener: (line: string | undefined) => void): void
  write(text: string): void
}

const MAX_WAITING = 64
/** Per agent: an agent that provokes many questions must neither tire the operator out nor keep others waiting. */
const MAX_OF_AGENT = 8
const URL_LENGTH = 80
const PREVIEW_LENGTH = 200

interface Waiting {
  readonly question: Question
  readonly timeoutMs: number
  readonly signal: AbortSignal
  readonly done: (approval: Approval) => void
}

export function terminalApprover(terminal: Terminal): Approver {
  const waiting: Waiting[] = []
  /** Number of pending questions of each agent. */
  const open = new Map<string, number>()
  let current: {readonly onLine: (line: string | undefined) => void} | undefined
  let isOver = false
  let isListening = false
  /** A line may have been typed for a question that is gone: the next line cannot be trusted. */
  let isStale = false

  const next = (): void => {
    if (current) return
    const job = waiting.shift()
    if (job) ask(job)
  }

  const ask = ({question, timeoutMs, signal, done}: Waiting): void => {
    if (isOver || signal.aborted) {
      done('block')
      return next()
    }
    const end = (approval: Approval, message: string | undefined): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      current = undefined
      if (message !== undefined) terminal.write(`\n${message}\n`)
      done(approval)
      next()
    }
    const lapse = (why: string): void => {
      isStale = true
      end('block', `${why}: blocked`)
    }
    const onAbort = (): void => lapse('the client left')
    const timer = setTimeout(() => lapse('no reply in time'), timeoutMs)
    signal.addEventListener('abort', onAbort, {once: true})
    current = {
      onLine(line) {
        if (line === undefined) return end('block', 'no more input: blocked')
        if (isStale) {
          isStale = false
          terminal.write(prompt(timeoutMs))
          return
        }
        end(approvalOf(line), undefined)
      },
    }
    terminal.write(heading(question))
    terminal.write(isStale ? 'Press Enter first: late input is discarded. ' : prompt(timeoutMs))
  }

  return {
    ask: (question, {timeoutMs, signal}) =>
      new Promise((resolve) => {
        const {agent} = question
        const own = open.get(agent) ?? 0
        // nobody can decide that many; earlier questions take precedence over later ones
        if (isOver || waiting.length >= MAX_WAITING || own >= MAX_OF_AGENT) return resolve('block')
        open.set(agent, own + 1)
        const done = (approval: Approval): void => {
          const left = (open.get(agent) ?? 1) - 1
          if (left > 0) open.set(agent, left)
          else open.delete(agent)
          resolve(approval)
        }
        if (!isListening) {
          isListening = true
          terminal.onLine((line) => {
            if (line === undefined) isOver = true
            // typed without a pending question: ignored
            current?.onLine(line)
          })
        }
        waiting.push({question, timeoutMs, signal, done})
        next()
      }),
  }
}

function approvalOf(line: string): Approval {
  switch (line.trim().toLowerCase()) {
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

/** All of it is untrusted: it must not move the cursor or alter the question. */
function heading({agent, url, reason, patterns, preview}: Question): string {
  return [
    '',
    '=== PIPELOCK: THREAT DETECTED ===',
    `Agent:    ${shown(agent, URL_LENGTH)}`,
    `URL:      ${shown(url, URL_LENGTH)}`,
    `Reason:   ${shown(reason, PREVIEW_LENGTH)}`,
    `Patterns: ${shown(patterns.join(', '), PREVIEW_LENGTH)}`,
    `Preview:  ${shown(preview, PREVIEW_LENGTH)}`,
    '',
  ].join('\n')
}

function prompt(timeoutMs: number): string {
  return `Allow (y), Block (N), or Strip (s)? [${Math.round(timeoutMs / 1000)}s timeout] `
}

/** Cut on code points. */
function shown(text: string, max: number): string {
  const points = Array.from(text.slice(0, 2 * max).toWellFormed())
  return printable(points.slice(0, max).join(''))
}
