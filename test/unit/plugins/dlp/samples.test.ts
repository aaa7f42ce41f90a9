// Numbers of people as documentation invents them, and real ones beside them.
import {expect, test} from 'vitest'
import {sections} from '../../../../src/plugins/dlp/config.js'
import {buildScanner} from '../../../../src/plugins/dlp/create.js'

const scanner = await buildScanner(
  {dlp: sections.dlp.parse({}), canary_tokens: sections.canary_tokens.parse({})},
  {env: {}},
)
const isMatched = (number: string): boolean =>
  scanner.text(`ssn: ${number}`, {surface: 'body', all: true}).matches.length > 0

test.each([
  ['one repeated digit in each part', '222-33-4444'],
  ['the same digit in all parts', '555-55-5555'],
  ['a withdrawn number', '078-05-1120'],
])('%s is a sample', (_, number) => {
  expect(isMatched(number)).toBe(false)
})

test.each([
  ['two parts that repeat a digit', '222-33-4445'],
  ['another number of a withdrawn block', '078-05-1121'],
  ['an ordinary number', '536-22-8726'],
])('%s is found', (_, number) => {
  expect(isMatched(number)).toBe(true)
})
