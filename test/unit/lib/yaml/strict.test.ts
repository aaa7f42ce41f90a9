import {describe, expect, test} from 'vitest'
import {RawNumber} from '../../../../src/lib/json/reader.js'
import {parseStrictYaml, StrictYamlFault} from '../../../../src/lib/yaml/strict.js'

const options = {maxCharacters: 1_000_000, maxDepth: 64}

function read(text: string): unknown {
  try {
    return JSON.parse(JSON.stringify(parseStrictYaml(text, options)))
  } catch (error) {
    if (error instanceof StrictYamlFault) return `!${error.kind}`
    throw error
  }
}

describe('accepted', () => {
  test.each<[string, unknown]>([
    ['a: 1', {a: 1}],
    ['a: [1, -2, {b: c}]\n', {a: [1, -2, {b: 'c'}]}],
    ['{"a": "x\\ud83d\\ude00", "b": [true, false, null]}', {a: 'x😀', b: [true, false, null]}],
    ['a:\n- b\n-\n', {a: ['b', null]}],
    [
      'a: ~\nb: yes\nc: True\nd: NULL\ne: 1_000\nf: 0o9',
      {a: null, b: 'yes', c: 'True', d: 'NULL', e: '1_000', f: '0o9'},
    ],
    ['a: !!str 7\nb: !!map {c: !!seq []}\n!!str 8: x', {a: '7', b: {c: []}, '8': 'x'}],
    ['a: !!str\nb: !!str true', {a: '', b: 'true'}],
    ['a: |\n  one\n  two\nb: >-\n  one\n  two\n', {a: 'one\ntwo\n', b: 'one two'}],
    ['a: one\n  two # comment\n', {a: 'one two'}],
    ['? a\n: b\n', {a: 'b'}],
    ['"7": x\n\'8\': y\n', {'7': 'x', '8': 'y'}],
    ['a: "2026-04-01"\nb: 2026-04-01x\nc: 2026-4-1', {a: '2026-04-01', b: '2026-04-01x', c: '2026-4-1'}],
    ['__proto__: 1', JSON.parse('{"__proto__": 1}')],
    ['--- # first\na: 1\n...\n', {a: 1}],
    [`a: x${'['.repeat(300)}\nb: '${'{'.repeat(300)}'`, {a: `x${'['.repeat(300)}`, b: '{'.repeat(300)}],
  ])('%j', (text, expected) => {
    expect(read(text)).toEqual(expected)
  })

  test('keeps 64-bit integers exactly', () => {
    const tree = parseStrictYaml('a: 9223372036854775807\nb: -9223372036854775808', options)
    expect(tree).toEqual({a: new RawNumber('9223372036854775807'), b: new RawNumber('-9223372036854775808')})
  })
})

describe('refused', () => {
  test.each<[string, string]>([
    // 1: anywhere in the file, before everything else
    ['a: "<<: x"', 'merge_key'],
    ['%YAML 1.2\n---\n<<: *x\n', 'merge_key'],
    ['a: &x {b: 1}\nc:\n  << : *x\n', 'merge_key'],
    ['? <<\n: {a: 1}\n', 'merge_key'],
    // 2
    ['a: [', 'syntax'],
    ['a: b: c', 'syntax'],
    ['\ufeffa: 1', 'syntax'],
    ['%YAML 1.2\n---\na: 1', 'syntax'],
    ['%FOO bar\n---\na: 1', 'syntax'],
    ['a: 1\n...\n%YAML 1.2\n---\nb: 1', 'syntax'],
    ['a: "x\u0001"', 'syntax'],
    ['a: &x 1\nb: [', 'syntax'],
    // 3
    ['', 'empty'],
    ['# only a comment\n', 'empty'],
    ['---\n', 'empty'],
    ['null', 'empty'],
    ['~\n', 'empty'],
    ['---\n---\na: 1', 'empty'],
    // 4
    ['a: 1\n---\nb: 2', 'multi_doc'],
    ['a: &x 1\n---\nb: 2', 'multi_doc'],
    ['a: 1\n---\n', 'multi_doc'],
    // 5
    ['a: &x 1', 'alias_or_anchor'],
    ['a: *none', 'alias_or_anchor'],
    ['&x a: 1', 'alias_or_anchor'],
    ['&x\na: 1', 'alias_or_anchor'],
    ['&x a: 1\nb: *x', 'alias_or_anchor'],
    ['a: 1\n*x : 2', 'alias_or_anchor'],
    ['a: !!int &x 1', 'alias_or_anchor'],
    // 6
    ['a: !!int "1"', 'custom_tag'],
    ['a: !!binary aGk=', 'custom_tag'],
    ['a: !!timestamp 2026-01-01', 'custom_tag'],
    ['a: ! x', 'custom_tag'],
    ['a: !local x', 'custom_tag'],
    ['a: !e!local x', 'custom_tag'],
    ['a: !<tag:yaml.org,2002:str> x', 'custom_tag'],
    ['!<tag:yaml.org,2002:map>\na: 1', 'custom_tag'],
    ['a: !!str [x]', 'custom_tag'],
    ['a: !!seq {b: 1}', 'custom_tag'],
    ['!!map a: 1', 'custom_tag'],
    ['!!int 1: a', 'custom_tag'],
    ['a: [!!float 1.5, &x b]', 'custom_tag'],
    ['a: [&x b, !!float 1.5]', 'alias_or_anchor'],
    ['a: !!set {b, c}', 'custom_tag'],
    // 7
    ['a: 1\na: 2', 'duplicate_key'],
    ['a: 1\n"a": 2', 'duplicate_key'],
    ['a: 1\n!!str a: 2', 'duplicate_key'],
    ['{a: 1, b: {c: 1, c: 2}}', 'duplicate_key'],
    ['caf\u00e9: 1\ncafe\u0301: 2', 'duplicate_key'],
    ['a: 1\na: !!int 2', 'duplicate_key'],
    ['a: 1.5\na: 2', 'number'],
    // 8
    ['7: a', 'syntax'],
    ['true: a', 'syntax'],
    ['1.5: a', 'syntax'],
    ['2026-01-01: a', 'syntax'],
    [': a', 'syntax'],
    ['[a]: b', 'syntax'],
    ['? {a: 1}\n: b', 'syntax'],
    // 9
    ...[
      '+1',
      '01',
      '-0',
      '-01',
      '0x1F',
      '0o17',
      '1.5',
      '1.',
      '.5',
      '1e3',
      '1E+3',
      '-.5e-3',
      '.inf',
      '-.INF',
      '.nan',
      '.NaN',
      '9223372036854775808',
      '-9223372036854775809',
      '1'.repeat(400),
    ].map((n): [string, string] => [`a: ${n}`, 'number']),
    ...['2026-04-01', '2026-04-01T00:00:00Z', '2026-04-01t00:00:00Z', '2026-04-01 00:00:00', '2026-99-99'].map(
      (t): [string, string] => [`a: ${t}`, 'timestamp'],
    ),
    ['a: "\\ud800"', 'surrogate'],
    ['"\\udc00": a', 'surrogate'],
  ])('%j is %s', (text, kind) => {
    expect(read(text)).toBe(`!${kind}`)
  })
})

