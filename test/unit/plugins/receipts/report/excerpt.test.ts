// Which lines go into a page: what failed, the beginning, the end; never more than the budget.
import {describe, expect, test} from 'vitest'
import type {Line} from '../../../../../src/plugins/receipts/verify/lines.js'
import {Excerpt, type Budget} from '../../../../../src/plugins/receipts/report/excerpt.js'

const line = (n: number, size = 10): Line => ({
  file: 'f',
  line: n,
  bytes: Buffer.alloc(size, n % 256),
  terminated: true,
  tooLong: false,
})

function chosen(count: number, budget: Budget, failed: readonly number[] = [], size?: (n: number) => number): string {
  const excerpt = new Excerpt(
    budget,
    failed.map((n) => ({file: 'f', line: n})),
  )
  for (let n = 1; n <= count; n++) {
    excerpt.line(line(n, size?.(n)))
    if (n % 2 === 0) excerpt.receipt()
  }
  return excerpt.runs.map(({lines}) => `${lines[0]?.line}-${lines.at(-1)?.line}`).join(' ')
}

describe('an excerpt', () => {
  const roomy = {lines: 100, bytes: 1e6}

  test('is everything where everything fits', () => {
    expect(chosen(40, roomy)).toBe('1-40')
    expect(chosen(0, roomy)).toBe('')
    expect(chosen(100, roomy)).toBe('1-100')
  })

  test('is the beginning and the end where it does not', () => {
    expect(chosen(5000, {lines: 20, bytes: 1e6})).toBe('1-4 4985-5000')
    expect(chosen(5000, {lines: 20, bytes: 100})).toBe('1-4 4995-5000')
    expect(chosen(5000, {lines: 2, bytes: 1e6})).toBe('1-2')
    expect(chosen(5000, {lines: 0, bytes: 1e6})).toBe('')
  })

  test('holds what failed and what stands before it first of all', () => {
    expect(chosen(5000, {lines: 20, bytes: 1e6}, [2500])).toBe('1-4 2492-2501 4995-5000')
    expect(chosen(5000, {lines: 10, bytes: 1e6}, [2500])).toBe('2492-2501')
    expect(chosen(30, {lines: 12, bytes: 1e6}, [3])).toBe('1-4 23-30')
  })

  test('leaves a line out that would crowd out the others, and says where the run ends', () => {
    expect(chosen(10, roomy, [], (n) => (n === 5 ? 300_000 : 10))).toBe('1-4 6-10')
  })

  test('copies what it holds, and counts receipts', () => {
    const excerpt = new Excerpt(roomy, [])
    const one = line(1)
    excerpt.line(one)
    excerpt.receipt()
    one.bytes.fill(0)
    expect([excerpt.runs[0]?.lines[0]?.bytes[0], excerpt.runs[0]?.lines[0]?.receipts]).toEqual([1, 1])
  })
})
