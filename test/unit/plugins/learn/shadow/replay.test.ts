// Which records a replay judges, by what, and how it counts them.
import {describe, expect, test} from 'vitest'
import type {Action, Decision} from '../../../../../src/core/decision.js'
import {parseContractBody} from '../../../../../src/formats/documents/contract.js'
import {redactedLabels} from '../../../../../src/plugins/learn/privacy/redact.js'
import {assume, type Assumption} from '../../../../../src/plugins/learn/shadow/assumption.js'
import {shadowMarkdown} from '../../../../../src/plugins/learn/shadow/markdown.js'
import {replay, type ReplayOptions} from '../../../../../src/plugins/learn/shadow/replay.js'
import {shadowReport} from '../../../../../src/plugins/learn/shadow/report.js'
import {viewsOf} from '../../../../../src/plugins/learn/view/rule-view.js'
import {captureDetail, captureLines, chainLines, hourly, type CaptureSpec} from '../../../../support/captures.js'
import {compileCaptures, contractOf, memoryChain, rulesOf} from '../../../../support/compiling.js'

const ITEMS = {url: 'https://api.example.com/v1/items'}
const ORDERS = {url: 'https://api.example.com/v1/orders', method: 'POST'}
const TUNNEL = {url: 'https://git.example.com', method: 'CONNECT'}
const TOOL = {tool: {server: 'files', name: 'read', args: '{"mode":"ro"}'}}

const learned = compileCaptures(
  Array.from({length: 6}, (_, hour) =>
    [ITEMS, ORDERS, TUNNEL, TOOL].flatMap((spec) =>
      Array.from({length: 5}, (__, i): CaptureSpec => ({session: `s${hour}`, ts: hourly(hour, i), ...spec})),
    ),
  ).flat(),
)

const decided = (action: Action): Decision => ({action, cause: undefined, findings: []})

interface Options extends Partial<ReplayOptions> {
  readonly assumption?: Assumption
  readonly level?: 'method' | 'host'
}

const run = (lines: string, {assumption, level = 'method', ...over}: Options = {}) =>
  replay([memoryChain(lines)], {
    assumed: assume(contractOf(learned).body, assumption, level),
    scanner: () => () => decided('allow'),
    agent: undefined,
    sinceMs: 0,
    nowMs: Date.UTC(2026, 4, 5),
    salt: undefined,
    ...over,
  })

const specs = (list: readonly CaptureSpec[], over: Options = {}) => run(captureLines(list), over)
const methodRule = (path: string) => {
  const rule = rulesOf(learned).find(
    ({rule_kind, selector}) =>
      rule_kind === 'http_destination' &&
      JSON.stringify(selector?.['paths'] ?? '').includes(`"${path}"`) &&
      Array.isArray(selector?.['methods']),
  )
  return rule?.rule_id ?? ''
}

