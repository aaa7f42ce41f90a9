// Literal bytes to a listener and back, for messages that no client library would send.
import {connect, type Socket} from 'node:net'

export interface RawResponse {
  readonly status: number
  readonly statusLine: string
  /** Lower-case names; the first value of each. */
  readonly fields: ReadonlyMap<string, string>
  readonly rawFields: readonly (readonly [string, string])[]
  readonly body: Buffer
}

export class RawClient {
  readonly socket: Socket
  #received = Buffer.alloc(0)
  #closed = false
  #ended = false
  #error: NodeJS.ErrnoException | undefined
  #changed = new Set<() => void>()

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk])
      this.#wake()
    })
    socket.on('error', (error) => {
      this.#error = error
    })
    socket.on('end', () => {
      this.#ended = true
      this.#wake()
    })
    socket.on('close', () => {
      this.#closed = true
      this.#ended = true
      this.#wake()
    })
  }

  static open(port: number, host = '127.0.0.1'): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({port, host, allowHalfOpen: true, noDelay: true})
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.off('error', reject)
        resolve(new RawClient(socket))
      })
    })
  }

  /** On a socket that is connected already. */
  static of(socket: Socket): RawClient {
    return new RawClient(socket)
  }

  send(data: string | Buffer): this {
    this.socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data)
    return this
  }

  /** Closes our half: nothing more will be sent. */
  finish(): this {
    this.socket.end()
    return this
  }

  get text(): string {
    return this.#received.toString('latin1')
  }

  get error(): NodeJS.ErrnoException | undefined {
    return this.#error
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Waits for the condition; rejects when the connection ends first. */
  async until(condition: (received: string) => boolean): Promise<string> {
    while (!condition(this.text)) {
      if (this.#ended) throw new Error(`connection ended after ${JSON.stringify(this.text)}`)
      await new Promise<void>((resolve) => this.#changed.add(resolve))
    }
    return this.text
  }

  /** Everything up to the end of the connection. */
  async end(): Promise<string> {
    while (!this.#ended) await new Promise<void>((resolve) => this.#changed.add(resolve))
    return this.text
  }

  /** Waits for a byte, or for the end of the connection: true when nothing more will come. */
  async isOver(): Promise<boolean> {
    while (this.#received.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => this.#changed.add(resolve))
    }
    return this.#received.length === 0
  }

  /** The next complete response, removed from the received bytes. `headOnly` for responses to HEAD. */
  async response(headOnly = false): Promise<RawResponse> {
    for (;;) {
      const parsed = parseResponse(this.#received, headOnly, this.#ended)
      if (parsed) {
        this.#received = this.#received.subarray(parsed.used)
        return parsed.response
      }
      if (this.#ended) throw new Error(`connection ended inside an answer: ${JSON.stringify(this.text)}`)
      await new Promise<void>((resolve) => this.#changed.add(resolve))
    }
  }

  /** The bare socket, for a protocol on top; this client stops reading. */
  detach(): Socket {
    this.socket.removeAllListeners('data')
    return this.socket
  }

  close(): void {
    this.socket.destroy()
  }

  #wake(): void {
    const waiting = [...this.#changed]
    this.#changed.clear()
    for (const wake of waiting) wake()
  }
}

/** One connection, one request, and everything received until the listener closes. */
export async function exchangeRaw(port: number, data: string | Buffer): Promise<string> {
  const client = await RawClient.open(port)
  try {
    return await client.send(data).end()
  } finally {
    client.close()
  }
}

function parseResponse(
  bytes: Buffer,
  headOnly: boolean,
  ended: boolean,
): {readonly response: RawResponse; readonly used: number} | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n')
  const rawFields = lines.map((line): readonly [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
  const fields = new Map<string, string>()
  for (const [name, value] of rawFields) if (!fields.has(name.toLowerCase())) fields.set(name.toLowerCase(), value)
  const status = Number(statusLine.split(' ')[1])
  const start = headEnd + 4
  const make = (body: Buffer, used: number): {readonly response: RawResponse; readonly used: number} => ({
    response: {status, statusLine, fields, rawFields, body},
    used,
  })
  if (headOnly || status === 204 || status === 304 || status < 200) return make(Buffer.alloc(0), start)
  const length = fields.get('content-length')
  if (length !== undefined) {
    const end = start + Number(length)
    return bytes.length < end ? undefined : make(bytes.subarray(start, end), end)
  }
  if (fields.get('transfer-encoding') === 'chunked') {
    const parts: Buffer[] = []
    for (let at = start; ;) {
      const lineEnd = bytes.indexOf('\r\n', at)
      if (lineEnd < 0) return undefined
      const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
      at = lineEnd + 2
      if (bytes.length < at + size + 2) return undefined
      if (size === 0) return make(Buffer.concat(parts), at + 2)
      parts.push(bytes.subarray(at, at + size))
      at += size + 2
    }
  }
  return ended ? make(bytes.subarray(start), bytes.length) : undefined
}
