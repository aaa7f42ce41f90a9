import {expect, test} from 'vitest'
import {addressGroup} from '../../../src/core/address-group.js'
import {createShares, type Bounds, type Resource} from '../../../src/core/shares.js'
import {liveBounds, RESERVED_DESCRIPTORS, shareBounds} from '../../../src/host/share-bounds.js'

const BOUNDS: Bounds = {tunnels: 8, open_requests: 8, held_bytes: 8, descriptors: 8, look_ups: 8}

test('shares: a client gets a quarter, four clients the whole, and every refusal is reported', () => {
  const refused: Resource[] = []
  const shares = createShares(
    () => BOUNDS,
    (resource) => void refused.push(resource),
  )
  for (const client of ['a', 'b', 'c', 'd']) {
    expect([1, 2, 3].map(() => shares.take(client, 'tunnels') !== undefined)).toEqual([true, true, false])
  }
  expect(shares.take('e', 'tunnels')).toBeUndefined()
  expect(refused).toEqual(Array.from({length: 5}, () => 'tunnels'))
})

test('shares: bounds lowered by a reload take nothing away and admit nothing more', () => {
  let bounds = BOUNDS
  const shares = createShares(() => bounds)
  const held = [shares.take('a', 'open_requests'), shares.take('b', 'open_requests')]
  bounds = {...BOUNDS, open_requests: 1}
  expect(shares.take('c', 'open_requests')).toBeUndefined()
  expect(shares.held('open_requests')).toBe(2)
  for (const share of held) share?.release()
  expect(shares.take('c', 'open_requests')).toBeDefined()
})

test.each([
  ['127.0.0.1', 'local'],
  ['127.200.3.4', 'local'],
  ['::1', 'local'],
  ['192.0.2.7', 'local'],
  ['198.51.100.4', '198.51.100.4'],
  ['::ffff:198.51.100.4', '198.51.100.4'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::_64'],
  ['2001:db8:1:2::ffff', '2001:db8:1:2::_64'],
  ['fe80::1%eth0', 'fe80:0:0:0::_64'],
  ['', ''],
])('address groups: %s belongs to %s', (address, group) => {
  expect(addressGroup(address, (text) => text === '192.0.2.7')).toBe(group)
})

test.each([256, 1_024, 4_096, 20_000, 1_048_576])(
  'bounds: with %i descriptors all that clients may hold leaves the reserve, and one client works with 64 connections from 1,024 on',
  (limit) => {
    const bounds = shareBounds(limit, {heldMb: 256, openRequests: 0})
    if (limit > RESERVED_DESCRIPTORS + 64) {
      expect(bounds.descriptors + bounds.look_ups * 2 + RESERVED_DESCRIPTORS).toBeLessThanOrEqual(limit)
    }
    expect(bounds.open_requests * 2).toBeLessThanOrEqual(bounds.descriptors)
    if (limit >= 1_024) {
      for (const bound of [bounds.open_requests, bounds.tunnels, bounds.descriptors / 2]) {
        expect(bound / 4).toBeGreaterThanOrEqual(64)
      }
    }
    expect(bounds.held_bytes).toBe(256 * 1_048_576)
  },
)

test('bounds: configured values apply up to the descriptor limit', () => {
  expect(shareBounds(20_000, {heldMb: 16, openRequests: 40}).open_requests).toBe(40)
  expect(shareBounds(1_024, {heldMb: 16, openRequests: 40_000}).open_requests).toBeLessThan(512)
})

test('bounds: a running process reads its own limit, and a test may override a bound', () => {
  const settings = {heldMb: 256, openRequests: 0}
  const bounds = liveBounds(() => settings, {look_ups: 7})()
  expect(bounds.descriptors).toBeGreaterThanOrEqual(16)
  expect(bounds.look_ups).toBe(7)
})
