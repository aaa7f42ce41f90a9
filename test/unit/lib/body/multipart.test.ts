import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {boundaryOf, MultipartFault, parameters, readMultipart} from '../../../../src/lib/body/multipart.js'

const LIMITS = {maxParts: 100, maxPartBytes: 1000, maxHeadBytes: 500, maxHeaders: 8}
const read = (text: string | Buffer, boundary = 'b') =>
  readMultipart(typeof text === 'string' ? Buffer.from(text, 'latin1') : text, boundary, LIMITS)
const kindOf = (text: string): string => {
  try {
    read(text)
    return 'read'
  } catch (error) {
    return error instanceof MultipartFault ? error.kind : 'other'
  }
}

describe('boundary', () => {
  test.each([
    ['multipart/form-data; boundary=abc', 'abc'],
    ['multipart/form-data; charset=utf-8; Boundary="a b:c"', 'a b:c'],
    ['multipart/form-data', undefined],
    ['multipart/form-data; boundary=', undefined],
    ['multipart/form-data; boundary=""', undefined],
    ['multipart/form-data; boundary=a; boundary=b', undefined],
    ['multipart/form-data; boundary="a\u00e9"', undefined],
    [`multipart/form-data; boundary=${'x'.repeat(71)}`, undefined],
  ])('of %j is %j', (contentType, boundary) => {
    expect(boundaryOf(contentType)).toBe(boundary)
  })
})

test('parameters are unquoted', () => {
  expect(parameters('form-data; name="a\\"b"; filename=x.txt')).toEqual([
    ['name', 'a"b'],
    ['filename', 'x.txt'],
  ])
})

describe('parts', () => {
  test('have headers and content, and nothing between them is lost', () => {
    const text =
      'before\r\n--b\r\nContent-Disposition: form-data;\r\n name="a"\r\n\r\none\r\ntwo\r\n--b\r\n\r\n\r\n--b--\r\nafter'
    const {parts, outside} = read(text)
    expect(parts.map(({headers, body}) => [headers, body.toString()])).toEqual([
      [[{name: 'content-disposition', value: 'form-data; name="a"'}], 'one\r\ntwo'],
      [[], ''],
    ])
    expect(outside.map(String)).toEqual(['before', 'after'])
  })

  test.each([
    ['nothing', 'syntax'],
    ['--b\r\n\r\nx', 'syntax'],
    ['--b\r\nA: x\r\n--b--', 'syntax'],
    ['--b\r\nno header\r\n\r\nx\r\n--b--', 'syntax'],
    ['--b\r\n: x\r\n\r\nx\r\n--b--', 'syntax'],
    ['--b\r\nA: x\nB: y\r\n\r\nx\r\n--b--', 'syntax'],
    // others would see a delimiter, or none
    ['--b\r\n\r\nx\r\n--bb\r\n\r\ny\r\n--b--', 'syntax'],
    ['--b\r\n\r\nx\n--b--\r\n', 'syntax'],
    ['--b\n\nx\r\n--b--', 'syntax'],
    ['--b\r\n\r\nx\r\n--b--trailing', 'syntax'],
    [`${'--b\r\n\r\nx\r\n'.repeat(101)}--b--`, 'parts'],
    [`--b\r\n\r\n${'x'.repeat(1001)}\r\n--b--`, 'size'],
    [`--b\r\nA: ${'x'.repeat(500)}\r\n\r\nx\r\n--b--`, 'size'],
    [`--b\r\n${'A: x\r\n'.repeat(9)}\r\nx\r\n--b--`, 'parts'],
    [`${'--b\r\n\r\nx\r\n'.repeat(100)}--b--`, 'read'],
    ['--b \t\r\n\r\nx\r\n--b--', 'read'],
  ])('of %j: %s', (text, kind) => {
    expect(kindOf(text)).toBe(kind)
  })

  test('are those that the platform takes a form apart into', async () => {
    const name = fc.string({unit: fc.constantFrom('a', 'B', '7', '_'), minLength: 1, maxLength: 8})
    const field = fc.tuple(name, fc.uint8Array({maxLength: 40}), fc.boolean())
    await fc.assert(
      fc.asyncProperty(fc.array(field, {minLength: 1, maxLength: 6}), async (fields) => {
        const form = new FormData()
        for (const [key, bytes, isFile] of fields) {
          form.append(key, isFile ? new File([bytes], 'f.bin') : Buffer.from(bytes).toString('latin1'))
        }
        const sent = new Response(form)
        const contentType = sent.headers.get('content-type') ?? ''
        const body = Buffer.from(await sent.arrayBuffer())
        const {parts} = read(body, boundaryOf(contentType))
        const again = await new Response(new Uint8Array(body), {headers: {'content-type': contentType}}).formData()
        const expected: Buffer[] = []
        for (const [, value] of again) {
          expected.push(typeof value === 'string' ? Buffer.from(value) : Buffer.from(await value.arrayBuffer()))
        }
        expect(parts.map((part) => part.body.toString('hex'))).toEqual(expected.map((bytes) => bytes.toString('hex')))
      }),
      {numRuns: 60},
    )
  })
})
