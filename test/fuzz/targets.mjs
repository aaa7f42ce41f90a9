// The parsers of what comes over the wire, each with its laws. `run(bytes)` throws where a law is broken, and returns a short
// description of the outcome: an input with a new outcome joins the corpus.
import assert from 'node:assert/strict'
import {hasUndecodableLabel, parseTarget} from '../../dist/core/target.js'
import {boundaryOf, MultipartFault, readMultipart} from '../../dist/lib/body/multipart.js'
import {FrameReader} from '../../dist/lib/frames.js'
import {JsonFault, RawNumber, readJson} from '../../dist/lib/json/reader.js'
import {createSseReader} from '../../dist/lib/sse.js'
import {parseDictionary, writeDictionary} from '../../dist/lib/structured-fields.js'
import {cleanImage} from '../../dist/plugins/media/clean/clean.js'
import {ClientHelloReader} from '../../dist/transports/client-hello-reader.js'
import {parseClientHello} from '../../dist/transports/client-hello.js'
import {readFirstBytes} from '../../dist/transports/first-bytes.js'
import {readHead} from '../../dist/transports/head-checks.js'
import {DEFAULT_LIMITS} from '../../dist/transports/limits.js'
import {contentRange, partOf, readRange} from '../../dist/transports/range.js'
import {checkOriginHead} from '../../dist/transports/response-checks.js'
import {chunkedBody, closeChunkedBody} from './chunked-body.mjs'

const text = (...lines) => lines.map((line) => Buffer.from(line))
const latin1 = (bytes) => bytes.toString('latin1')

