import {expect, test} from 'vitest'
import {createDeclaredAgents} from '../../../src/transports/declared-agents.js'

const clock = {ms: 0, now: () => 0, monotonic: () => clock.ms}
const named = (name: string) => ({name, basis: 'self-declared'}) as const

test('declared agents: sixteen names per client are kept, further ones share one identity', () => {
  const declared = createDeclaredAgents(clock)
  for (const client of ['a', 'b']) {
    const names = Array.from({length: 40}, (_, i) => declared(client, named(`n${i}`)).name)
    expect(new Set(names.slice(0, 16)).size).toBe(16)
    expect(new Set(names.slice(16))).toEqual(new Set(['anonymous']))
    expect(declared(client, named('n3')).name).toBe('n3')
  }
})

test('declared agents: the name as sent is kept for scanning', () => {
  const declared = createDeclaredAgents(clock)
  for (let i = 0; i < 16; i++) declared('a', named(`n${i}`))
  expect(declared('a', named('secret')).claimed).toBe('secret')
  expect(declared('a', {...named('secret'), claimed: 'secret!'}).claimed).toBe('secret!')
})

test('declared agents: a name unused for half an hour makes room for another one', () => {
  const declared = createDeclaredAgents(clock)
  for (let i = 0; i < 16; i++) declared('a', named(`n${i}`))
  clock.ms += 29 * 60_000
  declared('a', named('n0'))
  expect(declared('a', named('late')).name).toBe('anonymous')
  clock.ms += 2 * 60_000
  expect(declared('a', named('late')).name).toBe('late')
  expect(declared('a', named('n0')).name).toBe('n0')
})

test('declared agents: names that a client cannot choose are not counted', () => {
  const declared = createDeclaredAgents(clock)
  for (let i = 0; i < 40; i++) {
    expect(declared('a', {name: `n${i}`, basis: 'bound'}).name).toBe(`n${i}`)
    expect(declared('a', {name: 'default', basis: 'config-default'}).name).toBe('default')
  }
})
