// Every URL layer on every transport: blocked with its reason where policy is enforced, passed with a warning in evidence
// where it is not, except what is hard.
import {expect} from 'vitest'
import {mixed, upper} from '../support/credentials.js'
import {
  allText,
  expectBlock,
  expectNoVerdict,
  expectReceipts,
  matrix,
  watch,
  worldsOf,
  type ExpectedBlock,
  type Guarantee,
} from './matrix.js'
import {ONE_HOST, perform, type Action, type TransportName} from './transports.js'
import {GOOD, merge, type Config} from './world.js'

const NO_PATH = {connect: 'a CONNECT names host and port only'} as const
const NO_SCHEME = {
  connect: 'a CONNECT names no scheme',
  tunnelled: 'a request in a tunnel names no scheme of its own',
  intercepted: 'a request in a tunnel names no scheme of its own',
  'intercepted-h2': 'a request in a tunnel names no scheme of its own',
} as const

const NO_ESCAPES = {
  tunnelled: 'the Host field of a request has no escapes',
  intercepted: 'the Host field of a request has no escapes',
  'intercepted-h2': 'the authority of a request has no escapes',
} as const

const AWS = ['AK', 'IA', upper(16)].join('')
const GROQ = ['gs', 'k_', mixed(48)].join('')
const ENVIRONMENT = 'f4K9-zQ2x-LmN8-vB7c'
const CANARY = 'canary-7f3e91c2aa'
const BLOB = 'x7Kp2mQ9vR4sL8nW1bY6cT3fA0jH5dE'
const HEX_LABEL = '4a6f686e446f65aa4a6f686e446f65ab'
const PUNYCODE = 'xn--zz--zz-9.good.example'
/** Expression of a configured pattern; must not be revealed. */
const EXPRESSION = 'aurora-[0-9]{4}'

const CONFIG: Config = {
  fetch_proxy: {monitoring: {blocklist: ['*.pastebin.com']}},
  dlp: {patterns: [{name: 'Project Name', regex: EXPRESSION, severity: 'high'}]},
  canary_tokens: {tokens: [{name: 'tripwire', value: CANARY}]},
  trusted_domains: ['*.good.example', '*.pastebin.com'],
  dns: {
    host_overrides: {
      'paste.pastebin.com': '127.0.0.1',
      'loop.example': '127.0.0.1',
      [`${HEX_LABEL}.good.example`]: '127.0.0.1',
      [`${AWS.toLowerCase()}.good.example`]: '127.0.0.1',
      [`${ENVIRONMENT.toLowerCase().replaceAll('-', '.')}.good.example`]: '127.0.0.1',
    },
  },
}
const NAMES = {
  'inside.example': ['10.77.88.99'],
  'mixed.example': ['93.184.216.34', '10.77.88.99'],
  'cloud.good.example': ['169.254.169.254'],
  'metadata.google.internal': ['169.254.169.254'],
  'hanging.example': 'ETIMEOUT',
  'empty.example': [],
}
const setting = (change: Config = {}) => ({config: merge(CONFIG, change), env: {APP_SECRET: ENVIRONMENT}, names: NAMES})

const worlds = worldsOf(
  {
    enforced: setting(),
    audit: setting({mode: 'audit'}),
    'not enforced': setting({enforce: false}),
    explained: setting({explain_blocks: true}),
    strict: {
      config: {
        mode: 'strict',
        api_allowlist: ['listed.good.example'],
        dns: {host_overrides: {'listed.good.example': '127.0.0.1'}},
      },
    },
    limited: {config: {fetch_proxy: {monitoring: {max_requests_per_minute: 3}}}},
  },
  [AWS, GROQ, ENVIRONMENT, CANARY],
)

interface Row {
  readonly name: string
  readonly action: Action
  readonly block: ExpectedBlock
  /** Blocks in audit mode and with `enforce: false` as well. */
  readonly hard?: true
  /** The destination of a pass is an address that a test must not contact. */
  readonly unreachable?: true
  /** Further findings on the response. */
  readonly inResponse?: number
  /** Must not occur in any response, besides the texts that every block hides. */
  readonly hides?: readonly string[]
  readonly exempt?: Partial<Readonly<Record<TransportName, string>>>
  /** Transports on which another layer refuses it once this one is lifted. */
  readonly cannotPass?: Partial<Readonly<Record<TransportName, string>>>
  /** Another verdict on some transports, by a rule of theirs. */
  readonly on?: Partial<Readonly<Record<TransportName, ExpectedBlock>>>
}

const block = (
  reason: string,
  layer: string,
  severity: ExpectedBlock['severity'],
  retry: ExpectedBlock['retry'],
  status = 403,
): ExpectedBlock => ({reason, layer, severity, retry, status})

