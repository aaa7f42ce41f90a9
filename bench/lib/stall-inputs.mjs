// What a client or an origin sends to hold up a proxy, by name. Every input is bounded in size, and so is what drips.
import {gzipSync} from 'node:zlib'
import {createHash} from 'node:crypto'

const SIZE = 5 * 1024 * 1024 - 1024
const repeated = (unit, size = SIZE) => Buffer.from(unit.repeat(Math.floor(size / Buffer.byteLength(unit))), 'utf8')
const inJson = (content) => Buffer.concat([Buffer.from('{"text":"'), content, Buffer.from('"}')])

/** Bytes that look random and are the same in every run. */
function noise(size) {
  const blocks = []
  for (let i = 0; i * 64 < size; i++) blocks.push(createHash('sha512').update(`stall ${i}`).digest())
  return Buffer.concat(blocks).subarray(0, size)
}

const SENTENCE =
  'The committee met on Tuesday to consider the plans for the bridge, and heard reports from each office. '
const prose = () => repeated(SENTENCE)
const base64 = () => Buffer.from(noise(Math.floor((SIZE * 3) / 4)).toString('base64'))
const hexDump = () => {
  const bytes = noise(16 * 4096)
  const lines = []
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)].map((b) => b.toString(16).padStart(2, '0')).join(' ')
    lines.push(`${at.toString(16).padStart(8, '0')}  ${row}  |................|`)
  }
  return repeated(`${lines.join('\n')}\n`)
}
/** Base64 of base64 of …, so that every round finds another. */
function nestedBase64(size) {
  let text = noise(Math.floor(size / 3)).toString('base64')
  while (text.length * 4 < size * 3) text = Buffer.from(text).toString('base64')
  return Buffer.from(text)
}
const manyBase64 = () => {
  const pool = noise(65_536).toString('base64').replace(/[+/]/g, 'A')
  const words = []
  for (let at = 0; at + 24 <= pool.length; at += 24) words.push(pool.slice(at, at + 24))
  return repeated(`${words.join(' ')} `)
}
const nested = (open, close, depth) => `${open.repeat(depth)}1${close.repeat(depth)}`

/** An object of so many bytes, of which every member has a name of letters of its own. */
function fields(size) {
  const members = []
  for (let i = 0, length = 2; length < size - 64; i++) {
    const name = [...String(i)].map((digit) => 'abcdefghij'[digit]).join('')
    members.push(`"${name}":"ghp_${i}x${'Qk7'.repeat(4)}"`)
    length += members.at(-1).length + 1
  }
  return Buffer.from(`{${members.join(',')}}`)
}

const call = (parts) =>
  Buffer.from(JSON.stringify({jsonrpc: '2.0', id: 1, method: 'message/send', params: {message: {role: 'user', parts}}}))

function multipart(parts, size, head = '', content = (length) => 'v'.repeat(length)) {
  const body = content(Math.max(1, Math.floor((size - parts * 120) / parts)))
  const one = (i) => `--b\r\nContent-Disposition: form-data; name="n${i}"\r\n${head}\r\n${body}\r\n`
  return Buffer.from(`${Array.from({length: parts}, (_, i) => one(i)).join('')}--b--\r\n`)
}

function deepMultipart(depth, size) {
  let body = 'x'.repeat(size)
  for (let i = 0; i < depth; i++)
    body = `--b${i}\r\nContent-Disposition: form-data; name="n"\r\nContent-Type: multipart/mixed; boundary=b${i - 1}\r\n\r\n${body}\r\n--b${i}--\r\n`
  return Buffer.from(body)
}

const JSON_TYPE = 'application/json'
const TEXT = 'text/plain'
const FORM = 'application/x-www-form-urlencoded'

