import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {JsonFault} from '../../../../src/lib/json/reader.js'
import {plainNumber, takeJsonTexts, type JsonText, type JsonTextOptions} from '../../../../src/lib/json/texts.js'
import {atOnce} from '../../../../src/lib/slices.js'

const read = (text: string, maxDepth = 64, sequence = false): readonly JsonText[] => {
  const texts: JsonText[] = []
  atOnce(takeJsonTexts(text, {maxDepth, sequence}, (one) => void texts.push(one)))
  return texts
}
const stepsOf = (text: string, options: JsonTextOptions): Generator<undefined, void> =>
  takeJsonTexts(text, options, () => {})
const kindOf = (text: string, sequence = false): string => {
  try {
    read(text, 64, sequence)
    return 'read'
  } catch (error) {
    return error instanceof JsonFault ? error.kind : 'other'
  }
}

describe('texts of a JSON document', () => {
  test('stand in document order with their places and the names they stand under', () => {
    const source = '{"b": ["x\\u0041", {"c": 1.50}], "a": true, "b": null}'
    expect(read(source).map(({text, role, under}) => [text, role, under])).toEqual([
      ['b', 'key', ''],
      ['xA', 'string', 'b'],
      ['c', 'key', 'b'],
      ['1.50', 'number', 'c'],
      ['a', 'key', ''],
      ['true', 'word', 'a'],
      ['b', 'key', ''],
      ['null', 'word', 'b'],
    ])
    for (const {role, text, start, end} of read(source)) {
      if (role !== 'string') expect(source.slice(start, end).replaceAll('"', '')).toBe(text)
    }
  })

  test('are all there when a member is a duplicate', () => {
    expect(read('{"a":"first","a":"second"}').map(({text}) => text)).toEqual(['a', 'first', 'a', 'second'])
  })

  test('of very long strings are the same, wherever an escape stands', () => {
    const unit = fc.constantFrom('a', '\\', '\\\\', '"', '\n', '\u0000', '\u00e9', '\u{1f600}', 'u0061', '\ud800')
    fc.assert(
      fc.property(fc.array(unit, {minLength: 1, maxLength: 40}), (parts) => {
        const long = parts.join('').repeat(Math.ceil(150_000 / parts.join('').length))
        const source = JSON.stringify([long]).replaceAll('a', '\\u0061')
        expect(read(source)[0]?.text).toBe(long.toWellFormed())
      }),
      {numRuns: 30},
    )
    for (const broken of ['\\x', '\\u00g0']) expect(kindOf(`["${'\\n'.repeat(80_000)}${broken}"]`)).toBe('syntax')
  })

  test('of very long strings with escapes are read with pauses', () => {
    const steps = stepsOf(`["${'\\u0061'.repeat(100_000)}"]`, {maxDepth: 4})
    let pauses = 0
    while (steps.next().done !== true) pauses++
    expect(pauses).toBeGreaterThanOrEqual(9)
  })

  test('of very long strings without escapes: the end is looked for with pauses, and not behind an escaped quote', () => {
    for (const unit of ['a', '\\"', 'a\\"', '\\\\']) {
      const source = `["${unit.repeat(300_000)}","b"]`
      const steps = stepsOf(source, {maxDepth: 4})
      let pauses = 0
      while (steps.next().done !== true) pauses++
      expect(read(source).map(({text}) => text)).toEqual(JSON.parse(source))
      expect(pauses).toBeGreaterThanOrEqual(4)
    }
    expect(kindOf(`["${'\\"'.repeat(80_000)}`)).toBe('syntax')
    expect(kindOf(`["${'a'.repeat(80_000)}\n"]`)).toBe('syntax')
  })

  test('are looked for with pauses where there are none: in brackets alone, and in members without a value', () => {
    for (const unit of [`${'['.repeat(60)}${']'.repeat(60)}`, '{}', '{"a":{}}']) {
      const steps = stepsOf(
        `[${Array(Math.ceil(500_000 / unit.length))
          .fill(unit)
          .join(',')}]`,
        {maxDepth: 64},
      )
      let pauses = 0
      while (steps.next().done !== true) pauses++
      expect([unit, pauses >= 15]).toEqual([unit, true])
    }
  })

  test('keep what cannot be a character out, and go on', () => {
    expect(read('["\\ud800x", "\\ud83d\\ude00"]').map(({text}) => text)).toEqual(['\ufffdx', '😀'])
  })

  test('are refused beyond the depth, whatever stands inside', () => {
    expect(kindOf('['.repeat(64) + ']'.repeat(64))).toBe('read')
    expect(kindOf('['.repeat(65) + ']'.repeat(65))).toBe('depth')
    // no recursion: an attacker's depth costs nothing
    expect(kindOf('[{"a":'.repeat(500_000))).toBe('depth')
  })

  test.each([
    ['', 'empty'],
    [' \n', 'empty'],
    ['{', 'syntax'],
    ['{"a"', 'syntax'],
    ['{"a":}', 'syntax'],
    ['{"a":1,}', 'syntax'],
    ['[1,]', 'syntax'],
    ['[1 2]', 'syntax'],
    ['01', 'syntax'],
    ['1.', 'syntax'],
    ['-', 'syntax'],
    ['"a', 'syntax'],
    ['"\\x41"', 'syntax'],
    ['"\\u12g4"', 'syntax'],
    ['"a\nb"', 'syntax'],
    ["{'a':1}", 'syntax'],
    ['tru', 'syntax'],
    ['{} {}', 'trailing'],
    ['{"a":1]', 'syntax'],
    ['[1}', 'syntax'],
    ['//x\n1', 'syntax'],
  ])('of %j are a fault: %s', (text, kind) => {
    expect(kindOf(text)).toBe(kind)
  })

  test('of several documents are read where the caller allows several', () => {
    expect(kindOf('{"a":1}\n{"a":2}\n', true)).toBe('read')
    expect(kindOf('{"a":1}\n{"a":', true)).toBe('syntax')
  })

  test('of everything that JSON.stringify writes are what was put in', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.boolean(), (value, pretty) => {
        const expected: string[] = []
        const collect = (v: unknown): void => {
          if (Array.isArray(v)) v.forEach(collect)
          else if (typeof v === 'object' && v !== null) {
            for (const [key, inner] of Object.entries(v)) {
              expected.push(key.toWellFormed())
              collect(inner)
            }
          } else expected.push(typeof v === 'string' ? v.toWellFormed() : JSON.stringify(v))
        }
        collect(JSON.parse(JSON.stringify(value)))
        const source = JSON.stringify(value, null, pretty ? 2 : 0)
        expect(read(source, 1000).map(({text}) => text)).toEqual(expected)
      }),
    )
  })

  test('agree with JSON.parse on what is JSON', () => {
    const token = fc.constantFrom('{', '}', '[', ']', ',', ':', '"a"', '"', '1', '-0', '.5', 'e3', 'true', 'null', ' ')
    fc.assert(
      fc.property(fc.array(token, {maxLength: 12}), (tokens) => {
        const text = tokens.join('')
        let valid = true
        try {
          JSON.parse(text)
        } catch {
          valid = false
        }
        expect(kindOf(text) === 'read').toBe(valid)
      }),
      {numRuns: 2000},
    )
  })
})

test('a number is also what a peer prints of it', () => {
  expect(plainNumber('4.111111111111111e15')).toBe('4111111111111111')
  expect(plainNumber('4111111111111111.0')).toBe('4111111111111111')
  expect(plainNumber('17')).toBeUndefined()
  expect(plainNumber('1e999')).toBeUndefined()
})
