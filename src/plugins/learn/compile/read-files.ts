// Reads all capture files of a compile: large ones in parts, on several threads where that pays. Neither the number of
// threads nor their pace shows in the result: counts add up in any order, faults are told in input order.
import {Worker} from 'node:worker_threads'
import {isErrno, PipelockError} from '../../../core/errors.js'
import {errorText} from '../../../lib/error-text.js'
import {requestLimitOf} from './settings.js'
import type {FileRange} from '../../../lib/secure-read.js'
import {builtFile} from '../../../lib/built-file.js'
import {addAggregate, createAggregate, isTooLarge, type Aggregate} from './aggregate.js'
import {attestationKeys} from './attestation.js'
import {
  createTaker,
  finishIngest,
  joinChain,
  type Ingested,
  type IngestOptions,
  type Part,
  type ReadFile,
} from './ingest.js'
import {runTask, type ReadTask, type TaskDone} from './read-task.js'
import type {FromReader, ToReader} from './reader-thread.js'
import {checkUnchanged, fileRange} from './source-file.js'

export interface FileOfChain {
  /** Where it is read from. */
  readonly path: string
  /** As it is named in the compile manifest. */
  readonly name: string
}

/** How it is read. What is read from it stands in IngestOptions, which go to the threads as a whole. */
export interface Reading {
  /** Threads at most; small inputs are read without any. */
  readonly threads: number
  /** Told now and then how far the reading is. */
  readonly progress: (readBytes: number, totalBytes: number) => void
  /** Bytes of one part; only tests need another. */
  readonly partBytes?: number
  /** Module of a reading thread; only tests need another. */
  readonly thread?: URL
  /** Memory of a reading thread; only tests need another. */
  readonly memoryMb?: number
}

const PART_BYTES = 8 * 1024 * 1024

/** A thread that meets a monstrous line ends with an error that names the reason; without a bound the whole process dies. */
const THREAD_MEMORY_MB = 768

/** Throws PipelockError: a file that cannot be read first, then the first fault in input order, then `payload_too_large`. */
export async function readFiles(
  chains: readonly (readonly FileOfChain[])[],
  options: IngestOptions,
  reading: Reading,
): Promise<Ingested> {
  const partBytes = reading.partBytes ?? PART_BYTES
  const plan = planTasks(chains, partBytes)
  const done: (TaskDone | undefined)[] = []
  const aggregate = createAggregate()
  let readBytes = 0
  const onDone = (task: ReadTask, result: TaskDone): void => {
    done[task.index] = result
    if (task.kind === 'lines') readBytes += task.range.to - task.range.from
    reading.progress(readBytes, plan.bytes)
  }
  // a thread costs as much as reading a few megabytes
  const threads = Math.min(reading.threads, Math.floor(plan.bytes / (2 * partBytes)))
  if (threads < 2) await readHere(plan.tasks, aggregate, options, onDone)
  else {
    const thread = reading.thread ?? builtFile('./reader-thread.js', import.meta.url)
    const memoryMb = reading.memoryMb ?? THREAD_MEMORY_MB
    await readInThreads(plan.tasks, {count: threads, thread, memoryMb}, aggregate, options, onDone)
  }
  for (const {path, whole} of plan.files) checkUnchanged(path, whole)
  const joined = plan.chains.map((files) => joinChain(files.map(collect(done)), options))
  return finishIngest(aggregate, joined)
}

/** What tasks found of one file; a fault of the digest stands before its lines. */
function collect(done: readonly (TaskDone | undefined)[]): (file: PlannedFile) => ReadFile {
  return ({name, digest, parts}) => {
    const digested = digest === undefined ? undefined : done[digest]
    const read = parts.flatMap((index) => done[index] ?? [])
    const unread: Part[] = digested?.fault
      ? [
          {
            lines: 0,
            first: undefined,
            last: undefined,
            entries: 0,
            dropped: 0,
            missingSidecars: 0,
            attested: undefined,
            fault: digested.fault,
          },
        ]
      : []
    return {
      path: name,
      sha256: (digested ?? read[0])?.sha256 ?? '',
      parts: [...unread, ...read.flatMap(({part}) => part ?? [])],
    }
  }
}

interface PlannedFile {
  readonly name: string
  /** Tasks by index. */
  readonly digest: number | undefined
  readonly parts: readonly number[]
}

interface Plan {
  readonly chains: readonly (readonly PlannedFile[])[]
  readonly tasks: readonly ReadTask[]
  readonly files: readonly {readonly path: string; readonly whole: FileRange}[]
  readonly bytes: number
}

