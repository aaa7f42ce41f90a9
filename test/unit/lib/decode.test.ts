import {describe, expect, test} from 'vitest'
import {decodeField, decodePercent, encodedRuns} from '../../../src/lib/decode.js'
import {normaliseForDlp} from '../../../src/lib/text/normalise.js'

describe('decodePercent', () => {
  test.each([
    ['a%20b', 'a b', 1, false],
    ['a%2520b', 'a b', 2, false],
    ['a%252520b', 'a b', 2, false],
    ['%41', 'A', 1, false],
    ['%2541', 'A', 2, true],
    ['%252541', 'A', 2, true],
    ['%zz%41', '%zzA', 1, false],
    ['100%', '100%', 0, false],
    ['%C3%A9', 'é', 1, false],
    ['%ff', '\ufffd', 1, false],
    ['a+b', 'a+b', 0, false],
  ])('%s', (text, decoded, _, excessive) => {
    expect(decodePercent(text, false)).toMatchObject({text: decoded, excessive})
  })

  test('reads + both ways', () => {
    expect(decodePercent('a+b%2Bc', true).text).toBe('a b+c')
  })

  test('gives up on endless escaping, and says so', () => {
    let text = 'A'
    for (let i = 0; i < 3; i++) text = Buffer.from(text).toString('hex').replace(/../g, '%$&')
    expect(decodePercent(text, false)).toMatchObject({text: 'A', excessive: true})
    expect(decodePercent(`%${'25'.repeat(30_000)}41`, false)).toMatchObject({text: 'A', excessive: true})
  })
})

describe('decodeField', () => {
  const secret = 'pwd=correct horse'
  const bytes = Buffer.from(secret)
  const texts = (text: string): readonly string[] => decodeField(text).map((d) => d.bytes.toString())
  test.each([
    ['hex', bytes.toString('hex')],
    ['upper-case hex', bytes.toString('hex').toUpperCase()],
    ['base64', bytes.toString('base64')],
    ['unpadded base64', bytes.toString('base64').replace(/=+$/, '')],
    ['base64url', Buffer.from('pwd=ÿÿÿ~~~horse').toString('base64url')],
    ['base32', 'OB3WIPLDN5ZHEZLDOQQGQ33SONSQ===='],
    ['lower-case base32', 'ob3wipldn5zhezldoqqgq33sonsq'],
  ])('%s', (_, text) => {
    expect(texts(text).some((t) => t.startsWith('pwd='))).toBe(true)
  })

  test('leaves short and ordinary texts alone', () => {
    expect(decodeField('projects')).toEqual([])
    expect(decodeField('hello world, this is text')).toEqual([])
  })

  test('finds runs inside other text', () => {
    expect([...encodedRuns(`<${'a'.repeat(16)}> b`, 16)]).toEqual(['a'.repeat(16)])
  })
})

describe('normaliseForDlp', () => {
  test.each([
    ['plain ASCII text', 'plain ASCII text'],
    ['A\u200bK\u00adI\ufeffA', 'AKIA'],
    ['A\u00a0K\u3000IA', 'AKIA'],
    ['ＡＫＩＡ', 'AKIA'],
    ['\u0410\u039a\u0406\u0391', 'AKIA'],
    ['A\u0301KIA', 'AKIA'],
    ['\u{e0041}AKIA', 'AKIA'],
    ['が', 'が'],
    ['한국', '한국'],
  ])('%j', (text, normal) => {
    expect(normaliseForDlp(text)).toEqual({line: normal, joined: normal})
  })

  test('keeps two views of line breaks', () => {
    expect(normaliseForDlp('AK\r\nIA\tx')).toEqual({line: 'AK IA x', joined: 'AKIAx'})
  })
})
