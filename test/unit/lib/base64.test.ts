// Base64 in every form that some reader takes.
import {expect, test} from 'vitest'
import {base64Bytes, readBase64} from '../../../src/lib/base64.js'

test.each([
  ['', ''],
  ['aGk=', 'hi'],
  ['aGk', 'hi'],
  ['aG\r\n k=', 'hi'],
  ['-_-_', '\xfb\xff\xbf'],
  ['+/+/', '\xfb\xff\xbf'],
  ['+/-_', '\xfb\xff\xbf'],
])('%j', (text, bytes) => {
  expect(readBase64(text)?.toString('latin1')).toBe(bytes)
  expect(base64Bytes(text)).toBe(bytes.length)
})

test.each(['a', 'aGk=a', 'aG.k', 'aGk===', 'ä'])('%j is none', (text) => {
  expect(readBase64(text)).toBeUndefined()
})
