// Worker entry: one document in, its text out. The thread may be terminated at any time.
import {parentPort} from 'node:worker_threads'
import {readableText} from './html-text.js'

parentPort?.on('message', (html: string) => {
  let result
  try {
    result = readableText(html)
  } catch {
    // a document that the parser cannot digest counts as one beyond the bounds
    result = undefined
  }
  parentPort?.postMessage(result ?? null)
})
