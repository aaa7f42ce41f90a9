// Every command that changes what holds, killed before every single call that writes and in the middle of every write: what
// is left is old or new, never none, and the next command finishes or reports it (learn §18.4). Runs the build.
import {rmSync} from 'node:fs'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {callsOf, killOnce, makeWorld, OPERATIONS} from '../support/lifecycle-kills.js'

let world: string
beforeAll(async () => {
  world = await makeWorld()
})
afterAll(() => rmSync(world, {recursive: true}))

test.each(OPERATIONS.map((operation) => [operation.name, operation] as const))(
  '%s, killed at every call',
  {timeout: 600_000},
  async (_, operation) => {
    const calls = await callsOf(operation, world)
    const points = calls.flatMap((name, i) => [
      {at: i + 1, half: false},
      ...(name === 'writeSync' ? [{at: i + 1, half: true}] : []),
    ])
    const seen = new Set<string>()
    const worker = async (): Promise<void> => {
      for (let point = points.shift(); point; point = points.shift()) {
        seen.add(await killOnce(operation, world, point.at, point.half))
      }
    }
    await Promise.all([worker(), worker()])
    // both halves of the sequence were reached, or the test proves nothing
    expect(seen).toContain('old')
    expect(seen).toContain('new')
    expect(calls.length).toBeGreaterThan(10)
  },
)
