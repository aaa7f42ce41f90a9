// Laws of compile: neither the order of captures, files and lines nor their division into chains changes a byte.
import fc from 'fast-check'
import {expect, test} from 'vitest'
import type {Profile} from '../../src/formats/inference-profile.js'
import {captureLines, hourly, type CaptureSpec} from '../support/captures.js'
import {compileChains, memoryChain, type CompileSpec} from '../support/compiling.js'
import {runs} from '../support/thorough.js'

const path = fc.oneof(
  fc.constantFrom('/', '/v1/users', '/v1/users/', '/a/%2A', '/a/admin', '/a/../b', '/[redacted-path]'),
  fc.nat(30).map((n) => `/a/${n}`),
  fc.tuple(fc.nat(6), fc.nat(6)).map(([a, b]) => `/a/${a}/b/${b}`),
)

const capture: fc.Arbitrary<CaptureSpec> = fc.record({
  url: fc.oneof(
    fc
      .tuple(
        fc.constantFrom('https://a.example', 'http://a.example', 'https://a.example:8443', 'https://B.example'),
        path,
      )
      .map(([origin, rest]) => origin + rest),
    fc.constantFrom('[redacted-target]', '', 'https://user@a.example/'),
  ),
  method: fc.constantFrom('GET', 'get', 'POST', 'CONNECT', ''),
  action: fc.constantFrom('allow', 'warn', 'block'),
  session: fc.constantFrom('s1', 's2', 's3', 's4', ''),
  trace: fc.constantFrom('', 't1', 't2', 't3'),
  ts: fc.tuple(fc.nat(6), fc.nat(3599)).map(([hour, second]) => hourly(hour, second)),
  agent: fc.constantFrom('coder', 'coder', 'coder', 'other', ''),
  bytes: fc.nat(2000),
  actionClass: fc.constantFrom('read', 'write', ''),
})

const tool: fc.Arbitrary<CaptureSpec> = fc.record({
  tool: fc.record({
    server: fc.constantFrom('files', 'tracker'),
    name: fc.constantFrom('read', 'write'),
    args: fc.constantFrom('{"a":1,"b":"x"}', '{"a":1,"b":"y"}', '{"a":1}', 'broken'),
  }),
  session: fc.constantFrom('s1', 's2'),
  ts: fc.nat(6).map((hour) => hourly(hour)),
  action: fc.constantFrom('allow', 'block'),
})

const captures = fc.array(fc.oneof({weight: 6, arbitrary: capture}, {weight: 1, arbitrary: tool}), {maxLength: 120})

const spec: CompileSpec = {
  floors: {min_sessions: 1, min_events: 2, min_windows: 1},
  normalization: {min_events: 3, min_distinct_values: 3, entropy_threshold_bits: 1, cardinality_cap_per_host: 4},
}

const outputs = (profile: Profile, ...groups: readonly (readonly CaptureSpec[])[]) => {
  const chains = groups.map((group) => memoryChain(captureLines(group)))
  const {contract, review, segments} = compileChains(chains, {...spec, profile})
  return {contract, review, segments}
}

test.each<Profile>(['wilson_lb_v1', 'wilson_lb_v2'])('%s: order and division do not matter', (profile) => {
  fc.assert(
    fc.property(
      captures.chain((list) =>
        fc.tuple(fc.constant(list), fc.shuffledSubarray(list, {minLength: list.length}), fc.nat(list.length)),
      ),
      ([list, shuffled, cut]) => {
        const whole = outputs(profile, list)
        expect(outputs(profile, shuffled)).toEqual(whole)
        expect(outputs(profile, shuffled.slice(cut), shuffled.slice(0, cut))).toEqual(whole)
      },
    ),
    {numRuns: runs(60)},
  )
})

test('repeating every capture changes no count of sessions', () => {
  fc.assert(
    fc.property(captures, (list) => {
      const once = outputs('wilson_lb_v2', list).contract.match(/sessions_observed: \d+/g)
      const twice = outputs('wilson_lb_v2', [...list, ...list]).contract.match(/sessions_observed: \d+/g)
      expect(twice).toEqual(once)
    }),
    {numRuns: runs(40)},
  )
})