const BAD_TARGET = block('bad_request', 'target', 'info', 'none', 400)
const PRIVATE = block('ssrf_private_ip', 'ssrf', 'critical', 'none')
const METADATA = block('ssrf_metadata', 'ssrf_metadata', 'critical', 'none')
const CORE_DLP = block('dlp_match', 'core_dlp', 'critical', 'none')
const DLP = block('dlp_match', 'dlp', 'critical', 'none')
const TRAVERSAL = block('parse_error', 'path_traversal', 'warn', 'none')
const LINE_BREAK = block('parse_error', 'crlf_injection', 'warn', 'none')

const SPELLINGS_OF_LOOPBACK = [
  '127.0.0.1',
  '127.0.0.1.',
  '127.1',
  '127.0.1',
  '0x7f.1',
  '0x7f000001',
  '0177.0.0.1',
  '017700000001',
  '2130706433',
  '127.0.0.0x1',
  '%31%32%37.0.0.1',
  '%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1',
  '127%E3%80%820%E3%80%820%E3%80%821',
  'localhost',
  'LOCALHOST.',
  'a.localhost',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
]

const SPELLINGS_OF_METADATA = [
  '169.254.169.254',
  '169.254.43518',
  '0xa9fea9fe',
  '2852039166',
  '[::ffff:169.254.169.254]',
  '[::ffff:a9fe:a9fe]',
  '[fd00:ec2::254]',
  '169.254.170.2',
  '100.100.100.200',
  'metadata.google.internal',
]

