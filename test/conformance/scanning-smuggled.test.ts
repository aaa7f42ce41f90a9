// A credential hidden in every corner of a request, as literal bytes to a running firewall: nothing arrives that holds it.
// What an attacker tried once and a rule stops stays tried.
import {deflateRawSync, deflateSync, gzipSync} from 'node:zlib'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {GOOD, startWorld, type World} from '../matrix/world.js'
import {mixed, upper} from '../support/credentials.js'
import {exchangeRaw} from '../support/raw-socket.js'

const KEY = ['AK', 'IA', upper(16)].join('')
const TOKEN = ['gh', 'p_', mixed(36)].join('')
const [FIRST, LAST] = [KEY.slice(0, 10), KEY.slice(10)]
const LETTERS = [...KEY]
const NOTE = `the note says ${KEY} and ends`
const JSON_TYPE = 'application/json'
const bytes = (text: string): Buffer => Buffer.from(text)
const wide = (text: string): string => [...text].map((c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)).join('')
const asSent = (text: string): string => bytes(text).toString('latin1')
const codes = (text: string): readonly number[] => [...text].map((c) => c.charCodeAt(0))
const escaped = (text: string, sign: string): string =>
  codes(text)
    .map((code) => sign + code.toString(16).padStart(2, '0'))
    .join('')

let world: World
let authority = ''
beforeAll(async () => {
  world = await startWorld({
    config: {
      forward_proxy: {enabled: true},
      request_body_scanning: {enabled: true, action: 'block', scan_headers: true, header_mode: 'all'},
    },
  })
  authority = `${GOOD}:${world.http.port}`
})
afterAll(async () => {
  await world.stop()
  await Promise.all([world.http.close(), world.tls.close()])
  world.remove()
})

interface Parts {
  readonly method?: string
  readonly path?: string
  readonly version?: string
  readonly host?: string
  readonly fields?: readonly string[]
  readonly body?: Buffer | string
  /** Sent instead of a length and the body. */
  readonly rest?: string
}

function request({method = 'GET', path = '/x', version = 'HTTP/1.1', fields = [], host, body, rest}: Parts): Buffer {
  const content = typeof body === 'string' ? bytes(body) : body
  const lines = [
    `${method} http://${authority}${path} ${version}`,
    `Host: ${host ?? authority}`,
    ...fields,
    ...(content === undefined ? [] : [`Content-Length: ${content.length}`]),
    'Connection: close',
    '',
    rest ?? '',
  ]
  return Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), content ?? bytes('')])
}

const field = (...fields: string[]): Parts => ({fields})
const query = (text: string): Parts => ({path: `/x?${text}`})
const post = (type: string, body: Buffer | string, ...fields: string[]): Parts => ({
  method: 'POST',
  fields: [...(type === '' ? [] : [`Content-Type: ${type}`]), ...fields],
  body,
})
const json = (value: unknown): Parts => post(JSON_TYPE, JSON.stringify(value))
const part = (head: string, body: string): Parts =>
  post('multipart/form-data; boundary=B', `--B\r\n${head}\r\n\r\n${body}\r\n--B--\r\n`)
const DISPOSITION = 'Content-Disposition: form-data; name="a"'
const PLAIN_GZIP = gzipSync('hello')
/** A gzip file whose head has a field that decoders skip. */
const withNote = (flag: number, note: Buffer): Buffer =>
  Buffer.concat([
    PLAIN_GZIP.subarray(0, 3),
    Buffer.from([flag]),
    PLAIN_GZIP.subarray(4, 10),
    note,
    PLAIN_GZIP.subarray(10),
  ])
const basic = (text: string): string => `Basic ${bytes(text).toString('base64')}`
const wideBytes = (text: string): Buffer => Buffer.from(text, 'utf16le')