describe('evaluation', () => {
  test('what was learned stays as it was, every rule by its id', async () => {
    const result = await specs([ITEMS, ORDERS, TUNNEL, TOOL])
    expect(result).toMatchObject({total: 4, replayed: 4, newBlocks: 0, newAllows: 0, unmatched: []})
    expect([...result.rules.values()].map((rule) => [rule.evaluations, rule.unchanged])).toEqual(Array(4).fill([1, 1]))
    expect(result.rules.has(methodRule('/v1/items'))).toBe(true)
  })

  test('another host, method, path, port and tool would be blocked', async () => {
    const result = await specs([
      {url: 'https://evil.example.net/x'},
      {url: 'https://evil.example.net/x/'},
      {url: ITEMS.url, method: 'DELETE'},
      {url: 'https://api.example.com/v1/admin'},
      {url: 'https://api.example.com:8443/v1/items'},
      {url: 'https://api.example.com', method: 'CONNECT'},
      {tool: {server: 'files', name: 'delete'}},
      {tool: {server: 'files', name: 'read', args: '{"mode":"rw"}'}},
    ])
    expect(result).toMatchObject({replayed: 8, newBlocks: 8, defaultDenies: 7})
    expect(result.rules.get('default_deny')).toMatchObject({evaluations: 7, newBlocks: 7})
    // only arguments are refused by a rule: a healthy one is charged with nothing else
    expect([...result.rules.values()].filter(({newBlocks}) => newBlocks > 0)).toHaveLength(2)
    expect(result.unmatched[0]).toMatchObject({
      host: 'evil.example.net',
      path: '/x',
      method: 'GET',
      events: 2,
      newBlocks: 2,
    })
    expect(result.unmatched.slice(1).map(({method, host, path}) => `${method} ${host} ${path}`)).toEqual([
      'CONNECT api.example.com ',
      'GET api.example.com /v1/admin',
      'DELETE api.example.com /v1/items',
      'GET api.example.com:8443 /v1/items',
      'tools/call files delete',
      'tools/call files read',
    ])
    expect(result.batches.reduce((sum, batch) => sum + batch.count, 0)).toBe(8)
  })

  test('what only capture-only rules cover is counted', async () => {
    const foreignPath = [{url: 'https://api.example.com/v1/new'}]
    expect((await specs(foreignPath)).captureOnlyMatches).toBe(1)
    expect((await specs(foreignPath, {level: 'host'})).newBlocks).toBe(0)
    expect((await specs([{url: 'https://evil.example.net/'}])).captureOnlyMatches).toBe(0)
  })

  test('a fresh candidate as written has no jurisdiction', async () => {
    const result = await specs([{url: 'https://evil.example.net/x'}], {assumption: 'as-written'})
    expect(result).toMatchObject({replayed: 1, newBlocks: 0, defaultDenies: 0})
    expect(result.rules.size).toBe(0)
  })

  test('a ratified contract is taken as written by default', () => {
    const {body} = contractOf(learned)
    const ratified = parseContractBody({
      ...body,
      rules: body.rules?.map((rule) => ({...rule, lifecycle_state: 'enforce'})),
    })
    expect(assume(body, undefined, 'method').assumption).toBe('enforce')
    expect(assume(ratified, undefined, 'method').assumption).toBe('as-written')
    expect(assume(ratified, undefined, 'method').enforcedRules).toHaveLength(body.rules?.length ?? 0)
  })

  test('the scanners of the candidate configuration decide first', async () => {
    const scanner = () => (_method: string, url: string) => decided(url.includes('items') ? 'block' : 'allow')
    const result = await specs([ITEMS, {...ITEMS, action: 'block'}, {...ORDERS, action: 'block'}], {scanner})
    // the last is no lift by the contract: another configuration judges it
    expect(result).toMatchObject({newBlocks: 1, newAllows: 1, unmatched: [], defaultDenies: 0})
  })

  test('each chain has a scanner of its own', async () => {
    let made = 0
    const chains = [memoryChain(captureLines([ITEMS])), memoryChain(captureLines([ITEMS]))]
    const options = {assumed: assume(contractOf(learned).body, undefined, 'method'), agent: undefined, sinceMs: 0}
    await replay(chains, {...options, nowMs: 0, salt: undefined, scanner: () => (made++, () => decided('allow'))})
    expect(made).toBe(2)
  })
})

describe('redacted records', () => {
  const never = () => () => {
    throw new Error('the scanner was asked about a placeholder')
  }

  test.each(['https://api.example.com/v1/items?k=[redacted-value]', 'https://api.example.com/[redacted-path]'])(
    'a blocked secret does not replay as an allow: %s',
    async (url) => {
      const result = await specs([{url, action: 'block'}], {scanner: never})
      expect(result).toMatchObject({replayed: 1, newAllows: 0, newBlocks: 0})
    },
  )
  test('the recorded action stands for the scanners, and the contract still decides', async () => {
    const url = '?k=[redacted-value]'
    const result = await specs(
      [
        {url: ITEMS.url + url, action: 'warn'},
        {url: `https://evil.example.net/${url}`, action: 'warn'},
      ],
      {scanner: never},
    )
    expect(result).toMatchObject({replayed: 2, newBlocks: 1})
    expect(result.batches).toMatchObject([{original: 'warn', candidate: 'block', count: 1}])
  })
  test('without destination there is nothing to replay', async () =>
    expect(await specs([{url: '[redacted-target]', action: 'block'}], {scanner: never})).toMatchObject({
      total: 1,
      replayed: 0,
      summaryOnly: 1,
    }))
  test('redacted arguments that a rule would have to read', async () => {
    const args = '[REDACTED]'
    const result = await specs([
      {tool: {server: 'files', name: 'read', args}},
      {tool: {server: 'files', name: 'delete', args}},
    ])
    expect(result).toMatchObject({summaryOnly: 1, replayed: 1, newBlocks: 1})
  })
  test('a detail that the recorder replaced', async () => {
    const lines = chainLines([{type: 'capture', detail: {detected_patterns: [], original_size: 1, redacted: true}}])
    expect(await run(lines)).toMatchObject({total: 1, summaryOnly: 1, redacted: 1, malformed: 0})
  })
})

