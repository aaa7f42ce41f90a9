// Counts and classes of the default profile, through whole compiles.
import {describe, expect, test} from 'vitest'
import {hourly, type CaptureSpec} from '../../../../support/captures.js'
import {compileCaptures, contractOf, ruleNamed, rulesOf} from '../../../../support/compiling.js'

const names = (specs: readonly CaptureSpec[]) => rulesOf(compileCaptures(specs)).map((rule) => rule.display_name)
const hours = (n: number, make: (hour: number) => readonly CaptureSpec[]) =>
  Array.from({length: n}, (_, hour) =>
    make(hour).map((spec, i) => ({session: `s${hour}`, ts: hourly(hour, i), ...spec})),
  ).flat()

test('levels of one request', () => {
  expect(names([{url: 'https://api.example.com/v1/users', action: 'allow'}])).toEqual([
    'api_example_com',
    'api_example_com_v1_users',
    'api_example_com_v1_users_GET',
    'api_example_com_v1_users_GET_allow',
  ])
})

test('another port is another place; the default ports of both schemes are one', () => {
  const specs = [{url: 'https://a.example/x'}, {url: 'http://a.example/x'}, {url: 'https://a.example:8443/x'}]
  expect(names(specs)).toContain('a_example_8443_x_GET')
  const rule = ruleNamed(compileCaptures(specs), 'a_example_8443')
  expect(rule.selector).toEqual({host: {value: 'a.example', data_class: 'public'}, ports: [8443]})
  expect(ruleNamed(compileCaptures(specs), 'a_example').observation).toMatchObject({events_observed: 2})
})

test('CONNECT makes a tunnel rule and nothing else', () => {
  const compiled = compileCaptures([{url: 'https://a.example', method: 'CONNECT'}])
  expect(rulesOf(compiled).map((rule) => [rule.display_name, rule.selector])).toEqual([
    ['a_example_CONNECT', {host: {value: 'a.example', data_class: 'public'}, methods: ['CONNECT']}],
  ])
  expect(rulesOf(compileCaptures([{url: 'https://a.example', method: 'CONNECT', action: 'block'}]))).toEqual([])
})

test('blocked events support no destination, and a session of them alone is not usable', () => {
  const compiled = compileCaptures(
    hours(6, (hour) => [
      {url: 'https://evil.example/x', action: 'block'},
      ...(hour < 5 ? [{url: 'https://a.example/x'}] : []),
    ]),
  )
  const names = rulesOf(compiled).map((rule) => rule.display_name)
  expect(names.filter((name) => name.startsWith('evil'))).toEqual(['evil_example_x_GET_block'])
  expect(ruleNamed(compiled, 'evil_example_x_GET_block').observation).toMatchObject({
    events_observed: 6,
    sessions_observed: 5,
    sessions_with_opportunity: 5,
    windows_observed: 6,
    windows_with_opportunity: 6,
  })
  expect(ruleNamed(compiled, 'a_example_x').observation).toMatchObject({windows_with_opportunity: 5})
  expect(contractOf(compiled).body.observation_window).toMatchObject({event_count: 11, session_count: 6})
  expect(compiled.review).toContain('- `GET evil.example/x`: 6 events in 6 sessions')
})

test('warn with outcome blocked is blocked', () => {
  expect(names([{action: 'warn', outcome: 'blocked'}])).toEqual(['api_example_com_root_GET_warn'])
})

test('surfaces of one request count once against the floor of a host', () => {
  const surfaces = (traces: number) =>
    hours(5, (hour) => Array.from({length: traces * 3}, (_, i) => ({trace: `t${hour}-${Math.floor(i / 3)}`})))
  expect(ruleNamed(compileCaptures(surfaces(3)), 'api_example_com').confidence).toBe('never_confirmed')
  expect(ruleNamed(compileCaptures(surfaces(3)), 'api_example_com_root_GET').confidence).toBe('stable')
  expect(ruleNamed(compileCaptures(surfaces(4)), 'api_example_com').confidence).toBe('stable')
  const untraced = hours(5, () => Array.from({length: 4}, () => ({})))
  expect(ruleNamed(compileCaptures(untraced), 'api_example_com').confidence).toBe('stable')
})

test('what redaction left of a URL decides how far it counts', () => {
  const compiled = compileCaptures([
    {url: 'https://a.example/[redacted-path]'},
    {url: '[redacted-target]'},
    {url: '[redacted-target]', action: 'block', method: 'POST'},
  ])
  expect(rulesOf(compiled).map((rule) => rule.display_name)).toEqual(['a_example'])
  expect(contractOf(compiled).body.observation_window.event_count).toBe(3)
  expect(compiled.review).toContain('- `POST %5Bredacted-target%5D`: 1 events in 1 sessions')
})

