// Both regular-expression engines are one: they take and refuse the same expressions, and agree in
// verdicts and places over credentials, phrases and ordinary texts, with letters in them that fold to ASCII.
import {readFileSync} from 'node:fs'
import {afterAll, describe, expect, test} from 'vitest'
import {PatternError, compilePattern, openEngine, type RegexEngine} from '../../src/lib/regex/engine.js'
import {loadNativeEngine} from '../../src/lib/regex/native.js'
import {sections} from '../../src/plugins/dlp/config.js'
import {compileRules} from '../../src/plugins/dlp/rules.js'
import {createScanner} from '../../src/plugins/dlp/scanner.js'
import {createInjectionScanner} from '../../src/plugins/injection/scanner.js'
import {EXAMPLES as CREDENTIALS} from '../support/credentials.js'
import {EXAMPLES as PHRASES} from '../support/injection-phrases.js'

const portable = openEngine('re2js')
const native = loadNativeEngine()
if (native === undefined) console.warn('the native engine is not installed: the portable one is compared with itself')
const engines: readonly RegexEngine[] = [native ?? portable, portable]

const USER = [
  {name: 'Own', regex: 'ticket-[0-9]{3}', severity: 'low'},
  {name: 'Words', regex: '\\bk[a-z]+s\\b', severity: 'low'},
  {name: 'Letters', regex: '[[:alpha:]]+-\\pN{2}', severity: 'low'},
] as const
const scanners = engines.map((engine) => ({
  credentials: createScanner(compileRules(sections.dlp.parse({patterns: USER}), engine), [], engine),
  injection: createInjectionScanner(engine),
}))

/** KELVIN SIGN and LONG S fold to `k` and `s`: an engine that folds its pattern another way loses the secret. */
const folded = (text: string): string => text.replace(/k/gi, '\u212a').replace(/s/gi, '\u017f')

function ordinary(every: number, length: number): readonly string[] {
  const corpus = new URL('../../bench/detection/corpus/documents.jsonl', import.meta.url)
  const lines = readFileSync(corpus, 'utf8').split('\n').filter(Boolean)
  return lines.flatMap((line, i) => {
    if (i % every !== 0) return []
    const {body, response} = JSON.parse(line) as {body?: {text?: string}; response?: {body?: {text?: string}}}
    const text = body?.text ?? response?.body?.text
    return text === undefined ? [] : [text.slice(0, length)]
  })
}

const secrets = Object.values(CREDENTIALS).flatMap((example) => example())
const phrases = PHRASES.flatMap(({hits: matches, clean}) => [...matches, ...clean])
const prose = ordinary(20, 1_500)
let compared = 0
let withMatches = 0
afterAll(() => console.info(`engines: ${compared} texts, ${withMatches} with findings`))

describe.each([
  ['as written', (text: string) => text],
  ['with letters that fold to k and s', folded],
])('%s', (_, change) => {
  test('credentials are the same, at the same places', () => {
    for (const text of [...secrets, ...prose, 'ticket-123 keys abc-42']) {
      const [one, other] = scanners.map(({credentials}) =>
        credentials.text(`a ${change(text)} b`, {surface: 'body', all: true}),
      )
      expect(other).toEqual(one)
      compared++
      if (one !== undefined && one.matches.length > 0) withMatches++
    }
  })

  test('phrases are the same, at the same places', () => {
    for (const text of [...phrases, ...prose.slice(0, 12)]) {
      const [one, other] = scanners.map(({injection}) => injection.scan(change(text), {source: 'http_response'}))
      expect(other).toEqual(one)
      compared++
      if (one !== undefined && one.matches.length > 0) withMatches++
    }
  })
})

test('there is something to agree on', () => {
  expect(prose.length).toBeGreaterThan(30)
  expect(withMatches).toBeGreaterThan(secrets.length)
})

describe('expressions', () => {
  const TAKEN = [
    'a{2,5}',
    '(?i)abc',
    '(?s)a.b(?m)^c$',
    '(?-i:Ab)c',
    '\\pL+',
    '\\p{Greek}',
    '\\P{L}',
    '\\x{1F600}',
    '[[:alpha:]]',
    '(?P<name>a)',
    '\\Qa.b\\E',
    'a{1000}',
    '\\bx\\b',
    '\\d+?',
  ]
  const REFUSED = [
    '\\u0041',
    '\\cA',
    '\\C',
    '\\p{Letter}',
    '\\p{Script=Greek}',
    '(?=a)',
    '(?!a)',
    '(?<=a)b',
    '(a)\\1',
    'a++',
    'a*+',
    '(?>a)',
    'a\\Z',
    'a{1001}',
    '(?:a{100}){11}',
    '((a{10}){10}){11}',
    '(',
    '[z-a]',
    '*a',
    '\\8',
    '(?<n>a)(?<n>b)',
  ]
  const verdict = (engine: RegexEngine, source: string): string => {
    try {
      compilePattern(engine, source)
      return 'taken'
    } catch (error) {
      if (!(error instanceof PatternError)) throw error
      return 'refused'
    }
  }
  test.each(TAKEN)('%s is taken by both', (source) => {
    expect(engines.map((engine) => verdict(engine, source))).toEqual(['taken', 'taken'])
  })

  test.each(REFUSED)('%s is refused by both', (source) => {
    expect(engines.map((engine) => verdict(engine, source))).toEqual(['refused', 'refused'])
  })

  test.each(TAKEN)('%s has the same spans in both', (source) => {
    for (const text of ['aaaaa abc a\nb c', 'Abc αβγ 😀 x', 'a.b 42', `${'a'.repeat(1100)}\u212a\u017f`]) {
      const spans = engines.map((engine) => compilePattern(engine, source).exec(text, 0))
      expect(spans[1]).toEqual(spans[0])
    }
  })
})
