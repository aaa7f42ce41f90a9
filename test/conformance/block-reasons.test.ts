// Every block reason is provoked by real traffic, or says why it cannot be: a code that nothing emits, and one
// that comes with another severity or advice than the table's, fail.
import {renameSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, expect, test} from 'vitest'
import {REASONS, type Reason} from '../../src/core/reasons.js'
import {contractSetting, PAGES, PORTLESS} from '../matrix/contract-world.js'
import {ADAPTERS, perform, type Action, type Outcome, type TransportName} from '../matrix/transports.js'
import {GOOD, OTHER, startWorld, type Config, type Setting, type World} from '../matrix/world.js'
import {upper} from '../support/credentials.js'

const KEY = ['AK', 'IA', upper(16)].join('')
const OPAQUE = 'x7Kp2mQ9vR4sL8nW1bY6cT3fA0jH5dEgZ'

const SCANNING: Config = {
  fetch_proxy: {max_response_mb: 1, monitoring: {blocklist: ['*.pastebin.com']}},
  request_body_scanning: {enabled: true, action: 'block', scan_headers: true, content_entropy_action: 'block'},
  response_scanning: {enabled: true, action: 'block'},
}
const SETTINGS = {
  scanning: {config: SCANNING, names: {'hanging.example': 'ETIMEOUT'}},
  limited: {config: {fetch_proxy: {monitoring: {max_requests_per_minute: 1}}}},
  metered: {config: {fetch_proxy: {monitoring: {max_data_per_minute: 8}}}},
  redacting: {
    config: {
      request_body_scanning: {enabled: true},
      redaction: {enabled: true, default_profile: 'p', profiles: {p: {classes: ['email']}}},
    },
  },
  joining: {
    config: {
      request_body_scanning: {enabled: true, action: 'block'},
      cross_request_detection: {enabled: true, action: 'block', fragment_reassembly: {enabled: true}},
    },
  },
  agents: {config: {a2a_scanning: {enabled: true}}},
  shielded: {config: {browser_shield: {enabled: true, max_shield_bytes: 100, oversize_action: 'block'}}},
  visual: {config: {media_policy: {enabled: true}}},
  restricted: {config: {routes: [{name: 'closed', match: {hosts: [GOOD]}, allow_methods: []}]}},
  closed: {config: {forward_proxy: {enabled: false}}},
  contracted: contractSetting('live'),
  unrecorded: {},
} as const satisfies Readonly<Record<string, Setting>>
type Name = keyof typeof SETTINGS

const started = new Map<Name, Promise<World>>()
function worldOf(name: Name): Promise<World> {
  const world = started.get(name) ?? startWorld(SETTINGS[name])
  started.set(name, world)
  return world
}
afterAll(async () => {
  for (const promise of started.values()) {
    const world = await promise
    await world.stop().catch(() => undefined)
    await Promise.all([world.http.close(), world.tls.close()])
    world.remove()
  }
})

interface Provoked {
  readonly in: Name
  /** The last is the one that is refused. */
  readonly actions: readonly Action[]
  readonly on?: TransportName
  readonly before?: (world: World) => void
}

const one = (action: Action, on?: TransportName): Provoked => ({in: 'scanning', actions: [action], ...(on && {on})})
const post = (host: string, text: string | Buffer, ...fields: (readonly [string, string])[]): Action => ({
  host,
  method: 'POST',
  content: {fields, bytes: Buffer.from(text)},
})
const json = ['Content-Type', 'application/json'] as const

/** Another one each time. */
const CARD: Action = {host: GOOD, path: '/changing-card'}

