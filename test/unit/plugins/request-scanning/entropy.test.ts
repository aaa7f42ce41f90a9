// Opaque values in bodies: what is scored, what ordinary traffic is spared, and what is done about it.
import {createHash} from 'node:crypto'
import {describe, expect, test} from 'vitest'
import {findOpaqueSteps, isOpaqueName} from '../../../../src/plugins/request-scanning/content-entropy.js'
import {bodiesOf, brief, type Request} from './fixtures.js'

const random = (seed: string, length: number): string => {
  let text = ''
  for (let i = 0; text.length < length; i++) {
    text += createHash('sha512').update(`${seed}${i}`).digest('base64').replace(/[+/=]/g, '')
  }
  return text.slice(0, length)
}
const OPAQUE = random('a', 60)
const json = (value: unknown): Request => ({type: 'application/json', body: JSON.stringify(value)})

async function results(request: Request, section: object = {}): Promise<readonly string[]> {
  return brief(await (await bodiesOf({content_entropy_action: 'block', ...section})).judge(request))
}

test.each([
  ['a JSON value', json({a: {b: [OPAQUE]}})],
  ['a JSON key', json({[OPAQUE]: 1})],
  ['among words', json({a: `the value is "${OPAQUE}", they said`})],
  ['a form value', {type: 'application/x-www-form-urlencoded', body: `a=${OPAQUE}`}],
  [
    'a part',
    {
      type: 'multipart/form-data; boundary=b',
      body: `--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n${OPAQUE}\r\n--b--`,
    },
  ],
  ['plain text', {type: 'text/plain', body: `x ${OPAQUE} y`}],
  ['in hexadecimal', json({a: Buffer.from(OPAQUE).toString('hex')})],
  ['a part of an opaque URI', json({a: `custom://host/${OPAQUE}`})],
  ['beside a digest', json({a: `${OPAQUE}@sha256:${createHash('sha256').update('y').digest('hex')}`})],
  ['like an integrity of another length', json({a: `sha512-${createHash('sha512').update('x').digest('base64')}aa`})],
  ['between letters of other scripts', json({a: `値は${OPAQUE}です`})],
  ["in a line of git's protocol", {body: `${(OPAQUE.length + 4).toString(16).padStart(4, '0')}${OPAQUE}0000`}],
  ['in front of a link', json({a: `${OPAQUE}=https://example.com/`})],
  ['as the password of a link', json({a: `x=https://u:${OPAQUE}@example.com/`})],
  ['behind a name that only begins like one', json({idea: OPAQUE, tokens: 'x'})],
  ['behind a plain token', json({access_token: OPAQUE})],
  ['too long for its name', json({cursor: random('b', 1100)})],
] as readonly [string, Request][])('%s is found', async (_what, request) => {
  expect(await results(request)).toEqual(['body_entropy block'])
})

test.each([
  ['short', json({a: random('a', 31)})],
  ['a cursor', json({nextCursor: OPAQUE, items: [{cursor: OPAQUE}]})],
  ['a list of ids', json({item_ids: [OPAQUE, random('c', 50)]})],
  ['a link with a name in front', json({a: `see next=https://example.com/a?t=${OPAQUE} there`})],
  ['a page token', json({nextPageToken: OPAQUE})],
  [
    'a digest and an identifier',
    json({a: createHash('sha256').update('x').digest('hex'), b: 'b3f8b2c1-4e5d-6f7a-8b9c-0d1e2f3a4b5c'}),
  ],
  ['an integrity', json({a: `sha512-${createHash('sha512').update('x').digest('base64')}`})],
  [
    'an image by its digest',
    json({a: `registry.example.com/team/image@sha256:${createHash('sha256').update('y').digest('hex')}`}),
  ],
  ['a sentence without spaces', json({a: '会議は来週の火曜日に変更されました。資料は前日までに送ってください。'})],
  [
    "lines of git's protocol",
    {
      type: 'application/x-git-upload-pack-request',
      body: '0011command=fetch0014agent=git/2.39.50016object-format=sha10001000dthin-pack000fno-progress000dofs-delta0009done\n0000',
    },
  ],
  ['a link', json({a: `https://x.test/${OPAQUE}?k=${OPAQUE}`})],
  [
    'a picture',
    json({a: Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from(OPAQUE)]).toString('base64')}),
  ],
  ['a data URI', json({a: `data:application/wasm;base64,${OPAQUE}`})],
  ['bytes that are no text', {body: createHash('sha512').update('x').digest()}],
  ['prose', {type: 'text/plain', body: 'The quick brown fox jumps over the lazy dog, again and again.'}],
] as readonly [string, Request][])('%s is spared', async (_what, request) => {
  expect(await results(request)).toEqual([])
})

describe('what is done about it', () => {
  const request = json({a: OPAQUE})
  test('by default a warning, whatever the action of the section', async () => {
    expect(await results(request, {content_entropy_action: undefined, action: 'block'})).toEqual(['body_entropy warn'])
  })
  test('never more than a warning to a language model', async () => {
    expect(await results({...request, url: 'https://api.openai.com/v1/responses'})).toEqual(['body_entropy warn'])
  })
  test('nothing where it is off', async () => {
    expect(await results(request, {content_entropy_enabled: false})).toEqual([])
    expect(await results(request, {content_entropy_threshold: 0})).toEqual([])
    expect(await results(request, {content_entropy_threshold: 6.5})).toEqual([])
    expect(await results(request, {content_entropy_min_length: 61})).toEqual([])
  })
  test('the finding names no value', async () => {
    const [finding] = await (await bodiesOf()).judge(request)
    expect(finding).toMatchObject({reason: 'body_entropy', class: 'protective'})
    expect(finding?.detail).toMatch(/^request body contains an opaque value \(\d\.\d\d > 4\.50 bits per character\)$/)
  })
})

test('names of opaque values', () => {
  for (const name of ['id', 'userId', 'X-Signature', 'file.hash', 'etag', 'next_page_token', 'continuationToken']) {
    expect([name, isOpaqueName(name)]).toEqual([name, true])
  }
  for (const name of ['', 'token', 'identity', 'accessToken', 'hashes', 'video', 'side', 'nextstep']) {
    expect([name, isOpaqueName(name)]).toEqual([name, false])
  }
})

test('a value of two megabytes: scored in at least 10 steps, random or hexadecimal', () => {
  for (const text of [random('long', 2_000_000), Buffer.from(random('hex', 1_000_000)).toString('hex')]) {
    const steps = findOpaqueSteps([{text, key: '', isName: false}], {threshold: 4.5, minLength: 24})
    expect([...steps].length).toBeGreaterThanOrEqual(10)
  }
})

test('a value of megabytes that may be an encoding: every look at it pauses within it', () => {
  const length = 4_000_000
  const pieces = Math.floor(length / 262_144)
  for (const [unit, passes] of [
    // inside the alphabets of base32 and base64: found to be one, decoded, and both results read
    ['x', 5],
    // of no alphabet as a whole
    ['xy*', 2],
  ] as const) {
    const text = unit.repeat(length / unit.length)
    const steps = findOpaqueSteps([{text, key: '', isName: false}], {threshold: 4.5, minLength: 24})
    expect([unit, [...steps].length >= passes * pieces]).toEqual([unit, true])
  }
})
