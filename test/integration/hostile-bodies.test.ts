// Bodies made to cost time or to be read in two ways, on a running firewall: the work is bounded, others are served
// meanwhile, what cannot be inspected is blocked with a reason, and no second reading hides a credential.
import {request} from 'node:http'
import {deflateSync, gzipSync} from 'node:zlib'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {BASE, startFirewall, type TestFirewall} from '../support/firewalls.js'
import {startOrigin, type Origin} from '../support/origins.js'
import {upper} from '../support/credentials.js'
import {turnsDuring} from '../support/turns.js'

const MIB = 1_048_576
const AWS = ['AK', 'IA', upper(16)].join('')
const BOMB = `
request_body_scanning: {enabled: true}
dlp: {patterns: [{name: Bomb, regex: "(?:g|h|gh){1,40}(?:g|hg){0,40}[gh]{12}x{3}", severity: high}]}
`

let made: TestFirewall
let origin: Origin
beforeAll(async () => {
  ;[made, origin] = await Promise.all([startFirewall(BASE + BOMB), startOrigin((_received, res) => res.end('ok'))])
})
afterAll(async () => {
  await made.close()
  await origin.close()
})

interface Sent {
  readonly type: string
  readonly body: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
}

/** Status and block reason. */
function post({type, body, headers = {}}: Sent): Promise<string> {
  return new Promise((resolve, reject) => {
    const {port} = made.firewall.addresses().main
    const path = `http://origin.example:${origin.port}/`
    const bytes = Buffer.from(body)
    const req = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method: 'POST',
        agent: false,
        headers: {
          host: `origin.example:${origin.port}`,
          'content-type': type,
          'content-length': bytes.length,
          ...headers,
        },
      },
      (res) => {
        res.resume()
        res.on('end', () => {
          const reason = res.headers['x-pipelock-block-reason']?.toString()
          resolve(reason === undefined ? String(res.statusCode) : `${String(res.statusCode)} ${reason}`)
        })
      },
    )
    req.on('error', reject)
    req.end(bytes)
  })
}

const fill = (text: string, length: number): string => text.repeat(Math.ceil(length / text.length)).slice(0, length)
const nested = (text: string, length: number): string => {
  let inner = text
  while (inner.length < length) inner = Buffer.from(inner).toString('base64')
  return inner
}
const JSON_TYPE = 'application/json'
const FORM = 'application/x-www-form-urlencoded'

describe('a body that is made to cost', () => {
  test.each([
    ['a megabyte of separators', {type: 'text/plain', body: fill('- . _ ', MIB)}, '200'],
    ['characters that are not seen', {type: 'text/plain', body: fill('a\u200b', MIB / 4)}, '200'],
    [
      'ten thousand parameters',
      {type: FORM, body: Array.from({length: 10_000}, (_, i) => `p${i}=v${i}`).join('&')},
      '200',
    ],
    ['what makes an expression explode', {type: 'text/plain', body: fill('gh', MIB / 4)}, '200'],
    ['JSON that is nested without end', {type: JSON_TYPE, body: '['.repeat(MIB)}, '403 parse_error'],
    ['JSON that is nested too deep', {type: JSON_TYPE, body: '['.repeat(65) + ']'.repeat(65)}, '403 parse_error'],
    [
      'more parts than any form has',
      {type: 'multipart/form-data; boundary=b', body: fill('--b\r\n\r\nx\r\n', MIB / 4)},
      '403 parse_error',
    ],
    [
      'encodings in encodings',
      {type: JSON_TYPE, body: JSON.stringify({a: nested(fill('some words ', 400), MIB / 2)})},
      '403 prompt_injection',
    ],
    [
      'a little that becomes much',
      {type: 'text/plain', body: gzipSync(fill('a', 4 * MIB)), headers: {'content-encoding': 'gzip'}},
      '403 parse_error',
    ],
  ] as readonly [string, Sent, string][])('%s', async (_what, sent, expected) => {
    let response = ''
    const turns = await turnsDuring(async () => (response = await post(sent)))
    expect(response).toBe(expected)
    // other requests are served meanwhile; nothing is inspected in one piece
    if (sent.body.length >= MIB / 4 && expected === '200') expect(turns).toBeGreaterThan(8)
  })
})

