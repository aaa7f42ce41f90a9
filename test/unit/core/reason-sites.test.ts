// Every block reason has a place that emits it, or a written reason why none does. The page is generated from the
// sources, which fails where neither exists.
import {readFileSync} from 'node:fs'
import {expect, test} from 'vitest'
import {REASONS} from '../../../src/core/reasons.js'

test('every block reason has a documented source', () => {
  const page = readFileSync(new URL('../../../docs/reference/block-reasons.md', import.meta.url), 'utf8')
  const rows = page.split('\n').flatMap((line) => {
    const [, code, , , from = ''] = line.split('|').map((cell) => cell.trim())
    return code?.startsWith('`') === true ? [[code.slice(1, -1), from] as const] : []
  })
  expect(rows.map(([code]) => code)).toEqual(Object.keys(REASONS))
  for (const [code, from] of rows) expect([code, from]).toEqual([code, expect.stringMatching(/\w{4}/)])
})
