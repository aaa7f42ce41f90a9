// Credentials in request bodies: wherever a structure can hold them, in any wrapping, whole or in pieces.
import {deflateSync, gzipSync} from 'node:zlib'
import {describe, expect, test} from 'vitest'
import {mixed, upper} from '../../../support/credentials.js'
import {bodiesOf, brief, type Request} from './fixtures.js'

const AWS = ['AK', 'IA', upper(16)].join('')
const JWT_LIKE = ['lin', '_api_', mixed(40)].join('')
const BLOCK = {action: 'block'}
const json = 'application/json'
const form = 'application/x-www-form-urlencoded'
const multi = 'multipart/form-data; boundary=b'
const part = (body: string, head = 'Content-Disposition: form-data; name="f"'): string =>
  `--b\r\n${head}\r\n\r\n${body}\r\n--b--\r\n`
const escaped = (text: string): string =>
  [...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')

async function rulesIn(request: Request, section: object = BLOCK): Promise<readonly string[]> {
  return brief(await (await bodiesOf(section)).judge(request))
}

describe('a credential is found', () => {
  const cases: readonly (readonly [string, Request])[] = [
    ['in a JSON value', {type: json, body: JSON.stringify({a: {b: [1, AWS]}})}],
    ['in a JSON key', {type: json, body: JSON.stringify({[AWS]: 1})}],
    ['in the first of two equal members', {type: json, body: `{"a":"${AWS}","a":"x"}`}],
    ['in the second of two equal members', {type: json, body: `{"a":"x","a":"${AWS}"}`}],
    ['as a parameter that is a JSON value', {type: json, body: '{"note":"token=hunter2-hunter2"}'}],
    ['as a parameter that is a JSON key', {type: json, body: '{"token=hunter2-hunter2":""}'}],
    ['as a parameter with a sign of another alphabet', {type: json, body: '{"a":"token\uff1dhunter2-hunter2"}'}],
    ['as a parameter, escaped', {type: json, body: '{"a":"token%3Dhunter2-hunter2"}'}],
    ['behind JSON escapes', {type: 'application/vnd.x+json', body: `{"a":"${escaped(AWS)}"}`}],
    ['in base64 in JSON', {type: json, body: JSON.stringify({a: Buffer.from(AWS).toString('base64')})}],
    ['in a number with an exponent', {type: json, body: '{"card":4.012888888881881e15}'}],
    ['cut over two members', {type: json, body: JSON.stringify({a: AWS.slice(0, 10), z: true, b: AWS.slice(10)})}],
    [
      'cut over members in the order of their names',
      {
        type: json,
        body: JSON.stringify({k2: AWS.slice(8), x: 'between', k1: AWS.slice(0, 8)}),
      },
    ],
    ['cut over an array of characters', {type: json, body: JSON.stringify({a: [...AWS], b: 'x'})}],
    [
      'cut over a column',
      {
        type: json,
        body: JSON.stringify([
          {c: AWS.slice(0, 7), d: 1},
          {c: AWS.slice(7, 14), d: 2},
          {c: AWS.slice(14), d: 3},
        ]),
      },
    ],
    ['in a form value', {type: form, body: `a=1&b=${AWS}`}],
    ['in a form name', {type: form, body: `${AWS}=1`}],
    ['in a form value, escaped twice', {type: form, body: `a=${encodeURIComponent(encodeURIComponent(`x ${AWS}`))}`}],
    ['cut over form values', {type: form, body: `a=${AWS.slice(0, 9)}&x=no&b=${AWS.slice(9)}`}],
    ['in JSON under the type of a form', {type: form, body: `{"a":"50%","b":"${escaped(AWS)}"}`}],
    ['in a part', {type: multi, body: part(`x ${AWS}`)}],
    [
      'in a part in base64',
      {
        type: multi,
        body: part(Buffer.from(`key ${AWS}`).toString('base64'), 'Content-Transfer-Encoding: base64'),
      },
    ],
    [
      'in a part in quoted-printable',
      {
        type: multi,
        body: part(`${AWS.slice(0, 6)}=\r\n${AWS.slice(6)}`, 'Content-Transfer-Encoding: quoted-printable'),
      },
    ],
    ['in the name of a field', {type: multi, body: part('x', `Content-Disposition: form-data; name="${AWS}"`)}],
    [
      'in the name of a file',
      {
        type: multi,
        body: part('x', `Content-Disposition: form-data; name="f"; filename="${AWS}.txt"`),
      },
    ],
    ['in any header of a part', {type: multi, body: part('x', `X-Other: ${AWS}`)}],
    ['before the first part', {type: multi, body: `${AWS}\r\n${part('x')}`}],
    ['behind the last part', {type: multi, body: `${part('x')}${AWS}`}],
    ['in JSON in a part', {type: multi, body: part(`{"a":"${escaped(AWS)}"}`, 'Content-Type: image/png')}],
    [
      'cut over two parts',
      {
        type: multi,
        body: `${part(AWS.slice(0, 9)).replace('--b--\r\n', '')}${part(AWS.slice(9))}`,
      },
    ],
    ['in plain text', {type: 'text/plain', body: `see ${AWS}.`}],
    ['between tags', {type: 'application/xml', body: `<a>${AWS.slice(0, 9)}<!-- --><b>${AWS.slice(9)}</b></a>`}],
    ['without any type', {body: AWS}],
    ['under a type that is none', {type: ';;;', body: AWS}],
    ['in JSON under another type', {type: 'application/octet-stream', body: `{"a":"${escaped(AWS)}"}`}],
    ['in lines of JSON', {type: 'application/x-ndjson', body: `{"a":1}\n{"a":"${escaped(AWS)}"}\n`}],
    ['in a multipart under another type', {type: 'text/plain', body: part(Buffer.from(AWS).toString('hex'))}],
    ['in UTF-16', {type: 'text/plain', body: Buffer.from(`say ${AWS}`, 'utf16le')}],
    [
      'in JSON in UTF-16 with a mark',
      {
        type: json,
        body: Buffer.from(`\ufeff{"a":"${escaped(AWS)}"}`, 'utf16le'),
      },
    ],
    ['in gzip', {headers: [['Content-Encoding', 'gzip']], body: gzipSync(AWS)}],
    [
      'in the second member of gzip',
      {
        headers: [['content-encoding', 'X-GZIP']],
        body: Buffer.concat([gzipSync('nothing '), gzipSync(AWS)]),
      },
    ],
    ['in deflate', {headers: [['Content-Encoding', 'deflate']], body: deflateSync(AWS)}],
  ]
  test.each(cases)('%s', async (_where, request) => {
    const [result = ''] = await rulesIn(request)
    expect(result).toMatch(/^body_dlp block (?:AWS Access Key ID|Credit Card Number|Credential in URL)/)
  })
})

describe('what is done about it', () => {
  const critical = {type: json, body: JSON.stringify({a: AWS})}
  const high = {type: json, body: JSON.stringify({a: JWT_LIKE})}
  test('a critical one is blocked under warn, others are not', async () => {
    expect(await rulesIn(critical, {})).toEqual(['body_dlp block AWS Access Key ID'])
    expect(await rulesIn(high, {})).toContain('body_dlp warn Linear API Key')
    expect(await rulesIn(high, BLOCK)).toContain('body_dlp block Linear API Key')
  })

  test('a light one in front hides no critical one behind it', async () => {
    const hidden = Buffer.from(AWS).toString('base64')
    const [result] = await rulesIn({type: json, body: JSON.stringify({a: JWT_LIKE, b: hidden})}, {})
    expect(result).toMatch(/^body_dlp block .*AWS Access Key ID/)
    const [text] = await rulesIn({type: 'text/plain', body: `${JWT_LIKE} ${hidden}`}, {})
    expect(text).toMatch(/^body_dlp block .*AWS Access Key ID/)
  })

  test('a report-only pattern decides nothing', async () => {
    const dlp = {patterns: [{name: 'Project', regex: 'projectx', severity: 'critical', action: 'warn'}]}
    const bodies = await bodiesOf(BLOCK, {dlp})
    const result = await bodies.judge({type: json, body: '{"a":"this is projectx"}'})
    expect(brief(result)).toEqual(['body_dlp allow Project'])
  })

  test('the finding names rules, never what matched', async () => {
    const findings = await (await bodiesOf(BLOCK)).judge(critical)
    expect(findings[0]?.detail).toBe('request body contains secret: AWS Access Key ID')
    expect(JSON.stringify(findings)).not.toContain(AWS)
  })

  test('switched off, nothing is inspected', async () => {
    const bodies = await bodiesOf({enabled: false})
    expect(await bodies.judge({...critical, headers: [['Authorization', AWS]]})).toEqual([])
  })
})

describe('what cannot be inspected is blocked in every mode', () => {
  const deep = '['.repeat(65) + ']'.repeat(65)
  test.each([
    ['invalid JSON', {type: json, body: '{"a":'}, 'request body is no valid JSON (syntax)'],
    ['JSON that goes on', {type: json, body: '{} {}'}, 'request body is no valid JSON (trailing)'],
    ['deep JSON', {type: json, body: deep}, 'request body is nested deeper than 64 levels'],
    ['deep JSON under another type', {body: deep}, 'request body is nested deeper than 64 levels'],
    ['a form with a broken escape', {type: form, body: 'a=%zz'}, 'no escape'],
    ['a multipart form without boundary', {type: 'multipart/form-data', body: part('x')}, 'no usable boundary'],
    ['a multipart form without end', {type: multi, body: '--b\r\n\r\nx'}, 'the last part has no end'],
    [
      'a long file name',
      {
        type: multi,
        body: part('x', `Content-Disposition: form-data; name=f; filename="${'n'.repeat(257)}"`),
      },
      'a file name has more than 256 bytes',
    ],
    ['another coding', {headers: [['Content-Encoding', 'br']], body: 'x'}, 'other than gzip and deflate'],
    ['two codings', {headers: [['Content-Encoding', 'gzip, gzip']], body: 'x'}, 'more than one content coding'],
    ['what is no gzip', {headers: [['Content-Encoding', 'gzip']], body: 'x'}, 'cannot be decoded as gzip'],
    ['a bomb', {headers: [['Content-Encoding', 'gzip']], body: gzipSync(Buffer.alloc(900_000))}, 'more than 100 times'],
    ['too many bytes', {body: 'x'.repeat(1_000_001)}, 'exceeds max_body_bytes (1000000)'],
  ] as readonly [string, Request, string][])('%s', async (_what, request, detail) => {
    const bodies = await bodiesOf({max_body_bytes: 1_000_000})
    const [findings, ...others] = await bodies.judge(request)
    expect(others).toEqual([])
    expect(findings).toMatchObject({layer: 'request_body', reason: 'parse_error', action: 'block', hard: true})
    expect(findings?.detail).toContain(detail)
  })

  test('but not the same under types that promise nothing', async () => {
    for (const body of ['{"a":', 'a=%zz', '--b\r\n\r\nx', '[1] 2 x']) expect(await rulesIn({body})).toEqual([])
    expect(await rulesIn({type: multi.replace('form-data', 'related'), body: 'x'})).toEqual([])
  })
})

describe('ordinary bodies are clean', () => {
  test.each([
    ['nothing', {type: json, body: ''}],
    [
      'a chat request',
      {
        type: json,
        body: JSON.stringify({
          model: 'm-1',
          temperature: 0.7,
          messages: [{role: 'user', content: 'What is the capital of France?\nAnd of "Spain"?'}],
          stream: true,
        }),
      },
    ],
    [
      'numbers in rows',
      {
        type: json,
        body: JSON.stringify({
          rows: [
            [4000, 1200, 3000, 5000],
            [4111, 2222, 13, 0.25],
          ],
        }),
      },
    ],
    [
      'a picture in base64',
      {
        type: json,
        body: JSON.stringify({image: `data:image/png;base64,${Buffer.alloc(3000, 'iVBORw0KGgo').toString('base64')}`}),
      },
    ],
    ['a form', {type: form, body: 'name=Jane+Smith&mail=jane%40example.com&next=%2Fhome%3Fa%3D1'}],
    [
      'a file',
      {type: multi, body: part('some\r\nlines', 'Content-Disposition: form-data; name="f"; filename="a.txt"')},
    ],
    ['a soap call', {type: 'application/soap+xml', body: '<?xml version="1.0"?><a xmlns="urn:x"><b>1</b></a>'}],
    [
      'digests',
      {type: json, body: JSON.stringify({shasum: 'a'.repeat(40), id: '6f1c0e0a-5a1b-4c9d-8e7f-0123456789ab'})},
    ],
  ] as readonly [string, Request][])('%s', async (_what, request) => {
    expect(await rulesIn(request, {...BLOCK, content_entropy_action: 'block'})).toEqual([])
  })
})
