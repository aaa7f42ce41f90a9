import {describe, expect, it} from 'vitest'
import {entropy} from '../../../src/lib/entropy.js'
import {isStructuredValue, parseDnsQuery} from '../../../src/lib/structured-value.js'

describe('entropy', () => {
  it('is exact', () => {
    expect(entropy('')).toBe(0)
    expect(entropy('aaaa')).toBe(0)
    expect(entropy('abcd')).toBe(2)
    expect(entropy('aabb')).toBe(1)
    expect(entropy('é'.repeat(3) + 'ü')).toBeCloseTo(0.8113, 4)
    expect(entropy('\u{1f600}\u{1f601}')).toBe(1)
    expect(entropy('abc\u{1f600}')).toBe(2)
    expect(entropy('abcd')).toBe(2)
  })
})

describe('structured values (scanning §3.7)', () => {
  it.each([
    '550e8400-e29b-41d4-a716-446655440000',
    '01ARZ3NDEKTSV4RRFFQ69G5FAV',
    '2026-11-21T12:34:56.789+02:00',
    '12345678901234567890',
    'd41d8cd98f00b204e9800998ecf8427e',
    'v12.4.10-beta.3+build.77',
    'how-to-enable-developer-mode-on-android',
    'My_Great.Report-2026',
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 73, 72, 68, 82]).toString('base64'),
  ])('exempts %s', (text) => {
    expect(isStructuredValue(text)).toBe(true)
  })

  it.each([
    '550e8400-e29b-41d4-a716-44665544000g',
    '550e8400-e29b-41d4-a716-4466554400001',
    '01ARZ3NDEKTSV4RRFFQ69G5FA',
    '2026-11-21T12:34:56.789+02:00x',
    '1234567890123456789O',
    'd41d8cd98f00b204e9800998ecf8427',
    'd41d8cd98f00b204e9800998ecf8427g',
    'two-words-x7Kp2mQ9vR4sL8nW1bY6',
    'brrrzt-grmpfl-strngths-wrtz',
    'x7Kp2mQ9vR4sL8nW1bY6cT3fA0jH5dE',
  ])('scores %s', (text) => {
    expect(isStructuredValue(text)).toBe(false)
  })
})

const question = (name: string): Buffer =>
  Buffer.concat([
    ...name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from([0, 0, 1, 0, 1]),
  ])
const header = (additional: number): Buffer => Buffer.from([0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, additional])
const opt = (data: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0, 0, 41, 16, 0, 0, 0, 0, 0, 0, data.length + 4, 0, 12, 0, data.length]), data])

describe('DNS queries', () => {
  it('reads one query, with or without padding', () => {
    const plain = Buffer.concat([header(0), question('www.example.com')])
    expect(parseDnsQuery(plain.toString('base64url'))).toEqual({labels: ['www', 'example', 'com'], options: []})
    const padded = Buffer.concat([header(1), question('www.example.com'), opt(Buffer.alloc(20))])
    expect(parseDnsQuery(padded.toString('base64url'))?.options).toEqual([])
    const filled = Buffer.concat([header(1), question('www.example.com'), opt(Buffer.from('stolen data'))])
    expect(parseDnsQuery(filled.toString('base64url'))?.options).toEqual(['stolen data'])
  })

  it('refuses trailing bytes, responses and broken lengths', () => {
    const plain = Buffer.concat([header(0), question('www.example.com')])
    expect(parseDnsQuery(Buffer.concat([plain, Buffer.from('x')]).toString('base64url'))).toBeUndefined()
    const response = Buffer.from(plain)
    response[2] = 0x81
    expect(parseDnsQuery(response.toString('base64url'))).toBeUndefined()
    const broken = Buffer.from(plain)
    broken[12] = 64
    expect(parseDnsQuery(broken.toString('base64url'))).toBeUndefined()
  })
})
