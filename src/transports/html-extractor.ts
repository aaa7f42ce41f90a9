// Extraction off the main thread, one document at a time, with a limit on wall time: a hostile page costs its own answer
// and a new thread, never the event loop.
import {Worker} from 'node:worker_threads'
import type {Readable} from './html-text.js'
import {builtFile} from '../lib/built-file.js'

export interface HtmlExtractor {
  /** undefined when the document is beyond the bounds or took too long. */
  extract(html: string): Promise<Readable | undefined>
  close(): Promise<void>
}

interface Job {
  readonly html: string
  readonly done: (result: Readable | undefined) => void
}

export function createHtmlExtractor(maxMs: number): HtmlExtractor {
  const waiting: Job[] = []
  let worker: Worker | undefined
  let running: Job | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false

  function settle(result: Readable | undefined): void {
    clearTimeout(timer)
    const job = running
    running = undefined
    worker?.unref()
    job?.done(result)
    next()
  }

  function drop(): void {
    const old = worker
    worker = undefined
    old?.removeAllListeners()
    // what a dying thread still reports concerns nobody
    old?.on('error', () => {})
    void old?.terminate()
  }

  function start(): Worker {
    const fresh = new Worker(builtFile('./html-text-worker.js', import.meta.url), {
      resourceLimits: {maxOldGenerationSizeMb: 512},
    })
    fresh.on('message', (message: unknown) => settle(readResult(message)))
    fresh.on('error', () => {
      drop()
      settle(undefined)
    })
    fresh.on('exit', () => {
      if (worker !== fresh) return
      drop()
      settle(undefined)
    })
    return fresh
  }

  function next(): void {
    if (running || closed) return
    const job = waiting.shift()
    if (!job) return
    running = job
    worker ??= start()
    worker.ref()
    timer = setTimeout(() => {
      drop()
      settle(undefined)
    }, maxMs)
    worker.postMessage(job.html)
  }

  return {
    extract: (html) =>
      new Promise((resolve) => {
        waiting.push({html, done: resolve})
        next()
      }),
    async close() {
      closed = true
      clearTimeout(timer)
      const old = worker
      worker = undefined
      old?.removeAllListeners()
      running?.done(undefined)
      for (const job of waiting.splice(0)) job.done(undefined)
      await old?.terminate()
    },
  }
}

function readResult(message: unknown): Readable | undefined {
  if (typeof message !== 'object' || message === null) return undefined
  const {title, content, hidden} = message as Partial<Readable>
  if (typeof title !== 'string' || typeof content !== 'string' || typeof hidden !== 'string') return undefined
  return {title, content, hidden}
}
