// Syslog over TCP on a real connection: one for all events, and a new one after it closed.
import {createServer, type AddressInfo, type Socket} from 'node:net'
import {afterEach, expect, test} from 'vitest'
import {createSyslog} from '../../../../src/plugins/emission/syslog.js'

const open: {close(): unknown}[] = []
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close()
})

async function receiver() {
  const sockets: Socket[] = []
  let text = ''
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  open.push({
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  })
  return {port: (server.address() as AddressInfo).port, sockets, lines: () => text.split('\n').filter(Boolean)}
}

function senderTo(port: number) {
  const sender = createSyslog(
    {address: `tcp://127.0.0.1:${port}`, facility: 'local0', tag: 'pipelock', format: 'rfc3164'},
    {host: 'node-1', pid: 1, instance: 'prod-1'},
  )
  open.push(sender)
  const {signal} = new AbortController()
  return (n: number) => sender.send([{severity: 'warn', type: 'blocked', atMs: 0, fields: {n}}], signal)
}

test('many events use one connection, and leave no listener behind', async () => {
  const warnings: string[] = []
  const onWarning = ({name}: Error): void => void warnings.push(name)
  process.on('warning', onWarning)
  open.push({close: () => process.off('warning', onWarning)})
  const {port, sockets, lines} = await receiver()
  const send = senderTo(port)
  for (let n = 0; n < 20; n++) await send(n)
  await expect.poll(lines).toHaveLength(20)
  expect([sockets.length, warnings]).toEqual([1, []])
})

test('an event after the receiver closed the connection opens another', async () => {
  const {port, sockets, lines} = await receiver()
  const send = senderTo(port)
  await send(1)
  await expect.poll(lines).toHaveLength(1)
  sockets[0]?.destroy()
  // the end is noticed before an event is written, or the event is refused and sent again
  await expect
    .poll(() =>
      send(2)
        .catch(() => undefined)
        .then(() => sockets.length),
    )
    .toBe(2)
  await expect.poll(() => lines().at(-1)).toContain('"n":2')
})
