// How much a person reads before a decision: the review of a usual agent fits one screen, its page a mail.
import {spawnSync} from 'node:child_process'
import {join} from 'node:path'
import {expect, test} from 'vitest'

const root = join(import.meta.dirname, '../..')

interface Size {
  readonly endpoints: number
  readonly lines: number
  readonly bytes: number
}

test('the review of an agent with 15 endpoints and 100 sessions has at most 60 lines, its page at most 300 KB', () => {
  const run = spawnSync(process.execPath, ['bench/learning/review-size.mjs', 'stable, 15 endpoints'], {
    cwd: root,
    encoding: 'utf8',
  })
  expect(run.stderr).toBe('')
  const {endpoints, lines, bytes} = JSON.parse(run.stdout) as Size
  expect(endpoints).toBe(15)
  expect(lines).toBeLessThanOrEqual(60)
  expect(bytes).toBeLessThanOrEqual(300 * 1024)
}, 60_000)