/** Field lines as name and value in turn, as node hands them over. */
function fieldsOf(lines) {
  return lines.flatMap((line) => {
    const colon = line.indexOf(':')
    return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
}

/** Where a message is cut in two: a few places that depend on it alone. */
function cutsOf({length}) {
  return [...new Set([1, 5, 9, length >> 2, length >> 1, length - 1].filter((at) => at > 0 && at < length))]
}

// URL

function url(bytes) {
  const {target, failure} = parseTarget(latin1(bytes))
  if (target === undefined) return failure.label
  const {canonical, scheme, host, port, path, query} = target
  assert.match(canonical, /^[\x21-\x7e]+$/, 'only printable ASCII is forwarded')
  const again = parseTarget(canonical).target
  assert.ok(again, 'a canonical URL parses')
  const {raw: _raw, rawPath: _rawPath, ...parts} = target
  const {raw: _again, rawPath: _rawAgain, ...same} = again
  assert.deepEqual(same, parts, 'a canonical URL is its own canonical form')
  // kept as written for the credential layer, and never resolved
  if (hasUndecodableLabel(host)) return `${scheme} undecodable`
  const standard = new URL(canonical)
  assert.equal(standard.href, canonical, 'as the WHATWG serialiser writes it')
  assert.equal(standard.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, ''), host)
  assert.equal(standard.port === '' ? (scheme === 'https' ? 443 : 80) : Number(standard.port), port)
  return `${scheme} ${host.includes(':') ? 6 : /^[\d.]+$/.test(host) ? 4 : 'name'} ${path.length > 1} ${query !== ''} ${/%/.test(path)}`
}

// heads of requests and responses

function head(bytes) {
  const [first = '', ...lines] = latin1(bytes).split('\r\n')
  const [method = '', target = '', version = ''] = first.split(' ')
  const raw = fieldsOf(lines)
  const read = readHead(method, target, version.replace('HTTP/', ''), raw, DEFAULT_LIMITS)
  if (!read.ok) return read.rule
  const count = (name) => raw.filter((one, i) => i % 2 === 0 && one.toLowerCase().replaceAll('_', '-') === name).length
  assert.ok(count('content-length') + count('transfer-encoding') <= 1, 'a message has one length')
  assert.ok(count('host') <= 1, 'a message names one host')
  const {form, chunked, length, named, upgrade} = read.head
  assert.ok(!(chunked && length !== undefined))
  return `${form} ${chunked} ${length === undefined ? '-' : length > 0} ${named !== undefined} ${upgrade !== ''}`
}

function originHead(bytes) {
  const [first = '', ...lines] = latin1(bytes).split('\r\n')
  const [, status = '', ...phrase] = first.split(' ')
  const fields = fieldsOf(lines).map((one) => Buffer.from(one, 'latin1'))
  const checked = checkOriginHead(Number(status) || 0, phrase.join(' '), fields)
  if (!checked.ok) return checked.why
  const {head: own} = checked
  assert.match(own.phrase, /^[\x20-\x7e]*$/, 'a phrase that can be written')
  assert.ok(!own.raw.some((one, i) => i % 2 === 1 && /[\r\n\0]/.test(one)), 'no line end in a value')
  const {length, locations, named} = own
  return `${Math.min(Math.floor(own.status / 100), 6)} ${length === undefined ? '-' : length > 0} ${Math.min(locations.length, 2)} ${named !== undefined}`
}

function range(bytes) {
  const raw = fieldsOf(latin1(bytes).split('\r\n'))
  const requested = readRange(raw)
  if (requested === undefined) return 'whole'
  let outcome = ''
  for (const total of [0, 1, 10, 1000]) {
    const served = {status: 200, phrase: '', raw: [], length: total, named: undefined, locations: []}
    const part = partOf(requested, served, total)
    if (part?.kind === 'part')
      assert.ok(part.start >= 0 && part.start < part.end && part.end <= total, 'inside the body')
    if (part !== undefined) assert.match(contentRange(part, total), /^bytes (?:\d+-\d+|\*)\/\d+$/)
    outcome += ` ${part?.kind ?? 'whole'}`
  }
  return outcome
}

// TLS

const HELLO = helloOf('api.example.com')

function clientHello(bytes) {
  const whole = parseClientHello(bytes)
  for (const at of cutsOf(bytes)) {
    const before = parseClientHello(bytes.subarray(0, at))
    if (before.kind !== 'incomplete') assert.deepEqual(before, whole, 'more bytes change no result')
  }
  const reader = new ClientHelloReader()
  const forwarded = []
  const names = []
  let at = 0
  for (const cut of [...cutsOf(bytes).sort((a, b) => a - b), bytes.length]) {
    const {forward, hellos} = reader.push(bytes.subarray(at, cut))
    forwarded.push(forward)
    names.push(...hellos)
    at = cut
    if (hellos.some(({kind}) => kind === 'malformed')) break
  }
  const passed = Buffer.concat(forwarded)
  assert.ok(bytes.subarray(0, passed.length).equals(passed), 'what is forwarded is what was sent')
  // one reads the greeting of a record that is not complete yet, the other waits for it and forwards nothing
  if (whole.kind === 'hello' && names.length > 0)
    assert.deepEqual(names[0], whole, 'both readers see the same greeting')
  return `${whole.kind} ${whole.why ?? Math.min(whole.serverName?.length ?? 0, 2)} ${Math.min(names.length, 3)}`
}

function firstBytes(bytes) {
  const options = {host: 'api.example.com', sniVerification: true}
  const whole = readFirstBytes(bytes, options)
  for (const at of cutsOf(bytes)) {
    const before = readFirstBytes(bytes.subarray(0, at), options)
    // a byte of no text decides at once; what makes a request of it later comes too late for any server
    if (before.verdict !== 'wait' && !(before.category === 'not_tls' && whole.verdict === 'http'))
      assert.deepEqual(before, whole, 'more bytes change no verdict')
  }
  return `${whole.verdict} ${whole.category ?? ''}`
}

function helloOf(name) {
  const u16 = (n) => Buffer.from([n >> 8, n & 255])
  const host = Buffer.from(name)
  const sni = Buffer.concat([u16(host.length + 3), Buffer.from([0]), u16(host.length), host])
  const extensions = Buffer.concat([u16(0), u16(sni.length), sni, u16(10), u16(4), Buffer.from('0002001d', 'hex')])
  const body = Buffer.concat([
    ...[u16(0x303), Buffer.alloc(32, 7), Buffer.from([0]), u16(2), u16(0x1301), Buffer.from([1, 0])],
    ...[u16(extensions.length), extensions],
  ])
  const message = Buffer.concat([Buffer.from([1, 0]), u16(body.length), body])
  return Buffer.concat([Buffer.from([22, 3, 1]), u16(message.length), message])
}

// WebSocket

const FRAMES = {masked: false, maxMessageBytes: 1024}

function frames(bytes) {
  const read = (chunks) => {
    const reader = new FrameReader(FRAMES)
    return chunks.flatMap((chunk) => reader.push(chunk))
  }
  const whole = read([bytes])
  for (const at of cutsOf(bytes)) {
    assert.deepEqual(read([bytes.subarray(0, at), bytes.subarray(at)]), whole, 'chunk boundaries mean nothing')
  }
  const last = whole.findIndex(({kind}) => kind === 'fault' || kind === 'close')
  assert.ok(last < 0 || last === whole.length - 1, 'nothing is read behind a fault or a close')
  for (const {kind, payload} of whole)
    if (payload) assert.ok(payload.length <= (kind === 'message' ? FRAMES.maxMessageBytes : 125), 'within its limit')
  return [...new Set(whole.map(({kind, type, fault}) => fault?.reason ?? `${kind} ${type ?? ''}`))].sort().join()
}

// bodies

function events(bytes) {
  const read = (chunks) => {
    const reader = createSseReader(4096)
    return [...chunks.flatMap((chunk) => [...reader.push(chunk)]), ...reader.end()]
  }
  const whole = read([bytes])
  for (const at of cutsOf(bytes)) {
    assert.deepEqual(read([bytes.subarray(0, at), bytes.subarray(at)]), whole, 'chunk boundaries mean nothing')
  }
  const kinds = new Set(whole.map(({kind, why, data}) => `${kind}${why ?? ''}${data === undefined}`))
  return `${Math.min(whole.length, 4)} ${[...kinds].sort()}`
}

function json(bytes) {
  let value
  try {
    value = readJson(bytes, {maxDepth: 64})
  } catch (error) {
    assert.ok(error instanceof JsonFault, `no other error: ${error}`)
    return error.kind
  }
  const standard = JSON.parse(bytes.toString('utf8'))
  assert.deepEqual(plain(value), standard, 'as JSON.parse reads it')
  return `${typeof value} ${Array.isArray(value)} ${Math.min(bytes.length >> 4, 8)}`
}

function plain(value) {
  if (value instanceof RawNumber) return Number(value.text)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const out = {}
  for (const [name, member] of Object.entries(value))
    Object.defineProperty(out, name, {value: plain(member), enumerable: true, writable: true, configurable: true})
  return out
}

function multipart(bytes) {
  const end = bytes.indexOf('\n')
  const type = latin1(bytes.subarray(0, Math.max(0, end)))
  const body = bytes.subarray(end + 1)
  const boundary = boundaryOf(type)
  if (boundary === undefined) return 'no boundary'
  try {
    const limits = {maxParts: 10, maxPartBytes: 1000, maxHeadBytes: 1000, maxHeaders: 10}
    const {parts, outside} = readMultipart(body, boundary, limits)
    const inside = parts.reduce((sum, part) => sum + part.body.length, 0)
    assert.ok(inside + outside.reduce((sum, one) => sum + one.length, 0) <= body.length, 'no byte is counted twice')
    return `${parts.length} ${outside.some((one) => one.length > 0)}`
  } catch (error) {
    if (error instanceof MultipartFault) return error.kind
    throw error
  }
}

function structured(bytes) {
  const source = latin1(bytes)
  const members = parseDictionary(source)
  if (members === undefined) return 'malformed'
  let written
  try {
    written = writeDictionary(members)
  } catch (error) {
    assert.ok(error instanceof TypeError, `no other error: ${error}`)
    return 'not written'
  }
  const again = parseDictionary(written)
  assert.ok(again, 'what is written parses')
  assert.equal(writeDictionary(again), written, 'and is written the same')
  return `${Math.min(members.size, 4)} ${written === source}`
}

const IMAGES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp']

function image(bytes) {
  return IMAGES.map((type) => {
    const cleaned = cleanImage(type, bytes)
    if (!cleaned.ok) return cleaned.why
    const again = cleanImage(type, cleaned.bytes)
    assert.ok(again.ok && again.bytes.equals(cleaned.bytes), `${type}: a clean image is left as it is`)
    return `clean ${cleaned.bytes.length === bytes.length}`
  }).join(' ')
}

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')

/** `seeds`: inputs to begin with; `words`: what the format is made of; `slowMs`: instead of the limit for a parser. */
export const TARGETS = {
  url: {
    run: url,
    seeds: text(
      'https://api.example.com/v1/items?limit=10&q=a%20b',
      'http://127.0.0.1:8080/',
      'http://[::1]:9000/x;y=1#f',
      'https://user:p@xn--bcher-kva.example/%2e%2e/\u00e9',
      'http://0x7f.1/',
      'HTTPS://EXAMPLE.com:443/../a/./b',
    ),
    words: text('http://', 'https://', '%2f', '..', '@', '[', ']', ':80', '//', '\\', '\u3002', 'xn--'),
  },
  head: {
    run: head,
    seeds: text(
      'GET / HTTP/1.1\r\nHost: a.example\r\nAccept: */*',
      'POST http://a.example/x HTTP/1.1\r\nHost: a.example\r\nContent-Length: 12\r\nConnection: keep-alive, X-Hop',
      'PUT /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue',
      'CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443',
      'GET /c HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade',
    ),
    words: text('Content-Length: 5', 'Transfer-Encoding: chunked', 'Content_Length: 1', 'Host: b', 'Connection: Host'),
  },
  'chunked-body': {
    run: chunkedBody,
    close: closeChunkedBody,
    slowMs: 4_000,
    seeds: text(
      '3\r\nabc\r\n0\r\n\r\n',
      'A;a="b c";d\r\n0123456789\r\n003\r\nabc\r\n00;x\r\n\r\n',
      '3\r\nabc\r\n0\r\nX-T: 1\r\nX-U: 2\r\n\r\n',
      '0\r\n\r\nGET http://site.test:1/other HTTP/1.1\r\nHost: site.test:1\r\n\r\n',
      '3\r\nabc\r\n0\r\nContent-Length: 5\r\n\r\n',
      '2f\r\nGET /smuggled HTTP/1.1\r\nHost: site.test:1\r\nX: \r\n\r\n\r\n0\r\n\r\n',
    ),
    words: text('0\r\n\r\n', '\r\n0\r\n', '3\r\nabc\r\n', ';a=b', 'ffffffffffffffff', '\r', '\n', '0x3', 'X-T: 1\r\n'),
  },
  'origin-head': {
    run: originHead,
    seeds: text(
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/plain',
      'HTTP/1.1 302 Found\r\nLocation: /next\r\nSet-Cookie: a=b',
      'HTTP/1.1 204 No Content\r\nConnection: close, X-Hop',
      'HTTP/1.1 200 \u00fc\r\nTransfer-Encoding: chunked',
    ),
    words: text('Content-Length: 5', 'Transfer-Encoding: gzip, chunked', 'Location: //x'),
  },
  range: {
    run: range,
    seeds: text('Range: bytes=0-9', 'Range: bytes=5-\r\nIf-Range: "1"', 'Range: bytes=-3', 'Range: bytes=0-1,4-5'),
    words: text('bytes=', '999999999999999', '-', ','),
  },
  'client-hello': {
    run: clientHello,
    seeds: [HELLO, Buffer.concat([HELLO, HELLO]), helloOf('x'), Buffer.from('160301000401000000', 'hex')],
    words: [Buffer.from('1603010001', 'hex'), Buffer.from('140303000101', 'hex'), Buffer.from('fe0d0000', 'hex')],
  },
  'first-bytes': {
    run: firstBytes,
    seeds: [
      HELLO,
      ...text('GET / HTTP/1.1\r\n', 'PRI * HTTP/2.0\r\n\r\n', 'SSH-2.0-x\r\n', 'EHLO a\r\n', '\r\n\r\nGET /'),
    ],
    words: text('GET ', ' HTTP/1.1', 'PRI * HTTP/2.0', '\r\n'),
  },
  frames: {
    run: frames,
    seeds: [
      Buffer.from('810568656c6c6f', 'hex'),
      Buffer.from('01026865800368656c6c6f', 'hex'),
      Buffer.from('0103e282ac8900800188021000', 'hex'),
      Buffer.from('827e0100'.padEnd(8 + 512, '00'), 'hex'),
      Buffer.from('880403e96f6b', 'hex'),
    ],
    words: [
      Buffer.from('8800', 'hex'),
      Buffer.from('8900', 'hex'),
      Buffer.from('7f00000000', 'hex'),
      Buffer.from('c1', 'hex'),
    ],
  },
  'event-stream': {
    run: events,
    seeds: text(
      'data: a\n\ndata: b\ndata: c\n\n',
      ': comment\r\nevent: x\r\nid: 1\r\nretry: 10\r\ndata\r\n\r\n',
      '\ufeffdata:a\rdata:b\r\r',
      'id: 1\n\ndata: \u00e9\u{1f600}\n\n',
    ),
    words: text('data:', 'event:', 'id:', 'retry:', '\r', '\n\n'),
  },
  json: {
    run: json,
    seeds: text(
      '{"a":[1,-2.5e3,true,null,"x\\u00e9\\n"],"b":{}}',
      '[[[[1]]]]',
      '"\\ud83d\\ude00"',
      '{"__proto__":1,"1":2,"":3}',
      '9007199254740993',
    ),
    words: text('\\u', '\\ud800', '1e400', '-0', '"":', '[', '{'),
  },
  multipart: {
    run: multipart,
    seeds: text(
      'multipart/form-data; boundary=b\n--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n',
      'multipart/mixed; boundary="x y"\npre\r\n--x y\r\n\r\n\r\n--x y\r\nA: b\r\n c\r\n\r\nz\r\n--x y--\r\npost',
    ),
    words: text('--b', '\r\n--b\r\n', '--b--', 'Content-Type: a\r\n\r\n'),
  },
  'structured-fields': {
    run: structured,
    seeds: text('a=1, b;c=?0, d=("x" y);e=:AQ==:', 'sig1=("@method" "host");created=1', 'a=-0.5, b=@5, c=%"f%c3%bc"'),
    words: text('=?1', '=:', ';', '("', '@'),
  },
  image: {
    run: image,
    seeds: [
      PNG,
      GIF,
      Buffer.from('ffd8ffe000104a46494600010100000100010000ffd9', 'hex'),
      Buffer.from('524946461200000057454250565038200600000030010000019d', 'hex'),
    ],
    words: [...text('tEXt', 'IEND', 'EXIF', 'VP8L'), Buffer.from('ffe10004', 'hex'), Buffer.from('21fe0161', 'hex')],
  },
}