describe('depth', () => {
  const nested = (n: number) => `${'['.repeat(n)}${']'.repeat(n)}`
  const blocks = (n: number) => Array.from({length: n}, (_, i) => `${' '.repeat(i * 2)}k:\n`).join('')

  test('accepts the limit and refuses one more', () => {
    expect(read(nested(64))).not.toBe('!depth')
    expect(read(nested(65))).toBe('!depth')
    expect(read(blocks(64))).not.toBe('!depth')
    expect(read(`${blocks(64)}${' '.repeat(128)}a: 1\n`)).toBe('!depth')
    expect(read(`${Array.from({length: 32}, (_, i) => `${' '.repeat(i)}k:\n${' '.repeat(i)}-\n`).join('')}`)).not.toBe(
      '!depth',
    )
    expect(read('- '.repeat(64))).not.toBe('!depth')
    expect(read('- '.repeat(65))).toBe('!depth')
  })

  test.each([
    ['flow', '['.repeat(400_000)],
    ['flow mappings', '{a: '.repeat(100_000)],
    ['dashes', '- '.repeat(200_000)],
    ['question marks', '? '.repeat(200_000)],
    ['colons', ': '.repeat(200_000)],
    ['one line of keys', 'a: '.repeat(200_000)],
    ['blocks', blocks(900)],
    [
      'sequences at the column of their key',
      Array.from({length: 900}, (_, i) => `${' '.repeat(i)}k:\n${' '.repeat(i)}-\n`).join(''),
    ],
    ['dashes on lines', Array.from({length: 1200}, (_, i) => `${' '.repeat(i)}-\n`).join('')],
    ['explicit keys with flow', '? ['.repeat(100_000)],
    ['closing first', ']['.repeat(100_000)],
    ['anchored', '&a - '.repeat(100_000)],
    ['lines that each open a mapping in the one before', 'a: b: c\n'.repeat(100_000)],
    ['lines that each open a sequence in the one before', 'a: - b\n'.repeat(30_000)],
    ['quoted keys over lines', 'a: "x\n y": b\n'.repeat(60_000)],
    ['quoted keys', '"a": '.repeat(100_000)],
  ])('does not hand %s to the parser', (_, text) => {
    expect(read(text)).toMatch(/^!(depth|syntax)$/)
  })

  test('a text with many faults leaves the stack traces of other errors as they were', () => {
    const {stackTraceLimit} = Error
    expect(read('a: - b\n'.repeat(10))).toBe('!syntax')
    expect(Error.stackTraceLimit).toBe(stackTraceLimit)
  })

  test('judges size first', () => {
    expect(() => parseStrictYaml('a: 1', {maxCharacters: 3, maxDepth: 64})).toThrow(/more than 3 characters/)
  })
})
