// What the library would write wrongly is not written.
import {expect, test} from 'vitest'
import {parseDictionary, writeDictionary} from '../../../src/lib/structured-fields.js'

const written = (text: string): string => writeDictionary(parseDictionary(text) ?? new Map())

test('a display string is written as it was received', () => {
  expect(written('a=%"f%c3%bc%1f%25"')).toBe('a=%"f%c3%bc%1f%25"')
})

test.each(['a=%"%00f"', 'a=%"x%0a"', 'a=("x" %"%0f")', 'a=1;b=%"%07"'])(
  '%s would be written as another value',
  (text) => {
    expect(() => written(text)).toThrow('a display string with control characters')
  },
)
