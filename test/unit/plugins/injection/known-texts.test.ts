// What was found once is told again without a scan, by scanner, source and text; the table has an end.
import type {InjectionOptions, InjectionScanner, InjectionVerdict} from '../../../../src/core/services/injection.js'
import {expect, test} from 'vitest'
import {remembering} from '../../../../src/plugins/injection/known-texts.js'

/** Finds what it is told to; counts how often it is asked. */
function asked(matches = 0): {readonly scanner: InjectionScanner; readonly times: () => number} {
  let times = 0
  const match = {rule: 'x', core: false, pass: 'primary', start: 0, end: 1, text: 'x'} as const
  const scan = (): InjectionVerdict => {
    times++
    return {matches: Array.from({length: matches}, () => match), informational: [], exhausted: false}
  }
  const inner: InjectionScanner = {
    scan,
    *steps() {
      yield
      return scan()
    },
  }
  return {scanner: remembering(inner), times: () => times}
}

const RESPONSE: InjectionOptions = {source: 'http_response'}
const text = (i: number): string => `${i} `.repeat(600)
const steps = (scanner: InjectionScanner, of: string): InjectionVerdict => {
  const walk = scanner.steps(of, RESPONSE)
  for (;;) {
    const step = walk.next()
    if (step.done === true) return step.value
  }
}

test('scans a text once, in one go or in steps', () => {
  const {scanner, times} = asked(2)
  const first = scanner.scan(text(1), RESPONSE)
  expect(scanner.scan(text(1), RESPONSE)).toEqual(first)
  expect(steps(scanner, text(1))).toEqual(first)
  expect(times()).toBe(1)
  expect(scanner.scan(text(2), RESPONSE).matches).toHaveLength(2)
  expect(times()).toBe(2)
})

test('tells texts of different places apart', () => {
  const {scanner, times} = asked()
  for (const options of [RESPONSE, {...RESPONSE, hidden: true}, {source: 'tool_result'}] as const) {
    scanner.scan(text(1), options)
    scanner.scan(text(1), options)
  }
  expect(times()).toBe(3)
})

test('keeps nothing that another text could be taken for', () => {
  const {scanner, times} = asked()
  for (const odd of ['\ud800', '\udc00', '\ufffd']) scanner.scan(text(1) + odd, RESPONSE)
  expect(times()).toBe(3)
})

test('forgets what was used last when 4 MiB are full', () => {
  // about 33 kB each
  const {scanner, times} = asked(100)
  for (let i = 0; i < 200; i++) {
    scanner.scan(text(i), RESPONSE)
    scanner.scan(text(0), RESPONSE)
  }
  expect(times()).toBe(200)
  scanner.scan(text(1), RESPONSE)
  expect(times()).toBe(201)
})