const IN_THE_HEAD: Readonly<Record<string, Parts>> = {
  'the Host of another': {host: `${KEY}.good.example`},
  'a query': query(`k=${KEY}`),
  'bare words of a query, a letter each': query(LETTERS.join('&')),
  'keys without values': query(LETTERS.map((c) => `${c}=`).join('&')),
  'values, a letter each': query(LETTERS.map((c, i) => `k${i}=${c}`).join('&')),
  'one name for all letters': query(LETTERS.map((c) => `a[]=${c}`).join('&')),
  'values with others between': query(`a=${KEY.slice(0, 7)}&j=zz&b=${KEY.slice(7, 14)}&j=yy&c=${KEY.slice(14)}`),
  'a value with separators': query(`a=${LETTERS.join('+')}`),
  'escapes of zero bytes between': query(`a=${LETTERS.join('%00')}`),
  'full-width letters': query(`a=${encodeURIComponent(wide(KEY))}`),
  'UTF-16 in escapes': query(`a=${[...wideBytes(KEY)].map((b) => `%${b.toString(16).padStart(2, '0')}`).join('')}`),
  'hex with dashes': query(`a=${escaped(KEY, '-').slice(1)}`),
  'escapes of a string literal': query(`a=${escaped(KEY, '%5Cx')}`),
  'escapes of JSON': query(`a=${escaped(KEY, '%5Cu00')}`),
  'base64 in two values': query(
    `a=${bytes(KEY).toString('base64url').slice(0, 13)}&b=${bytes(KEY).toString('base64url').slice(13)}`,
  ),
  'a data URI': query(`a=data:text/plain;base64,${bytes(KEY).toString('base64')}`),
  'a fragment': {path: `/x#${KEY}`},
  'parameters of a path': {path: `/a;k=${KEY}/b`},
  'segments of a path': {path: `/${FIRST}/${LAST}`},
  'a path, a letter each': {path: `/${LETTERS.join('/')}`},
  'the name of a header': field(`${KEY}: 1`),
  'any header': field(`X-Thing: ${KEY}`),
  'full-width letters in a header': field(`X-Api-Key: ${asSent(wide(KEY))}`),
  'a zero-width character in a header': field(`X-Api-Key: ${FIRST}${asSent('\u200b')}${LAST}`),
  'a tab in a header': field(`X-Api-Key: ${FIRST}\t${LAST}`),
  'one header twice': field(`Authorization: Bearer ${FIRST}`, `Authorization: ${LAST}`),
  'two headers': field(`X-Api-Key: ${FIRST}`, `X-Token: ${LAST}`),
  'an entity tag': field(`If-None-Match: "${KEY}"`),
  'the name of a cookie': field(`Cookie: ${KEY}=1`),
  'the value of a cookie in base64': field(`Cookie: a=${bytes(KEY).toString('base64')}`),
  'two cookies': field(`Cookie: a=${FIRST}; b=${LAST}`),
  'two lines of cookies': field(`Cookie: a=${FIRST}`, `Cookie: b=${LAST}`),
  'Basic credentials': field(`Authorization: ${basic(`u:${KEY}`)}`),
  'Basic credentials, encoded twice': field(`Authorization: ${basic(basic(`u:${KEY}`).slice(6))}`),
  'a parameter of Digest': field(`Authorization: Digest username="${bytes(KEY).toString('base64')}"`),
  'a claim of a token': field(
    `Authorization: Bearer ${[{alg: 'none'}, {k: KEY}].map((o) => bytes(JSON.stringify(o)).toString('base64url')).join('.')}.`,
  ),
  'a referring URL': field(`Referer: http://e.example/?k=${bytes(KEY).toString('base64url')}`),
  'the origin of a page': field(`Origin: http://${KEY.toLowerCase()}.example`),
}

