// The acceptance list of the scanning engine (scanning §17), item by item: proven here on the engine as configuration builds
// it, or in the file that is named; what has no subsystem yet is listed with its reason and printed.
import {existsSync} from 'node:fs'
import {resolve} from 'node:path'
import {describe, expect, it} from 'vitest'
import {parseTarget} from '../../src/core/target.js'
import {loadConfig} from '../../src/host/config/load.js'
import {makePorts} from '../../src/host/ports.js'
import {openEngine} from '../../src/lib/regex/engine.js'
import destination from '../../src/plugins/destination/index.js'
import dlp from '../../src/plugins/dlp/index.js'
import {makeInjectionScanner} from '../../src/plugins/injection/scanner.js'
import {EXAMPLES as CREDENTIALS} from '../support/credentials.js'
import {EXAMPLES as PHRASES} from '../support/injection-phrases.js'

/** Items proven by a file of their own. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  'every phrase in every disguise, folded and joined': ['test/unit/plugins/injection/phrases.test.ts'],
  'address forms on every transport': ['test/matrix/url-layers.test.ts'],
  'redaction: determinism, bytes, forgery, limits': ['test/unit/plugins/redaction/json.test.ts'],
  'fast path and slow path are equivalent': ['test/property/dlp-gate.test.ts', 'test/property/injection.test.ts'],
  'structured values and near misses': ['test/unit/lib/structured-value.test.ts'],
  'address protection': ['test/unit/plugins/destination/wallets.test.ts'],
  'Basic credentials': ['test/unit/plugins/bodies/headers.test.ts', 'test/unit/plugins/bodies/accepted.test.ts'],
  'cookies, JWT with white space, placeholders': [
    'test/unit/plugins/bodies/headers.test.ts',
    'test/unit/plugins/dlp/patterns.test.ts',
  ],
  'phrases over two events of a stream': ['test/unit/plugins/responses/responses.test.ts'],
  'mention and its twins': ['test/unit/plugins/injection/mention.test.ts'],
  'seed phrases': ['test/unit/plugins/dlp/seed-phrases.test.ts'],
  'content entropy': ['test/unit/plugins/bodies/entropy.test.ts'],
  'both engines agree': ['test/property/one-pass.test.ts', 'test/property/dlp-gate.test.ts'],
  'the public corpus': ['test/system/containment.test.ts'],
}

/** Items whose subsystem is not there. */
const MISSING: Readonly<Record<string, string>> = {
  'A2A: URL by value, A2A fields in the address table': 'no A2A transport',
  'WebSocket in the address table': 'no WebSocket transport',
  'rules for sets of expressions': 'no such set is used: one automaton of literals decides what is clean',
  'P phrases over two WebSocket messages, tool results and agent cards': 'no MCP, WebSocket or A2A transport',
}
for (const [item, why] of Object.entries(MISSING)) console.info(`acceptance item left out: ${item}: ${why}`)

const ports = makePorts({env: {}})
const {config} = await loadConfig(undefined)
const effective = {
  ...config,
  fetch_proxy: {
    ...config.fetch_proxy,
    monitoring: {
      ...config.fetch_proxy.monitoring,
      max_requests_per_minute: 0,
      blocklist: ['*.evil.test', 'bücher.test'],
    },
  },
}
const credentials = await (await dlp.tools(ports)).scanner(effective)
const stage = (await destination.tools(ports)).stage(effective, credentials)
const injection = makeInjectionScanner(openEngine())

/** The layer that refuses a URL, with no name resolved; undefined when all pass. */
async function layer(raw: string, signal = new AbortController().signal): Promise<string | undefined> {
  const {target} = parseTarget(raw)
  const {findings} = await stage.judge({rawTarget: raw, target, purpose: 'check', signal, offline: true})
  return findings[0]?.layer
}
async function detail(raw: string): Promise<string | undefined> {
  const {target} = parseTarget(raw)
  const signal = new AbortController().signal
  const {findings} = await stage.judge({rawTarget: raw, target, purpose: 'check', signal, offline: true})
  return findings[0]?.detail
}
const rulesOf = (text: string): readonly string[] => {
  const {matches, informational} = credentials.text(text, {surface: 'body', all: true})
  return [...matches, ...informational].map((match) => match.rule)
}
const bytes = (text: string): Buffer => Buffer.from(text)
const percent = (text: string): string => bytes(text).toString('hex').replace(/../g, '%$&')

