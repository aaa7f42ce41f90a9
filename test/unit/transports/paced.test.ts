// Large bodies are read in the turns of the event loop.
import {expect, test} from 'vitest'
import {Paced} from '../../../src/transports/paced.js'

test('a body pauses after so many bytes, and continues in a later turn', async () => {
  let resumed = 0
  const paced = new Paced(() => void resumed++)
  expect([paced.add(65_536), paced.add(65_535)]).toEqual([true, true])
  expect(paced.add(1)).toBe(false)
  expect(resumed).toBe(0)
  await new Promise(setImmediate)
  expect(resumed).toBe(1)
  expect(paced.add(131_071)).toBe(true)
  expect(paced.add(1_000_000)).toBe(false)
  await new Promise(setImmediate)
  expect(resumed).toBe(2)
})
