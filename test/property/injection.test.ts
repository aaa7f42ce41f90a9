// The law of the injection scanner: the trigger automaton changes what a scan costs and nothing else.
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {openEngine, type RegexEngine} from '../../src/lib/regex/engine.js'
import type {Finder} from '../../src/plugins/injection/scanner.js'
import {createInjectionScanner} from '../../src/plugins/injection/scanner.js'
import {EXAMPLES} from '../support/injection-phrases.js'
import {runs, THOROUGH} from '../support/thorough.js'

/** Every phrase is a candidate everywhere. */
const everything: Finder = (phrases) => ({
  candidates: (text) => phrases.map((phrase) => ({phrase, windows: [{start: 0, end: text.length}]})),
})

const phrases = EXAMPLES.flatMap(({matches}) => matches)
const words = [
  ...new Set(EXAMPLES.flatMap(({matches, clean}) => [...matches, ...clean]).flatMap((text) => text.split(/\s+/))),
]
const SIGNS = [' ', '  ', '\n', '.', '-', '_', '/', '|', '*', ', ', ': ', '! ', '\u200b', '', '. ', ' (', '\t']
const LEET: Readonly<Record<string, string>> = {
  o: '0',
  i: '1',
  e: '3',
  a: '@',
  s: '$',
  t: '+',
  l: '|',
  c: '(',
  b: '8',
  g: '9',
}

const bent = (text: string, how: number, at: number): string => {
  const place = text.length === 0 ? 0 : at % text.length
  const c = text.charAt(place)
  const put = (by: string): string => text.slice(0, place) + by + text.slice(place + 1)
  switch (how) {
    case 0:
      return put(`${c}\u200b`)
    case 1:
      return put(LEET[c.toLowerCase()] ?? c)
    case 2:
      return /[aeiou]/i.test(c) ? put('aeiou'.charAt(at % 5)) : text
    case 3:
      return put(c.toUpperCase())
    case 4:
      return put(`${c}\u0301`)
    case 5:
      return put(SIGNS[at % SIGNS.length] ?? '')
    case 6:
      return text.slice(place) + text.slice(0, place)
    case 7:
      return put('')
    default:
      return text
  }
}

const mutated = fc
  .tuple(fc.constantFrom(...phrases), fc.array(fc.tuple(fc.nat({max: 8}), fc.nat({max: 200})), {maxLength: 5}))
  .map(([text, changes]) => changes.reduce((now, [how, at]) => bent(now, how, at), text))

const resigned = fc
  .tuple(fc.constantFrom(...phrases), fc.array(fc.constantFrom(...SIGNS), {minLength: 1, maxLength: 6}))
  .map(([text, signs]) => text.split(/\s+/).reduce((all, word, i) => all + (signs[i % signs.length] ?? '') + word))

const cut = fc.tuple(fc.constantFrom(...phrases), fc.nat({max: 60})).map(([text, at]) => text.slice(0, at))
const prose = fc
  .array(fc.tuple(fc.constantFrom(...words), fc.constantFrom(...SIGNS)), {maxLength: 14})
  .map((parts) => parts.flat().join(''))
const encoded = fc
  .tuple(mutated, fc.constantFrom('base64', 'hex', 'percent', 'rot13', 'reversed', 'references'))
  .map(([text, how]) => {
    switch (how) {
      case 'base64':
        return Buffer.from(text).toString('base64')
      case 'hex':
        return Buffer.from(text).toString('hex')
      case 'percent':
        return encodeURIComponent(text.toWellFormed())
      case 'rot13':
        return text.replace(/[a-z]/gi, (c) =>
          String.fromCharCode((((c.charCodeAt(0) & 31) + 12) % 26) + (c < 'a' ? 65 : 97)),
        )
      case 'reversed':
        return [...text].reverse().join('')
      default:
        return [...text].map((c) => `&#x${c.codePointAt(0)?.toString(16)};`).join('')
    }
  })

/** Short texts are one window of their own; this makes a text longer than that. */
const LONGER = 'The visitors walked along the river and looked at the old mill. '.repeat(5)
const texts = fc
  .tuple(
    fc.array(fc.oneof(mutated, resigned, cut, prose, encoded), {minLength: 1, maxLength: 4}),
    fc.constantFrom(' ', '\n', '', '. '),
    fc.constantFrom('', '', LONGER),
  )
  .map(([parts, joint, before]) => before + parts.join(joint))

const source = 'http_response'

/** re2js compiles every phrase of every language for it, which takes most of a minute beside other tests. */
const timeout = 240_000

test.each(['re2', 're2js'] as const)(
  'on %s the triggers hide nothing that a scan of everything finds',
  {timeout},
  (name) => {
    const engine = available(name)
    if (engine === undefined) return
    const fast = createInjectionScanner(engine)
    const full = createInjectionScanner(engine, everything)
    fc.assert(
      fc.property(texts, (text) => {
        const [some, all] = [fast.scan(text, {source}), full.scan(text, {source})]
        if (all.exhausted && !some.exhausted) {
          // every phrase in every view of a long text takes more work than one scan may do
          expect(some.matches).toEqual(expect.arrayContaining([...all.matches]))
        } else expect(some).toEqual(all)
      }),
      // a run on re2js takes eight times as long; where it is the only engine, all other tests of the scanner use it too
      {numRuns: name === 're2' ? runs(200) : THOROUGH ? 20 : 6},
    )
  },
)

function available(name: 're2' | 're2js'): RegexEngine | undefined {
  try {
    return openEngine(name)
  } catch {
    return undefined
  }
}
