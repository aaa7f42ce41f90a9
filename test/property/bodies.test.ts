// Laws of body scanning: no structure, escape or wrapping hides a credential, and the first look at a body, which only may
// save work, never lets through what the exact one finds.
import {gzipSync} from 'node:zlib'
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {extract, type Extraction} from '../../src/plugins/request-scanning/extract.js'
import {scanBody, type BodyFinds, type Scanners} from '../../src/plugins/request-scanning/scan.js'
import {scannersOf} from '../../src/plugins/request-scanning/scanners.js'
import {sections} from '../../src/plugins/dlp/config.js'
import {buildScanner} from '../../src/plugins/dlp/create.js'
import {decodeContent} from '../../src/lib/body/content-coding.js'
import {atOnce} from '../../src/lib/slices.js'
import {mixed, upper} from '../support/credentials.js'
import {runs} from '../support/thorough.js'

const config = {dlp: sections.dlp.parse({}), canary_tokens: sections.canary_tokens.parse({})}
const dlp = await buildScanner(config, {env: {}})
const nothing = {matches: [], informational: [], exhausted: false}
const scanners: Scanners = scannersOf(
  dlp,
  {
    ruleNames: [],
    scan: () => nothing,
    *steps() {
      return nothing
    },
  },
  {providers: {isProviderHost: () => false}},
)
/** The first look always asks for the second. */
const exact: Scanners = {
  ...scanners,
  text: (input, options) => (options.all === true ? scanners.text(input, options) : {...nothing, exhausted: true}),
}

const SECRETS = [
  ['AK', 'IA', upper(16)].join(''),
  ['gh', 'p_', mixed(36)].join(''),
  ['sk-', 'ant-', mixed(24)].join(''),
  ['glpat', '-', mixed(20)].join(''),
]
const secret = fc.constantFrom(...SECRETS)

function find(extraction: Extraction, by: Scanners): BodyFinds {
  return atOnce(scanBody(extraction, by, {tokenRequest: false}))
}

function read(body: string | Buffer, contentType: string): Extraction {
  const mediaType = contentType.split(';', 1)[0] ?? ''
  const extraction = atOnce(extract(Buffer.from(body), {mediaType, contentType}, 10_000_000))
  if ('problem' in extraction) throw new Error(extraction.problem)
  return extraction
}

const names = ({credentials}: BodyFinds): readonly string[] => credentials.enforced.map(({rule}) => rule).toSorted()

describe('a credential in JSON is found', () => {
  test('in any place, however deep and however escaped', () => {
    const place = fc.constantFrom('value', 'key', 'element', 'duplicate')
    fc.assert(
      fc.property(
        secret,
        fc.array(place, {minLength: 1, maxLength: 20}),
        fc.jsonValue({maxDepth: 1}),
        fc.infiniteStream(fc.boolean()),
        (text, path, beside, escapes) => {
          const quoted = `"${[...text]
            .map((c) => (escapes.next().value === true ? `\\u00${c.charCodeAt(0).toString(16)}` : c))
            .join('')}"`
          let json = quoted
          for (const step of path.toReversed()) {
            const other = JSON.stringify(beside)
            if (step === 'element') json = `[${other}, ${json}]`
            else if (step === 'duplicate') json = `{"a":${json},"a":${other}}`
            else if (step === 'key' && json === quoted) json = `{${quoted}:${other}}`
            else json = `{"a b":${other},"c":${json}}`
          }
          expect(names(find(read(json, 'application/json'), scanners)).length).toBeGreaterThan(0)
        },
      ),
      {numRuns: runs(150)},
    )
  })

  test('cut into pieces over an array, in any pieces', () => {
    fc.assert(
      fc.property(secret, fc.array(fc.integer({min: 1, max: 60}), {minLength: 1, maxLength: 8}), (text, cuts) => {
        const at = [...new Set([0, ...cuts.filter((cut) => cut < text.length), text.length])].toSorted((a, b) => a - b)
        const pieces = at.slice(1).map((end, i) => text.slice(at[i], end))
        expect(names(find(read(JSON.stringify({x: pieces}), 'application/json'), scanners)).length).toBeGreaterThan(0)
      }),
      {numRuns: runs(100)},
    )
  })
})

