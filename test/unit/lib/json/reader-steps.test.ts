// The strict reader in steps: what a step reads is bounded, and values and faults are those of one call.
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {JsonFault, readJson, readJsonSteps, type JsonReadOptions} from '../../../../src/lib/json/reader.js'
import {stepped} from '../../../support/steps.js'

const OPTIONS = {maxDepth: 64}
const STEP = 32_768

const outcome = (read: () => unknown): unknown => {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    return [error.kind, error.offset, error.message]
  }
}

test.each([
  ['numbers', `[${'1,'.repeat(300_000)}1]`],
  ['short strings', `[${'"a",'.repeat(150_000)}1]`],
  ['members', `[${'{"a":"bcd"},'.repeat(50_000)}1]`],
  ['containers', `[${'[[{"a":[]}]],'.repeat(50_000)}1]`],
])('readJsonSteps: a document of %s, every step reads about so many characters', (_what, text) => {
  let read = 0
  let atPause = 0
  let most = 0
  const count = (from: number, to: number): void => void (read += to - from)
  const options: JsonReadOptions = {
    ...OPTIONS,
    onString: (_value, start, end) => count(start, end),
    onNumber: (token) => count(0, token.length),
  }
  const {pauses} = stepped(readJsonSteps(text, options), () => {
    most = Math.max(most, read - atPause)
    atPause = read
  })
  expect(pauses).toBeGreaterThanOrEqual(Math.floor(text.length / STEP) - 1)
  expect(most).toBeLessThanOrEqual(STEP)
})

test.each([
  ['letters', 'x'.repeat(1_000_000)],
  ['escapes', '\\u0061'.repeat(160_000)],
  ['backslashes', '\\\\'.repeat(500_000)],
])('readJsonSteps: one string of %s is read in steps, as a value and as a name', (_what, content) => {
  for (const text of [`["${content}"]`, `{"${content}":1}`, `"${content}"`]) {
    const {value, pauses} = stepped(readJsonSteps(text, OPTIONS))
    expect(pauses).toBeGreaterThanOrEqual(Math.floor(content.length / STEP) - 1)
    expect(JSON.stringify(value)).toBe(JSON.stringify(JSON.parse(text)))
  }
})

test('readJsonSteps: texts that no reader takes, or takes, the outcome of one call', () => {
  const long = 'y'.repeat(STEP - 3)
  const text = fc
    .tuple(
      fc.constantFrom('', '[', '{"a":', '{"a":1,"a":', `["${long}",`, `{"${long}":`),
      fc.constantFrom(
        '',
        '1',
        '"\\u12"',
        '"\\ud800"',
        '"\\q"',
        `"${long}\\`,
        `"${long}\\u0041"`,
        `"${long}\u0001"`,
        '01',
        '[]',
        '{}',
      ),
      fc.constantFrom('', ']', '}', ' x', ',]', ',"a":2}', `,"${long}`),
    )
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(text, (one) => {
      expect(outcome(() => stepped(readJsonSteps(one, OPTIONS)).value)).toEqual(outcome(() => readJson(one, OPTIONS)))
    }),
    {numRuns: 300},
  )
})

test('readJson: a small document takes no pause', () => {
  expect(stepped(readJsonSteps('{"a":[1,2,{"b":"c"}]}', OPTIONS)).pauses).toBe(0)
})
