// An order to the agent hidden in every form that an answer can have, through a running firewall on the proxy and on /fetch:
// nothing of it reaches the client. What an attacker tried once and a rule stops stays tried.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {GOOD, INJECTED as ORDER, startWorld, type World} from '../matrix/world.js'
import {startOrigin, type Origin} from '../support/origins.js'
import {exchangeRaw} from '../support/raw-socket.js'

interface TestResponse {
  readonly status?: number
  /** Name and value in turn, as they are sent. */
  readonly fields: readonly string[]
  readonly body: Buffer | string
}

let world: World
let origin: Origin
let response: TestResponse = {fields: [], body: ''}
beforeAll(async () => {
  origin = await startOrigin((_, res) => {
    res.writeHead(response.status ?? 200, [...response.fields])
    res.end(response.body)
  })
  world = await startWorld({
    config: {
      flight_recorder: {enabled: false, require_receipts: false},
      response_scanning: {enabled: true, action: 'block'},
    },
  })
})
afterAll(async () => {
  await world.stop()
  await Promise.all([world.http.close(), world.tls.close(), origin.close()])
  world.remove()
})

const of = (type: string, body: Buffer | string, status = 200): TestResponse => ({
  status,
  fields: type === '' ? [] : ['Content-Type', type],
  body,
})
const json = (value: unknown): TestResponse => of('application/json', JSON.stringify(value))
const page = (markup: string): TestResponse => of('text/html', `<p>A page about gardens.</p>${markup}`)
const letters = [...ORDER]
const words = ORDER.split(' ')
const points = (text: string, spell: (code: number) => string): string =>
  [...text].map((c) => spell(c.codePointAt(0) ?? 0)).join('')
const wide = (text: string): Buffer => Buffer.from(text, 'utf16le')
const base64 = Buffer.from(ORDER).toString('base64')

const RESPONSES: Readonly<Record<string, TestResponse>> = {
  'a text': of('text/plain', ORDER),
  'an answer without a type': of('', ORDER),
  'an answer of two types': {fields: ['Content-Type', 'font/woff2', 'Content-Type', 'text/html'], body: ORDER},
  'bytes of no kind': of('application/octet-stream', ORDER),
  'a document': of('application/pdf', `%PDF-1.4 ${ORDER}`),
  'an error': of('text/plain', ORDER, 500),
  'a page that is not there': of('text/html', ORDER, 404),
  'a paragraph': page(`<p>${ORDER}</p>`),
  'a comment': page(`<!-- ${ORDER} -->`),
  'the description of a picture': page(`<img alt="${ORDER}">`),
  'words in elements': page(words.map((word) => `<b>${word}</b>`).join(' ')),
  'cells of a table': page(`<table><tr>${words.map((word) => `<td>${word}</td>`).join('')}</tr></table>`),
  references: page(points(ORDER, (code) => `&#${code};`)),
  'a description of the page': page(`<meta name="description" content="${ORDER}">`),
  'what is shown without scripts': page(`<noscript>${ORDER}</noscript>`),
  'a style': page(`<style>p::before{content:"${ORDER}"}</style>`),
  'a script': of('application/javascript', `const a = "${ORDER}"`),
  'two literals of a script': of('application/javascript', `const a = "${ORDER.slice(0, 20)}" + "${ORDER.slice(20)}"`),
  'character data': of('application/xml', `<a><![CDATA[${ORDER}]]></a>`),
  'UTF-16 with a mark': of('text/html', wide(`\ufeff${ORDER}`)),
  'UTF-16 that is declared': of('text/html; charset=utf-16le', wide(ORDER)),
  'UTF-16 that is not': of('text/plain', wide(ORDER).swap16()),
  JSON: json({a: ORDER}),
  'escapes of JSON': of(
    'application/json',
    `{"a":"${points(ORDER, (code) => `\\u${code.toString(16).padStart(4, '0')}`)}"}`,
  ),
  'a list of words': json(words),
  'a list of letters': json(letters),
  'objects with a word each': json(words.map((word, i) => ({i, word}))),
  'two members of JSON': json({first: words.slice(0, 2).join(' '), second: words.slice(2).join(' ')}),
  'a name of JSON': json({[ORDER]: 1}),
  'JSON in JSON': json({a: JSON.stringify({b: ORDER})}),
  'JSON that ends wrongly': of('application/json', `{"a":"${ORDER}",}`),
  'lines of JSON': of(
    'application/x-ndjson',
    words.map((word) => `${JSON.stringify({response: `${word} `})}\n`).join(''),
  ),
  'a part of several': of(
    'multipart/mixed; boundary=B',
    `--B\r\nContent-Type: text/plain\r\n\r\n${ORDER}\r\n--B--\r\n`,
  ),
  base64: of('text/plain', base64),
  'a data URI': page(`<p>data:text/html;base64,${base64}</p>`),
  'tag characters': of('text/plain', `A note. ${points(ORDER, (code) => String.fromCodePoint(0xe0000 + code))}`),
  'zero-width characters': of('text/plain', letters.join('\u200b')),
  'zero bytes': of('text/plain', letters.join('\0')),
  'full-width letters': of(
    'text/plain',
    points(ORDER, (code) => (code === 32 ? ' ' : String.fromCharCode(code + 0xfee0))),
  ),
  'the other direction': of('text/plain', `\u202e${[...letters].reverse().join('')}\u202c`),
  'colours of a terminal': of('text/plain', ORDER.replaceAll(' ', '\x1b[0m \x1b[1m')),
  'a word on each line': of('text/plain', words.join('\n')),
  underscores: of('text/plain', words.join('_')),
  'lines of a quotation': of('text/plain', words.join('\n> ')),
  'letters in elements': page(letters.map((c) => `<span class="x">${c}</span>`).join('')),
  'a table in a text': of('text/markdown', `| ${words.join(' | ')} |`),
}

/** Lines go on one by one: the head has left when the order is seen, and the answer ends there without its end. */
const STREAMED: readonly string[] = ['lines of JSON']

describe.each([
  ['the proxy', (url: string) => url],
  ['/fetch', (url: string) => `/fetch?url=${encodeURIComponent(url)}`],
])('on %s', (surface, targetOf) => {
  test.each(Object.entries(RESPONSES))('%s', async (name, given) => {
    response = given
    const host = `${GOOD}:${origin.port}`
    const text = await exchangeRaw(
      world.port,
      `GET ${targetOf(`http://${host}/page`)} HTTP/1.1\r\nHost: ${surface === '/fetch' ? 'localhost' : host}\r\nConnection: close\r\n\r\n`,
    )
    expect(text).not.toContain(words.slice(-3).join(' '))
    if (surface === 'the proxy' && STREAMED.includes(name)) {
      expect(text).toMatch(/^HTTP\/1\.1 200 .*\r\nTransfer-Encoding: chunked\r\n/s)
      expect(words.slice(-3).filter((word) => text.includes(word))).toEqual([])
      expect(text).not.toMatch(/\r\n0\r\n/)
      return
    }
    expect(text).toMatch(/^HTTP\/1\.1 403 /)
    expect(/^x-pipelock-block-reason: (\S+)/im.exec(text)?.[1]).toBe('prompt_injection')
  })
})
