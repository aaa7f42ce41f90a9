// Real reloads of one running strict firewall: each single change that weakens it is refused and named, each that
// strengthens it is applied. Balanced and audit apply weakening changes and announce them.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {parse, stringify} from 'yaml'
import {startFirewall, type TestFirewall} from '../../support/firewalls.js'

type Json = string | number | boolean | null | readonly Json[] | {readonly [name: string]: Json}
type Tree = {readonly [name: string]: Json}

const folder = mkdtempSync(join(tmpdir(), 'weaker-'))
const SECRETS = join(folder, 'secrets')
const FEWER = join(folder, 'fewer')
const MORE = join(folder, 'more')
for (const [path, text] of [
  [SECRETS, 'first-known-secret\nsecond-known-secret\n'],
  [FEWER, 'first-known-secret\n'],
  [MORE, 'third-known-secret\nsecond-known-secret\nfirst-known-secret\n'],
] as const)
  writeFileSync(path, text, {mode: 0o600})

const STRICT = parse(`
mode: strict
api_allowlist: ["*.one.example"]
fetch_proxy: {listen: "127.0.0.1:0", monitoring: {entropy_threshold: 3.5}}
dns: {host_overrides: {a.one.example: 127.0.0.1}}
dlp:
  secrets_file: ${SECRETS}
  patterns: [{name: own, regex: "own-[0-9]+", severity: critical, validator: luhn}]
  severity_overrides: {JWT Token: critical}
request_body_scanning: {action: block, header_mode: all, content_entropy_action: block}
response_scanning: {action: block, patterns: [{name: mine, regex: "obey me"}]}
cross_request_detection: {enabled: true, action: block, fragment_reassembly: {max_buffer_bytes: 65536}}
default_agent_identity: coder
bind_default_agent_identity: true
flight_recorder: {fsync: every, checkpoint_interval: 100, require_receipts: true}
logging: {output: file, file: audit.log}
`) as Tree

/** The tree with the values of another one applied; null removes a member. */
function changed(tree: Tree, change: Tree): Tree {
  const result: Record<string, Json> = {...tree}
  for (const [name, value] of Object.entries(change)) {
    const old = result[name]
    if (value === null) delete result[name]
    else result[name] = isTree(value) && isTree(old) ? changed(old, value) : value
  }
  return result
}

function isTree(value: Json | undefined): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const own = (change: Tree): Tree => ({
  dlp: {patterns: [changed({name: 'own', regex: 'own-[0-9]+', severity: 'critical', validator: 'luhn'}, change)]},
})
const OWN = {name: 'own', regex: 'own-[0-9]+', severity: 'critical', validator: 'luhn'}

