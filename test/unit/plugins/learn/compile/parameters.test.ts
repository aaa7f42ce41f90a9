// Names of query parameters: which a rule admits, and that a minority within the bound neither adds a name nor takes the
// list away.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {activeContracts, evaluate} from '../../../../../src/core/contract/evaluate.js'
import {parseDestination} from '../../../../../src/formats/target.js'
import {sections} from '../../../../../src/plugins/learn/config.js'
import {sections as redactionSections} from '../../../../../src/plugins/redaction/config.js'
import {createAggregate} from '../../../../../src/plugins/learn/compile/aggregate.js'
import {addNames, createSentNames} from '../../../../../src/plugins/learn/compile/sent-names.js'
import {gather} from '../../../../../src/plugins/learn/compile/gather.js'
import {resolveInference} from '../../../../../src/plugins/learn/compile/settings.js'
import {fromPlain} from '../../../../../src/plugins/learn/privacy/privacy.js'
import {aggregateText, counted, merged, unsignedText} from '../../../../support/aggregates.js'
import {captureLines, hourly, type CaptureSpec} from '../../../../support/captures.js'
import {compileCaptures, memoryChain, ruleNamed, rulesOf, type CompileSpec} from '../../../../support/compiling.js'

const V3 = {profile: 'wilson_lb_v3'} as const
const LOCK = {...V3, parameters: 'lock'} as const
const PAGE = 'api_example_com_page_GET'

const session = (n: number, query: string, more: Partial<CaptureSpec> = {}): CaptureSpec => ({
  session: `s${n}`,
  ts: hourly(n),
  url: `https://api.example.com/page${query}`,
  ...more,
})
const sessions = (count: number, queryOf: (n: number) => string, from = 0): readonly CaptureSpec[] =>
  Array.from({length: count}, (_, i) => session(from + i, queryOf(i)))

const learned = (captures: readonly CaptureSpec[], spec: CompileSpec = LOCK) => {
  const {selector, observation} = ruleNamed(compileCaptures(captures, spec), PAGE)
  const {parameters_open, parameters_refused, parameters} = observation ?? {}
  return {names: selector?.['parameters'], refused: parameters_refused, open: parameters_open, observed: parameters}
}
const NOTHING = {names: undefined, refused: undefined, open: undefined, observed: undefined}

describe.each([10, 30])('of %i sessions', (n) => {
  const suspects = Math.floor(0.1 * n)
  const honest = sessions(n - suspects, () => '?q=1&page=2')
  const hostile = (queryOf: (i: number) => string) => [...honest, ...sessions(suspects, queryOf, n - suspects)]

  test.each<[string, (i: number) => string]>([
    ['a name', () => '?admin=1'],
    ['names of their own', (i) => `?admin${i}=1`],
    ['more names than are kept', () => `?${Array.from({length: 65}, (_, i) => `n${i}`).join('&')}`],
    ['a name that is too long', () => `?${'n'.repeat(65)}`],
    ['a redacted name', () => '?[redacted-value]=1'],
    ['a name behind a semicolon', () => '?q=1;admin=1'],
    ['a name that no list admits', () => '?%2561dmin=1'],
  ])('the suspects cannot add %s', (_, queryOf) => {
    expect(learned(hostile(queryOf))).toEqual({...NOTHING, names: ['page', 'q'], refused: suspects})
  })

  test('a name is admitted that two sessions send which are no suspects', () => {
    const sentBy = (count: number) =>
      learned([...sessions(n - count, () => '?q=1'), ...sessions(count, () => '?r=1', n - count)])
    expect(sentBy(suspects + 1)).toEqual({...NOTHING, names: ['q'], refused: suspects + 1})
    expect(sentBy(suspects + 2)).toEqual({...NOTHING, names: ['q', 'r']})
  })

  test('suspects that send every name at once remove none', () => {
    expect(learned(hostile(() => ''))).toEqual({...NOTHING, names: ['page', 'q']})
  })
})

