// The two halves of the YAML transport agree: what the deterministic writer writes, the strict reader reads back.
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {writeYaml} from '../../src/lib/yaml-writer.js'
import {readBlockYaml} from '../../src/lib/yaml/block-reader.js'
import {parseStrictYaml, parseStrictYamlFully, StrictYamlFault} from '../../src/lib/yaml/strict.js'
import {canonicalJ, type CanonicalInput} from '../../src/lib/json/writer.js'
import {runs} from '../support/thorough.js'

const awkward = fc.constantFrom(
  '<<',
  '<<:',
  'a<<',
  'x: <<: y',
  '~',
  '=',
  'null',
  'Yes',
  'n',
  '0x1f',
  '1_0',
  '+.inf',
  '.NaN',
  '1:30',
  '2026-1-2',
  '2026-01-02T',
  '- a',
  '-',
  '?',
  ':',
  '---',
  '--- a',
  '...',
  '%a',
  '@',
  '`',
  '!x',
  '&a',
  '*a',
  "'a'",
  '"a"',
  '|',
  '>',
  '#',
  'a #b',
  'a: b',
  'a:',
  '{a}',
  '[a',
  ', a',
  '\u00a0',
  '\u2028x',
  '\ufeff',
  '\u0085',
  '\t',
  'a\tb',
  'a\nb',
  '\r\n',
  ' a',
  'a ',
  '\\',
  '\\x3c',
  '\u007f',
  'é',
  '😀',
)
const word = fc.string({
  unit: fc.constantFrom(...'<:>#-? \t\n"\'\\[]{}&*!|%@`,=~.01eE+_xoaynÿ\u0085\u00a0\u2028\ufeff'),
  maxLength: 8,
})
const text = fc.oneof(
  awkward,
  word,
  fc.string({unit: 'binary', maxLength: 20}).filter((s) => s.isWellFormed()),
)
const value: fc.Arbitrary<CanonicalInput> = fc.letrec<{value: CanonicalInput}>((tie) => ({
  value: fc.oneof(
    {maxDepth: 5},
    text,
    fc.integer(),
    fc.bigInt({min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n}),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), {maxLength: 4}),
    fc.dictionary(text, tie('value'), {maxKeys: 4}),
  ),
})).value

test('writer, then strict reader, is the identity', () => {
  const options = {maxCharacters: 1_000_000, maxDepth: 64}
  fc.assert(
    fc.property(fc.dictionary(text, value, {minKeys: 1, maxKeys: 4}), (tree) => {
      let canonical: string
      try {
        canonical = canonicalJ(tree)
      } catch {
        return // names equal after NFC: neither form exists
      }
      const yaml = writeYaml(tree)
      expect(yaml).not.toContain('<<:')
      expect(canonicalJ(parseStrictYaml(yaml, options))).toBe(canonical)
    }),
    {numRuns: runs(2000)},
  )
})

describe('the reader of the written form', () => {
  const options = {maxCharacters: 1_000_000, maxDepth: 64}
  const full = (yaml: string): unknown => {
    try {
      return parseStrictYamlFully(yaml, options)
    } catch (error) {
      return error
    }
  }

  test('reads what the writer writes', () => {
    fc.assert(
      fc.property(fc.dictionary(text, value, {minKeys: 1, maxKeys: 4}), (tree) => {
        const yaml = writeYaml(tree)
        const keys = [...yaml.matchAll(/^[^\S\n]*(?:- )*(.*)$/gm)].map(([, line = '']) => line)
        fc.pre(!/[\u00a0]/.test(yaml) && keys.every((line) => line.length < 400))
        const read = readBlockYaml(yaml, 64)
        // names equal after NFC have no canonical form; the full reader refuses them
        if (read === undefined) expect(full(yaml)).toBeInstanceOf(StrictYamlFault)
        else expect(read).toEqual(parseStrictYamlFully(yaml, options))
      }),
      {numRuns: runs(2000)},
    )
  })

  test('never answers otherwise than the full reader, whatever is done to the text', () => {
    const piece = fc.constantFrom(
      ...[
        '\n',
        ' ',
        '  ',
        ':',
        ': ',
        '- ',
        '#',
        ' #',
        '"',
        "'",
        '\\',
        '{}',
        '[',
        ']',
        '|',
        '>',
        '&a ',
        '*a',
        '!x ',
        '!!str ',
      ],
      ...[
        '<<',
        '? ',
        '---\n',
        '...\n',
        '%',
        '~',
        '\t',
        '\r',
        'a',
        'b: c',
        'é',
        '\ufeff',
        '\u2028',
        '1',
        '0x1',
        '-0',
        '1.5',
        'null',
        '',
      ],
    )
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat({max: 3}), piece), {minLength: 1, maxLength: 3})
    fc.assert(
      fc.property(fc.dictionary(text, value, {minKeys: 1, maxKeys: 4}), edits, (tree, changes) => {
        let yaml = writeYaml(tree)
        for (const [at, cut, insert] of changes) {
          const place = at % (yaml.length + 1)
          yaml = yaml.slice(0, place) + insert + yaml.slice(place + cut)
        }
        fc.pre(!yaml.includes('<<:') && yaml.isWellFormed())
        const read = readBlockYaml(yaml, 64)
        if (read !== undefined) expect(full(yaml)).toEqual(read)
      }),
      {numRuns: runs(5000)},
    )
  })
})
