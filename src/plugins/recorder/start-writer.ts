// Starts the writer in a thread of its own. Where the sources run without a build (a test runner that compiles on the fly),
// a thread could not load them: then the same writer is served in this thread, behind the same kind of port.
import {MessageChannel, Worker} from 'node:worker_threads'
import type {FromWriter, ToWriter, WriterInit} from './protocol.js'
import {serveWriter} from './serve-writer.js'
import {errorText} from '../../lib/error-text.js'

export interface WriterLink {
  post(message: ToWriter): void
  /** The writer is gone without having been closed. */
  onDeath(run: (reason: string) => void): void
  onMessage(run: (message: FromWriter) => void): void
  dispose(): Promise<void>
}

export function startWriter(init: WriterInit): WriterLink {
  return import.meta.url.endsWith('.ts') ? inThisThread(init) : inOwnThread(init)
}

function inOwnThread(init: WriterInit): WriterLink {
  const worker = new Worker(new URL('./worker.js', import.meta.url), {workerData: init, name: 'pipelock-recorder'})
  return {
    post: (message) => worker.postMessage(message),
    onMessage: (run) => void worker.on('message', run),
    onDeath(run) {
      worker.on('error', (error: unknown) => run(errorText(error)))
      worker.on('exit', (code) => run(`the recorder thread ended with code ${code}`))
    },
    async dispose() {
      await worker.terminate()
    },
  }
}

function inThisThread(init: WriterInit): WriterLink {
  const {port1, port2} = new MessageChannel()
  serveWriter(port2, init)
  return {
    post: (message) => port1.postMessage(message),
    onMessage: (run) => void port1.on('message', run),
    onDeath: () => {},
    dispose() {
      port1.close()
      return Promise.resolve()
    },
  }
}
