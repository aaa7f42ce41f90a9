// The law of partial aggregates: whoever counted which part, in whatever grouping and order the parts are added up, the
// candidate, its review, its ledger and its manifest are those of one compile over all captures.
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {existsSync} from 'node:fs'
import fc from 'fast-check'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {Compiled} from '../../src/plugins/learn/compile/compile.js'
import type {SourceChain} from '../../src/plugins/learn/compile/ingest.js'
import type {InferenceInput, Profile} from '../../src/plugins/learn/compile/settings.js'
import {aggregateText, compiledFrom, counted, merged} from '../support/aggregates.js'
import {captureLines, chainLines, hourly, type CaptureSpec} from '../support/captures.js'
import {casesOrSkip, compileChains, conformanceFile, readText, type CompileSpec} from '../support/compiling.js'
import {runs} from '../support/thorough.js'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'aggregates-'))
})
afterAll(() => rmSync(folder, {recursive: true}))

const outputs = ({contract, review, manifest, segments}: Compiled) => ({contract, review, manifest, segments})

const chainNamed = (name: string, text: string): SourceChain => [{path: name, chunks: () => [Buffer.from(text)]}]

/** Counts each group by itself, merges in two steps as a tree of machines would, and compiles. */
async function throughParts(groups: readonly (readonly SourceChain[])[], spec: CompileSpec, order: readonly number[]) {
  const texts = groups.filter((group) => group.length > 0).map((group) => aggregateText(counted(group, spec), spec))
  const sorted = texts.map((text, i) => ({text, at: order[i] ?? 0})).sort((a, b) => a.at - b.at)
  const [first, second, ...rest] = sorted.map(({text}) => text)
  const left = [first, second].flatMap((text) => text ?? [])
  const joined = aggregateText(await merged(folder, left, spec), spec)
  return outputs(compiledFrom(await merged(folder, [...rest, joined], spec), spec))
}

const groupsOf = (chains: readonly SourceChain[], parts: readonly number[]): SourceChain[][] => {
  const groups: SourceChain[][] = [[], [], [], []]
  for (const [i, chain] of chains.entries()) groups[parts[i % parts.length] ?? 0]?.push(chain)
  return groups
}

/** Most sessions send few names; some send more than are kept, too long ones, redacted ones and ones that no list admits. */
const query = fc.oneof(
  {weight: 4, arbitrary: fc.constant('')},
  {
    weight: 4,
    arbitrary: fc
      .subarray([
        'a=1',
        'b',
        'a%3Db=2',
        'a;c=1',
        '%2561',
        '%00',
        'x%F6',
        'l\u2028',
        '[redacted-value]=1',
        `${'n'.repeat(65)}=1`,
      ])
      .map((parts) => `?${parts.join('&')}`),
  },
  {weight: 1, arbitrary: fc.nat(80).map((n) => `?${Array.from({length: 20}, (_, i) => `p${n + i}=1`).join('&')}`)},
)

const capture: fc.Arbitrary<CaptureSpec> = fc.record({
  url: fc.oneof(
    fc
      .tuple(
        fc.constantFrom('https://a.example', 'http://a.example:81', 'https://[::1]', 'https://BÜCHER.example'),
        fc.oneof(
          fc.constantFrom('/', '/a/%2A', '/a/%25', '/ä', '/a//b', '/[redacted-path]'),
          fc.nat(40).map((n) => `/a/${n}`),
        ),
        query,
      )
      .map((parts) => parts.join('')),
    fc.constantFrom('[redacted-target]', ''),
  ),
  method: fc.constantFrom('GET', 'POST', 'CONNECT', '', 'x"\u2028'),
  action: fc.constantFrom('allow', 'block', ''),
  trace: fc.constantFrom('', 't1', 't2', 't3', 't4'),
  ts: fc.tuple(fc.nat(6), fc.nat(3599)).map(([hour, second]) => hourly(hour, second)),
  agent: fc.constantFrom('coder', 'coder', 'other', ''),
  bytes: fc.nat(9000),
  actionClass: fc.constantFrom('read', ''),
})

const tool: fc.Arbitrary<CaptureSpec> = fc.record({
  tool: fc.record({
    server: fc.constantFrom('files', 'tr"acker'),
    name: fc.constantFrom('read', 'write'),
    args: fc.constantFrom('{"a":1,"b":"x"}', '{"b":"x","a":true}', '{"a":1,"c":-3}', 'broken'),
  }),
  ts: fc.nat(6).map((hour) => hourly(hour)),
  action: fc.constantFrom('allow', 'block'),
})

