// A secret cut between two components of a URL, and in spellings of which no standard knows.
import {gzipSync} from 'node:zlib'
import {describe, expect, test} from 'vitest'
import {parseTarget} from '../../../../src/core/target.js'
import {sections} from '../../../../src/plugins/dlp/config.js'
import {buildScanner} from '../../../../src/plugins/dlp/create.js'
import {mixed, upper} from '../../../support/credentials.js'

const scanner = await buildScanner(
  {dlp: sections.dlp.parse({}), canary_tokens: sections.canary_tokens.parse({})},
  {env: {}},
)
function scan(raw: string) {
  const {target} = parseTarget(raw)
  if (target === undefined) throw new Error(`refused: ${raw}`)
  return scanner.scanUrl(target)
}

const KEYS = {
  'AWS Access Key ID': ['AK', 'IA', upper(16)].join(''),
  'GitHub Token': ['gh', 'p_', mixed(36)].join(''),
  'Groq API Key': ['gs', 'k_', mixed(48)].join(''),
}

const PLACES: Readonly<Record<string, readonly [url: (first: string, last: string) => string, inHost: boolean]>> = {
  'a name and its value': [(a, b) => `https://x.test/v1/items?${a}=${b}`, false],
  'a name and its value, among others': [(a, b) => `https://x.test/v1/items?page=2&${a}=${b}&x=1`, false],
  'the path and a value': [(a, b) => `https://x.test/v1/${a}?q=${b}`, false],
  'the path and bare words': [(a, b) => `https://x.test/v1/${a}?${b}`, false],
  'a label and the path': [(a, b) => `https://${a}.x.test/${b}`, true],
  'a label and a value': [(a, b) => `https://${a}.x.test/?q=${b}`, true],
}

describe.each(Object.entries(PLACES))('cut between %s', (_, [url, inHost]) => {
  test.each(Object.entries(KEYS))('%s, anywhere', (rule, key) => {
    for (let at = 4; at <= key.length - 4; at++) {
      const [first, last] = [key.slice(0, at), key.slice(at)]
      // a host name has no underscore of its own and no more than 63 characters in a label
      if (inHost && (first.length < 6 || first.includes('_') || first.length > 60)) continue
      const {match: match} = scan(url(first, last))
      // the first piece may be a token by its form
      expect({at, rules: [rule, 'Vendor Token']}).toEqual({at, rules: expect.arrayContaining([match?.rule])})
      expect(JSON.stringify(match)).not.toContain(last)
      if (inHost) expect({at, inHost: match?.inHost}).toEqual({at, inHost: true})
    }
  })
})

test('a find that needs no host says nothing of it', () => {
  const key = KEYS['AWS Access Key ID']
  expect(scan(`https://some-service.eu-west.x.test/v1/${key.slice(0, 9)}?q=${key.slice(9)}`).match).toMatchObject({
    view: 'path and values, joined',
    inHost: false,
  })
})

test.each([
  'https://x.test/2024/05/01?id=4111111111111111&n=2',
  'https://x.test/4111111?page=111111111',
  'https://api.test/items/123-45?x=6789',
  'https://static.example.com/keys/key-?v=5f1c0e0a5a1b4c9d8e7f012345678',
  'https://task-a.skills.example.com/ant-design/components?sk=button',
  'https://x.test/a?password=&next=/hunter22',
])('%s is ordinary', (raw) => {
  expect(scan(raw)).toMatchObject({match: raw.includes('id=4111') ? {rule: 'Credit Card Number'} : undefined})
})

describe('spellings', () => {
  const key = KEYS['AWS Access Key ID']
  const tagged = String.fromCodePoint(...[...key].map((c) => 0xe0000 + c.charCodeAt(0)))
  const units = [...key].map((c) => `%u00${c.charCodeAt(0).toString(16)}`).join('')
  const FORMS: Readonly<Record<string, string>> = {
    'escapes of UTF-16 units': units,
    'the same, escaped': units.replaceAll('%', '%25'),
    'one such escape': key.replace('I', '%u0049'),
    'tag characters': encodeURIComponent(tagged),
    'tag characters as received': tagged,
    gzip: gzipSync(`key ${key}`).toString('base64url'),
  }
  test.each(Object.entries(FORMS))('%s', (_, text) => {
    for (const url of [`https://x.test/?q=${text}`, `https://x.test/a/${text}/b`]) {
      expect(scan(url).match?.rule).toBe('AWS Access Key ID')
    }
    const {matches} = scanner.text(`{"v": "${decodeURI(/%u/.test(text) ? encodeURI(text) : text)}"}`, {surface: 'body'})
    expect(matches.map(({rule}) => rule)).toEqual(['AWS Access Key ID'])
  })
})
