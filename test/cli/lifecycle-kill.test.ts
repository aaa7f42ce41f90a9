// Every command that changes what is in force, killed before each call that writes and in the middle of each write: the old
// or the new state is left, never neither, and the next command completes or reports it. `npm test` takes a sample of the
// calls, `npm run test:slow` takes all. Runs the build.
import {rmSync} from 'node:fs'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {callsOf, killOnce, makeWorld, OPERATIONS} from '../support/lifecycle-kills.js'
import {sampled} from '../support/thorough.js'

let world: string
beforeAll(async () => {
  world = await makeWorld()
})
afterAll(() => rmSync(world, {recursive: true}))

test.each(OPERATIONS.map((operation) => [operation.name, operation] as const))(
  '%s: killed at any call, it leaves the old or the new state',
  {timeout: 600_000},
  async (_, operation) => {
    const calls = await callsOf(operation, world)
    const all = calls.flatMap((name, i) => [
      {at: i + 1, half: false},
      ...(name === 'writeSync' ? [{at: i + 1, half: true}] : []),
    ])
    const points = sampled(all, 4)
    const states = new Set<string>()
    const worker = async (): Promise<void> => {
      for (let point = points.shift(); point; point = points.shift()) {
        states.add(await killOnce(operation, world, point.at, point.half))
      }
    }
    await Promise.all([worker(), worker()])
    // both halves of the sequence were reached, or the test proves nothing
    expect(states).toContain('old')
    expect(states).toContain('new')
    expect(calls.length).toBeGreaterThan(10)
  },
)
