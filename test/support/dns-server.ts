// A name server on loopback: real datagrams, chosen responses, and silence.
import {createSocket} from 'node:dgram'

export type Records =
  {readonly A?: readonly string[]; readonly AAAA?: readonly string[]} | 'silent' | 'no such name' | 'failing'

export interface DnsServer {
  readonly address: string
  /** `name type` of every query, in order. */
  readonly queries: string[]
  close(): Promise<void>
}

const TYPES = {1: 'A', 28: 'AAAA'} as const

/** Names that are not in `zone` do not exist. */
export async function startDnsServer(zone: Readonly<Record<string, Records>>): Promise<DnsServer> {
  const socket = createSocket('udp4')
  const queries: string[] = []
  socket.on('message', (query, from) => {
    const {name, end} = readName(query)
    const type = TYPES[query.readUInt16BE(end) as keyof typeof TYPES]
    queries.push(`${name} ${type}`)
    const records = zone[name] ?? 'no such name'
    if (records === 'silent') return
    const addresses = typeof records === 'string' ? [] : (records[type] ?? [])
    const code = records === 'no such name' ? 3 : records === 'failing' ? 2 : 0
    const head = Buffer.alloc(12)
    query.copy(head, 0, 0, 2)
    head.writeUInt16BE(0x8180 | code, 2)
    head.writeUInt16BE(1, 4)
    head.writeUInt16BE(addresses.length, 6)
    const zoneRecords = addresses.map((address) => record(type, address))
    socket.send(Buffer.concat([head, query.subarray(12, end + 4), ...zoneRecords]), from.port, from.address)
  })
  await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done))
  return {
    address: `127.0.0.1:${socket.address().port}`,
    queries,
    close: () => new Promise((done) => socket.close(() => done())),
  }
}

function readName(query: Buffer): {readonly name: string; readonly end: number} {
  const labels: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length).toLowerCase())
    at += 1 + length
  }
  return {name: labels.join('.'), end: at + 1}
}

function record(type: 'A' | 'AAAA', address: string): Buffer {
  const data =
    type === 'A'
      ? Buffer.from(address.split('.').map(Number))
      : Buffer.from(
          address
            .split(':')
            .map((word) => word.padStart(4, '0'))
            .join(''),
          'hex',
        )
  const head = Buffer.from([0xc0, 0x0c, 0, type === 'A' ? 1 : 28, 0, 1, 0, 0, 0, 0, 0, data.length])
  return Buffer.concat([head, data])
}