describe('items proven elsewhere', () => {
  it.each(Object.entries(ELSEWHERE))('%s', (_, files) => {
    for (const file of files) expect(existsSync(resolve(import.meta.dirname, '../..', file)), file).toBe(true)
  })
})

describe('every credential pattern, in every spelling, and its near miss in none', () => {
  const IN_JSON = 'only value of a JSON key'
  const SPELLINGS: Readonly<Record<string, (secret: string) => string>> = {
    plain: (s) => s,
    'a zero-width character inside': (s) => `${s.slice(0, s.length >> 1)}\u200b${s.slice(s.length >> 1)}`,
    'percent-encoded twice': (s) => encodeURIComponent(percent(s)),
    base64: (s) => bytes(s).toString('base64'),
    'hex with colons': (s) =>
      bytes(s)
        .toString('hex')
        .replace(/..(?=.)/g, '$&:'),
    [IN_JSON]: (s) => JSON.stringify({value: s}),
  }
  const NEGATIVES: Readonly<Record<string, (text: string) => string>> = {
    plain: (s) => s,
    'reserved characters escaped twice': (s) => encodeURIComponent(encodeURIComponent(s)),
    base64: (s) => bytes(s).toString('base64'),
    [IN_JSON]: (s) => JSON.stringify({value: s}),
  }
  it.each(Object.entries(CREDENTIALS))('%s', (name, example) => {
    const [secret, miss] = example()
    for (const [how, spell] of Object.entries(SPELLINGS)) {
      // a parameter begins its text: bodies look at each string of a document by itself
      if (name === 'Credential in URL' && how === IN_JSON) continue
      expect({how, rules: rulesOf(spell(secret))}).toMatchObject({how, rules: expect.arrayContaining([name])})
    }
    for (const [how, spell] of Object.entries(NEGATIVES))
      expect({how, hit: rulesOf(spell(miss)).includes(name)}).toEqual({how, hit: false})
  })
})

describe('domain lists', () => {
  it.each([
    'http://evil.test/',
    'http://a.b.evil.test/',
    'http://evil.test./',
    'http://EVIL.test/',
    'http://evil.test:8080/',
    'http://good.test@evil.test/',
    'http://evil.test\\@good.test/',
    'http://evil。test/',
    'http://bücher.test/',
    'http://xn--bcher-kva.test/',
  ])('%s is on the list', async (raw) => {
    expect(await layer(raw)).toBe('blocklist')
  })

  it.each(['http://notevil.test/', 'http://evil.test.example.com/', 'http://example.com/evil.test'])(
    '%s is not',
    async (raw) => {
      expect(await layer(raw)).toBeUndefined()
    },
  )
})

describe('address forms', () => {
  const forms = (a: number, b: number, c: number, d: number): readonly string[] => {
    const n = ((a * 256 + b) * 256 + c) * 256 + d
    const h = (x: number): string => x.toString(16)
    return [
      `${a}.${b}.${c}.${d}`,
      String(n),
      `0x${h(n)}`,
      `0${n.toString(8)}`,
      `${a}.${b * 65536 + c * 256 + d}`,
      `${a}.${b}.${c * 256 + d}`,
      `0x${h(a)}.0x${h(b)}.0x${h(c)}.0x${h(d)}`,
      `0${a.toString(8)}.0${b.toString(8)}.0${c.toString(8)}.0${d.toString(8)}`,
      `${a}.${b}.${c}.${d}.`,
      `[::ffff:${a}.${b}.${c}.${d}]`,
      `[::${a}.${b}.${c}.${d}]`,
      `[64:ff9b::${h(a * 256 + b)}:${h(c * 256 + d)}]`,
      `[2002:${h(a * 256 + b)}:${h(c * 256 + d)}::1]`,
      `[fe80::5efe:${h(a * 256 + b)}:${h(c * 256 + d)}]`,
    ]
  }
  it.each([
    ['loopback', [127, 0, 0, 1], 'ssrf'],
    ['private', [10, 1, 2, 3], 'ssrf'],
    ['metadata', [169, 254, 169, 254], 'ssrf_metadata'],
  ] as const)('%s is refused in every form', async (_, [a, b, c, d], expected) => {
    const seen: Record<string, string | undefined> = {}
    for (const host of forms(a, b, c, d)) seen[host] = await layer(`http://${host}/`)
    expect(seen).toEqual(Object.fromEntries(forms(a, b, c, d).map((host) => [host, expected])))
  })

  it('public is not, in the forms that hold it alone', async () => {
    for (const host of forms(93, 184, 216, 34).slice(0, 9)) expect(await layer(`http://${host}/`)).toBeUndefined()
  })
})