describe('a body that is read in two ways', () => {
  const json = JSON.stringify({note: `the key is ${AWS}`})
  const wide = Buffer.from(json, 'utf16le')
  const utf32 = Buffer.alloc(4 * json.length)
  for (let i = 0; i < json.length; i++) utf32.writeUInt32BE(json.charCodeAt(i), 4 * i)
  const part = (value: string): string => `Content-Disposition: form-data; name="a"\r\n\r\n${value}\r\n`
  test.each([
    ['a duplicate name', {type: JSON_TYPE, body: `{"a":"${AWS}","a":"nothing"}`}, '403 dlp_match'],
    ['a mark in front', {type: JSON_TYPE, body: `\ufeff${json}`}, '403 dlp_match'],
    ['two bytes a character', {type: `${JSON_TYPE}; charset=utf-8`, body: wide}, '403 dlp_match'],
    ['two bytes, the other way around', {type: JSON_TYPE, body: Buffer.from(wide).swap16()}, '403 dlp_match'],
    ['four bytes a character', {type: JSON_TYPE, body: utf32}, '403 dlp_match'],
    ['a character set that shifts', {type: `text/plain; charset=iso-2022-jp`, body: `\x1b(B${AWS}`}, '403 dlp_match'],
    ['a duplicate parameter', {type: FORM, body: `a=${AWS}&a=nothing`}, '403 dlp_match'],
    [
      'a secret over two parameters of one name',
      {type: FORM, body: `a=${AWS.slice(0, 9)}&a=${AWS.slice(9)}`},
      '403 dlp_match',
    ],
    [
      'a part behind the end',
      {type: 'multipart/form-data; boundary=b', body: `--b\r\n${part('x')}--b--\r\n--b\r\n${part(AWS)}--b--`},
      '403 dlp_match',
    ],
    [
      'a part in front of the first',
      {type: 'multipart/form-data; boundary=b', body: `${AWS}\r\n--b\r\n${part('x')}--b--`},
      '403 dlp_match',
    ],
    [
      'two boundaries',
      {type: 'multipart/form-data; boundary=b; boundary=c', body: `--c\r\n${part(AWS)}--c--`},
      /^403 /,
    ],
    [
      'a part of a type of its own',
      {type: 'multipart/form-data; boundary=b', body: `--b\r\nContent-Type: image/png\r\n${part(AWS)}--b--`},
      '403 dlp_match',
    ],
    [
      'one coding',
      {type: JSON_TYPE, body: deflateSync(json), headers: {'content-encoding': 'deflate'}},
      '403 dlp_match',
    ],
    [
      'two codings',
      {type: JSON_TYPE, body: gzipSync(gzipSync('{}')), headers: {'content-encoding': 'gzip, gzip'}},
      '403 parse_error',
    ],
    [
      'a coding behind none',
      {type: JSON_TYPE, body: gzipSync(json), headers: {'content-encoding': 'identity, gzip'}},
      '403 dlp_match',
    ],
    [
      'a second member',
      {
        type: JSON_TYPE,
        body: Buffer.concat([gzipSync('{"a":1} '), gzipSync(json)]),
        headers: {'content-encoding': 'gzip'},
      },
      /^403 /,
    ],
    [
      'something behind the last member',
      {
        type: 'text/plain',
        body: Buffer.concat([gzipSync('a'), Buffer.from(AWS)]),
        headers: {'content-encoding': 'gzip'},
      },
      /^403 /,
    ],
    ['JSON under another name', {type: 'image/png', body: json.replace('AK', '\\u0041K')}, '403 dlp_match'],
    ['a form under another name', {type: 'text/plain', body: `a=%41${AWS.slice(1)}`}, '403 dlp_match'],
  ] as readonly [string, Sent, string | RegExp][])('%s', async (_what, sent, expected) => {
    const before = origin.requests.length
    expect(await post(sent)).toMatch(expected)
    expect(origin.requests.length).toBe(before)
  })
})