describe('records', () => {
  test('surfaces that cannot be replayed', async () => {
    const surface = (name: string, over = {}): CaptureSpec => ({detail: {surface: name, ...over}})
    const result = await specs([
      surface('response'),
      surface('dlp', {payload_ref: '000001.payload.enc'}),
      surface('cee'),
      surface('tool_scan'),
      surface('later'),
      ITEMS,
      {...TOOL, detail: {request: {method: '', url: '', mcp_method: 'tools/list', mcp_server: 'files'}}},
    ])
    expect(result).toMatchObject({total: 7, replayed: 1, summaryOnly: 2, evidenceOnly: 4})
    expect(Object.fromEntries(result.surfaces)).toEqual({
      response: {grade: 'partial', sidecar: false},
      dlp: {grade: 'full', sidecar: true},
      cee: {grade: 'none', sidecar: false},
      tool_scan: {grade: 'partial', sidecar: false},
      later: {grade: 'summary', sidecar: false},
      url: {grade: 'full', sidecar: false},
      tool_policy: {grade: 'full', sidecar: false},
    })
  })

  test('older ones are left out, those without time are kept', async () => {
    const lines = [
      {...ITEMS, ts: hourly(1)},
      {...ITEMS, ts: hourly(3)},
      {...ITEMS, ts: 'never'},
    ]
    expect((await specs(lines, {sinceMs: Date.parse(hourly(2))})).total).toBe(2)
    expect((await specs(lines, {sinceMs: Date.parse(hourly(3))})).total).toBe(2)
  })

  test('those of other agents only where an agent was requested', async () => {
    const lines = [ITEMS, {...ITEMS, agent: 'other'}, {...ITEMS, agent: ''}]
    expect(await specs(lines, {agent: 'coder'})).toMatchObject({total: 2, foreign: 1})
    expect(await specs(lines)).toMatchObject({total: 3, foreign: 0})
  })

  test('malformed and dropped are counted, a broken chain ends the replay', async () => {
    const lines = chainLines([
      {type: 'capture', detail: captureDetail(ITEMS)},
      {type: 'capture', detail: {capture_schema_version: 9}},
      {type: 'capture_drop', detail: {count: 3, reason: 'backpressure'}},
      {type: 'capture_drop', detail: {count: 5, reason: 'backpressure'}},
    ])
    expect(await run(lines)).toMatchObject({total: 1, malformed: 1, dropped: 5})
    await expect(run(lines.replace('/v1/items', '/v1/itemz'))).rejects.toMatchObject({code: 'hash_chain_broken'})
  })

  test('a chain without its beginning is replayed and named', async () => {
    const [, ...rest] = captureLines([ITEMS, ORDERS]).split(/(?<=\n)/)
    expect(await run(rest.join(''))).toMatchObject({total: 1, truncated: ['memory-0.jsonl']})
  })
})

