// Routes on every transport: what a route refuses is refused, what it lifts stays lifted there alone, and the core floor stays.
import {expect} from 'vitest'
import {mixed, upper} from '../support/credentials.js'
import {expectBlock, expectNoVerdict, matrix, watch, worldsOf, type ExpectedBlock} from './matrix.js'
import {ONE_HOST, perform, type Action, type Adapter} from './transports.js'
import {GOOD, OTHER, type Config} from './world.js'

const AWS = ['AK', 'IA', upper(16)].join('')
const LINEAR = ['lin', '_api_', mixed(40)].join('')

const EXEMPT: Config = {
  routes: [
    {
      name: 'fixtures',
      match: {hosts: [GOOD], path: {prefix: '/fixtures/'}},
      // a key is a random value, too
      exemptions: ['Linear API Key', 'entropy'].map((rule) => ({
        rule,
        owner: 'qa',
        reason: 'keys of the test suite',
        expires: '2030-01-31',
      })),
    },
  ],
}
const worlds = worldsOf(
  {
    restricted: {config: {routes: [{name: 'closed', match: {hosts: [GOOD]}, allow_methods: ['PURGE']}]}},
    exempt: {config: EXEMPT},
    strict: {
      config: {
        mode: 'strict',
        api_allowlist: ['nowhere.example'],
        routes: [{name: 'status', match: {hosts: [GOOD]}, allow: true, owner: 'ops', reason: 'the state of the build'}],
      },
    },
    decoding: {
      config: {
        response_scanning: {action: 'block'},
        routes: [{name: 'coded', match: {hosts: [GOOD]}, responses: {decode: true}}],
      },
    },
  },
  [AWS, LINEAR],
)

const block = (reason: string, layer: string, severity: ExpectedBlock['severity'] = 'critical'): ExpectedBlock => ({
  reason,
  layer,
  severity,
  retry: reason === 'request_policy_deny' ? 'policy' : 'none',
  status: 403,
})

type Names = Parameters<typeof worlds.get>[0]

async function outcomeOf(t: Adapter, name: Names, action: Action) {
  const world = await worlds.get(name)
  return watch(world, () => perform(t, world, action))
}

const NO_PATH = {connect: 'of a CONNECT only host and port are known'} as const
const NO_CONTENT = {
  connect: 'what is said inside an opaque tunnel cannot be seen',
  fetch: '/fetch decodes what came, on every route',
  websocket: 'messages have no content coding',
} as const

matrix('routes', [
  {
    name: 'a method that the route of the host does not allow is refused before anything is dialled',
    async holds(t) {
      const {result, reached, dialled} = await outcomeOf(t, 'restricted', {host: GOOD})
      expectBlock(result, block('request_policy_deny', 'route_policy'))
      expect([reached, dialled]).toEqual([0, []])
      if (t.name !== 'reverse') expectNoVerdict((await outcomeOf(t, 'restricted', {host: OTHER})).result)
    },
  },
  {
    name: 'an exemption covers its rule on its path alone, and never the core floor',
    exempt: NO_PATH,
    async holds(t) {
      const passed = await outcomeOf(t, 'exempt', {host: GOOD, path: `/fixtures/x?key=${LINEAR}`})
      expectNoVerdict(passed.result)
      expect(passed.receipts.at(-1)?.verdict).toBe('warn')
      for (const path of [`/page?key=${LINEAR}`, `/fixtures/x?key=${AWS}`, `/fixtures/..;/page?key=${LINEAR}`]) {
        const {result} = await outcomeOf(t, 'exempt', {host: GOOD, path})
        expect([path.slice(0, 12), result.fields.get('x-pipelock-block-reason')]).toEqual([
          path.slice(0, 12),
          'dlp_match',
        ])
      }
    },
  },
  {
    name: 'in strict mode a route allows its host, and no other check is lifted',
    exempt: ONE_HOST,
    async holds(t) {
      expectNoVerdict((await outcomeOf(t, 'strict', {host: GOOD})).result)
      const {result} = await outcomeOf(t, 'strict', {host: OTHER})
      expect(result.fields.get('x-pipelock-block-reason')).toBe('domain_blocklist')
      if (t.name === 'connect') return
      const leak = await outcomeOf(t, 'strict', {host: GOOD, path: `/?key=${AWS}`})
      expect(leak.result.fields.get('x-pipelock-block-reason')).toBe('dlp_match')
    },
  },
  {
    name: 'a coded response is decoded to be judged',
    exempt: NO_CONTENT,
    async holds(t) {
      const {result} = await outcomeOf(t, 'decoding', {host: GOOD, path: '/answers/compressed'})
      expectBlock(result, block('prompt_injection', 'response_scan'))
    },
  },
])
worlds.examined()