function planTasks(chains: readonly (readonly FileOfChain[])[], partBytes: number): Plan {
  const tasks: ReadTask[] = []
  const files: {path: string; whole: FileRange}[] = []
  let bytes = 0
  const planFile = ({path, name}: FileOfChain): PlannedFile => {
    const whole = fileRange(path)
    bytes += whole.to
    files.push({path, whole})
    const add = (kind: ReadTask['kind'], from: number, to: number): number => {
      const index = tasks.length
      tasks.push({kind, index, path, range: {...whole, from, to}, whole})
      return index
    }
    const digest = whole.to > partBytes ? add('digest', 0, whole.to) : undefined
    const parts = [add('lines', 0, Math.min(partBytes, whole.to))]
    for (let from = partBytes; from < whole.to; from += partBytes) {
      parts.push(add('lines', from, Math.min(from + partBytes, whole.to)))
    }
    return {name, digest, parts}
  }
  const planned = chains.map((files) => files.map(planFile))
  return {chains: planned, tasks, files, bytes}
}

type OnDone = (task: ReadTask, done: TaskDone) => void

async function readHere(
  tasks: readonly ReadTask[],
  aggregate: Aggregate,
  options: IngestOptions,
  onDone: OnDone,
): Promise<void> {
  const take = createTaker(aggregate, options)
  const keys = attestationKeys(options.checkpointKeys)
  for (const task of tasks) {
    const done = runTask(task, take, keys)
    onDone(task, done)
    if (done.fault) return
    // an interrupt gets its turn
    await new Promise(setImmediate)
  }
}

interface Threads {
  readonly count: number
  readonly thread: URL
  readonly memoryMb: number
}

/** A thread that ends before its last message fails the whole: what the others counted is not the input. */
function readInThreads(
  tasks: readonly ReadTask[],
  threads: Threads,
  aggregate: Aggregate,
  options: IngestOptions,
  onDone: OnDone,
): Promise<void> {
  const workers: Worker[] = []
  let next = 0
  let ended = 0
  let stopped = false
  return new Promise<void>((resolve, reject) => {
    const fail = (error: unknown): void => {
      stopped = true
      for (const worker of workers) void worker.terminate()
      reject(error instanceof PipelockError ? error : threadFault(error))
    }
    /** Tasks are handed out in input order, so whatever comes before a fault is already under way when the fault is known. */
    const feed = (worker: Worker): void => {
      const task = stopped ? undefined : tasks[next++]
      const message: ToReader = task ? {kind: 'task', task, count: !isTooLarge(aggregate)} : {kind: 'end'}
      worker.postMessage(message)
    }
    const receive = (worker: Worker, message: FromReader): void => {
      const {aggregate: counted} = message
      if (counted && !isTooLarge(aggregate)) addAggregate(aggregate, counted, requestLimitOf(options.inference))
      if (message.kind === 'end') {
        if (++ended === threads.count) resolve()
        return
      }
      const task = tasks[message.done.index]
      if (message.done.fault) stopped = true
      if (task) onDone(task, message.done)
      feed(worker)
    }
    for (let i = 0; i < threads.count; i++) {
      // a key goes as bytes that are handed over, never in arguments or environment
      const escrowKey = options.escrowKey === undefined ? undefined : new Uint8Array(options.escrowKey)
      const workerData: IngestOptions = {...options, escrowKey}
      const worker = new Worker(threads.thread, {
        workerData,
        transferList: escrowKey === undefined ? [] : [escrowKey.buffer],
        name: 'pipelock-reader',
        resourceLimits: {maxOldGenerationSizeMb: threads.memoryMb},
      })
      let over = false
      workers.push(worker)
      worker.on('message', (message: FromReader) => {
        over = message.kind === 'end'
        try {
          receive(worker, message)
        } catch (error) {
          fail(error)
        }
      })
      worker.on('messageerror', fail)
      worker.on('error', fail)
      worker.on('exit', (code) => {
        if (!over) fail(new Error(`it ended early with status ${code}`))
      })
      feed(worker)
    }
  })
}

function threadFault(error: unknown): PipelockError {
  if (isErrno(error, 'ERR_WORKER_OUT_OF_MEMORY')) {
    return new PipelockError('payload_too_large', 'a reading thread ran out of memory: a line holds too many values', {
      hint: 'compile fewer files at a time with --input, to find and leave out the one that holds it',
    })
  }
  const reason = errorText(error)
  return new PipelockError('internal_error', `a reading thread failed, so nothing was counted: ${reason}`)
}
