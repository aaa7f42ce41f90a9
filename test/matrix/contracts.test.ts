// The live contract on every transport: what it blocks and why, what it cannot override, what the other modes report,
// and that it stays locked when its store is tampered with.
import {rmSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'vitest'
import {upper} from '../support/credentials.js'
import {contractSetting, PAGES, PORTLESS} from './contract-world.js'
import {
  expectBlock,
  expectNoVerdict,
  expectReceipts,
  matrix,
  watch,
  worldsOf,
  type ExpectedBlock,
  type Guarantee,
} from './matrix.js'
import {ONE_HOST, perform, urlOf, type Action, type Adapter, type TransportName} from './transports.js'
import {GOOD, OTHER, type World} from './world.js'

const KEY = ['AK', 'IA', upper(16)].join('')
const NO_PATH = {connect: 'a CONNECT names host and port only'} as const

const worlds = worldsOf(
  {
    live: contractSetting('live'),
    shadow: contractSetting('shadow'),
    capture: contractSetting('capture'),
    audited: contractSetting('live', {mode: 'audit'}),
    'not enforced': contractSetting('live', {enforce: false}),
  },
  [KEY],
)

const block = (reason: string, severity: ExpectedBlock['severity'], retry: ExpectedBlock['retry']): ExpectedBlock => ({
  reason,
  layer: 'contract',
  status: 403,
  severity,
  retry,
})

interface Row {
  readonly name: string
  readonly action: Action
  readonly block: ExpectedBlock
  readonly exempt?: Partial<Readonly<Record<TransportName, string>>>
}

/** An action that the contract denies. */
const deniedOn = ({name}: Adapter): Action => (name === 'reverse' ? {host: GOOD, path: '/page/admin'} : {host: OTHER})
const deniedFor = ({name}: Adapter): string =>
  name === 'reverse' ? 'contract_enforce_default' : 'contract_default_deny'

const ROWS: readonly Row[] = [
  {
    name: 'a host without a rule',
    exempt: ONE_HOST,
    action: {host: OTHER},
    block: block('contract_default_deny', 'critical', 'none'),
  },
  {
    name: 'a page or tunnel without a rule on its host',
    action: {host: PAGES, path: '/admin'},
    exempt: ONE_HOST,
    block: block('contract_enforce_default', 'critical', 'none'),
  },
  {
    name: 'a sibling of a learned page',
    action: {host: GOOD, path: '/page/admin'},
    block: block('contract_enforce_default', 'critical', 'none'),
    exempt: NO_PATH,
  },
  ...['admin;x=1', '..%3B', '%255Cadmin', 'admin%20'].map((text): Row => ({
    name: `a name in disguise where an identifier was learned: ${text}`,
    action: {host: GOOD, path: `/items/${text}`},
    block: block('contract_enforce_default', 'critical', 'none'),
    exempt: NO_PATH,
  })),
  ...[
    ['X-HTTP-Method-Override', 'DELETE'],
    ['X_Method_Override', 'PUT'],
    ['X-Original-URL', '/admin'],
    ['x-rewrite-url', '/items/..%3B'],
  ].map(([header = '', value = '']): Row => ({
    name: `an allowed page with ${header}: ${value}`,
    action: {host: GOOD, path: '/page', headers: [[header, value]]},
    block: block('contract_enforce_default', 'critical', 'none'),
    exempt: {connect: 'the head of a CONNECT goes to no server', fetch: 'it sends no headers of its caller'},
  })),
  ...['q=1&admin=1', 'q=1;admin=1', 'q=1&%61dmin=1', 'q=1&%255Bq=1', 'Q=1'].map((query): Row => ({
    name: `a parameter name that was not learned: ${query}`,
    action: {host: GOOD, path: `/search?${query}`},
    block: block('contract_enforce_default', 'critical', 'none'),
    exempt: NO_PATH,
  })),
  {
    name: 'an allowed page with another method in its query',
    action: {host: GOOD, path: '/page?_method=DELETE'},
    block: block('contract_enforce_default', 'critical', 'none'),
    exempt: NO_PATH,
  },
  ...[
    ['application/x-www-form-urlencoded', 'a=1&%5Fmethod=DELETE'],
    [
      'multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data; name="_method"\r\n\r\nDELETE\r\n--b--\r\n',
    ],
  ].map(([type = '', text = '']): Row => ({
    name: `an allowed request with another method in its form: ${type}`,
    action: {
      host: GOOD,
      path: '/form',
      method: 'POST',
      content: {fields: [['Content-Type', type]], bytes: Buffer.from(text)},
    },
    block: block('contract_enforce_default', 'critical', 'none'),
    exempt: {
      connect: 'a CONNECT has no body',
      fetch: 'it only ever asks with GET',
      websocket: 'a handshake is a GET without a body',
    },
  })),
  {
    name: 'a method without a rule on its host',
    action: {host: GOOD, path: '/page', method: 'DELETE'},
    block: block('contract_enforce_default', 'critical', 'none'),
    exempt: {
      connect: 'its method is CONNECT',
      fetch: 'it only ever asks with GET',
      websocket: 'a handshake is a GET without a body',
    },
  },
  {
    name: 'a port without a rule on its host',
    exempt: ONE_HOST,
    action: {host: PORTLESS},
    block: block('contract_non_default_port', 'warn', 'none'),
  },
  {
    name: 'a path that is not canonical',
    action: {host: GOOD, path: '/page%2fx'},
    block: block('contract_invalid_path', 'warn', 'retry-with-canonical-path'),
    exempt: NO_PATH,
  },
]

const guarantees: Guarantee[] = ROWS.flatMap(({name, action, block: expected, exempt = {}}) => [
  ...(['live', 'audited', 'not enforced'] as const).map((world): Guarantee => ({
    name: `${world}: blocks ${name}`,
    exempt,
    async holds(t) {
      const {result, receipts, reached} = await watch(await worlds.get(world), async () =>
        perform(t, await worlds.get(world), action),
      )
      expectBlock(result, expected)
      expect(reached).toBe(0)
      expectReceipts(receipts, result, 'block', 'contract')
      expect(receipts.at(-1)).toMatchObject({
        contract_winning_source: 'contract',
        contract_generation: 1,
      })
      // no rule covers it, so neither evidence nor texts name one
      expect(receipts.at(-1)).not.toHaveProperty('contract_rule_id')
      expect(receipts.at(-1)).toMatchObject({pattern: 'no contract rule'})
      // the client learns nothing about the rules
      expect(result.body).not.toMatch(/\/items\/\*|\br-(?:pages|tunnel|only|portless)\b/)
    },
  })),
  ...(['shadow', 'capture'] as const).map((world): Guarantee => ({
    name: `${world}: only says what live would do about ${name}`,
    exempt,
    async holds(t) {
      const w = await worlds.get(world)
      const {result, receipts} = await watch(w, () => perform(t, w, action))
      expectNoVerdict(result)
      expect(result.content).toContain('origin says')
      expectReceipts(receipts, result, 'allow', undefined)
      // with a tunnel around it, either the tunnel or the request would have been blocked
      const would = receipts.find((r) => r.contract_live_verdict === 'block')
      expect(would).toMatchObject({
        contract_winning_source: 'scanner',
      })
      expect(would).not.toHaveProperty('contract_rule_id')
      const event = `"event":"contract_would_block","request":"${would?.request_id}"`
      if (world === 'capture') expect(w.log()).not.toContain('contract_would_block')
      else while (!w.log().includes(event)) await new Promise((done) => setImmediate(done))
    },
  })),
])

/** Evidence receipts of decisions, in order. */
const secondReceipts = (world: World) =>
  world
    .evidence()
    .split('\n')
    .filter((line) => line.includes('"event_kind":"proxy_decision"'))
    .map((line) => (JSON.parse(line) as {readonly detail: SecondReceipt}).detail)

interface SecondReceipt {
  readonly active_manifest_hash: string
  readonly contract_hash: string
  readonly selector_id: string
  readonly contract_generation: number
  readonly payload: Readonly<Record<string, unknown>>
}

const HASH = expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as unknown

/** The active contract, on every decision. */
const BOUND = {active_manifest_hash: HASH, contract_hash: HASH, selector_id: HASH, contract_generation: 1}

const BINDINGS: readonly Guarantee[] = (['live', 'shadow', 'capture'] as const).map((name) => ({
  name: `${name}: the second receipt of every decision names what was in force, who decided and what live would do`,
  async holds(t) {
    const world = await worlds.get(name)
    const before = secondReceipts(world).length
    await watch(world, () => perform(t, world, {host: GOOD, path: '/page'}))
    await watch(world, () => perform(t, world, deniedOn(t)))
    const issued = secondReceipts(world).slice(before)
    expect(issued.length).toBeGreaterThan(1)
    for (const receipt of issued) expect(receipt).toMatchObject(BOUND)
    const allowed = issued.find(({payload}) => payload['rule_id'] !== undefined)?.payload
    expect(allowed).toMatchObject({
      verdict: 'allow',
      policy_sources: ['scanner', 'contract'],
      winning_source: name === 'live' ? 'contract' : 'scanner',
      rule_id: t.name === 'connect' ? 'r-tunnel' : expect.stringMatching(/^r-(?:pages|tunnel)$/),
    })
    expect(allowed).not.toHaveProperty('live_verdict')
    const denied = issued.find(({payload}) => payload['rule_id'] === undefined)?.payload
    expect(denied).toMatchObject({
      verdict: name === 'live' ? 'block' : 'allow',
      winning_source: name === 'live' ? 'contract' : 'scanner',
      policy_sources: ['scanner', 'contract'],
      ...(name !== 'live' && {live_verdict: 'block'}),
    })
    if (name === 'live') expect(denied).not.toHaveProperty('live_verdict')
  },
}))

const REST: readonly Guarantee[] = [
  {
    name: 'a block of the scanners names the active contract, also for a malformed target',
    exempt: ONE_HOST,
    async holds(t) {
      const world = await worlds.get('live')
      const before = secondReceipts(world).length
      await watch(world, () => perform(t, world, {host: '169.254.169.254'}))
      const issued = secondReceipts(world).slice(before)
      expect(issued.at(-1)).toMatchObject({...BOUND, payload: {verdict: 'block', winning_source: 'scanner'}})
      expect(issued.at(-1)?.payload['policy_sources']).toEqual(['scanner'])
    },
  },
  {
    name: 'a learned request passes, and its receipt names the rule',
    async holds(t) {
      const world = await worlds.get('live')
      const {result, receipts} = await watch(world, () => perform(t, world, {host: GOOD, path: '/page'}))
      expect(result.content).toContain('origin says GET /page')
      expectReceipts(receipts, result, 'allow', undefined)
      expect(receipts.at(-1)).toMatchObject({
        contract_winning_source: 'contract',
        contract_rule_id: t.name === 'connect' ? 'r-tunnel' : 'r-pages',
        contract_policy_sources: ['scanner', 'contract'],
      })
      // the second receipt of a decision under a contract is written after the first
      const second = world
        .evidence()
        .split('\n')
        .slice(-2)
        .filter((line) => line.includes('"type":"evidence_receipt"'))
      expect(second).toHaveLength(1)
      expect(second[0]).toContain('"payload_kind":"proxy_decision"')
    },
  },
  ...['', '?q=1&page=2', '?%71=1;page'].map((query): Guarantee => ({
    name: `learned parameter names pass: /search${query}`,
    exempt: NO_PATH,
    async holds(t) {
      const world = await worlds.get('live')
      const {result, receipts} = await watch(world, () => perform(t, world, {host: GOOD, path: `/search${query}`}))
      expect(result.content).toContain('origin says GET /search')
      expect(receipts.at(-1)).toMatchObject({contract_rule_id: 'r-search'})
    },
  })),
  {
    name: 'a contract cannot override a block of the scanners',
    exempt: NO_PATH,
    async holds(t) {
      const world = await worlds.get('live')
      const {result, receipts} = await watch(world, () => perform(t, world, {host: GOOD, path: `/items/${KEY}`}))
      expectBlock(result, {reason: 'dlp_match', layer: 'core_dlp', status: 403, severity: 'critical', retry: 'none'})
      expectReceipts(receipts, result, 'block', 'core_dlp')
      expect(receipts.at(-1)).toMatchObject({contract_winning_source: 'scanner'})
    },
  },
  {
    name: 'a redirect of an allowed page is judged by the contract',
    exempt: {
      connect: 'what is said inside an opaque tunnel cannot be seen',
      websocket: 'a handshake follows no redirect and hands none back',
    },
    async holds(t) {
      const world = await worlds.get('live')
      const target = `http://${OTHER}:${world.http.port}/page`
      const path = `/moved?to=${encodeURIComponent(target)}`
      const {result, receipts, reached} = await watch(world, () => perform(t, world, {host: GOOD, path}))
      expectBlock(result, {
        ...block('contract_default_deny', 'critical', 'none'),
        ...(t.name === 'fetch' && {reason: 'redirect_scan_denied'}),
      })
      const text =
        t.name === 'fetch'
          ? /"block_reason":"redirect blocked: /
          : t.name === 'reverse'
            ? /"block_reason":"redirect: /
            : /^blocked: redirect: /
      expect(result.body).toMatch(text)
      expect(result.fields.has('location')).toBe(false)
      expect(reached).toBe(1)
      expect(receipts.map((r) => r.verdict)).toEqual([...result.before.map(() => 'allow'), 'allow', 'block'])
      expect(receipts.at(-1)?.action_id).toBe(receipts.at(-2)?.action_id)
    },
  },
  {
    name: 'the lock stays when active.json is deleted, through a reload as well',
    holds: (t) =>
      worlds.fresh('live', async (world) => {
        const store = join(world.folder, 'store', 'active.json')
        expect((await perform(t, world, {host: GOOD})).content).toContain('origin says')
        rmSync(store)
        while (!world.log().includes('contract_reload_rejected')) await new Promise((done) => setImmediate(done))
        for (const change of [undefined, {explain_blocks: true}]) {
          if (change) await world.reconfigure(change)
          const refused = await perform(t, world, deniedOn(t))
          expect(refused.fields.get('x-pipelock-block-reason')).toBe(deniedFor(t))
          expect((await perform(t, world, {host: GOOD})).content).toContain('origin says')
        }
      }),
  },
  {
    name: 'a client cannot choose the contract by its name',
    async holds(t) {
      const world = await worlds.get('live')
      const headers = [['X-Pipelock-Agent', 'somebody-else']] as const
      const refused = await perform(t, world, {...deniedOn(t), headers})
      expect(refused.fields.get('x-pipelock-block-reason')).toBe(deniedFor(t))
      expect(world.receipts().at(-1)?.actor).toBe('coder')
    },
  },
  {
    name: 'another spelling of an allowed host is the same host',
    async holds(t) {
      const world = await worlds.get('live')
      const action = {host: `${GOOD.toUpperCase()}.`}
      expect(urlOf(t, world, action)).toContain('EXAMPLE.')
      expect((await perform(t, world, action)).content).toContain('origin says')
    },
  },
]

matrix('contract', [...guarantees, ...BINDINGS, ...REST])
worlds.examined()
