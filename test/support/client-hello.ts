// ClientHello bytes with chosen extensions, cut into records of a chosen size.

export interface HelloOptions {
  readonly serverName?: string
  readonly ech?: boolean
  /** Handshake bytes per record; all in one by default. */
  readonly recordBytes?: number
  /** Extensions to add, type and body. */
  readonly extensions?: readonly (readonly [number, Buffer])[]
}

export function clientHello(options: HelloOptions = {}): Buffer {
  const extensions = [...(options.extensions ?? [[0x0a, Buffer.from('0002001d', 'hex')] as const])]
  if (options.serverName !== undefined) {
    const name = Buffer.from(options.serverName, 'latin1')
    extensions.unshift([0, Buffer.concat([u16(name.length + 3), Buffer.from([0]), u16(name.length), name])])
  }
  if (options.ech) extensions.push([0xfe0d, Buffer.alloc(8)])
  const block = Buffer.concat(extensions.flatMap(([type, body]) => [u16(type), u16(body.length), body]))
  const body = Buffer.concat([
    u16(0x0303),
    Buffer.alloc(32, 7),
    Buffer.from([0]),
    u16(2),
    u16(0x1301),
    Buffer.from([1, 0]),
    u16(block.length),
    block,
  ])
  const message = Buffer.concat([Buffer.from([1, 0]), u16(body.length), body])
  const size = options.recordBytes ?? message.length
  const records: Buffer[] = []
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size)
    records.push(Buffer.from([22, 3, 1]), u16(part.length), part)
  }
  return Buffer.concat(records)
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}