describe('what is written', () => {
  const twenty = sessions(20, () => '?b=1&a')

  test('observe lists names for information', () => {
    expect(learned(twenty, V3)).toEqual({...NOTHING, observed: ['a', 'b']})
    expect(
      learned(
        sessions(20, () => ''),
        V3,
      ),
    ).toEqual(NOTHING)
  })

  test('lock writes an empty list where no name is admitted', () => {
    expect(learned(sessions(20, () => ''))).toEqual({...NOTHING, names: []})
    expect(learned(sessions(20, (n) => (n < 2 ? '?x' : '')))).toEqual({...NOTHING, names: [], refused: 2})
  })

  test.each<[string, (n: number) => string]>([
    ['too many names', () => `?${Array.from({length: 65}, (_, i) => `n${i}`).join('&')}`],
    ['names that are too long', () => `?${'n'.repeat(65)}=1`],
    ['redacted names', () => '?[redacted-path]'],
  ])('a rule is open where honest sessions send %s', (_, queryOf) => {
    expect(learned(sessions(20, queryOf))).toEqual({...NOTHING, open: true})
    expect(learned(sessions(20, queryOf), V3)).toEqual({...NOTHING, open: true})
  })

  test('a rule is open where more than 64 sessions besides the suspects send a name of their own', () => {
    const own = (count: number) => learned(sessions(count, (n) => `?t${n}`))
    expect(own(71)).toEqual({...NOTHING, names: [], refused: 71})
    expect(own(72)).toEqual({...NOTHING, open: true})
  })

  test('only a method on a path has names', () => {
    const captures = [...twenty, ...sessions(20, () => '?c=1').map((each) => ({...each, method: 'POST'}))]
    const rules = rulesOf(compileCaptures(captures, LOCK))
    const named = rules.filter(({selector}) => selector?.['parameters'] !== undefined)
    expect(named.map((rule) => [rule.display_name, rule.selector?.['parameters']])).toEqual([
      ['api_example_com_page_GET', ['a', 'b']],
      ['api_example_com_page_POST', ['c']],
    ])
    expect(rules.length).toBeGreaterThan(2)
  })

  test('blocked and refused requests bring no names', () => {
    const blocked = sessions(20, () => '?x=1').map((each) => ({...each, action: 'block'}))
    const unserved = sessions(20, () => '?y=1').map((each) => ({...each, detail: {status_class: '4xx'}}))
    expect(learned([...twenty, ...blocked, ...unserved])).toEqual({...NOTHING, names: ['a', 'b']})
  })

  test('hours of one session of many recorder sessions count once', () => {
    const captures = [...twenty, ...Array.from({length: 5}, (_, i) => ({...session(30, '?x=1'), session: `again${i}`}))]
    expect(learned(captures)).toEqual({...NOTHING, names: ['a', 'b'], refused: 1})
  })

  test.each(['wilson_lb_v1', 'wilson_lb_v2'] as const)('%s knows no parameters', (profile) => {
    const of = (query: string, spec: CompileSpec) =>
      compileCaptures(
        sessions(20, () => query),
        {...spec, profile},
      ).contract
    expect(of('?a=1', {parameters: 'lock'})).toBe(of('', {}))
    const lines = (query: string) =>
      aggregateText(counted([memoryChain(captureLines(sessions(3, () => query)))], {profile}), {profile})
    expect(lines('?a=1')).not.toContain('"parameters"')
  })
})

test('a learned list is enforced', () => {
  const rules = rulesOf(
    compileCaptures(
      sessions(20, () => '?q=1&a%3Db=2'),
      LOCK,
    ),
  ).map((rule) => ({
    ...rule,
    lifecycle_state: rule.display_name === PAGE ? 'enforce' : 'capture_only',
  }))
  const active = activeContracts({manifestHash: 'sha256:m', generation: 1}, [
    {target: {default: true}, selectorId: 'sha256:s', contractHash: 'sha256:c', rules},
  ])
  const verdict = (query: string) =>
    evaluate(active, {
      mode: 'live',
      agent: 'coder',
      subject: {kind: 'http', method: 'GET', destination: parseDestination(`https://api.example.com/page${query}`)},
      label: 'forward',
      scannerVerdict: 'allow',
      killSwitch: false,
      sources: [],
      gate: true,
    }).outcome.verdict
  expect(['', '?q=2', '?a%3db&q', '?q&admin', '?a=b'].map(verdict)).toEqual([
    'allow',
    'allow',
    'allow',
    'block',
    'block',
  ])
})

