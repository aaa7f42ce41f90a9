// The word lint: it reports a retired word in every place that a person reads, and only there.
import {readFileSync} from 'node:fs'
import {expect, test} from 'vitest'

interface Row {
  readonly word: string
  readonly used: string
  readonly scope: string
}
interface Words {
  retiredWords(glossary: string): readonly Row[]
  problemsIn(path: string, text: string, retired: readonly Row[]): readonly string[]
}

const script = new URL('../../scripts/words.mjs', import.meta.url).href
const {retiredWords, problemsIn} = (await import(script)) as Words
const glossary = readFileSync(new URL('../../docs/glossary.md', import.meta.url), 'utf8')
const rows = retiredWords(glossary)

const IDENTIFIERS = {
  'a constant': 'const WORD = 1',
  'a word of a longer name': 'let isWORDTwice = 1',
  'a parameter': 'function f(WORD: string) {}',
  'a destructured name': 'const {other: WORD} = value',
  'a private member': 'class A { #WORD = 1 }',
  'a method': 'const a = { WORD() {} }',
  'a member of a type': 'interface A { WORD: string }',
} as const
test.each(Object.entries(IDENTIFIERS))('%s: a retired identifier is reported with its line', (_name, source) => {
  const identifiers = rows.filter(({scope}) => scope === 'identifiers')
  expect(identifiers.length).toBeGreaterThan(20)
  for (const {word} of identifiers) {
    const code = `\n${source.replace(/WORD(?=Twice)/, word[0]?.toUpperCase() + word.slice(1)).replace('WORD', word)}\n`
    expect(problemsIn('src/a.ts', code, rows), word).toEqual([expect.stringMatching(/^src\/a\.ts:2: \S+: write /)])
  }
})

const TEXTS = {
  'a message': ['src/a.ts', "fail('it PHRASE here')"],
  'a message over two lines': ['src/a.ts', "fail(\n'it PHRASE_1 ' +\n  'PHRASE_2 here')"],
  'a message with a value': ['src/a.ts', 'fail(`${a} PHRASE ${b}`)'],
  'a message in a value': ['src/a.ts', "fail(`${a ?? 'PHRASE'}`)"],
  'a line comment': ['src/a.ts', '// it PHRASE here\nf()'],
  'a comment over two lines': ['src/a.ts', '// it PHRASE_1\n// PHRASE_2 here\nf()'],
  'a docstring': ['src/a.ts', '/** It PHRASE here. */\nexport const a = 1'],
  'a comment before a closing brace': ['src/a.ts', 'if (a) {\n  f()\n  // it PHRASE here\n}'],
  'a comment in an empty block': ['src/a.ts', 'function f() { /* it PHRASE here */ }'],
  'a comment at the end': ['src/a.ts', 'f()\n// it PHRASE here\n'],
  'a page': ['docs/a.md', '# A\n\nIt PHRASE here.\n'],
  'a page, over two lines': ['docs/a.md', '# A\n\nIt PHRASE_1\nPHRASE_2 here.\n'],
  'a test title': ['test/a.test.ts', "test('it PHRASE here', () => {})"],
  'a test title with a value': ['test/a.test.ts', 'test(`${a} PHRASE`, () => {})'],
  'a test title in two pieces': ['test/a.test.ts', "test('it PHRASE_1 ' + 'PHRASE_2', () => {})"],
  'the title of a group': ['test/a.test.ts', "describe('PHRASE', () => {})"],
  'the title of a table': ['test/a.test.ts', "test.each([1])('%i PHRASE', () => {})"],
  'the name of a row': ['test/a.test.ts', "test.each([['PHRASE', 1]])('%s', () => {})"],
} as const
test.each(Object.entries(TEXTS))('%s: a retired phrase is reported once', (_name, [path, source]) => {
  const phrases = rows.filter(({scope}) => scope === 'text')
  expect(phrases.length).toBeGreaterThan(10)
  for (const {word} of phrases) {
    const [first = '', ...rest] = word.split(' ')
    const code = source.replace('PHRASE_1', first).replace('PHRASE_2', rest.join(' ')).replace('PHRASE', word)
    expect(problemsIn(path, code, rows), word).toEqual([expect.stringMatching(/^\S+:\d+: write ".+" for "/)])
  }
})

test('data of a test, a member of a foreign object and the glossary itself: retired words are not reported', () => {
  expect(problemsIn('test/a.test.ts', "expect(judge('the page that was looked at')).toBe('allow')", rows)).toEqual([])
  expect(problemsIn('src/a.ts', 'const a = b.found + c.answer', rows)).toEqual([])
  expect(problemsIn('src/a.ts', 'const answered = lookedUp + goesOn', rows)).toEqual([])
  expect(problemsIn('docs/glossary.md', glossary, rows)).toEqual([])
})

test('a member of a stored document: it keeps its retired name in the files that write it, and in no other', () => {
  const source = 'interface A { seenAt: string }'
  expect(problemsIn('src/plugins/a2a/baselines.ts', source, rows)).toEqual([])
  expect(problemsIn('src/plugins/a2a/cards.ts', source, rows)).toHaveLength(1)
  expect(problemsIn('src/plugins/a2a/baselines.ts', 'interface A { seen: string }', rows)).toHaveLength(1)
})