const ROWS: readonly Row[] = [
  {
    name: 'scheme',
    action: {host: GOOD, scheme: 'ftp'},
    block: block('scheme_blocked', 'scheme', 'warn', 'none'),
    hard: true,
    exempt: NO_SCHEME,
    on: {fetch: BAD_TARGET},
  },
  {
    name: 'parser',
    action: {host: 'a..b'},
    block: block('parse_error', 'parser', 'warn', 'none'),
    hard: true,
    on: {fetch: BAD_TARGET},
  },
  {name: 'line break', action: {host: GOOD, path: '/a%0d%0aSet-Cookie:x'}, block: LINE_BREAK, exempt: NO_PATH},
  {
    name: 'line break, escaped twice',
    action: {host: GOOD, path: '/?page=a%250d%250ab'},
    block: LINE_BREAK,
    exempt: NO_PATH,
  },
  ...['/a/../b', '/a/%2e%2E/b', '/a/%252e%252e/b', '/a/..%5cb', '/a/%c0%ae%c0%ae/b'].map((path): Row => ({
    name: `traversal ${path}`,
    action: {host: GOOD, path},
    block: TRAVERSAL,
    exempt: NO_PATH,
  })),
  ...['paste.pastebin.com', 'PASTE.PasteBin.com', 'paste.pastebin.com.'].map((host): Row => ({
    name: `blocklist ${host}`,
    action: {host},
    block: block('domain_blocklist', 'blocklist', 'critical', 'policy'),
  })),
  {
    name: 'core DLP in a query',
    action: {host: GOOD, path: `/?k=${AWS}`},
    block: CORE_DLP,
    hides: [AWS],
    exempt: NO_PATH,
  },
  {
    name: 'core DLP in the host',
    action: {host: `${AWS}.good.example`},
    block: CORE_DLP,
    hides: [AWS],
  },
  {
    name: 'secret of the environment in the host, split by dots',
    action: {host: `${ENVIRONMENT.replaceAll('-', '.')}.good.example`},
    block: DLP,
    hides: ['f4k9', 'zq2x', 'vb7c'],
  },
  {
    name: 'core DLP in base64',
    action: {host: GOOD, path: `/?k=${Buffer.from(`key=${AWS}`).toString('base64url')}`},
    block: CORE_DLP,
    hides: [AWS],
    exempt: NO_PATH,
  },
  {name: 'DLP pattern', action: {host: GOOD, path: `/p/${GROQ}`}, block: DLP, hides: [GROQ], exempt: NO_PATH},
  {
    name: 'configured pattern',
    action: {host: GOOD, path: '/x?y=aurora-1234'},
    block: DLP,
    hides: ['aurora-1234', EXPRESSION],
    exempt: NO_PATH,
  },
  {
    name: 'secret of the environment',
    action: {host: GOOD, path: `/?q=${ENVIRONMENT}`},
    block: DLP,
    hides: [ENVIRONMENT, 'APP_SECRET'],
    exempt: NO_PATH,
  },
  {
    name: 'secret of the environment in hex',
    action: {host: GOOD, path: `/${Buffer.from(ENVIRONMENT).toString('hex')}`},
    block: DLP,
    hides: [ENVIRONMENT],
    exempt: NO_PATH,
  },
  {
    name: 'canary',
    action: {host: GOOD, path: `/a?b=${CANARY}`},
    block: DLP,
    hides: [CANARY],
    exempt: NO_PATH,
    // the origin echoes the request, and an echoed canary is a further finding
    inResponse: 1,
  },
  {
    name: 'path entropy',
    action: {host: GOOD, path: `/${BLOB}`},
    block: block('path_entropy', 'entropy', 'warn', 'policy'),
    exempt: NO_PATH,
  },
  {
    name: 'query entropy',
    action: {host: GOOD, path: `/?q=${BLOB}`},
    block: block('path_entropy', 'entropy', 'warn', 'policy'),
    exempt: NO_PATH,
  },
  {
    name: 'subdomain entropy',
    action: {host: `${HEX_LABEL}.good.example`},
    block: block('subdomain_entropy', 'subdomain_entropy', 'warn', 'policy'),
  },
  {
    name: 'label with invalid Punycode',
    action: {host: PUNYCODE},
    block: block('subdomain_entropy', 'subdomain_entropy', 'warn', 'policy'),
    hard: true,
  },
  ...SPELLINGS_OF_LOOPBACK.map((host): Row => ({
    name: `loopback as ${host}`,
    action: {host},
    block: PRIVATE,
    // the origins are on IPv4
    ...(host.startsWith('[') && {unreachable: true}),
    ...(host.includes('%') && {cannotPass: NO_ESCAPES}),
  })),
  ...['10.77.88.99', '[fd12::1]', '192.168.1.1', '100.64.0.1', '0.0.0.0', '198.18.0.1', '[fe80::1]'].map(
    (host): Row => ({
      name: `private ${host}`,
      action: {host},
      block: PRIVATE,
      unreachable: true,
    }),
  ),
  ...SPELLINGS_OF_METADATA.map((host): Row => ({
    name: `metadata as ${host}`,
    action: {host},
    block: METADATA,
    unreachable: true,
  })),
  {
    name: 'metadata behind a trusted name',
    action: {host: 'cloud.good.example'},
    block: METADATA,
    unreachable: true,
    hides: ['169.254'],
  },
  {
    name: 'name with an internal address',
    action: {host: 'inside.example'},
    block: PRIVATE,
    unreachable: true,
    hides: ['10.77.'],
  },
  {
    name: 'name with one internal address among others',
    action: {host: 'mixed.example'},
    block: PRIVATE,
    unreachable: true,
    hides: ['10.77.', '93.184.'],
  },
  {name: 'override that is not trusted', action: {host: 'loop.example'}, block: PRIVATE, hides: ['127.0.0.1']},
  {
    name: 'name that does not exist',
    action: {host: 'gone.example'},
    block: block('bad_request', 'dns', 'info', 'none', 502),
    hard: true,
    hides: ['enotfound', 'resolver'],
  },
  {
    name: 'name without addresses',
    action: {host: 'empty.example'},
    block: block('bad_request', 'dns', 'info', 'none', 502),
    hard: true,
  },
  {
    name: 'resolver that hangs',
    action: {host: 'hanging.example'},
    block: block('timeout', 'dns', 'warn', 'transient', 503),
    hard: true,
    hides: ['etimeout'],
  },
  {
    name: 'length',
    action: {host: GOOD, path: `/${'long/'.repeat(600)}`},
    block: block('url_length', 'length', 'warn', 'policy'),
    exempt: NO_PATH,
  },
]

/** Of the URL of a request to the service of an operator only what it carries is judged. */
const CARRIED = new Set(['core_dlp', 'dlp'])

const notToUpstream = ({action, block: {layer = ''}}: Row): Row['exempt'] =>
  action.host !== GOOD
    ? ONE_HOST
    : CARRIED.has(layer)
      ? {}
      : {reverse: 'the operator chose the service: its paths and parameters are its own'}

/** Layers that must have refused before any name is resolved. */
const BEFORE_DNS = new Set([
  'scheme',
  'parser',
  'crlf_injection',
  'path_traversal',
  'allowlist',
  'blocklist',
  'core_dlp',
  'dlp',
  'entropy',
  'subdomain_entropy',
])

const blocks = ROWS.map((row): Guarantee => ({
  name: `blocks: ${row.name}`,
  exempt: {...notToUpstream(row), ...row.exempt},
  async holds(t) {
    const {action, block: common, on = {}, hides = []} = row
    const world = await worlds.get('enforced')
    const expected = on[t.name] ?? common
    const {result, receipts, reached, dialled, resolved} = await watch(world, () => perform(t, world, action))
    expectBlock(result, expected)
    expect(reached).toBe(0)
    // an allowed CONNECT before the request in it dials; a refused one never does
    if (result.before.length === 0) expect(dialled).toEqual([])
    if (BEFORE_DNS.has(expected.layer ?? '')) expect(resolved).toEqual([])
    expectReceipts(receipts, result, 'block', expected.layer)
    for (const secret of hides) expect(allText(result)).not.toContain(secret.toLowerCase())
    expect(result.fields.has('x-pipelock-hint')).toBe(false)
    expect(result.body).not.toContain('"hint"')
  },
}))

