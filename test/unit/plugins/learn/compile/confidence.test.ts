import {expect, test} from 'vitest'
import {
  classifyV1,
  classifyV2,
  sixDecimals,
  wilsonLowerBound,
} from '../../../../../src/plugins/learn/compile/confidence.js'

const FLOORS = {sessions: 5, events: 20, windows: 3}

test.each([
  [23, 33, '0.526619'],
  [20, 20, '0.838875'],
  [22, 22, '0.851345'],
  [95, 100, '0.888250'],
  [0, 10, '0.000000'],
  [5, 0, '0.000000'],
  [6, 5, '0.000000'],
  [-1, 5, '0.000000'],
])('the lower bound of %i of %i is %s', (k, n, lower) => {
  expect(sixDecimals(wilsonLowerBound(k, n))).toBe(lower)
})

test('nothing is ever rendered as minus zero', () => {
  expect(sixDecimals(-1e-9)).toBe('0.000000')
})

// published values for the default bound, without floors
test.each([
  [3, 3, '0.438503', 'brittle'],
  [5, 5, '0.565518', 'stable'],
  [4, 5, '0.375535', 'brittle'],
  [10, 10, '0.722467', 'stable'],
  [9, 10, '0.595850', 'stable'],
  [8, 10, '0.490162', 'brittle'],
  [5, 10, '0.236593', 'brittle'],
  [3, 10, '0.107791', 'brittle'],
  [2, 10, '0.056682', 'never_confirmed'],
  [15, 20, '0.531299', 'stable'],
  [14, 20, '0.481027', 'brittle'],
  [5, 20, '0.111862', 'brittle'],
  [4, 20, '0.080658', 'never_confirmed'],
  [10, 50, '0.112438', 'brittle'],
  [9, 50, '0.097702', 'never_confirmed'],
  [17, 100, '0.108936', 'brittle'],
  [16, 100, '0.100953', 'brittle'],
  [15, 100, '0.093060', 'never_confirmed'],
])('v2: %i of %i is %s, %s', (k, n, lower, confidence) => {
  expect(sixDecimals(wilsonLowerBound(k, n))).toBe(lower)
  const none = {sessions: 1, events: 1, windows: 1}
  expect(classifyV2({k, n, windows: 1, volume: undefined}, none, 0.1)).toBe(confidence)
})

test('v2: floors of sessions, windows and, where there is one, volume', () => {
  const sure = {k: 10, n: 10, windows: 3, volume: 20}
  expect(classifyV2(sure, FLOORS, 0.1)).toBe('stable')
  expect(classifyV2({...sure, volume: 19}, FLOORS, 0.1)).toBe('never_confirmed')
  expect(classifyV2({...sure, volume: undefined}, FLOORS, 0.1)).toBe('stable')
  expect(classifyV2({...sure, windows: 2}, FLOORS, 0.1)).toBe('never_confirmed')
  expect(classifyV2({...sure, k: 4, n: 4}, FLOORS, 0)).toBe('never_confirmed')
})

test('v2: a bound that equals the contamination bound is not above it', () => {
  const lower = wilsonLowerBound(5, 10)
  const counts = {k: 5, n: 10, windows: 3, volume: undefined}
  expect(classifyV2(counts, FLOORS, lower)).toBe('never_confirmed')
  expect(classifyV2(counts, FLOORS, lower - 1e-12)).toBe('brittle')
})

test.each([
  [20, 20, 5, 3, 'brittle'],
  [22, 22, 5, 3, 'stable'],
  [22, 22, 4, 3, 'never_confirmed'],
  [22, 22, 5, 2, 'never_confirmed'],
  [19, 19, 9, 9, 'never_confirmed'],
  [95, 100, 10, 8, 'stable'],
  [50, 60, 10, 8, 'brittle'],
  [10, 40, 10, 8, 'never_confirmed'],
])('v1: %i of %i events, %i sessions, %i windows: %s', (k, n, sessions, windows, confidence) => {
  expect(classifyV1({k, n, events: k, sessions, windows}, FLOORS)).toBe(confidence)
})
