// How much of what attackers send is stopped, and how much of ordinary traffic: both measurements run on the built checkout,
// each against a firewall of its own, and may not fall behind what was reached.
import {execFile} from 'node:child_process'
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import {afterAll, describe, expect, test} from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')
const conformance = process.env['PIPELOCK_CONFORMANCE'] ?? join(ROOT, '../shared/conformance')
const present = existsSync(join(conformance, 'egress-bench/cases'))
if (!present) console.warn(`no egress cases in ${conformance}: containment is skipped (set PIPELOCK_CONFORMANCE)`)

/**
 * The goals: every recorded attack for a reason that fits, 97 % of the disguised, a verified receipt of every refusal, no
 * benign case, one ordinary item in a thousand.
 */
const FLOOR = {
  contained: 1,
  containedDisguised: 0.97,
  detected: 1,
  evidenced: 1,
  benignStopped: 0,
  ordinaryBlocked: 0.001,
} as const

const LIMIT_MS = 300_000
const folder = mkdtempSync(join(tmpdir(), 'containment-'))
afterAll(() => rmSync(folder, {recursive: true, force: true}))

/** Runs a measurement and reads what it wrote; its own opinion of the figures is its exit code, which is not asked. */
async function measured(program: string): Promise<Record<string, unknown>> {
  const file = join(folder, `${program}.json`)
  const text = await new Promise<string>((done) => {
    execFile(
      process.execPath,
      [join(ROOT, 'bench/detection', `${program}.mjs`), '--json', file],
      {cwd: ROOT, timeout: LIMIT_MS, maxBuffer: 16 << 20},
      (_, out, err) => done(out + err),
    )
  })
  if (!existsSync(file)) throw new Error(`${program} wrote no figures:\n${text.slice(-2000)}`)
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
}

interface Outcome {
  readonly id: string
  readonly isBlocked: boolean
}

describe('containment', () => {
  test.skipIf(!present)(
    'stops the recorded attacks and their disguises, and no benign case',
    async () => {
      const figures = await measured('egress')
      const results = figures['results'] as Readonly<Record<'recorded' | 'disguised' | 'benign', readonly Outcome[]>>
      const ids = (outcomes: readonly Outcome[], isBlocked: boolean): readonly string[] =>
        outcomes.filter((outcome) => outcome.isBlocked === isBlocked).map(({id}) => id)
      expect(results.recorded.length).toBeGreaterThan(30)
      expect(results.disguised.length).toBeGreaterThan(500)
      expect(ids(results.recorded, false)).toEqual([])
      expect(figures['contained']).toBeGreaterThanOrEqual(FLOOR.contained)
      expect(figures['containedDisguised'], ids(results.disguised, false).join('\n')).toBeGreaterThanOrEqual(
        FLOOR.containedDisguised,
      )
      expect(figures['detected']).toBe(FLOOR.detected)
      expect(figures['evidenced']).toBe(FLOOR.evidenced)
      expect(results.benign.length).toBeGreaterThan(10)
      expect(ids(results.benign, true)).toHaveLength(FLOOR.benignStopped)
    },
    LIMIT_MS,
  )

  test(
    'leaves ordinary traffic alone',
    async () => {
      const figures = await measured('traffic')
      expect(figures['items']).toBeGreaterThan(2000)
      expect(figures['failed']).toBe(0)
      expect(figures['share'], JSON.stringify(figures['stopped'])).toBeLessThanOrEqual(FLOOR.ordinaryBlocked)
    },
    LIMIT_MS,
  )
})
