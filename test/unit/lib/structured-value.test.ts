import {describe, expect, test} from 'vitest'
import {entropy} from '../../../src/lib/entropy.js'
import {isStructuredValue, parseDnsQuery} from '../../../src/lib/structured-value.js'

describe('entropy', () => {
  test('is exact', () => {
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

describe('structured values', () => {
  test.each([
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

  test.each([
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

describe('two near misses of each class, which are scored', () => {
  const digest = (length: number): string => '5f1c0e0a5a1b4c9d'.repeat(8).slice(0, length)
  const magic = (...head: number[]): string => Buffer.from([...head, ...Buffer.alloc(20, 7)]).toString('base64')
  const riff = (kind: string): string => Buffer.from(`RIFF\x10\0\0\0${kind}VP8 more of it`, 'latin1').toString('base64')
  const CLASSES: Readonly<Record<string, readonly [valid: readonly string[], near: readonly string[]]>> = {
    UUID: [
      ['550e8400-e29b-41d4-a716-446655440000', '550E8400-E29B-41D4-A716-446655440000'],
      ['550e8400-e29b-41d4-a716-44665544000g', '550e8400e29b-41d4-a716-446655440000'],
    ],
    ULID: [['01ARZ3NDEKTSV4RRFFQ69G5FAV'], ['81ARZ3NDEKTSV4RRFFQ69G5FAV', '01ARZ3NDEKTSV4RRFFQ69G5FAU']],
    time: [
      ['2026-11-21T12:34:56.789+02:00', '20261121T123456Z'],
      ['2026-11-21T12:34:56.789+02:00x', '2026-11-21Q12:34:56.789'],
    ],
    number: [
      ['12345678901234567890', '-1234567890.1234567890e12'],
      ['1234567890123456789O', '12345678901234567890f'],
    ],
    ...Object.fromEntries(
      [32, 40, 56, 64, 96, 128].map((n) => [
        `digest of ${n}`,
        [
          [digest(n), digest(n).toUpperCase()],
          [digest(n - 1), `${digest(n - 1)}g`],
        ] as const,
      ]),
    ),
    PNG: [[magic(0x89, 0x50, 0x4e, 0x47)], [magic(0x89, 0x50, 0x4e, 0x48), magic(0x50, 0x4e, 0x47)]],
    JPEG: [[magic(0xff, 0xd8, 0xff)], [magic(0xff, 0xd8, 0xfe), magic(0, 0xff, 0xd8, 0xff)]],
    GIF: [[magic(0x47, 0x49, 0x46, 0x38)], [magic(0x47, 0x49, 0x46, 0x37), magic(0x67, 0x69, 0x66, 0x38)]],
    WebP: [[riff('WEBP')], [riff('WAVE'), riff('WEBQ')]],
    PDF: [[magic(0x25, 0x50, 0x44, 0x46)], [magic(0x25, 0x50, 0x44, 0x45), magic(0x20, 0x25, 0x50, 0x44, 0x46)]],
    ZIP: [[magic(0x50, 0x4b, 3, 4)], [magic(0x50, 0x4b, 7, 8), magic(0x50, 0x4b, 3, 5)]],
    version: [
      ['v12.4.10-beta.3+build.77', '1.2.3-rc.1'],
      ['v12.4-Kx92bQzR4mT.3+77', `1.2.3-${'aB3dE5gH7jK9mN2pQ'}`],
    ],
    'named digest': [
      [`sha256:${digest(64)}`, `sha512-${'aB3dE5gH7jK9mN2pQ4rS6t'.repeat(4).slice(0, 86)}==`],
      [`sha256:${digest(62)}`, `hash:${'aB3dE5gH7jK9mN2pQ4rS6t'.repeat(2).slice(0, 43)}`],
    ],
    'message id': [
      [
        'DBqWz1hw7cr4xtigckaGXB5X8wddLfMcbA_rZ3NAuwMrX@lists.example.org',
        '<20261104112233.GA7Kp2mQ9vR4sL8@host.example>',
      ],
      ['x7Kp2mQ9vR4sL8nW1bY6cT3f@x7kp2mq9vr4sl8nw1by6ct3fa0.example', `${'aB3dE5gH7jK9mN2pQ'.repeat(5)}@host.example`],
    ],
    slug: [
      [
        'how-to-enable-developer-mode-on-android',
        'My_Great.Report-2026',
        'numpy-2.1.3-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
        'HX-QR215-00_ABC_Video_Systems_Reference_Manual_Mar94.pdf',
        'babel-plugin-transform-es2015-duplicate-keys-6.24.1.tgz',
        'illustration-silver-otter-26AHG5KGFxSkUWw1i',
      ],
      ['two-words-x7Kp2mQ9vR4sL8nW1bY6', 'one-two-three-x7Kp2mQ9vR4sL8nW1bY6'],
    ],
  }
  test.each(Object.entries(CLASSES))('%s', (_, [valid, near]) => {
    expect(near).toHaveLength(2)
    for (const text of valid) expect([text, isStructuredValue(text)]).toEqual([text, true])
    for (const text of near) expect([text, isStructuredValue(text)]).toEqual([text, false])
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
  test('reads one query, with or without padding', () => {
    const plain = Buffer.concat([header(0), question('www.example.com')])
    expect(parseDnsQuery(plain.toString('base64url'))).toEqual({labels: ['www', 'example', 'com'], options: []})
    const padded = Buffer.concat([header(1), question('www.example.com'), opt(Buffer.alloc(20))])
    expect(parseDnsQuery(padded.toString('base64url'))?.options).toEqual([])
    const filled = Buffer.concat([header(1), question('www.example.com'), opt(Buffer.from('stolen data'))])
    expect(parseDnsQuery(filled.toString('base64url'))?.options).toEqual(['stolen data'])
  })

  test('refuses trailing bytes, responses and broken lengths', () => {
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
