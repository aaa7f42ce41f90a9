// The second client, in a process of its own so that nothing but the proxy makes it wait: `GET /health` over and over, each
// time on a connection of its own. 'start' begins, 'stop' ends and reports the longest and the median wait.
import {connect} from 'node:net'

const port = Number(process.argv[2])
const PAUSE_MS = 3
let waits = []
let running = false

function once() {
  return new Promise((resolve) => {
    const begun = performance.now()
    const socket = connect({port, host: '127.0.0.1', noDelay: true})
    socket.on('connect', () => socket.write('GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n'))
    socket.once('data', () => {
      waits.push(performance.now() - begun)
      socket.destroy()
    })
    socket.on('error', () => {})
    socket.on('close', resolve)
  })
}

process.on('message', async (message) => {
  if (message === 'start') {
    waits = []
    running = true
    while (running) {
      await once()
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
    const sorted = waits.toSorted((a, b) => a - b)
    process.send({longest: sorted.at(-1) ?? 0, median: sorted[sorted.length >> 1] ?? 0, count: sorted.length})
  } else running = false
})
process.on('disconnect', () => process.exit(0))
process.stdout.write('0\n')
