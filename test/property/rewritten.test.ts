// Rewritings one after the other as one list of edits: the same text, and every place in it stands where it stood.
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {composed, createRewriter, sourceSpan, type Edit, type Rewritten} from '../../src/lib/text/rewritten.js'
import {runs} from '../support/thorough.js'

type Change = readonly [gap: number, length: number, by: string]

function rewritten(text: string, changes: readonly Change[]): Rewritten {
  const rewriter = createRewriter(text)
  let at = 0
  for (const [gap, length, by] of changes) {
    const start = Math.min(text.length, at + gap)
    const end = Math.min(text.length, start + length)
    if (start === end && by === '') continue
    rewriter.replace(start, end, by)
    at = end + 1
    if (at > text.length) break
  }
  return rewriter.done()
}

function applied(text: string, result: string, edits: readonly Edit[]): string {
  let made = ''
  let from = 0
  for (const {inStart, inEnd, outStart, outEnd} of edits) {
    made += text.slice(from, inStart) + result.slice(outStart, outEnd)
    from = inEnd
  }
  return made + text.slice(from)
}

const change = fc.tuple(fc.nat({max: 6}), fc.nat({max: 4}), fc.constantFrom('', 'x', 'yz', 'uvw'))

test('several lists of edits as one: what stands between them is the same, and each place covers the former one', () => {
  fc.assert(
    fc.property(
      fc.string({maxLength: 40, unit: fc.constantFrom(...'abcdef')}),
      fc.array(fc.array(change, {maxLength: 8}), {maxLength: 4}),
      (text, lists) => {
        const stages: (readonly Edit[])[] = []
        let result = text
        for (const list of lists) {
          const next = rewritten(result, list)
          stages.push(next.edits)
          result = next.text
        }
        const edits = composed(stages)
        expect(applied(text, result, edits)).toBe(result)
        for (const [i, edit] of edits.entries()) {
          const before = edits[i - 1]
          // ascending, apart from each other, and each changes something
          if (before !== undefined) expect(edit.inStart - before.inEnd).toBe(edit.outStart - before.outEnd)
          if (before !== undefined) expect(edit.outStart).toBeGreaterThan(before.outEnd)
          expect(edit.inEnd - edit.inStart + edit.outEnd - edit.outStart).toBeGreaterThan(0)
        }
        for (let at = 0; at < result.length; at++) {
          const one = stages
            .toReversed()
            .reduce((span, list) => sourceSpan(list, span.start, span.end), {start: at, end: at + 1})
          const other = sourceSpan(edits, at, at + 1)
          expect([at, other.start <= one.start && other.end >= one.end]).toEqual([at, true])
        }
      },
    ),
    {numRuns: runs(1_000)},
  )
})
