// A ClientHello (RFC 8446, section 4.1.2, RFC 6066, section 3) from bytes that may be cut anywhere, also inside the
// message by several records. Pure; reads only what it needs and never beyond a declared length.

export type ClientHello =
  | {readonly kind: 'incomplete'}
  | {readonly kind: 'not_tls'}
  | {readonly kind: 'malformed'; readonly why: string}
  | {
      readonly kind: 'hello'
      /** undefined without the extension. */
      readonly serverName: string | undefined
      /** An `encrypted_client_hello` extension is there; clients also send it without meaning it. */
      readonly encrypted: boolean
      /** Application data may follow at once; a server that rejects it skips it. */
      readonly hasEarlyData: boolean
    }

/** Of a whole message. */
export type HelloMessage = Extract<ClientHello, {readonly kind: 'hello'} | {readonly kind: 'malformed'}>

/** Bytes of a message with its head; browsers and post-quantum key shares stay far below. */
export const MAX_HELLO = 16_384
const EXT_SERVER_NAME = 0
const EXT_EARLY_DATA = 42
const EXT_ECH = 0xfe0d

const malformed = (why: string): HelloMessage => ({kind: 'malformed', why})
const INCOMPLETE: ClientHello = {kind: 'incomplete'}

export function parseClientHello(bytes: Buffer): ClientHello {
  if (bytes.length === 0) return INCOMPLETE
  if (bytes[0] !== 22) return {kind: 'not_tls'}
  const parts: Buffer[] = []
  let have = 0
  let at = 0
  let need: number | undefined
  while (need === undefined || have < need) {
    if (at < bytes.length && bytes[at] !== 22) return malformed('record type inside the hello')
    if (at + 1 < bytes.length && bytes[at + 1] !== 3) return malformed('record version')
    if (at + 5 > bytes.length) return INCOMPLETE
    const size = bytes.readUInt16BE(at + 3)
    if (size === 0 || size > MAX_HELLO) return malformed('record length')
    const part = bytes.subarray(at + 5, at + 5 + size)
    parts.push(part)
    have += part.length
    at += 5 + size
    if (need === undefined && have >= 4) {
      const head = parts.length === 1 ? part : Buffer.concat(parts)
      if (head[0] !== 1) return malformed('first message is no hello')
      need = 4 + head.readUIntBE(1, 3)
      if (need > MAX_HELLO) return malformed('hello too long')
    }
    if (part.length < size) {
      // the record itself is not complete; a message that already is may be read
      if (need === undefined || have < need) return INCOMPLETE
    }
  }
  const message = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
  return readBody(message.subarray(4, need))
}

/** The handshake message with its head of four bytes. */
export function parseHelloMessage(message: Buffer): HelloMessage {
  return readBody(message.subarray(4))
}

function readBody(body: Buffer): HelloMessage {
  let at = 2 + 32 // version, random
  const sessionLength = body[at]
  if (sessionLength === undefined || sessionLength > 32) return malformed('session id')
  at += 1 + sessionLength
  if (at + 2 > body.length) return malformed('cipher suites')
  const suites = body.readUInt16BE(at)
  if (suites < 2 || suites % 2 !== 0) return malformed('cipher suites')
  at += 2 + suites
  const compression = body[at]
  if (compression === undefined || compression < 1) return malformed('compression')
  at += 1 + compression
  if (at === body.length) return {kind: 'hello', serverName: undefined, encrypted: false, hasEarlyData: false}
  if (at + 2 > body.length || at + 2 + body.readUInt16BE(at) !== body.length) return malformed('extensions')
  at += 2

  const types = new Set<number>()
  let serverName: string | undefined
  while (at < body.length) {
    if (at + 4 > body.length) return malformed('extension')
    const type = body.readUInt16BE(at)
    const size = body.readUInt16BE(at + 2)
    at += 4
    if (at + size > body.length || types.has(type)) return malformed('extension')
    types.add(type)
    if (type === EXT_SERVER_NAME) {
      serverName = readServerName(body.subarray(at, at + size))
      if (serverName === undefined) return malformed('server name')
    }
    at += size
  }
  return {kind: 'hello', serverName, encrypted: types.has(EXT_ECH), hasEarlyData: types.has(EXT_EARLY_DATA)}
}

/** The one host name of the list; two would let peers disagree on which counts. */
function readServerName(ext: Buffer): string | undefined {
  if (ext.length < 2 || ext.readUInt16BE(0) !== ext.length - 2) return undefined
  let name: string | undefined
  let at = 2
  while (at < ext.length) {
    if (at + 3 > ext.length) return undefined
    const size = ext.readUInt16BE(at + 1)
    const value = ext.subarray(at + 3, at + 3 + size)
    if (value.length !== size || size === 0) return undefined
    if (ext[at] === 0) {
      if (name !== undefined || value.some((byte) => byte <= 0x20 || byte >= 0x7f)) return undefined
      name = value.toString('latin1')
    }
    at += 3 + size
  }
  return name
}
