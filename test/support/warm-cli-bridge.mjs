// Lets a thread that waits without turning its event loop run commands: it sleeps until the result of the process is here.
import {fork} from 'node:child_process'
import {fileURLToPath} from 'node:url'
import {workerData} from 'node:worker_threads'

const {port, signal, start} = workerData
const child = fork(fileURLToPath(new URL('warm-cli-process.mjs', import.meta.url)), [], {
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  execArgv: [],
  env: {...process.env, ...start},
})
const reply = (result) => {
  port.postMessage(result)
  Atomics.store(signal, 0, 1)
  Atomics.notify(signal, 0)
}
child.on('message', reply)
child.on('exit', () => reply({failure: 'the process of the commands ended'}))
port.on('message', (request) => child.send(request))
