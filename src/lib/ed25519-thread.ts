// Thread that checks Ed25519 signatures in batches. It answers with the first check that fails; the caller judges that
// one again, since only lib/ed25519.ts knows every rule. Keys arrive checked.
import {verify, type KeyObject} from 'node:crypto'
import {parentPort, workerData} from 'node:worker_threads'

export interface ThreadBatch {
  readonly id: number
  readonly key: KeyObject
  /** For each check the length of its message in four bytes, the signature, the message. */
  readonly checks: Uint8Array
  readonly count: number
}

export interface ThreadAnswer {
  readonly id: number
  /** Index of the first check that fails, or -1. */
  readonly bad: number
}

export interface ThreadData {
  /** How many threads run, then how many batches each has answered. */
  readonly shared: Int32Array<SharedArrayBuffer>
  readonly slot: number
}

const SIGNATURE = 64

if (!parentPort) throw new TypeError('this module is a thread')
const port = parentPort
const {shared, slot} = workerData as ThreadData
port.on('message', ({id, key, checks, count}: ThreadBatch) => {
  const bad = firstBad(key, checks, count)
  Atomics.add(shared, slot, 1)
  port.postMessage({id, bad} satisfies ThreadAnswer)
})
Atomics.add(shared, 0, 1)

function firstBad(key: KeyObject, checks: Uint8Array, count: number): number {
  const view = new DataView(checks.buffer, checks.byteOffset, checks.byteLength)
  for (let index = 0, at = 0; index < count; index++) {
    const signature = checks.subarray(at + 4, at + 4 + SIGNATURE)
    const end = at + 4 + SIGNATURE + view.getUint32(at)
    if (!verify(null, checks.subarray(at + 4 + SIGNATURE, end), key, signature)) return index
    at = end
  }
  return -1
}