test('the reports: member order, and no text from traffic that forges markdown', async () => {
  const result = await specs([{url: 'https://evil.example.net/a%60%7C%0A'}, {url: 'https://evil.example.net/x|`#'}])
  const report = shadowReport(result, {
    contractHash: 'sha256:c',
    assumption: 'enforce',
    level: 'method',
    verified: false,
    nowMs: Date.UTC(2026, 4, 5),
  })
  expect(Object.keys(report).join(' ')).toBe(
    'report_version generated_at contract_hash total_records replayed changed new_blocks new_allows evidence_only ' +
      'summary_only rules batches capture_surfaces assumption level verified default_denies capture_only_matches ' +
      'unmatched malformed dropped',
  )
  expect(report.rules).toEqual([
    {
      rule_id: 'default_deny',
      evaluations: 2,
      new_blocks: 2,
      new_allows: 0,
      unchanged: 0,
      new_block_rate_pct: 100,
      state: 'clear',
      reason: 'below_denominator_floor',
    },
  ])
  const text = shadowMarkdown(report, result.broad, redactedLabels(undefined))
  const [body] = text.split('## Would be blocked').slice(1)
  expect(text).toContain('- records: 2 total, 2 replayed, 2 changed\n- deltas: 2 new blocks, 0 new allows, 1 batches\n')
  expect(text).toContain(
    '| `default_deny` | 2 | 2 | 0 | 100.00% | clear | below_denominator_floor: look at them; fewer than 50 records, so the share says little |',
  )
  expect(text).toContain('signature: unverified')
  expect(body).toContain('`GET evil.example.net/x%7C%60`: 1 event')
  expect(text).toMatch(
    /## Broad rules\n\n- `r-[0-9a-f]+` `CONNECT git\.example\.com` \(tunnel\): paths are not visible\n$/,
  )
})

describe('parameter names', () => {
  const PAGE = 'https://api.example.com/page'
  const locked = (parameters: 'observe' | 'lock') =>
    contractOf(
      compileCaptures(
        Array.from({length: 20}, (_, n) => ({session: `s${n}`, ts: hourly(n), url: `${PAGE}?q=1`})),
        {profile: 'wilson_lb_v3', parameters},
      ),
    ).body
  const replayed = (url: string, parameters: 'observe' | 'lock' = 'lock') =>
    specs([{url}], {assumed: assume(locked(parameters), undefined, 'method')})

  test('a name that the contract does not list would be blocked', async () => {
    expect(await replayed(`${PAGE}?q=2`)).toMatchObject({replayed: 1, newBlocks: 0})
    expect(await replayed(`${PAGE}?q=2&admin=1`)).toMatchObject({replayed: 1, newBlocks: 1})
    expect(await replayed(`${PAGE}?q=2&admin=1`, 'observe')).toMatchObject({replayed: 1, newBlocks: 0})
  })

  test('a redacted value changes nothing, a redacted name cannot be compared', async () => {
    expect(await replayed(`${PAGE}?q=[redacted-value]`)).toMatchObject({replayed: 1, newBlocks: 0})
    expect(await replayed(`${PAGE}?[redacted-value]=1`)).toMatchObject({replayed: 0, summaryOnly: 1})
    // names decide nothing here
    expect(await replayed(`${PAGE}?[redacted-value]=1`, 'observe')).toMatchObject({replayed: 1, newBlocks: 0})
    expect(await replayed('https://api.example.com/other?[redacted-value]=1')).toMatchObject({
      replayed: 1,
      newBlocks: 1,
    })
  })
})

test('what is newly blocked stands apart from what the scanners blocked already', async () => {
  // blocked for its address when it was captured, which a replay does not look at
  const result = await specs([
    {url: 'https://evil.example.net/x', action: 'block'},
    {url: 'https://other.example.net/y'},
    {url: 'https://other.example.net/y', action: 'block'},
    ITEMS,
  ])
  const facts = {contractHash: 'sha256:0', assumption: 'enforce', level: 'method', verified: true, nowMs: 0} as const
  const report = shadowReport(result, facts)
  const text = shadowMarkdown(report, result.broad, redactedLabels(undefined))
  expect(report.unmatched).toEqual([
    {host: 'other.example.net', path: '/y', method: 'GET', events: 2, new_blocks: 1},
    {host: 'evil.example.net', path: '/x', method: 'GET', events: 1, new_blocks: 0},
  ])
  expect(text).toContain(
    '## Would be blocked\n\n- `GET other.example.net/y`: 2 events, 1 of them blocked before too\n\n' +
      '## Blocked before too\n\n- `GET evil.example.net/x`: 1 event\n\n## Broad rules',
  )
})

