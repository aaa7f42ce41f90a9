// Questions to one operator, one at a time. Everything but a clear yes is a no: a full queue and a client that left too.
import type {Approval, Approver, Question} from '../core/approver.js'
import {printable} from '../lib/terminal.js'

export interface Limits {
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/**
 * Asks the operator about one finding and calls `done` once. A timeout, an abort, an unknown reply and the end of input are
 * a block.
 */
export type Decide = (question: Question, limits: Limits, done: (approval: Approval) => void) => void

const MAX_WAITING = 64
/** Per agent: an agent that provokes many questions must neither tire the operator out nor keep others waiting. */
const MAX_OF_AGENT = 8
const URL_LENGTH = 80
const PREVIEW_LENGTH = 200

interface Waiting {
  readonly question: Question
  readonly limits: Limits
  readonly done: (approval: Approval) => void
}

export function approverQueue(decide: Decide): Approver {
  const waiting: Waiting[] = []
  /** Number of pending questions of each agent. */
  const open = new Map<string, number>()
  let isAsking = false

  const next = (): void => {
    if (isAsking) return
    const job = waiting.shift()
    if (!job) return
    if (job.limits.signal.aborted) {
      job.done('block')
      return next()
    }
    isAsking = true
    decide(job.question, job.limits, (approval) => {
      isAsking = false
      job.done(approval)
      next()
    })
  }

  return {
    ask: (question, limits) =>
      new Promise((resolve) => {
        const {agent} = question
        const own = open.get(agent) ?? 0
        // nobody can decide that many; earlier questions take precedence over later ones
        if (waiting.length >= MAX_WAITING || own >= MAX_OF_AGENT) return resolve('block')
        open.set(agent, own + 1)
        const done = (approval: Approval): void => {
          const left = (open.get(agent) ?? 1) - 1
          if (left > 0) open.set(agent, left)
          else open.delete(agent)
          resolve(approval)
        }
        waiting.push({question, limits, done})
        next()
      }),
  }
}

/** All of it is untrusted: it must not move the cursor or alter the question. */
export function heading({agent, url, reason, patterns, preview}: Question): string {
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

/** Cut on code points. */
function shown(text: string, max: number): string {
  const points = Array.from(text.slice(0, 2 * max).toWellFormed())
  return printable(points.slice(0, max).join(''))
}
