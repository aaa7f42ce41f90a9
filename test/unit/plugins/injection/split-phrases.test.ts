// Every phrase that a rule must find, cut in two: over two strings of JSON and over two events of a stream.
import {expect, test} from 'vitest'
import {openEngine} from '../../../../src/lib/regex/engine.js'
import {atOnce} from '../../../../src/lib/slices.js'
import {createInjectionScanner} from '../../../../src/plugins/injection/scanner.js'
import {jsonStrings} from '../../../../src/plugins/response-scanning/json-strings.js'
import {streamText} from '../../../../src/plugins/response-scanning/stream-text.js'
import {EXAMPLES} from '../../../support/injection-phrases.js'

const scanner = createInjectionScanner(openEngine())

/** The texts of a JSON value that are inspected. */
function ofJson(value: unknown): readonly string[] {
  const strings = atOnce(jsonStrings(JSON.stringify(value)))
  return strings === undefined || strings === 'too_deep' ? [] : [strings.joined, strings.lists, strings.values]
}

const event = (content: string): string => `data: ${JSON.stringify({choices: [{index: 0, delta: {content}}]})}\n\n`
const ofEvents = (...pieces: readonly string[]): readonly string[] => [atOnce(streamText(pieces.map(event).join('')))]

const SPLITS: Readonly<Record<string, (first: string, rest: string, whole: string) => readonly string[]>> = {
  'two strings of a list': (first, rest) => ofJson([first, rest]),
  'two members': (first, rest) => ofJson({first, second: rest}),
  'members of two objects': (first, rest) => ofJson([{id: 'a1', text: first}, {text: rest}]),
  'the ends of long strings': (first, rest) =>
    ofJson({first: `${'Well then. '.repeat(40)}${first}`, second: `${rest} ${'So it is. '.repeat(40)}`}),
  'two events': (first, rest) => ofEvents(`${first} `, rest),
  'two events, within a word': (_first, _rest, whole) =>
    ofEvents(whole.slice(0, whole.length >> 1), whole.slice(whole.length >> 1)),
  'events of three letters': (_first, _rest, whole) => ofEvents(...(whole.match(/[^]{1,3}/gu) ?? [])),
}

test.each(EXAMPLES)('$rule is found over', ({rule, matches: matches}) => {
  const missed = matches.flatMap((whole) => {
    const words = whole.split(' ')
    const half = Math.ceil(words.length / 2)
    // a role and a step of a chat begin a line, and one word has no halves
    if (words.length < 2 || /\n/.test(whole)) return []
    return Object.entries(SPLITS).flatMap(([name, split]) =>
      (/ends/.test(name) && /^(?:system:|cat )/.test(whole)) ||
      split(words.slice(0, half).join(' '), words.slice(half).join(' '), whole).some((text) =>
        scanner.scan(text, {source: 'tool_result'}).matches.some((match) => match.rule === rule),
      )
        ? []
        : [`${name}: ${whole}`],
    )
  })
  expect(missed).toEqual([])
})