const IN_THE_BODY: Readonly<Record<string, Parts>> = {
  'a body of GET': {body: NOTE},
  'a body of a method that nobody knows': {method: 'PROPFIND', body: NOTE},
  'no type': post('', NOTE),
  gzip: post('text/plain', gzipSync(NOTE), 'Content-Encoding: gzip'),
  'gzip under its old name': post('text/plain', gzipSync(NOTE), 'Content-Encoding: x-gzip'),
  deflate: post('text/plain', deflateSync(NOTE), 'Content-Encoding: deflate'),
  'deflate without a head': post('text/plain', deflateRawSync(NOTE), 'Content-Encoding: deflate'),
  'a second member of gzip': post('text/plain', Buffer.concat([PLAIN_GZIP, gzipSync(NOTE)]), 'Content-Encoding: gzip'),
  'the file name of gzip': post('text/plain', withNote(8, bytes(`${KEY}\0`)), 'Content-Encoding: gzip'),
  'the comment of gzip': post('text/plain', withNote(16, bytes(`${KEY}\0`)), 'Content-Encoding: gzip'),
  'the extra field of gzip': post('text/plain', withNote(4, bytes(`\x14\0${KEY}`)), 'Content-Encoding: gzip'),
  'the file name of a second member': post(
    'text/plain',
    Buffer.concat([PLAIN_GZIP, withNote(8, bytes(`${KEY}\0`))]),
    'Content-Encoding: gzip',
  ),
  'chunks of one byte': {
    method: 'POST',
    fields: ['Transfer-Encoding: chunked'],
    rest: `${[...NOTE].map((c) => `1\r\n${c}\r\n`).join('')}0\r\n\r\n`,
  },
  'a JSON name': json({[KEY]: 1}),
  'two JSON names': json({[FIRST]: 1, [LAST]: 2}),
  'JSON, a letter each': json(LETTERS),
  'JSON, a member each': json(Object.fromEntries(LETTERS.map((c, i) => [`k${i}`, c]))),
  'character codes': json(codes(KEY)),
  'JSON in JSON in JSON': json({a: JSON.stringify({b: JSON.stringify({c: LETTERS})})}),
  'parts in another order': json({b: KEY.slice(7, 14), x: 'zz', c: KEY.slice(14), a: KEY.slice(0, 7)}),
  'halves with others between': json([FIRST, 'some words', 'x', LAST]),
  'a URL in JSON': json({u: `https://x.example/?k=${encodeURIComponent(KEY)}`}),
  'pieces of base64': json(
    bytes(`words before ${KEY} and after`)
      .toString('base64')
      .match(/.{1,8}/g),
  ),
  'escapes of JSON': post(JSON_TYPE, `{"a":"${escaped(KEY, '\\u00')}"}`),
  'escapes of JSON in a text': post('text/plain', escaped(KEY, '\\u00')),
  'the first of two members': post(JSON_TYPE, `{"a":"${KEY}","a":"x"}`),
  'a mark before JSON': post(JSON_TYPE, `\ufeff${JSON.stringify({a: KEY})}`),
  'JSON in UTF-16': post(JSON_TYPE, wideBytes(JSON.stringify({a: KEY}))),
  'lines of JSON': post('application/x-ndjson', `{"a":1}\n${JSON.stringify({a: KEY})}\n`),
  'lines of JSON, half in each': post('application/x-ndjson', `{"a":"${FIRST}"}\n{"a":"${LAST}"}\n`),
  'a form': post('application/x-www-form-urlencoded', `a=${FIRST}&x=1&b=${LAST}`),
  'escapes of a form': post('application/x-www-form-urlencoded', `a=${escaped(KEY, '%')}`),
  'bare words of a form': post('application/x-www-form-urlencoded', LETTERS.join('&')),
  'a field of protobuf': post('application/x-protobuf', `\x0a\x03abc\x12\x14${KEY}\x18\x01`),
  'two fields of protobuf': post('application/x-protobuf', `\x0a\x0a${FIRST}\x12\x0a${LAST}`),
  'a message of gRPC': post('application/grpc', `\0\0\0\0\x16\x0a\x14${KEY}`),
  'a value of MessagePack': post(
    'application/msgpack',
    Buffer.concat([Buffer.from([0x81, 0xa1, 0x61, 0xb4]), bytes(KEY)]),
  ),
  'a chunk of a picture': post('image/png', `\x89PNG\r\n\x1a\n\0\0\0\x1ctEXtComment\0${KEY}\0\0\0\0`),
  'the name of a file': part(`${DISPOSITION}; filename="${KEY}.txt"`, 'hi'),
  'the escaped name of a file': part(`${DISPOSITION}; filename*=UTF-8''${escaped(KEY, '%')}`, 'hi'),
  'the name of a file in two pieces': part(`${DISPOSITION}; filename*0="${FIRST}"; filename*1="${LAST}"`, 'hi'),
  'a header of a part': part(`${DISPOSITION}\r\nX-Y: ${KEY}`, 'hi'),
  'a part in base64': part(`${DISPOSITION}\r\nContent-Transfer-Encoding: base64`, bytes(NOTE).toString('base64')),
  'two parts': post(
    'multipart/form-data; boundary=B',
    [FIRST, LAST].map((half) => `--B\r\n${DISPOSITION}\r\n\r\n${half}\r\n`).join('') + '--B--\r\n',
  ),
  'before the first part': post(
    'multipart/form-data; boundary=B',
    `${KEY}\r\n--B\r\n${DISPOSITION}\r\n\r\nhi\r\n--B--\r\n`,
  ),
  'behind the last part': post('multipart/form-data; boundary=B', `--B\r\n${DISPOSITION}\r\n\r\nhi\r\n--B--\r\n${KEY}`),
  'the delimiter of parts': post(
    `multipart/form-data; boundary=${TOKEN}`,
    `--${TOKEN}\r\n${DISPOSITION}\r\n\r\nhi\r\n--${TOKEN}--\r\n`,
  ),
  'references of XML': post(
    'application/xml',
    `<a>${codes(KEY)
      .map((c) => `&#${c};`)
      .join('')}</a>`,
  ),
  'two elements of XML': post('application/xml', `<a>${FIRST}</a><b>${LAST}</b>`),
  'around a comment of XML': post('application/xml', `<a>${FIRST}<!-- x -->${LAST}</a>`),
  'around a mark of CDATA': post('application/xml', `<a>${FIRST}<![CDATA[${LAST}]]></a>`),
  'lines of base64': post(
    'text/plain',
    bytes(`${'x'.repeat(60)} ${NOTE}`)
      .toString('base64')
      .replace(/.{76}/g, '$&\r\n'),
  ),
  'lines of hex': post('text/plain', bytes(KEY).toString('hex').replace(/.{30}/g, '$&\n')),
}

/** What one parser may read as another thing than the next. */
const MALFORMED: Readonly<Record<string, Parts>> = {
  'a folded header': field(`X-A: ${FIRST}\r\n ${LAST}`),
  'a zero byte in a header': field(`X-Api-Key: ${FIRST}\0${LAST}`),
  'a second Host': field(`Host: ${KEY}`),
  'an unknown method': {method: KEY},
  'an unknown version': {version: `HTTP/1.1${KEY}`},
  'a length and chunks': {
    method: 'POST',
    fields: ['Content-Length: 5', 'Transfer-Encoding: chunked'],
    rest: `0\r\n\r\n${KEY}`,
  },
}

/** What is for this proxy alone, or for nobody. */
const DROPPED: Readonly<Record<string, Parts>> = {
  'a named hop-by-hop field': field(`Upgrade: ${KEY}`),
  'the extension of a chunk': {
    method: 'POST',
    fields: ['Transfer-Encoding: chunked'],
    rest: `2;k=${KEY}\r\nhi\r\n0\r\n\r\n`,
  },
  'a trailer': {
    method: 'POST',
    fields: ['Transfer-Encoding: chunked'],
    rest: `2\r\nhi\r\n0\r\nX-Api-Key: ${KEY}\r\n\r\n`,
  },
}

const status = (response: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(response)?.[1])
const reason = (response: string): string | undefined => /^x-pipelock-block-reason: (\S+)/im.exec(response)?.[1]

describe.each([
  ['the head', IN_THE_HEAD],
  ['the body', IN_THE_BODY],
])('in %s', (_, table) => {
  test.each(Object.entries(table))('%s', async (__, parts) => {
    const before = world.http.seen.length
    const response = await exchangeRaw(world.port, request(parts))
    expect([status(response), reason(response)]).toEqual([403, 'dlp_match'])
    expect(world.http.seen.length).toBe(before)
  })
})

test.each(Object.entries(MALFORMED))('%s is refused', async (_, parts) => {
  const before = world.http.seen.length
  const response = await exchangeRaw(world.port, request(parts))
  expect([status(response), reason(response)]).toEqual([400, 'bad_request'])
  expect(world.http.seen.length).toBe(before)
})

test.each(Object.entries(DROPPED))('%s goes no further', async (_, parts) => {
  const response = await exchangeRaw(world.port, request(parts))
  expect(status(response)).toBe(200)
  const {url, rawHeaders, body} = world.http.seen.at(-1) ?? {}
  expect(JSON.stringify([url, rawHeaders, body?.toString('latin1')])).not.toContain(KEY)
})

test('no answer, receipt or line of the log holds the credential', async () => {
  for (const parts of [query(`k=${KEY}`), field(`X-Thing: ${KEY}`), json({a: KEY})]) {
    expect(await exchangeRaw(world.port, request(parts))).not.toContain(KEY)
  }
  await world.stop()
  expect(world.receipts().filter(({pattern}) => pattern === 'AWS Access Key ID').length).toBeGreaterThan(90)
  for (const text of [world.evidence(), world.log(), JSON.stringify(world.captures())]) {
    expect([KEY, TOKEN].filter((secret) => text.toLowerCase().includes(secret.toLowerCase()))).toEqual([])
  }
})