test('shadow report, table of rules, names the requests of each rule and what its figures mean', async () => {
  const result = await specs([ITEMS])
  const facts = {contractHash: 'sha256:0', assumption: 'enforce', level: 'method', verified: true, nowMs: 0} as const
  const text = shadowMarkdown(
    shadowReport(result, facts),
    result.broad,
    redactedLabels(undefined),
    viewsOf(contractOf(learned).body),
  )
  expect(text).toMatch(
    /^\| `r-[0-9a-f]+` `GET api\.example\.com\/v1\/items` \| 1 \| 0 \| 0 \| 0\.00% \| clear \| below_denominator_floor: nothing new; fewer than 50 records \|$/m,
  )
})

test('internal hosts and their paths stand in no report: digests with a salt, a word without', async () => {
  const internal = {...TUNNEL, url: 'https://git.corp:8443'}
  const compiled = compileCaptures(
    Array.from({length: 6}, (_, hour) =>
      Array.from({length: 5}, (__, i): CaptureSpec => ({session: `s${hour}`, ts: hourly(hour, i), ...internal})),
    ).flat(),
  )
  const assumed = assume(contractOf(compiled).body, undefined, 'method')
  const received = [
    internal,
    {url: 'http://10.0.0.8:8080/secret/a'},
    {url: 'http://10.0.0.8:8080/secret/b'},
    {url: 'https://[fd00::1]/secret/c'},
    {url: 'https://evil.example.net/x'},
  ]
  const facts = {contractHash: 'sha256:c', assumption: 'enforce', level: 'method', verified: true, nowMs: 0} as const
  for (const salt of [undefined, Buffer.from('salt')]) {
    const result = await specs(received, {assumed, salt})
    const report = shadowReport(result, facts)
    const markdown = shadowMarkdown(report, result.broad, redactedLabels(salt))
    expect(JSON.stringify(report) + markdown).not.toMatch(/git\.corp|10\.0\.0\.8|fd00|secret/)
    expect(markdown).toContain('evil.example.net/x')
    const hosts = report.unmatched.map(({host, path, events}) => `${host} ${path} ${events}`)
    if (salt) {
      expect(hosts).toHaveLength(4)
      expect(hosts.filter((text) => /^hmac:[0-9a-f]{16}(:8080)? hmac:[0-9a-f]{16} 1$/.test(text))).toHaveLength(3)
      expect(markdown).toMatch(/`CONNECT hmac:[0-9a-f]{16}:8443` \(tunnel\)/)
    } else {
      expect(hosts).toEqual(['[internal]:8080 [internal] 2', '[internal] [internal] 1', 'evil.example.net /x 1'])
      expect(markdown).toContain('`CONNECT [internal]:8443` (tunnel)')
      expect(markdown).toContain('`GET [internal]:8080/[internal]`: 2 events')
    }
  }
})

test('a report above the ceiling advises quarantine until an hour later', async () => {
  const result = await specs(Array.from({length: 50}, () => ({url: 'https://evil.example.net/x'})))
  const facts = {contractHash: 'sha256:c', assumption: 'enforce', level: 'method', verified: true} as const
  const report = shadowReport(result, {...facts, nowMs: Date.UTC(2026, 4, 5)})
  expect(report.quarantines).toEqual([
    {
      rule_id: 'default_deny',
      reason: 'new_block_rate_above_ceiling',
      evaluations: 50,
      new_blocks: 50,
      new_block_rate_pct: 100,
      cooldown_until: '2026-05-05T01:00:00Z',
    },
  ])
})

test('what the scanners blocked in a tool call can never come out as an allow', async () => {
  const result = await specs([
    {...TOOL, action: 'block'},
    {...TOOL, action: 'fail_closed'},
  ])
  expect(result).toMatchObject({replayed: 2, newAllows: 0, newBlocks: 0})
})
