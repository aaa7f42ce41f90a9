import {expect, test} from 'vitest'
import {createOwnListeners} from '../../../src/host/own-listeners.js'

const clock = {now: () => 0, monotonic: () => 0}

test('matches its address in every spelling, and no other port', () => {
  const own = createOwnListeners(clock)
  own.add({host: '127.0.0.1', port: 8888})
  expect(own.has('127.0.0.1', 8888)).toBe(true)
  expect(own.has('::ffff:127.0.0.1', 8888)).toBe(true)
  expect(own.has('::ffff:7f00:1', 8888)).toBe(true)
  // the wildcard as a destination reaches loopback
  expect(own.has('0.0.0.0', 8888)).toBe(true)
  expect(own.has('::', 8888)).toBe(true)
  expect(own.has('127.0.0.1', 8889)).toBe(false)
  expect(own.has('127.0.0.2', 8888)).toBe(false)
  expect(own.has('192.0.2.1', 8888)).toBe(false)
})

test('a wildcard bind covers every local address', () => {
  const own = createOwnListeners(clock)
  own.add({host: '::', port: 1})
  expect(own.has('127.9.9.9', 1)).toBe(true)
  expect(own.has('::1', 1)).toBe(true)
  expect(own.has('0:0:0:0:0:0:0:1', 1)).toBe(true)
  expect(own.has('192.0.2.1', 1)).toBe(false)
  own.remove({host: '::', port: 1})
  expect(own.has('::1', 1)).toBe(false)
})