test('constant arguments of a tool, from the floor of calls on', () => {
  const call = (args: string) => ({tool: {server: 'tracker', name: 'search', args}})
  const calls = (n: number, make: (i: number) => string) =>
    hours(5, (hour) => Array.from({length: n}, (_, i) => call(make(hour * n + i))))
  const selector = (specs: readonly CaptureSpec[]) => ruleNamed(compileCaptures(specs), 'tracker_search').selector
  const varied = calls(4, (i) => `{"owner":"acme","limit":20,"deep":true,"q":"q${i}","f":1.5,"e":2e1}`)
  expect(selector(varied)).toEqual({
    server: {value: 'tracker'},
    tool: {value: 'search'},
    args: [
      {key: 'deep', value: true},
      {key: 'limit', value: 20},
      {key: 'owner', value: 'acme'},
    ],
  })
  const bare = {server: {value: 'tracker'}, tool: {value: 'search'}}
  expect(selector(calls(3, () => '{"owner":"acme"}'))).toEqual(bare)
  expect(selector([...varied, {...call('[REDACTED]'), session: 's0', ts: hourly(0, 50)}])).toEqual(bare)
  expect(selector([...varied, {...call('{"owner":"acme","owner":"acme"}'), session: 's0', ts: hourly(0, 50)}])).toEqual(
    bare,
  )
  expect(selector(calls(4, (i) => (i === 7 ? '{"limit":"20"}' : '{"limit":20}')))).toEqual(bare)
})

describe('constant arguments against a minority', () => {
  const call = (args: string) => ({tool: {server: 'tracker', name: 'search', args}})
  /** n sessions of three calls, the last `hostile` of which have one call of another kind. */
  const mixed = (n: number, hostile: number, other: string) =>
    hours(n, (hour) => [
      ...Array.from({length: 3}, () => call('{"read_only":true}')),
      ...(hour >= n - hostile ? [call(other)] : []),
    ])
  const rule = (specs: readonly CaptureSpec[]) => ruleNamed(compileCaptures(specs), 'tracker_search')
  const constant = [{key: 'read_only', value: true}]

  test.each([
    {n: 10, hostile: 1},
    {n: 30, hostile: 3},
    {n: 50, hostile: 5},
  ])('$hostile of $n sessions with one call otherwise take no constant away, and are counted', ({n, hostile}) => {
    for (const other of ['{"read_only":false}', '{}', '{"read_only":"true"}', 'broken', '[REDACTED]']) {
      const learned = rule(mixed(n, hostile, other))
      expect([other, learned.selector?.['args']]).toEqual([other, constant])
      expect(learned.observation?.['args_called_otherwise']).toEqual([{key: 'read_only', sessions: hostile}])
    }
  })

  test.each([
    {n: 9, hostile: 1},
    {n: 10, hostile: 2},
    {n: 50, hostile: 6},
  ])('$hostile of $n sessions are more than the bound: the argument is no constant', ({n, hostile}) => {
    expect(rule(mixed(n, hostile, '{"read_only":false}')).selector).not.toHaveProperty('args')
  })

  test.each([
    {n: 30, callers: 7, hostile: 3},
    {n: 50, callers: 10, hostile: 5},
    {n: 80, callers: 14, hostile: 8},
    {n: 100, callers: 87, hostile: 10},
  ])(
    'a tool that $callers of $n sessions call keeps its constant although $hostile hostile sessions call it otherwise',
    ({n, callers, hostile}) => {
      const specs = hours(n, (hour) => [
        {url: 'https://api.example.com/status'},
        ...Array.from({length: hour < callers ? 3 : 0}, () => call('{"read_only":true}')),
        ...Array.from({length: hour >= n - hostile ? 20 : 0}, () => call('{"read_only":false}')),
      ])
      expect(rule(specs).selector?.['args']).toEqual(constant)
    },
  )

  test('hostile sessions that outnumber the honest callers of a tool plant no constant', () => {
    const specs = hours(60, (hour) => [
      {url: 'https://api.example.com/status'},
      ...Array.from({length: hour < 5 ? 3 : 0}, () => call('{"read_only":true}')),
      ...Array.from({length: hour >= 54 ? 20 : 0}, () => call('{"read_only":false}')),
    ])
    expect(rule(specs).selector).not.toHaveProperty('args')
  })

  test('a session that only repeats another value counts once, and the value of most sessions is the constant', () => {
    const flood = hours(1, () => Array.from({length: 200}, () => call('{"read_only":false}'))).map((spec) => ({
      ...spec,
      session: 'flood',
      ts: hourly(20, 0),
    }))
    expect(rule([...mixed(10, 0, ''), ...flood]).selector?.['args']).toEqual(constant)
  })

  test('where every session keeps it nothing is said of others', () => {
    const learned = rule(mixed(10, 0, ''))
    expect(learned.selector?.['args']).toEqual(constant)
    expect(learned.observation).not.toHaveProperty('args_called_otherwise')
  })
})

test('internal hosts are marked in every place that names them', () => {
  const rule = ruleNamed(compileCaptures([{url: 'https://build.corp/x'}]), 'build_corp_x_GET')
  expect(JSON.stringify(rule.selector)).not.toContain('public')
  expect(rule.budgets).toMatchObject({
    payload_size_bytes: {data_class: 'internal'},
    scanner_size_bytes: {data_class: 'internal'},
  })
})

test('no captures at all make an empty, signed candidate of the hour', () => {
  const compiled = compileCaptures([])
  expect(contractOf(compiled).body).toMatchObject({
    rules: [],
    observation_window: {start: '2026-04-29T22:00:00Z', end: '2026-04-29T22:00:00Z', event_count: 0, session_count: 0},
  })
})
