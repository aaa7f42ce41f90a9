// Lifecycle commands killed at random points of a printed seed: 50 kills, or as many as the environment says
// (`npm run kill:lifecycle -- --count 1000 --seed 7`). Prints what the kills left behind.
import {rmSync} from 'node:fs'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {callsOf, killOnce, makeWorld, OPERATIONS} from '../support/lifecycle-kills.js'

const COUNT = Number(process.env['PIPELOCK_TEST_LIFECYCLE_KILLS'] ?? 50)
const SEED = Number(process.env['PIPELOCK_TEST_SEED'] ?? 1 + (process.pid % 1_000_000))

/** Numbers that look random and are the same for the same seed. */
function lcg(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

let world: string
beforeAll(async () => {
  world = await makeWorld()
})
afterAll(() => rmSync(world, {recursive: true}))

test(`${COUNT} random kills leave the old or the new state`, {timeout: 60_000 + COUNT * 20_000}, async () => {
  console.log(`seed ${SEED}`)
  const random = lcg(SEED)
  const sized = await Promise.all(
    OPERATIONS.map(async (operation) => ({operation, calls: (await callsOf(operation, world)).length})),
  )
  const plan = Array.from({length: COUNT}, () => {
    const {operation, calls} = sized[random(sized.length)] ?? expect.unreachable()
    return {operation, at: 1 + random(calls), half: random(3) === 0}
  })
  const table = new Map<string, Map<string, number>>()
  const failures: string[] = []
  const worker = async (): Promise<void> => {
    for (let next = plan.shift(); next; next = plan.shift()) {
      const {operation, at, half} = next
      const states = table.get(operation.name) ?? new Map<string, number>()
      table.set(operation.name, states)
      const state = await killOnce(operation, world, at, half).catch((error: unknown) => {
        failures.push(String(error))
        return 'NEITHER'
      })
      states.set(state, (states.get(state) ?? 0) + 1)
    }
  }
  await Promise.all([worker(), worker()])
  const rows = sized.flatMap(({operation, calls}) =>
    [...(table.get(operation.name) ?? [])]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([state, kills]) => ({command: operation.name, calls, 'left behind': state, kills})),
  )
  console.table(rows)
  expect(failures).toEqual([])
  expect(rows.reduce((sum, row) => sum + row.kills, 0)).toBe(COUNT)
})
