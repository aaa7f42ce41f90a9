// Session ids: what a machine adds to them, and that nobody but the writer can add it.
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {MACHINE_NAME, machineOf, sessionId} from '../../../../../src/plugins/learn/capture/session.js'

const T0 = Date.UTC(2026, 3, 15, 12)

test('session id: without a machine as before, with one after the start', () => {
  expect(sessionId('coder', '10.0.0.7', T0)).toBe('coder|10.0.0.7|20260415T120000Z')
  expect(sessionId('coder', '10.0.0.7', T0, '')).toBe('coder|10.0.0.7|20260415T120000Z')
  expect(sessionId('coder', '10.0.0.7', T0, 'runner-1')).toBe('coder|10.0.0.7|20260415T120000Z|runner-1')
})

test.each([
  ['coder|10.0.0.7|20260415T120000Z|runner-1', 'runner-1'],
  ['a|b|::1|20260415T120000Z|node.3', 'node.3'],
  ['coder|10.0.0.7|20260415T120000Z', ''],
  ['coder|20260415T120000Z|fake|10.0.0.7|20260415T120000Z', ''],
  ['coder|20260415T120000Z|fake|10.0.0.7|20260415T120000Z|real', 'real'],
  ['coder|10.0.0.7|20260415T120000Z|', ''],
  ['coder|10.0.0.7|20260415T120000Z|Runner', ''],
  ['coder|10.0.0.7|20260415T120000Z|-a', ''],
  ['coder|10.0.0.7|20260415T120000Z|a\n', ''],
  ['coder|10.0.0.7|20260415T120000Z\n|a', ''],
  [`coder|10.0.0.7|20260415T120000Z|${'a'.repeat(64)}`, ''],
  ['coder|10.0.0.7|2026-04-15T12:00:00Z|a', ''],
  ['20260415T120000Z|a', ''],
  ['session-1', ''],
  ['', ''],
])('machine of session id %j: %j', (id, machine) => {
  expect(machineOf(id)).toBe(machine)
})

test('an agent name never gives a session the machine of another', () => {
  const part = fc.constantFrom('|', 'a', 'coder', '20260415T120000Z', '|20260415T120000Z|evil', 'evil', '::1', '\n')
  const agent = fc.oneof(
    fc.string(),
    fc.array(part).map((parts) => parts.join('')),
  )
  const machine = fc.oneof(fc.constant(''), fc.stringMatching(MACHINE_NAME))
  fc.assert(
    fc.property(agent, fc.constantFrom('10.0.0.7', '::1', ''), machine, (name, client, own) => {
      expect(machineOf(sessionId(name, client, T0, own))).toBe(own)
    }),
  )
})