const session = fc.tuple(
  fc.array(fc.oneof({weight: 5, arbitrary: capture}, {weight: 1, arbitrary: tool}), {minLength: 1, maxLength: 40}),
  fc.nat(2),
)

const small: CompileSpec = {
  parameters: 'lock',
  floors: {min_sessions: 1, min_events: 4, min_windows: 1},
  normalization: {min_events: 3, min_distinct_values: 3, entropy_threshold_bits: 1, cardinality_cap_per_host: 6},
}

test.each<Profile>(['wilson_lb_v1', 'wilson_lb_v2', 'wilson_lb_v3'])('%s: generated captures', async (profile) => {
  const spec = {...small, profile}
  const order = fc.array(fc.nat(1000), {minLength: 4, maxLength: 4})
  const parts = fc.array(fc.nat(3), {minLength: 12, maxLength: 12})
  await fc.assert(
    fc.asyncProperty(fc.array(session, {minLength: 1, maxLength: 12}), parts, order, async (sessions, into, places) => {
      const chains = sessions.map(([specs, drops], n) => {
        const text = captureLines(specs.map((one) => ({...one, session: `s${n}`})))
        const sentinel = chainLines([{type: 'capture_drop', session: `m${n}`, detail: {count: drops}}])
        return [chainNamed(`s${n}.jsonl`, text), ...(drops === 0 ? [] : [chainNamed(`m${n}.jsonl`, sentinel)])]
      })
      const expected = outputs(compileChains(chains.flat(), spec))
      expect(await throughParts(groupsOf(chains.flat(), into), spec, places)).toEqual(expected)
    }),
    {numRuns: runs(60)},
  )
})

describe('recorded captures', () => {
  const HARNESS: InferenceInput & {readonly agent: string; readonly inference: Profile} = {
    agent: 'harness-agent',
    inference: 'wilson_lb_v1',
    floors: {min_sessions: 1, min_events: 1, min_windows: 1},
  }
  const names = ['replay-harness', 'replay-harness-v2/harness-corpus', 'replay-harness-v2/synthetic']
  const cases = names.flatMap((name) => {
    const contract = conformanceFile(`contracts/${name}/contract.yaml`)
    const usual = conformanceFile('contracts/replay-harness/corpus.jsonl')
    if (contract === undefined || usual === undefined) return []
    const [own, parameters] = ['corpus.jsonl', 'parameters.json'].map((file) => join(dirname(contract), file))
    const given =
      parameters !== undefined && existsSync(parameters)
        ? (JSON.parse(readText(parameters)) as typeof HARNESS)
        : HARNESS
    const {inference, ...rest} = given
    const corpus = readText(own !== undefined && existsSync(own) ? own : usual)
    return [{name, contract, corpus, spec: {...rest, profile: inference}}]
  })

  test.each(casesOrSkip(cases))('$name', async ({contract, corpus, spec}) => {
    const lines = corpus.split('\n').filter((line) => line !== '')
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(7), {minLength: lines.length, maxLength: lines.length}),
        fc.array(fc.nat(3), {minLength: 8, maxLength: 8}),
        fc.array(fc.nat(1000), {minLength: 4, maxLength: 4}),
        async (chainOf, into, places) => {
          const chains = Array.from({length: 8}, (_, n) => lines.filter((_line, i) => chainOf[i] === n)).flatMap(
            (own, n) => (own.length === 0 ? [] : [chainNamed(`c${n}.jsonl`, chainedAnew(own))]),
          )
          const parted = await throughParts(groupsOf(chains, into), spec, places)
          expect(parted).toEqual(outputs(compileChains(chains, spec)))
          expect(parted.contract).toBe(readText(contract))
        },
      ),
      {numRuns: runs(8)},
    )
  })
})

interface Recorded {
  readonly type: string
  readonly ts: string
  readonly session_id: string
  readonly trace_id?: string
  readonly detail: unknown
}

function chainedAnew(lines: readonly string[]): string {
  return chainLines(
    lines.map((line) => {
      const {type, ts, session_id, trace_id = '', detail} = JSON.parse(line) as Recorded
      return {type, ts, session: session_id, trace: trace_id, detail}
    }),
  )
}
