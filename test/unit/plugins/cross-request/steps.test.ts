// Joins over requests in steps: what a step judges is bounded, and requests of one client do not get between each other's steps.
import {expect, test} from 'vitest'
import {stepPerTurn} from '../../../support/work.js'
import {turnsDuring} from '../../../support/turns.js'
import {memoryOf, type Sent} from './memory.js'

const FRAGMENTS = {entropy_budget: {enabled: false}}
const body = (value: unknown): Sent => ({
  method: 'POST',
  headers: [['content-type', 'application/json']],
  body: JSON.stringify(value),
})
const name = (i: number): string => [...String(i)].map((digit) => 'abcdefghij'[Number(digit)]).join('')

test('a request whose runs go on from many beginnings, a pause after a few judgements', async () => {
  const memory = memoryOf(FRAGMENTS)
  const beginnings = Object.fromEntries(Array.from({length: 200}, (_, i) => [name(i), `ghp_${name(i)}Q7`]))
  await memory.sendBody(body(beginnings), stepPerTurn())
  const rest = Array.from({length: 20}, (_, i) => `Zx9${name(i)}kQ2`)
  const turns = await turnsDuring(() => memory.sendBody(body(rest), stepPerTurn()))
  // 256 judgements, eight at once
  expect(turns).toBeGreaterThanOrEqual(30)
})

test('two requests of one client at the same time, the second is joined with the first', async () => {
  const token = `ghp_${'a1B2c3D4e5'.repeat(3)}F6g7H8`
  const padding = Array.from({length: 3_000}, (_, i) => `pad${name(i)}`)
  const memory = memoryOf(FRAGMENTS)
  const both = await Promise.all([
    memory.sendBody(body({v: token.slice(0, 20), padding}), stepPerTurn()),
    memory.sendBody(body({v: token.slice(20)}), stepPerTurn()),
  ])
  expect(both).toEqual([[], ['warn: cross-request secret detected: GitHub Token']])
})
