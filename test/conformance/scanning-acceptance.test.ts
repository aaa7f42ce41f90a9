// The acceptance list of the scanning engine on the engine as configuration builds it. What needs a running
// firewall, a large table or chance stands in files of its own, named here by their item:
//   phrases in every disguise, mention, source of a rule      test/unit/plugins/injection
//   every spelling of an address on every surface             scanning-addresses.test.ts, for messages of agents test/unit/plugins/a2a
//   every row of the credentials in every encoding            test/unit/plugins/dlp/rows.test.ts
//   hiding places in a request, and in an answer              scanning-smuggled.test.ts, scanning-answers.test.ts
//   what blocks in which mode, on every transport             test/matrix; report only: scanning-report-only.test.ts
//   no output holds a secret                                  test/cli/outputs.test.ts
//   redaction, work that grows no faster than its input       scanning-guarantees.test.ts
//   both engines agree                                        scanning-engines.test.ts
//   the first look hides nothing, in any cut                  test/property
//   structured values, Basic, wallets, seed phrases           test/unit/lib, test/unit/plugins
//   every block reason through real traffic                   block-reasons.test.ts
//   public corpus: containment, false positives, evidence     test/system/containment.test.ts
import {describe, expect, test} from 'vitest'
import {parseTarget} from '../../src/core/target.js'
import type {Resolve} from '../../src/core/ports.js'
import {loadConfig} from '../../src/host/config/load.js'
import {createPorts} from '../../src/host/ports.js'
import {openEngine} from '../../src/lib/regex/engine.js'
import destination from '../../src/plugins/destination/index.js'
import dlp from '../../src/plugins/dlp/index.js'
import {createInjectionScanner} from '../../src/plugins/injection/scanner.js'
import {embeddedForms, plainForms, type Quad} from '../support/address-forms.js'
import {EXAMPLES as CREDENTIALS} from '../support/credentials.js'
import {EXAMPLES as PHRASES} from '../support/injection-phrases.js'

const ports = createPorts({env: {}})
const {config} = await loadConfig(undefined)
const effective = {
  ...config,
  fetch_proxy: {
    ...config.fetch_proxy,
    monitoring: {
      ...config.fetch_proxy.monitoring,
      max_requests_per_minute: 0,
      blocklist: ['*.evil.test', 'bücher.test', '93.184.216.35'],
    },
  },
}
const credentials = await (await dlp.tools(ports)).scanner(effective)
const stage = (await destination.tools(ports)).stage(effective, credentials)
const injection = createInjectionScanner(openEngine())

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
  test.each(Object.entries(CREDENTIALS))('%s', (name, example) => {
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
  test.each([
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
    ...plainForms([93, 184, 216, 35]).map((host) => `http://${host}:8080/`),
  ])('%s is on the list', async (raw) => {
    expect(await layer(raw)).toBe('blocklist')
  })

  test.each([
    'http://notevil.test/',
    'http://evil.test.example.com/',
    'http://example.com/evil.test',
    'http://evil.test@example.com/',
    'http://93.184.216.34/',
  ])('%s is not', async (raw) => {
    expect(await layer(raw)).toBeUndefined()
  })
})

describe('address forms', () => {
  test.each([
    ['loopback', [127, 0, 0, 1], 'ssrf'],
    ['private', [10, 1, 2, 3], 'ssrf'],
    ['metadata', [169, 254, 169, 254], 'ssrf_metadata'],
    ['public', [93, 184, 216, 34], undefined],
  ] as const satisfies readonly (readonly [string, Quad, string | undefined])[])('%s', async (_, quad, expected) => {
    const forms = [...plainForms(quad), ...(expected === undefined ? [] : embeddedForms(quad))]
    for (const host of forms) expect([host, await layer(`http://${host}/`)]).toEqual([host, expected])
  })
})

/** The stage with names that are looked up by `resolve`. */
async function resolving(resolve: Resolve, change: object = {}): Promise<typeof stage> {
  const monitoring = {...effective.fetch_proxy.monitoring, ...change}
  const section = {...effective, fetch_proxy: {...effective.fetch_proxy, monitoring}}
  return (await destination.tools({...ports, resolve})).stage(section, credentials)
}

