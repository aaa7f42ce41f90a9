// Thread that reads blocks of lines quickly and checks their signatures. What it does not take, or does not find good, is
// judged again by whoever asked: it only saves work.
import type {KeyObject} from 'node:crypto'
import {parentPort} from 'node:worker_threads'
import {readRows, type QuickRows} from './rows.js'

export interface ThreadTask {
  readonly bytes: Uint8Array
  readonly entries: boolean
  readonly keys: ReadonlyMap<string, KeyObject>
}

/** Answers come in the order of the tasks; the first of all is undefined: the thread is ready. */
export type ThreadReply = QuickRows | undefined

if (!parentPort) throw new TypeError('this module is a thread')
const port = parentPort
port.on('message', ({bytes, entries, keys}: ThreadTask) => {
  const rows = readRows(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), {entries, keys})
  const {places, numbers, hashes, good, same} = rows
  port.postMessage(rows satisfies ThreadReply, [places.buffer, numbers.buffer, hashes.buffer, good.buffer, same.buffer])
})
port.postMessage(undefined satisfies ThreadReply)
