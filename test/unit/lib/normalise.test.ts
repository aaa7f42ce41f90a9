// The normal form of texts for credentials, and what it may grow to.
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {atOnce} from '../../../src/lib/slices.js'
import {type FoldBudget, foldSteps, lineForDlp, normaliseForDlp} from '../../../src/lib/text/normalise.js'
import type {Rewritten} from '../../../src/lib/text/rewritten.js'
import {matchingText} from '../../../src/plugins/injection/matching-text.js'

/** Each becomes 18 letters. */
const LIGATURE = '\ufdfa'
/** Each of these becomes several as well. */
const OTHERS = ['\u3300', '\u33ff', '\ufdfb', '\u2057', '\u00bd']

function folded(text: string, budget?: FoldBudget): Rewritten {
  return atOnce(foldSteps(text, budget))
}

test('foldSteps: letters that unfold beyond the budget, the budget is below zero and nothing is unfolded', () => {
  for (const letter of [LIGATURE, ...OTHERS]) {
    const text = letter.repeat(10_000)
    const budget = {bytes: 5_000}
    expect(folded(text, budget).text).toBe(text)
    expect(budget.bytes).toBeLessThan(0)
  }
})

test('foldSteps: letters that unfold within the budget, they are folded and charged', () => {
  const text = `${LIGATURE.repeat(10)} a`
  const budget = {bytes: 1_000}
  const {text: unfolded} = folded(text, budget)
  expect(unfolded.length).toBe(182)
  expect(budget.bytes).toBe(1_000 - 170)
  expect(lineForDlp(text, {bytes: 1_000}).text).toBe(unfolded)
})

test('foldSteps: ordinary text of other scripts, hardly anything is charged', () => {
  const budget = {bytes: 1_000}
  folded('Größe, naïveté, Привет, 你好世界, สวัสดี, שלום, 한국어 — “quoted” … '.repeat(100), budget)
  expect(budget.bytes).toBeGreaterThan(0)
})

test('matchingText: more letters than allowed, the text ends there and says so', () => {
  const {text, isCut} = matchingText(LIGATURE.repeat(10_000), 'delete', 20_000)
  expect(isCut).toBe(true)
  expect(text.length).toBeLessThan(20_100)
  expect(matchingText(LIGATURE.repeat(100), 'delete', 20_000).isCut).toBeUndefined()
})

test('foldSteps: any letters and separators, the same as what each part folds to by itself', () => {
  const ascii = fc.constantFrom('a', 'e', '=', ' ', '<', '\x01', '\x00', '~')
  const other = fc.oneof(
    fc.constantFrom(
      '\u0301',
      '\u0338',
      '\u3099',
      '\u200b',
      '\u0430',
      '\u00e9',
      '\ufdfa',
      '\uff9e',
      '\u1100',
      '\u1161',
      '\ud83d',
    ),
    fc.string({unit: 'binary', minLength: 1, maxLength: 3}).map((text) => text.replace(/[\x00-\x7f]/g, '\u0435')),
  )
  const island = fc.tuple(ascii, fc.array(other, {minLength: 1, maxLength: 3})).map(([a, b]) => a + b.join(''))
  fc.assert(
    fc.property(fc.array(island, {maxLength: 12}), (islands) => {
      const {text, edits} = folded(islands.join(''))
      expect(text).toBe(islands.map((one) => folded(one).text).join(''))
      // offsets of each edit are those of the part that it was made from
      for (const {inStart, inEnd, outStart, outEnd} of edits)
        expect(folded(islands.join('').slice(inStart, inEnd)).text).toBe(text.slice(outStart, outEnd))
    }),
    {numRuns: 500},
  )
  expect(normaliseForDlp('A\u200bK\u0301').joined).toBe(folded('A\u200bK\u0301').text)
})
