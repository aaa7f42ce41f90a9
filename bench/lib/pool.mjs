// A pool of worker threads: each takes the next task as soon as it is free, so that one long task keeps one core busy only.
import {availableParallelism} from 'node:os'
import {Worker} from 'node:worker_threads'

/** `file` receives `{name, input}` and posts one result for each. */
export function createPool(file, size = availableParallelism()) {
  const workers = Array.from({length: size}, () => new Worker(file))
  const idle = [...workers]
  const waiting = []
  const take = () => new Promise((resolve) => (idle.length > 0 ? resolve(idle.pop()) : waiting.push(resolve)))
  const give = (worker) => (waiting.length > 0 ? waiting.shift()(worker) : idle.push(worker))

  function ask(worker, message) {
    return new Promise((resolve, reject) => {
      const settle = (act) => (value) => {
        worker.off('message', onMessage)
        worker.off('error', onError)
        act(value)
      }
      const onMessage = settle(resolve)
      const onError = settle(reject)
      worker.on('message', onMessage)
      worker.on('error', onError)
      worker.postMessage(message)
    })
  }

  return {
    /** Runs the task `name` on every input, which may be made one by one; `onResult` gets the results in the order of the inputs. */
    async run(name, inputs, onResult) {
      const pending = new Set()
      const early = new Map()
      let failure
      let [asked, given] = [0, 0]
      const settled = (i, input, result) => {
        early.set(i, [result, input])
        while (early.has(given)) {
          onResult(...early.get(given))
          early.delete(given++)
        }
      }
      for (const input of inputs) {
        const worker = await take()
        if (failure !== undefined) break
        const i = asked++
        const task = ask(worker, {name, input})
          .then((result) => settled(i, input, result))
          .catch((error) => (failure ??= error))
          .finally(() => {
            give(worker)
            pending.delete(task)
          })
        pending.add(task)
      }
      await Promise.all(pending)
      if (failure !== undefined) throw failure
    },
    close: () => Promise.all(workers.map((worker) => worker.terminate())),
  }
}

/** Pieces of `size` of a list, or of whatever can be iterated. */
export function* batches(list, size) {
  let batch = []
  for (const one of list) {
    batch.push(one)
    if (batch.length === size) {
      yield batch
      batch = []
    }
  }
  if (batch.length > 0) yield batch
}