const lenient = (['audit', 'not enforced'] as const).flatMap((mode) =>
  ROWS.map((row): Guarantee => ({
    name: `${mode}: ${row.hard === true ? 'still blocks' : 'passes'} ${row.name}`,
    exempt: {...notToUpstream(row), ...row.exempt, ...row.cannotPass},
    async holds(t) {
      const {action, block: common, on = {}, hard, unreachable, inResponse = 0} = row
      const world = await worlds.get(mode)
      const expected = on[t.name] ?? common
      const {result, receipts, reached} = await watch(world, () => perform(t, world, action))
      if (hard === true) {
        expectBlock(result, expected)
        expect(reached).toBe(0)
        // a request in a tunnel is refused before it, by the same host
        return expectReceipts(receipts, result, 'block', expected.layer)
      }
      expectNoVerdict(result)
      if (unreachable === true) expect(result.status).toBe(502)
      else {
        expect(result.content).toContain('origin says GET')
        expect(reached).toBe(1)
      }
      const last = receipts.at(-1)
      expect([last?.verdict, last?.transport, last?.layer]).toEqual(['warn', result.decidedOn, expected.layer])
      expect(receipts).toHaveLength(1 + result.before.length + (t.name === 'websocket' ? 0 : inResponse))
    },
  })),
)

const REST: readonly Guarantee[] = [
  {
    name: 'an ordinary URL passes, with one receipt',
    async holds(t) {
      const world = await worlds.get('enforced')
      const {result, receipts, reached} = await watch(world, () => perform(t, world, {host: GOOD, path: '/page?q=1'}))
      expectNoVerdict(result)
      expect(result.content).toBe('origin says GET /page?q=1')
      expect(reached).toBe(1)
      expectReceipts(receipts, result, 'allow', undefined)
    },
  },
  {
    name: 'strict mode passes listed hosts, and no others',
    exempt: ONE_HOST,
    async holds(t) {
      const world = await worlds.get('strict')
      expect((await perform(t, world, {host: 'listed.good.example'})).content).toContain('origin says')
      const {result, receipts, reached} = await watch(world, () => perform(t, world, {host: GOOD}))
      expectBlock(result, block('domain_blocklist', 'allowlist', 'critical', 'policy'))
      expect(reached).toBe(0)
      expectReceipts(receipts, result, 'block', 'allowlist')
    },
  },
  {
    name: 'the rate limit counts a domain with all its names, and sends Retry-After',
    exempt: ONE_HOST,
    async holds(t) {
      const world = await worlds.get('limited')
      const domain = `${t.name}-limit.example`
      const names = ['a', 'b', 'c', 'd'].map((label) => `${label}.${domain}`)
      await world.reconfigure({
        dns: {host_overrides: Object.fromEntries(names.map((name) => [name, '127.0.0.1']))},
        trusted_domains: [`*.${domain}`],
      })
      let slots = 0
      for (const host of names) {
        const {result, receipts} = await watch(world, () => perform(t, world, {host}))
        if (result.content !== '') {
          slots += receipts.length
          continue
        }
        expectBlock(result, block('rate_limit', 'ratelimit', 'warn', 'transient', 429))
        expect(Number(result.fields.get('retry-after'))).toBeGreaterThanOrEqual(1)
        expect(Number(result.fields.get('retry-after'))).toBeLessThanOrEqual(60)
        // the CONNECT around a request takes a slot, too
        expect(slots + result.before.length).toBe(3)
        return
      }
      expect.unreachable('never limited')
    },
  },
  {
    name: 'hints are shown where configured, and only there',
    exempt: ONE_HOST,
    async holds(t) {
      const world = await worlds.get('explained')
      const result = await perform(t, world, {host: 'paste.pastebin.com'})
      const hint = 'remove "*.pastebin.com" from fetch_proxy.monitoring.blocklist to allow this host'
      expect(result.fields.get('x-pipelock-block-reason')).toBe('domain_blocklist')
      // /fetch reports it in its document
      if (t.name === 'fetch') expect(JSON.parse(result.body)).toMatchObject({hint})
      expect(result.fields.get('x-pipelock-hint')).toBe(t.name === 'fetch' ? undefined : hint)
    },
  },
]

matrix('URL layers', [...blocks, ...REST])
matrix('URL layers that are not enforced', lenient)
worlds.examined()
