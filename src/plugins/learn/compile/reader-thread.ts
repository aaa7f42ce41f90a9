// Thread that reads parts of capture files. It keeps what it counted until that is worth a message, so that a
// million distinct paths lie in memory once, in the thread that joins everything.
import {parentPort, workerData} from 'node:worker_threads'
import {createAggregate, type Aggregate} from './aggregate.js'
import {attestationKeys} from './attestation.js'
import {createTaker, type IngestOptions} from './ingest.js'
import {runTask, type ReadTask, type TaskDone} from './read-task.js'

export type ToReader =
  {readonly kind: 'task'; readonly task: ReadTask; readonly count: boolean} | {readonly kind: 'end'}

export type FromReader =
  | {readonly kind: 'done'; readonly done: TaskDone; readonly aggregate: Aggregate | undefined}
  | {readonly kind: 'end'; readonly aggregate: Aggregate}

const SEND_WEIGHT = 12 * 1024 * 1024

const port = parentPort
if (!port) throw new TypeError('this module is a thread')
const options = workerData as IngestOptions
const keys = attestationKeys(options.checkpointKeys)
let aggregate = createAggregate()
let take = createTaker(aggregate, options)

const handOver = (): Aggregate => {
  const full = aggregate
  aggregate = createAggregate()
  take = createTaker(aggregate, options)
  return full
}

port.on('message', (message: ToReader) => {
  if (message.kind === 'end') {
    port.postMessage({kind: 'end', aggregate: handOver()} satisfies FromReader)
    port.close()
    return
  }
  const done = runTask(message.task, message.count ? take : () => undefined, keys)
  const isHeavy = aggregate.weight > SEND_WEIGHT
  port.postMessage({kind: 'done', done, aggregate: isHeavy ? handOver() : undefined} satisfies FromReader)
})