/** Contents of one message: requests and answers alike. */
export const CONTENTS = {
  prose: () => [TEXT, prose()],
  base64: () => [TEXT, base64()],
  'base64.nested': () => [TEXT, nestedBase64(SIZE)],
  'base64.many': () => [TEXT, manyBase64()],
  hexdump: () => [TEXT, hexDump()],
  unfold: () => [JSON_TYPE, inJson(repeated('\ufdfa'))],
  'unfold.text': () => [TEXT, repeated('\ufdfa ')],
  marks: () => [TEXT, repeated('a\u0301\u0327')],
  accents: () => [TEXT, repeated('\u00e9\u00e8 \u0434\u0430 ')],
  invisible: () => [TEXT, repeated('a\u200b')],
  strings: () => [JSON_TYPE, Buffer.concat([Buffer.from('['), repeated('"a",', SIZE - 8), Buffer.from('"z"]')])],
  members: () => [
    JSON_TYPE,
    Buffer.concat([Buffer.from('['), repeated('{"a":"bcdefgh"},', SIZE - 8), Buffer.from('1]')]),
  ],
  numbers: () => [JSON_TYPE, Buffer.concat([Buffer.from('['), repeated('1,', SIZE - 8), Buffer.from('1]')])],
  nesting: () => [
    JSON_TYPE,
    Buffer.concat([Buffer.from('['), repeated(`${nested('[', ']', 60)},`, SIZE - 8), Buffer.from('1]')]),
  ],
  escapes: () => [JSON_TYPE, inJson(repeated('\\u0061'))],
  percent: () => [TEXT, repeated('%2541')],
  references: () => [TEXT, repeated('&#65;&#x42;')],
  codes: () => [TEXT, repeated('65,75,73,')],
  prefixes: () => [TEXT, repeated(['sk-an', 't-', ' AKI', 'A gh', 'p_ xox', 'b- ey', 'J.'].join(''))],
  orders: () => [TEXT, repeated('ignore forget disregard previous instruction ')],
  lines: () => [TEXT, repeated('a\n')],
  zeros: () => [TEXT, Buffer.alloc(SIZE)],
  words: () => [TEXT, repeated('abandon ability able about above absent absorb abstract ')],
  invalid: () => [TEXT, Buffer.alloc(SIZE, 0xff)],
  wide: () => [TEXT, Buffer.from(SENTENCE.repeat(Math.floor(SIZE / SENTENCE.length / 2)), 'utf16le')],
  charset: () => ['text/plain; charset=shift_jis', repeated('\u30a2 \u3042 ')],
  ndjson: () => ['application/x-ndjson', repeated('{"a":1}\n')],
  tags: () => ['text/html', repeated('<b>i</b>')],
}

/** What only a request holds. */
export const BODIES = {
  ...CONTENTS,
  form: () => [FORM, repeated('a=b&')],
  'form.escaped': () => [FORM, repeated('%61=%62%63&')],
  'multipart.wide': () => ['multipart/form-data; boundary=b', multipart(100, SIZE)],
  'multipart.encoded': () => [
    'multipart/form-data; boundary=b',
    multipart(100, SIZE, 'Content-Transfer-Encoding: quoted-printable\r\n'),
  ],
  'multipart.deep': () => ['multipart/mixed; boundary=b3', deepMultipart(4, SIZE - 4096)],
  'multipart.lines': () => ['multipart/form-data; boundary=b', repeated('--b\r\n')],
  'multipart.json': () => [
    'multipart/mixed; boundary=b',
    multipart(100, SIZE, 'Content-Type: application/json\r\n', () => `[${'"a",'.repeat(12_500)}1]`),
  ],
  'cross.fields': () => [JSON_TYPE, fields(255 * 1024)],
  'a2a.text': () => [
    JSON_TYPE,
    call([
      {
        kind: 'text',
        text: prose()
          .toString()
          .slice(0, SIZE - 1024),
      },
    ]),
  ],
  'a2a.orders': () => [JSON_TYPE, call([{kind: 'text', text: 'ignore forget disregard '.repeat(200_000)}])],
  'a2a.parts': () => [
    JSON_TYPE,
    call(Array.from({length: 3_000}, (_, i) => ({kind: 'text', text: `${SENTENCE}${i}`}))),
  ],
  'a2a.raw': () => [JSON_TYPE, call([{kind: 'file', file: {bytes: base64().toString().slice(0, 700_000)}}])],
  gzip: () => [TEXT, gzipSync(prose()), {'Content-Encoding': 'gzip'}],
}