const WEAKER: readonly (readonly [name: string, change: Tree, field: string])[] = [
  [
    'built-in credential rule replaced by name',
    {dlp: {patterns: [OWN, {name: 'JWT Token', regex: 'xx', severity: 'low'}]}},
    'dlp.patterns',
  ],
  [
    'built-in rule replaced in another case',
    {dlp: {patterns: [OWN, {name: 'jwt token', regex: 'xx', severity: 'low'}]}},
    'dlp.patterns',
  ],
  [
    'built-in injection rule replaced by name',
    {
      response_scanning: {
        patterns: [
          {name: 'mine', regex: 'obey me'},
          {name: 'Role Override', regex: 'xx'},
        ],
      },
    },
    'response_scanning.patterns',
  ],
  ['own injection rule removed', {response_scanning: {patterns: []}}, 'response_scanning.patterns'],
  ['own rule, severity lowered', own({severity: 'low'}), 'dlp.patterns[own].severity'],
  ['own rule, validator changed', own({validator: 'aba'}), 'dlp.patterns[own].validator'],
  ['own rule, expression changed', own({regex: 'own-[0-9]{40}'}), 'dlp.patterns[own].regex'],
  ['own rule, report-only', own({action: 'warn'}), 'dlp.patterns[own].action'],
  ['own rule, host exempt', own({exempt_domains: ['x.example']}), 'dlp.patterns[own].exempt_domains'],
  ['raised severity taken back', {dlp: {severity_overrides: {'JWT Token': null}}}, 'dlp.severity_overrides'],
  ['secrets file exchanged for a shorter one', {dlp: {secrets_file: FEWER}}, 'dlp.secrets_file'],
  ['secrets file taken out', {dlp: {secrets_file: null}}, 'dlp.secrets_file'],
  ['blocklist emptied', {fetch_proxy: {monitoring: {blocklist: []}}}, 'fetch_proxy.monitoring.blocklist'],
  ['allowlist extended', {api_allowlist: ['*.one.example', 'two.example']}, 'api_allowlist'],
  ['allowlist widened', {api_allowlist: ['*.one.example', '*.example.org']}, 'api_allowlist'],
  ['address of a host exchanged', {dns: {host_overrides: {'a.one.example': '127.0.0.2'}}}, 'dns.host_overrides'],
  ['address of a host added', {dns: {host_overrides: {'b.one.example': '127.0.0.2'}}}, 'dns.host_overrides'],
  ['entropy raised', {fetch_proxy: {monitoring: {entropy_threshold: 7.9}}}, 'fetch_proxy.monitoring.entropy_threshold'],
  [
    'entropy raised a little',
    {fetch_proxy: {monitoring: {entropy_threshold: 3.6}}},
    'fetch_proxy.monitoring.entropy_threshold',
  ],
  [
    'content entropy raised',
    {request_body_scanning: {content_entropy_threshold: 16}},
    'request_body_scanning.content_entropy_threshold',
  ],
  [
    'content entropy of long values only',
    {request_body_scanning: {content_entropy_min_length: 9_999}},
    'request_body_scanning.content_entropy_min_length',
  ],
  ['responses stripped, not blocked', {response_scanning: {action: 'strip'}}, 'response_scanning.action'],
  ['responses asked about, not blocked', {response_scanning: {action: 'ask'}}, 'response_scanning.action'],
  [
    'fragment buffer of one byte',
    {cross_request_detection: {fragment_reassembly: {max_buffer_bytes: 1}}},
    'cross_request_detection.fragment_reassembly.max_buffer_bytes',
  ],
  [
    'shorter memory',
    {cross_request_detection: {fragment_reassembly: {window_minutes: 1}}},
    'cross_request_detection.fragment_reassembly.window_minutes',
  ],
  ['evidence not redacted', {flight_recorder: {redact: false}}, 'flight_recorder.redact'],
  ['evidence made durable later', {flight_recorder: {fsync: 'async'}}, 'flight_recorder.fsync'],
  ['checkpoints unsigned', {flight_recorder: {sign_checkpoints: false}}, 'flight_recorder.sign_checkpoints'],
  ['checkpoints rarer', {flight_recorder: {checkpoint_interval: 1_000_000}}, 'flight_recorder.checkpoint_interval'],
  ['receipts not required', {flight_recorder: {require_receipts: false}}, 'flight_recorder.require_receipts'],
  ['identity unbound', {bind_default_agent_identity: false}, 'bind_default_agent_identity'],
  ['identity exchanged', {default_agent_identity: 'other'}, 'default_agent_identity'],
  ['blocks not logged', {logging: {include_blocked: false}}, 'logging.include_blocked'],
  ['log elsewhere', {logging: {file: 'other.log'}}, 'logging.file'],
  ['section of requests taken out', {request_body_scanning: null}, 'request_body_scanning.action'],
  ['mode lowered', {mode: 'balanced'}, 'mode'],
  ['enforcement off', {enforce: false}, 'enforce'],
  ['internal range left out', {internal: ['10.0.0.0/8']}, 'internal'],
]