describe('cancellation', () => {
  it('is a block', async () => {
    expect(await layer('http://example.com/', AbortSignal.abort())).toBe('context')
  })
})

describe('Excessive URL Encoding', () => {
  const repeated = (c: string, times: number): string => {
    let out = percent(c)
    for (let i = 1; i < times; i++) out = out.replaceAll('%', '%25')
    return out
  }
  const EXCESSIVE = 'DLP match: Excessive URL Encoding (medium)'
  const PLACES: Readonly<Record<string, (text: string) => string>> = {
    path: (t) => `http://example.com/a${t}b`,
    key: (t) => `http://example.com/?a${t}b=1`,
    value: (t) => `http://example.com/?q=a${t}b`,
    'nested return URL': (t) => `http://example.com/?next=https%3A%2F%2Fexample.org%2Fa${t}b`,
  }
  it.each(Object.entries(PLACES))('in a %s: repeated escapes of letters and digits alone', async (_, place) => {
    for (const times of [1, 2, 3]) {
      for (const c of ['d', '7', '&', ':']) {
        const isLetter = /[a-z0-9]/.test(c)
        const found = await detail(place(repeated(c, times)))
        expect({c, times, found}).toEqual({c, times, found: isLetter && times > 1 ? EXCESSIVE : undefined})
      }
    }
  })
})

describe('a host with an undecodable label', () => {
  it('is reported by the layer of host names', async () => {
    expect(await layer(`http://xn--${'9'.repeat(12)}-.test/`)).toBe('subdomain_entropy')
  })
})

describe('numbers', () => {
  it('places behind a decimal point are no card', () => {
    for (const digits of ['372239352364131', '346013071176602', '377737571093725']) {
      for (const text of [`{"lon":13.${digits},"v":1}`, `x=0.${digits}`]) expect(rulesOf(text)).toEqual([])
      for (const text of [
        `card: ${digits}`,
        `No.${digits}`,
        `1. ${digits}`,
        `3. ${digits.slice(0, 4)}-${digits.slice(4)}`,
      ]) {
        expect([text, rulesOf(text)]).toEqual([text, ['Credit Card Number']])
      }
    }
  })
})

describe('source spans', () => {
  it('one secret in one text is one finding, whatever number of views see it', () => {
    const [aws] = CREDENTIALS['AWS Access Key ID']?.() ?? ['']
    const {matches} = credentials.text(`key: ${aws}, thanks.\nBye.`, {surface: 'body', all: true})
    expect(matches.map((match) => match.rule)).toEqual(['AWS Access Key ID'])
  })

  it('hyphenated host names with labels like tokens stay clean', async () => {
    expect(await layer('https://risk-assessment.task-proj-service.example.com/')).toBeUndefined()
  })
})

describe('decoders', () => {
  const [secret] = CREDENTIALS['AWS Access Key ID']?.() ?? ['']
  const runs = {base64: bytes(secret).toString('base64url'), hex: bytes(secret).toString('hex')}
  it.each(Object.entries(runs))('%s after a length byte, tab or line end, and inside other text', (_, run) => {
    for (const text of [`\x14${run}`, `a\t${run}`, `a\n${run}\nb`, `note (${run}) end`, `a=${run};b`]) {
      expect(rulesOf(text)).toContain('AWS Access Key ID')
    }
  })
})

describe('no phrase that must be left alone is hit by any pass', () => {
  it.each(PHRASES.flatMap(({clean}) => clean))('%j', (text) => {
    for (const source of ['http_response', 'tool_result', 'request_body'] as const) {
      expect(injection.scan(text, {source}).matches).toEqual([])
    }
  })

  it.each(["DON'T", 'DEN', 'DANGER'])('%s', (text) => {
    expect(injection.scan(`${text} go there.`, {source: 'tool_result'}).matches).toEqual([])
  })
})

describe('no finding holds the secret', () => {
  it.each(Object.entries(CREDENTIALS))('%s', async (_, example) => {
    const [secret] = example()
    const {target} = parseTarget(`http://example.com/?q=${encodeURIComponent(secret)}`)
    const signal = new AbortController().signal
    const verdict = await stage.judge({rawTarget: target?.raw ?? '', target, purpose: 'check', signal, offline: true})
    expect(JSON.stringify(verdict.findings)).not.toContain(secret)
    expect(JSON.stringify(credentials.text(secret, {surface: 'body', all: true}))).not.toContain(secret)
  })
})