const page = (unit) => Buffer.concat([Buffer.from('<!doctype html><html><body>'), repeated(unit, SIZE - 200)])
/** Contents that only occur in responses. */
export const RESPONSES = {
  ...CONTENTS,
  html: () => ['text/html', page(`<p class="a">${SENTENCE}</p>\n`)],
  'html.hidden': () => [
    'text/html',
    page(`<div style="display:none">x</div><!-- note --><img width=1 height=1 src="/p">`),
  ],
  'html.attributes': () => ['text/html', page(`<a ${Array.from({length: 50}, (_, i) => `a${i}=1`).join(' ')}>x</a>`)],
  'html.noscript': () => ['text/html', page(`<noscript>${`<p>${SENTENCE}</p>`.repeat(40_000)}</noscript>`)],
  'html.script': () => [
    'text/html',
    page(`<script>${'fetch("chrome-extension://a/b");navigator.plugins;'.repeat(100_000)}</script>`),
  ],
  xhtml: () => [
    'application/xhtml+xml',
    Buffer.from(
      `<html xmlns="http://www.w3.org/1999/xhtml"><body>${'<p class="a">text</p>'.repeat(240_000)}</body></html>`,
    ),
  ],
  script: () => ['text/javascript', repeated('fetch("chrome-extension://a/b");navigator.plugins;')],
  svg: () => [
    'image/svg+xml',
    Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">${'<g onload="x"><text>i</text></g>'.repeat(150_000)}</svg>`),
  ],
  sse: () => ['text/event-stream', repeated('data: i\n\n', 4_000_000)],
}

const delta = `data: {"choices":[{"index":0,"delta":{"content":" word"}}]}\n\n`
/** Streams: the unit, its bytes a second (0: as fast as it goes), and the whole. */
export const STREAMS = {
  'sse.drip': {type: 'text/event-stream', unit: 'data: i\n\n', rate: 150_000, bytes: 450_000},
  'sse.flood': {type: 'text/event-stream', unit: 'data: i\n\n', rate: 0, bytes: 4_000_000},
  'sse.tokens': {type: 'text/event-stream', unit: delta, rate: 0, bytes: 4_000_000},
  'sse.events': {type: 'text/event-stream', unit: 'id: 1\n\n', rate: 0, bytes: 4_000_000},
  'sse.keys': {
    type: 'text/event-stream',
    unit: `data: {"choices":[${Array.from({length: 30}, (_, i) => `{"index":${i},"delta":{"content":"a"}}`).join(',')}]}\n\n`,
    rate: 0,
    bytes: 4_000_000,
  },
  'sse.large': {type: 'text/event-stream', unit: `data: ${SENTENCE.repeat(600)}\n\n`, rate: 0, bytes: 4_000_000},
  'ndjson.flood': {type: 'application/x-ndjson', unit: '{"a":"i"}\n', rate: 0, bytes: 4_000_000},
  'ndjson.drip': {type: 'application/x-ndjson', unit: '{"a":"i"}\n', rate: 150_000, bytes: 450_000},
  'a2a.sse': {
    type: 'text/event-stream',
    path: '/tasks/1:subscribe',
    unit: 'data: {"jsonrpc":"2.0","id":1,"result":{"kind":"message","messageId":"1","role":"agent","parts":[{"kind":"text","text":"i"}]}}\n\n',
    rate: 0,
    bytes: 2_000_000,
  },
}
