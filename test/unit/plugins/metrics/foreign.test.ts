import {expect, it} from 'vitest'
import {foreignCounts, type ForeignCount} from '../../../../src/plugins/metrics/foreign.js'

function read(captures: {readonly records: number; readonly dropped: number}): readonly ForeignCount[] {
  return foreignCounts({
    recorder: {status: () => ({failures: 2, withheld: 3})},
    logging: {dropped: () => 0},
    contract: {status: () => undefined},
    learn: {captures: {counts: () => ({...captures, sanitised: {overlength: 2}})}},
  })()
}

const valuesOf = (counts: readonly ForeignCount[], name: string) =>
  counts.filter((count) => count.name === name).map(({labels, value}) => [labels?.['reason'], value])

it('tells receipts that could not be written from those that were withheld', () => {
  expect(valuesOf(read({records: 1, dropped: 0}), 'receipt_emit_failures_total')).toEqual([
    ['write', 2],
    ['redaction', 3],
  ])
})

it('gives the share of actions without a class, 0 before the first', () => {
  expect(valuesOf(read({records: 0, dropped: 0}), 'learn_unclassified_rate')).toEqual([[undefined, 0]])
  expect(valuesOf(read({records: 4, dropped: 1}), 'learn_unclassified_rate')).toEqual([[undefined, 1]])
})

it('shows every reason for which a session was renamed, 0 included', () => {
  expect(valuesOf(read({records: 0, dropped: 0}), 'capture_session_id_sanitized_total')).toEqual([
    ['unsafe_path', 0],
    ['overlength', 2],
    ['unknown', 0],
  ])
})