const PROVOKED: Partial<Readonly<Record<Reason, Provoked>>> = {
  scheme_blocked: one({host: GOOD, scheme: 'ftp'}),
  domain_blocklist: one({host: 'a.pastebin.com'}),
  ssrf_private_ip: one({host: '10.1.2.3'}),
  ssrf_metadata: one({host: '169.254.169.254'}),
  path_entropy: one({host: GOOD, path: `/${OPAQUE}`}),
  subdomain_entropy: one({host: '4a6f686e446f65aa4a6f686e446f65ab.good.example'}),
  body_entropy: one(post(GOOD, JSON.stringify({a: OPAQUE}), json)),
  url_length: one({host: GOOD, path: `/${'long/'.repeat(600)}`}),
  rate_limit: {in: 'limited', actions: [{host: GOOD}, {host: GOOD}]},
  data_budget: {in: 'metered', actions: [{host: GOOD}, {host: GOOD}]},
  response_size: one({host: GOOD, path: '/answers/large'}),
  dlp_match: one({host: GOOD, path: `/?k=${KEY}`}),
  prompt_injection: one({host: GOOD, path: '/answers/injected'}),
  redaction_failure: {in: 'redacting', actions: [post(GOOD, '{"a":1,"a":2}', json)]},
  media_policy: {in: 'visual', actions: [{host: GOOD, path: '/answers/sound'}]},
  browser_shield_oversize: {in: 'shielded', actions: [{host: GOOD, path: '/answers/page'}]},
  redirect_scan_denied: one({host: GOOD, path: `/moved?to=${encodeURIComponent('http://10.1.2.3/')}`}, 'fetch'),
  authority_mismatch: {in: 'scanning', actions: [{host: GOOD}, {host: OTHER}], on: 'tunnelled'},
  session_binding: {in: 'agents', actions: [CARD, CARD]},
  cross_request_deny: {
    in: 'joining',
    actions: [
      post(GOOD, JSON.stringify({a: KEY.slice(0, 9)}), json),
      post(GOOD, JSON.stringify({a: KEY.slice(9)}), json),
    ],
  },
  compressed_response: one({host: GOOD, path: '/answers/compressed'}),
  parse_error: one({host: GOOD, path: '/a%0d%0ab'}),
  timeout: one({host: 'hanging.example'}),
  not_enabled: {in: 'closed', actions: [{host: GOOD}], on: 'connect'},
  bad_request: one({host: GOOD, headers: [['X-A', 'a\0b']]}),
  receipt_emission_failed: {
    in: 'unrecorded',
    actions: [{host: GOOD}],
    before({folder}) {
      renameSync(join(folder, 'evidence'), join(folder, 'evidence.away'))
      writeFileSync(join(folder, 'evidence'), '')
    },
  },
  request_policy_deny: {in: 'restricted', actions: [{host: GOOD}]},
  contract_default_deny: {in: 'contracted', actions: [{host: OTHER}]},
  contract_enforce_default: {in: 'contracted', actions: [{host: PAGES, path: '/admin'}]},
  contract_non_default_port: {in: 'contracted', actions: [{host: PORTLESS}]},
  contract_invalid_path: {in: 'contracted', actions: [{host: GOOD, path: '/page%2fx'}]},
}

const NO_SUBSYSTEM = 'its subsystem is not part of this build'
/** What cannot be provoked from outside, or not yet. */
const EXEMPT: Partial<Readonly<Record<Reason, string>>> = {
  ssrf_dns_rebind: 'only addresses that were checked are dialled, so that no later answer can differ',
  pattern_unavailable: 'needs a request between two policies while the firewall ends',
  kill_switch_active: 'a locked store: the lock has tests of its own',
  contract_observed_only: 'a remark on what passes, never a block',
  block_reason_overflow: 'close frames only',
  tool_poisoning: 'JSON-RPC only',
  tool_chain_blocked: 'JSON-RPC only',
  tool_policy_deny: 'JSON-RPC only',
  airlock_active: NO_SUBSYSTEM,
  escalation_level: NO_SUBSYSTEM,
  session_anomaly: NO_SUBSYSTEM,
  envelope_verify_failed: NO_SUBSYSTEM,
  outbound_envelope_failed: NO_SUBSYSTEM,
}

/** The first names the tunnel. */
async function throughOneTunnel(world: World, actions: readonly Action[]): Promise<Outcome | undefined> {
  const [first = {host: GOOD}] = actions
  const channel = await ADAPTERS.tunnelled.open(world, first)
  let last: Outcome | undefined
  for (const action of actions) last = await channel.send(action)
  channel.close()
  return last
}

test('every code is provoked or exempted, and none is both', () => {
  const codes = [...Object.keys(PROVOKED), ...Object.keys(EXEMPT)]
  expect(codes.toSorted()).toEqual(Object.keys(REASONS).toSorted())
})

test.each(Object.entries(PROVOKED))('%s', async (code, {in: name, actions, on = 'forward', before}) => {
  const world = await worldOf(name)
  before?.(world)
  let last: Outcome | undefined
  if (on === 'tunnelled') last = await throughOneTunnel(world, actions)
  else for (const action of actions) last = await perform(ADAPTERS[on], world, action)
  const text = (field: string): string | undefined => last?.fields.get(`x-pipelock-block-reason${field}`)
  const {severity, retry} = REASONS[code as Reason]
  expect([text(''), text('-version'), text('-severity'), text('-retry')]).toEqual([code, '1', severity, retry])
  expect(text('-layer') ?? '').toMatch(/^[A-Za-z0-9_]{0,32}$/)
  if (name === 'unrecorded') {
    rmSync(join(world.folder, 'evidence'))
    renameSync(join(world.folder, 'evidence.away'), join(world.folder, 'evidence'))
  }
})
