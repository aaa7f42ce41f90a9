// The grammar of acts and addressees in each of its languages: injected instructions match, what people tell each other does not.
import {describe, expect, test} from 'vitest'
import {openEngine} from '../../../../src/lib/regex/engine.js'
import {createInjectionScanner} from '../../../../src/plugins/injection/scanner.js'
import {SENTENCES} from '../../../support/injected-sentences.js'

const scanner = createInjectionScanner(openEngine())
const matched = (text: string): readonly string[] =>
  scanner.scan(text, {source: 'http_response'}).matches.map(({rule}) => rule)

describe.each(SENTENCES)('$language', ({injected, ordinary}) => {
  test.each(injected)('an injected instruction matches: %s', (text) => {
    expect(matched(text)).not.toEqual([])
    expect(matched(`The shop opens at nine.\n\n${text}\n\nSee you soon.`)).not.toEqual([])
  })

  test.each(ordinary)('an ordinary sentence does not match: %s', (text) => {
    expect(matched(text)).toEqual([])
  })
})