const STRONGER: readonly (readonly [name: string, change: Tree])[] = [
  ['allowlist narrowed within an entry', {api_allowlist: ['x.one.example']}],
  ['own rule added', {dlp: {patterns: [OWN, {name: 'another', regex: 'an-[0-9]+', severity: 'low'}]}}],
  ['validator taken away', own({validator: null})],
  ['known secrets added', {dlp: {secrets_file: MORE}}],
  ['entropy lowered', {fetch_proxy: {monitoring: {entropy_threshold: 3.2}}}],
  ['hosts blocked as one', {fetch_proxy: {monitoring: {blocklist: ['*']}}}],
  ['checkpoints more often', {flight_recorder: {checkpoint_interval: 10}}],
  ['agents scanned', {a2a_scanning: {enabled: true}}],
  ['nothing of a section that is off', {browser_shield: {strictness: 'minimal', exempt_domains: ['x.example']}}],
]

afterAll(() => rmSync(folder, {recursive: true, force: true}))

describe('strict mode', () => {
  let running: TestFirewall
  beforeAll(async () => {
    running = await startFirewall(stringify(STRICT))
  })
  afterAll(() => running.close())

  test.each(WEAKER)('%s: refused as a whole, and named', async (_name, change, field) => {
    const before = running.firewall.policy()
    running.rewrite(stringify(changed(STRICT, change)))
    const result = await running.firewall.reload()
    expect(result).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('strict mode refuses a weaker') as string,
    })
    expect(result.status === 'failed' && result.reason.split(/[:,] ?/)).toContain(field)
    expect(running.firewall.policy()).toBe(before)
  })

  test.each(STRONGER)('%s: applied', async (_name, change) => {
    const fresh = await startFirewall(stringify(STRICT))
    try {
      fresh.rewrite(stringify(changed(STRICT, change)))
      expect(await fresh.firewall.reload()).toEqual({status: 'success', notes: []})
    } finally {
      await fresh.close()
    }
  })

  test('a line removed from the secrets file, configuration otherwise the same: refused', async () => {
    writeFileSync(SECRETS, 'first-known-secret\n', {mode: 0o600})
    running.rewrite(`${stringify(STRICT)}# touched\n`)
    expect(await running.firewall.reload()).toMatchObject({
      status: 'failed',
      reason: 'strict mode refuses a weaker policy: dlp.secrets_file',
    })
    expect(running.printed.join('\n')).toContain('WARNING: dlp.secrets_file: 1 of 2 lines were removed')
    writeFileSync(SECRETS, 'first-known-secret\nsecond-known-secret\n', {mode: 0o600})
  })

  test('another evidence directory: the running one stays, and that is announced', async () => {
    const dir = running.firewall.config().flight_recorder.dir
    running.rewrite(stringify(changed(STRICT, {flight_recorder: {dir: join(folder, 'elsewhere')}})))
    expect(await running.firewall.reload()).toEqual({
      status: 'success',
      notes: [{field: 'flight_recorder.dir', message: 'takes effect after a restart'}],
    })
    expect(running.firewall.config().flight_recorder.dir).toBe(dir)
  })
})

test.each(['balanced', 'audit'])('%s mode: weaker changes are applied and announced', async (mode) => {
  const base = changed(STRICT, {mode})
  const running = await startFirewall(stringify(base))
  try {
    running.rewrite(stringify(changed(base, {...own({severity: 'low'}), logging: {include_blocked: false}})))
    const notes = [
      {field: 'logging.include_blocked', message: 'turned off'},
      {field: 'dlp.patterns[own].severity', message: 'lowered from critical to low'},
    ]
    expect(await running.firewall.reload()).toEqual({status: 'success', notes})
    for (const {field, message} of notes) expect(running.printed).toContain(`WARNING: ${field}: ${message}`)
    expect(running.firewall.config().logging.include_blocked).toBe(false)
    await running.firewall.stop('over', 100)
    const warned = running.log().flatMap(({event, field}) => (event === 'config_warning' ? [field] : []))
    expect(warned).toEqual(expect.arrayContaining(notes.map(({field}) => field)))
  } finally {
    await running.close()
  }
})