describe('counting', () => {
  test('the weight depends on what was sent, not on its order', () => {
    const events: readonly (readonly [number, readonly string[] | undefined])[] = [
      [0, ['a']],
      [1, ['a', 'b']],
      [0, ['b']],
      [2, ['c']],
      [2, undefined],
      [1, ['a']],
    ]
    const weighed = (list: typeof events) => {
      const sent = createSentNames()
      return [list.reduce((sum, [at, names]) => sum + addNames(sent, at, names), 0), [...sent.sets.keys()].sort()]
    }
    expect(weighed(events)).toEqual(weighed(events.toReversed()))
    expect(weighed(events)[1]).toEqual(['["a","b"]', 'null'])
  })

  test('names are part of the weight', () => {
    const weight = (query: string) =>
      counted([memoryChain(captureLines([session(0, query)]))], V3).aggregate.weight - createAggregate().weight
    expect(weight('?abc=1')).toBeGreaterThan(weight(''))
  })
})

describe('aggregate files', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'parameters-'))
  })
  afterAll(() => rmSync(folder, {recursive: true}))

  test('a shape of more than 512 sessions with names continues in further lines', async () => {
    const captures = Array.from({length: 600}, (_, n) => session(n, `?q=1&n${n % 7}=1`))
    const direct = counted([memoryChain(captureLines(captures))], V3)
    const text = aggregateText(direct, V3)
    expect(text.match(/\n\{"http":/g)).toHaveLength(2)
    expect(
      aggregateText(await merged(folder, [text], V3), V3)
        .split('\n')
        .slice(1, -2),
    ).toEqual(text.split('\n').slice(1, -2))
  })
})

describe('privacy', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'parameters-'))
  })
  afterAll(() => rmSync(folder, {recursive: true}))

  const privacyFor = (learn: object) => ({
    sections: {
      privacy: sections.learn.parse({privacy: learn}).privacy,
      redaction: redactionSections.redaction.parse({}),
    },
    engine: 're2js',
  })
  const pattern = [{name: 'patient', regex: '^patient$'}]
  const of = (learn: object) =>
    counted([memoryChain(captureLines([session(0, '?%70atient=1')]))], V3, privacyFor(learn))

  test('a regulated name removes its event, also where the pattern is of the whole name', () => {
    expect(of({regulated_patterns: pattern}).aggregate).toMatchObject({events: 0, regulated: 1})
    expect(of({}).aggregate).toMatchObject({events: 1, regulated: 0})
  })

  test.each([
    ['regulated', {regulated_patterns: [{name: 'patient', regex: '^patient$'}]}],
    ['sensitive', {sensitive_patterns: [{name: 'patient', regex: '^patient$'}]}],
  ])('an aggregate that holds a %s name is refused', async (_, learn) => {
    const file = join(folder, 'part.aggregate')
    writeFileSync(file, unsignedText(of({}), V3))
    const merge = (settings: object) =>
      gather({
        agent: 'coder',
        privacy: fromPlain(privacyFor(settings)),
        captureDir: '',
        input: undefined,
        fromAggregates: {patterns: [file], keyFiles: [], keys: new Map(), allowUnsigned: true},
        sinceMs: 0,
        allowTruncatedChains: false,
        requireCheckpoints: false,
        checkpointKeys: undefined,
        now: () => 0,
        threads: 1,
        progress: () => {},
      }).read(resolveInference('wilson_lb_v3', {}))
    expect((await merge({})).aggregate.events).toBe(1)
    await expect(merge(learn)).rejects.toMatchObject({code: 'regulated_field'})
  })

  test('a sensitive name is not kept', () => {
    const [shape] = of({sensitive_patterns: pattern}).aggregate.http.values()
    expect([...(shape?.parameters?.sets.keys() ?? [])]).toEqual(['null'])
  })
})