test('a credential in gzip is found, whatever its members', async () => {
  await fc.assert(
    fc.asyncProperty(secret, fc.array(fc.nat(80), {maxLength: 6}), fc.string(), async (text, cuts, around) => {
      const plain = Buffer.from(`${around} ${text} ${around}`)
      const at = [...cuts.map((cut) => cut % plain.length), plain.length].toSorted((a, b) => a - b)
      const members = at.map((end, i) => gzipSync(plain.subarray(at[i - 1] ?? 0, end)))
      const result = await decodeContent(Buffer.concat(members), 'gzip', {maxBytes: 1_000_000, maxRatio: 100})
      expect('bytes' in result && result.bytes.equals(plain)).toBe(true)
      expect(names(find(read(plain, ''), scanners)).length).toBeGreaterThan(0)
    }),
    {numRuns: 60},
  )
})

describe('the first look finds whatever the exact one finds', () => {
  const filler = fc.constantFrom(
    'a',
    'token=',
    ' ',
    '\n',
    'x-y',
    '"',
    '4012888888881881',
    '=',
    '0x',
    'AKIA',
    '12',
    ';',
    'é',
  )
  const piece = fc.oneof(
    filler,
    secret,
    secret.map((text) => Buffer.from(text).toString('base64')),
    secret.map((text) => Buffer.from(text).toString('hex')),
    secret.map((text) => encodeURIComponent(encodeURIComponent(`:${text}`))),
    fc.tuple(secret, fc.nat(40)).map(([text, cut]) => text.slice(0, cut)),
    fc.tuple(secret, fc.nat(40)).map(([text, cut]) => text.slice(cut)),
    fc.constantFrom('aws_secret_access_key', mixed(40), 'password', 'DB_PASSWORD=', 'hunter2-hunter2'),
  )
  const text = fc.array(piece, {maxLength: 4}).map((pieces) => pieces.join(''))
  const same = (extraction: Extraction): void => {
    expect(names(find(extraction, scanners))).toEqual(names(find(extraction, exact)))
  }

  test('in JSON', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), {minLength: 1, maxLength: 4}), (members) => {
        const source = `{${members.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`
        same(read(source, 'application/json'))
      }),
      {numRuns: runs(300)},
    )
  })

  test('in forms, in multipart forms and in text', () => {
    fc.assert(
      fc.property(fc.array(text, {minLength: 1, maxLength: 4}), (values) => {
        same(
          read(
            values.map((value, i) => `f${i}=${encodeURIComponent(value)}`).join('&'),
            'application/x-www-form-urlencoded',
          ),
        )
        same(read(values.join('\n'), 'text/plain'))
        const part = (value: string): string => `--b--b\r\nX: y\r\n\r\n${value.replaceAll('\n', ' ')}\r\n`
        same(read(`${values.map(part).join('')}--b--b--`, 'multipart/form-data; boundary=b--b'))
      }),
      {numRuns: runs(150)},
    )
  })
})

test('nothing that is put together at random stops it', () => {
  const token = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"',
    ':',
    ',',
    '--b',
    '\r\n',
    '=',
    '&',
    '%',
    '%41',
    'a',
    '<',
    '>',
    '\0',
    '\ufeff',
  )
  const types = fc.constantFrom(
    'application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=b',
    'text/plain',
    '',
  )
  fc.assert(
    fc.property(fc.array(token, {maxLength: 40}), types, (tokens, contentType) => {
      const mediaType = contentType.split(';', 1)[0] ?? ''
      const extraction = atOnce(extract(Buffer.from(tokens.join('')), {mediaType, contentType}, 1000))
      if (!('problem' in extraction)) find(extraction, scanners)
    }),
    {numRuns: runs(500)},
  )
})
