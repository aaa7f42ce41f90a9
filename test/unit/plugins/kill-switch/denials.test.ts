// Denied requests as counts and events: labels from closed sets, and a log that no flood fills.
import {expect, test} from 'vitest'
import {createDenials} from '../../../../src/plugins/kill-switch/denials.js'
import type {Exchange} from '../../../../src/core/exchange.js'

function denials() {
  const events: Readonly<Record<string, unknown>>[] = []
  const state = {nowMs: 0}
  const ignore = (): void => undefined
  const log = {debug: ignore, info: ignore, error: ignore, warn: (_: string, fields = {}) => void events.push(fields)}
  const made = createDenials({now: () => 0, monotonic: () => state.nowMs}, log)
  const deny = (transport: Exchange['transport']): void =>
    made.count({transport, clientIp: '127.0.0.1', agent: {name: 'a', basis: 'self-declared'}}, 'api', 'stopped')
  return {deny, events, state, samples: () => made.samples()}
}

test.each<[Exchange['transport'], string]>([
  ['fetch', 'fetch'],
  ['connect', 'connect'],
  ['forward', 'forward'],
  ['intercept', 'forward'],
  ['websocket', 'websocket'],
  ['reverse', 'reverse'],
])('a request over %s counts for the endpoint %s', (transport, endpoint) => {
  const {deny, events, samples} = denials()
  deny(transport)
  deny(transport)
  expect(samples()).toMatchObject([{labels: {transport, endpoint}, value: 2}])
  expect(events[0]).toMatchObject({transport, endpoint, source: 'api'})
})

test('ten events a second are logged, and the next one says how many were not', () => {
  const {deny, events, state, samples} = denials()
  for (let i = 0; i < 25; i++) deny('forward')
  expect(events).toHaveLength(10)
  state.nowMs = 1_000
  deny('forward')
  expect(events).toHaveLength(11)
  expect(events.at(-1)).toMatchObject({suppressed: 15})
  expect(samples()).toMatchObject([{value: 26}])
})
