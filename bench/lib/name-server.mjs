// A name server on loopback: every name has the address 127.0.0.1. Prints its port, and ends with its parent.
import {createSocket} from 'node:dgram'

const socket = createSocket('udp4')
socket.on('message', (query, from) => {
  // name, type and class end 4 bytes behind the empty label
  let end = 12
  while (query[end]) end += query[end] + 1
  const isV4 = query.readUInt16BE(end + 1) === 1
  const head = Buffer.from(query.subarray(0, 12))
  head.writeUInt16BE(0x8180, 2)
  head.writeUInt16BE(isV4 ? 1 : 0, 6)
  head.writeUInt32BE(0, 8)
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1])
  socket.send(Buffer.concat([head, query.subarray(12, end + 5), ...(isV4 ? [record] : [])]), from.port, from.address)
})
socket.bind(0, '127.0.0.1', () => console.log(socket.address().port))
process.on('disconnect', () => socket.close())