describe('cancellation', () => {
  /** A caller that goes away when it is examined for the nth time. */
  function goneAt(count: number): {readonly signal: AbortSignal; readonly looks: () => number} {
    const controller = new AbortController()
    let looks = 0
    const signal = new Proxy(controller.signal, {
      get(target, name) {
        if (name === 'aborted' && ++looks === count) controller.abort()
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    return {signal, looks: () => looks}
  }
  const raw = 'http://www.example.com/a/b?c=d'
  const judged = async (signal: AbortSignal): Promise<string | undefined> => {
    const own = await resolving(() => Promise.resolve(['93.184.216.34']))
    const {findings} = await own.judge({rawTarget: raw, target: parseTarget(raw).target, purpose: 'request', signal})
    return findings[0]?.layer
  }

  test('is a block wherever it is noticed', async () => {
    const {signal, looks} = goneAt(Number.MAX_SAFE_INTEGER)
    expect(await judged(signal)).toBeUndefined()
    expect(looks()).toBeGreaterThan(2)
    for (let count = 1; count <= looks(); count++) {
      expect([count, await judged(goneAt(count).signal)]).toEqual([count, 'context'])
    }
  })

  test('during a look-up, and a failed look-up is a block that says nothing of the agent', async () => {
    const controller = new AbortController()
    const hanging = await resolving((_, signal) => {
      queueMicrotask(() => controller.abort())
      return new Promise((__, fail) => signal.addEventListener('abort', () => fail(new Error('gone'))))
    })
    const subject = {rawTarget: raw, target: parseTarget(raw).target, purpose: 'request'} as const
    const {findings} = await hanging.judge({...subject, signal: controller.signal})
    expect(findings[0]?.layer).toBe('context')
    const failures = [
      [() => Promise.reject(new Error('SERVFAIL')), 'timeout'],
      [() => Promise.resolve([]), 'bad_request'],
    ] as const
    for (const [response, reason] of failures) {
      const failing = await resolving(response)
      const verdict = await failing.judge({...subject, signal: new AbortController().signal})
      expect(verdict.findings[0]).toMatchObject({
        layer: 'dns',
        class: 'infrastructure_error',
        reason,
        hard: true,
      })
    }
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
  test.each(Object.entries(PLACES))('in a %s: repeated escapes of letters and digits alone', async (_, place) => {
    for (const times of [1, 2, 3]) {
      for (const c of ['d', '7', '&', ':']) {
        const isLetter = /[a-z0-9]/.test(c)
        const result = await detail(place(repeated(c, times)))
        expect({c, times, found: result}).toEqual({c, times, found: isLetter && times > 1 ? EXCESSIVE : undefined})
      }
    }
  })
})

describe('a host with an undecodable label', () => {
  const raw = `http://xn--${'9'.repeat(12)}-.test/`
  test.each([
    ['as it is', {}, 'subdomain_entropy'],
    ['without a threshold', {subdomain_entropy_threshold: 0}, 'parser'],
    ['excluded', {subdomain_entropy_exclusions: ['*.xn--999999999999-.test']}, 'parser'],
  ])('%s is reported and never looked up', async (_, change, expected) => {
    const asked: string[] = []
    const own = await resolving((host) => {
      asked.push(host)
      return Promise.resolve(['93.184.216.34'])
    }, change)
    const signal = new AbortController().signal
    const verdict = await own.judge({rawTarget: raw, target: parseTarget(raw).target, purpose: 'request', signal})
    expect([verdict.findings[0]?.layer, asked]).toEqual([expected, []])
  })
})

describe('numbers', () => {
  test('places behind a decimal point are no card', () => {
    for (const digits of ['372239352364131', '346013071176602', '377737571093725']) {
      for (const text of [`{"lon":13.${digits},"v":1}`, `x=0.${digits}`]) expect(rulesOf(text)).toEqual([])
      for (const text of [
        `card: ${digits}`,
        `No.${digits}`,
        `1. ${digits}`,
        `3. ${digits.slice(0, 4)}-${digits.slice(4, 10)}-${digits.slice(10)}`,
      ]) {
        expect([text, rulesOf(text)]).toEqual([text, ['Credit Card Number']])
      }
    }
  })
})

describe('source spans', () => {
  test('one secret in one text is one finding, whatever number of views see it', () => {
    const [aws] = CREDENTIALS['AWS Access Key ID']?.() ?? ['']
    const {matches} = credentials.text(`key: ${aws}, thanks.\nBye.`, {surface: 'body', all: true})
    expect(matches.map((match) => match.rule)).toEqual(['AWS Access Key ID'])
  })

  test('hyphenated host names with labels like tokens stay clean', async () => {
    expect(await layer('https://risk-assessment.task-proj-service.example.com/')).toBeUndefined()
  })
})

describe('decoders', () => {
  const [secret] = CREDENTIALS['AWS Access Key ID']?.() ?? ['']
  const runs = {base64: bytes(secret).toString('base64url'), hex: bytes(secret).toString('hex')}
  test.each(Object.entries(runs))('%s after a length byte, tab or line end, and inside other text', (_, run) => {
    for (const text of [`\x14${run}`, `a\t${run}`, `a\n${run}\nb`, `note (${run}) end`, `a=${run};b`]) {
      expect(rulesOf(text)).toContain('AWS Access Key ID')
    }
  })
})

describe('no phrase that must be left alone is hit by any pass', () => {
  test.each(PHRASES.flatMap(({clean}) => clean))('%j', (text) => {
    for (const source of ['http_response', 'tool_result', 'request_body'] as const) {
      expect(injection.scan(text, {source}).matches).toEqual([])
    }
  })

  test.each(["DON'T", 'DEN', 'DANGER'])('%s', (text) => {
    expect(injection.scan(`${text} go there.`, {source: 'tool_result'}).matches).toEqual([])
  })
})

describe('no finding holds the secret', () => {
  test.each(Object.entries(CREDENTIALS))('%s', async (_, example) => {
    const [secret] = example()
    const {target} = parseTarget(`http://example.com/?q=${encodeURIComponent(secret)}`)
    const signal = new AbortController().signal
    const verdict = await stage.judge({rawTarget: target?.raw ?? '', target, purpose: 'check', signal, offline: true})
    expect(JSON.stringify(verdict.findings)).not.toContain(secret)
    expect(JSON.stringify(credentials.text(secret, {surface: 'body', all: true}))).not.toContain(secret)
  })
})
