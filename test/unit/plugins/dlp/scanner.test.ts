import {execFileSync} from 'node:child_process'
import {chmodSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, describe, expect, test} from 'vitest'
import {parseTarget} from '../../../../src/core/target.js'
import type {DlpScanner} from '../../../../src/core/services/dlp.js'
import {sections} from '../../../../src/plugins/dlp/config.js'
import {buildScanner, check} from '../../../../src/plugins/dlp/create.js'
import {builtInPattern} from '../../../../src/plugins/dlp/rules.js'
import {EXAMPLES, hex, mixed, upper} from '../../../support/credentials.js'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, {recursive: true})
})

type Env = Readonly<Record<string, string>>

function config(dlp: object = {}, canaries: object = {}) {
  return {dlp: sections.dlp.parse(dlp), canary_tokens: sections.canary_tokens.parse(canaries)}
}
const build = (dlp: object = {}, env: Env = {}, canaries: object = {}): Promise<DlpScanner> =>
  buildScanner(config(dlp, canaries), {env})

function scan(scanner: DlpScanner, raw: string, options = {}) {
  const {target} = parseTarget(raw)
  if (target === undefined) throw new Error(`refused: ${raw}`)
  return scanner.scanUrl(target, options)
}
const rule = (scanner: DlpScanner, raw: string): string | undefined => scan(scanner, raw).match?.rule

const key = ['AK', 'IA', upper(16)].join('')
const github = ['gh', 'p_', mixed(32)].join('')
const twice = (text: string): string => encodeURIComponent(encodeURIComponent(text))
const cut = (text: string, at: number, by: string): string => text.slice(0, at) + by + text.slice(at)
const fullWidth = (text: string): string => text.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0))
const everyByte = (text: string): string => Buffer.from(text).toString('hex').replace(/../g, '%$&')

describe('URL views', () => {
  test.each([
    ['plain value', `https://x.test/?q=${key}`],
    ['lower case', `https://x.test/?q=${key.toLowerCase()}`],
    ['path segment', `https://x.test/a/${key}/b`],
    ['query key', `https://x.test/?${key}=1`],
    ['fragment', `https://x.test/#${key}`],
    ['subdomain', `https://${key}.x.test/`],
    ['labels of a host', `https://${key.slice(0, 8)}.${key.slice(8)}.x.test/`],
    ['percent-encoded', `https://x.test/?q=${everyByte(key)}`],
    ['base64 value', `https://x.test/?q=${encodeURIComponent(Buffer.from(key).toString('base64'))}`],
    ['base64url path', `https://x.test/${Buffer.from(key).toString('base64url')}`],
    ['hex value', `https://x.test/?q=${Buffer.from(key).toString('hex')}`],
    [
      'hex with colons',
      `https://x.test/?q=${Buffer.from(key)
        .toString('hex')
        .replace(/..(?=.)/g, '$&:')}`,
    ],
    ['base64 of hex', `https://x.test/?q=${Buffer.from(Buffer.from(key).toString('hex')).toString('base64url')}`],
    ['hex before an equals sign', `https://x.test/?q=${Buffer.from(key).toString('hex')}=`],
    [
      'hex with \\x',
      `https://x.test/?q=${encodeURIComponent(Buffer.from(key).toString('hex').replace(/../g, '\\x$&'))}`,
    ],
    ['base64 behind a length byte', `https://x.test/?q=${Buffer.from(`\x14${key}`).toString('base64url')}`],
    ['base64 glued to a name', `https://x.test/?q=note${Buffer.from(key).toString('base64url')}`],
    ['base64 with spaces', `https://x.test/?q=${Buffer.from(key).toString('base64url').replace(/.{6}/g, '$&+')}`],
    [
      'decimal entities',
      `https://x.test/?q=${encodeURIComponent([...key].map((c) => `&#${c.charCodeAt(0)};`).join(''))}`,
    ],
    [
      'hex entities in a path',
      `https://x.test/a/${encodeURIComponent([...key].map((c) => `&#x${c.charCodeAt(0).toString(16)};`).join(''))}`,
    ],
    ['hex in full width', `https://x.test/?q=${encodeURIComponent(fullWidth(Buffer.from(key).toString('hex')))}`],
    [
      'hex with soft hyphens',
      `https://x.test/?q=${encodeURIComponent(Buffer.from(key).toString('hex').replace(/.{5}/g, '$&\u00ad'))}`,
    ],
    ['hex over two values', `https://x.test/?q=${cut(Buffer.from(key).toString('hex'), 11, '&r=')}`],
    [
      'hex over two values with another between',
      `https://x.test/?q=${cut(Buffer.from(key).toString('hex'), 11, '&p=page&r=')}`,
    ],
    [
      'base64 over two values with another between',
      `https://x.test/?q=${cut(Buffer.from(key).toString('base64url'), 5, '&p=page&r=')}`,
    ],
    ['behind a malformed escape', `https://x.test/?q=%zz${everyByte(key)}`],
    ['split by dots', `https://x.test/?q=${key.slice(0, 9)}.${key.slice(9)}`],
    ['split by path separators', `https://x.test/${key.slice(0, 9)}/${key.slice(9)}`],
    ['split over two values', `https://x.test/?a=${key.slice(0, 9)}&b=${key.slice(9)}`],
    ['split with junk between', `https://x.test/?a=${key.slice(0, 9)}&j=junk&b=${key.slice(9)}`],
    ['prefix itself split', `https://x.test/?a=${key.slice(0, 2)}&j=junk&b=${key.slice(2)}`],
    ['three parts with junk', `https://x.test/?a=${key.slice(0, 2)}&j=x&b=${key.slice(2, 9)}&k=y&c=${key.slice(9)}`],
    ['zero-width character', `https://x.test/?q=${key.slice(0, 6)}%E2%80%8B${key.slice(6)}`],
    ['full-width letters', `https://x.test/?q=%EF%BC%A1${key.slice(1)}`],
    ['Cyrillic letter', `https://x.test/?q=%D0%90${key.slice(1)}`],
    ['line break inside', `https://x.test/?q=${key.slice(0, 6)}%0A${key.slice(6)}`],
    ['userinfo', `https://${key}@x.test/`],
    ['NUL escape inside', `https://x.test/?q=${key.slice(0, 6)}%00${key.slice(6)}`],
  ])('%s', async (_, raw) => {
    const {match: match} = scan(await build(), raw)
    expect(match?.rule).toBe('AWS Access Key ID')
    expect(match?.label).toBe('core_dlp')
    expect(match?.reason).toBe('core DLP match: AWS Access Key ID (critical)')
  })

  test('sees a hyphenated host as the token that a host cannot spell', async () => {
    const host = github.replaceAll('_', '-').toLowerCase()
    const {match: match} = scan(await build(), `https://${host.slice(0, 20)}.${host.slice(20)}.evil.test/`)
    expect(match).toMatchObject({rule: 'GitHub Token', inHost: true})
  })

  test('hides a host that a value needs, not one that a parameter repeats', async () => {
    const scanner = await build()
    expect(scan(scanner, `https://x.test/?a=${key}&u=https://x.test/`).match?.inHost).toBe(false)
    expect(scan(scanner, `https://x.test/?u=https://x.test/${key}`).match?.inHost).toBe(false)
    expect(scan(scanner, `https://${key.toLowerCase()}.test/?a=${key}`).match?.inHost).toBe(true)
    expect(scan(scanner, `https://${key.slice(0, 9)}.${key.slice(9)}.x.test/?a=${key}`).match?.inHost).toBe(true)
  })

  test.each([
    'https://api.github.com/repos/golang/go/issues?state=open&page=2&per_page=30&sort=updated',
    'https://www.google.com/search?q=how+to+fix+%22permission+denied%22&hl=en&num=10',
    'https://task-proj-management.example.com/monkey/keyboard-layouts?key-name=turkey',
    'https://x.test/v1/objects/550e8400-e29b-41d4-a716-446655440000',
    'https://my-sk-ant-hills.example.com/',
    'https://x.test/?date=2026-11-21&from=10-12-2026&page=123456789',
    'https://x.test/?next=https%3A%2F%2Fy.test%2Fa%3Fb%3Dc%2520d',
  ])('stays clean: %s', async (raw) => {
    expect(scan(await build(), raw)).toEqual({match: undefined, warn: []})
  })

  test('reports a password in userinfo, not a placeholder', async () => {
    const scanner = await build()
    expect(rule(scanner, 'https://user:correct-horse@x.test/')).toBe('Credential in URL')
    expect(rule(scanner, 'https://user:short@x.test/')).toBeUndefined()
    expect(rule(scanner, 'https://user:%24DB_PASSWORD@x.test/')).toBeUndefined()
  })

  test('enforces repeated escapes of letters and digits only', async () => {
    const scanner = await build()
    expect(rule(scanner, 'https://x.test/?q=%2541')).toBe('Excessive URL Encoding')
    expect(rule(scanner, 'https://x.test/%2561bc')).toBe('Excessive URL Encoding')
    expect(rule(scanner, 'https://x.test/?%253161=1')).toBe('Excessive URL Encoding')
    expect(rule(scanner, 'https://x.test/?q=%41')).toBeUndefined()
    expect(rule(scanner, `https://x.test/?q=${twice('a b/c')}`)).toBeUndefined()
  })

  test('never names the secret', async () => {
    const scanner = await build({}, {APP_SECRET: 'f4K9-zQ2x-LmN8-vB7c'})
    for (const example of Object.values(EXAMPLES)) {
      const [secret] = example()
      const result = JSON.stringify(scan(scanner, `https://x.test/?q=${encodeURIComponent(secret)}`))
      expect(result).not.toContain(secret)
    }
  })

  test('judges the ends of an over-long URL', async () => {
    const scanner = await build()
    const long = `https://x.test/${'a'.repeat(20_000)}`
    expect(scan(scanner, `${long}?k=${key}`, {bounded: true}).match?.rule).toBe('AWS Access Key ID')
    expect(scan(scanner, long, {bounded: true}).match).toBeUndefined()
  })

  test('refuses what takes too much decoding', async () => {
    const scanner = await build()
    const parts = Array.from({length: 600}, (_, i) => `k${i}=${Buffer.from(`plain text ${i}`).toString('base64url')}`)
    expect(rule(scanner, `https://x.test/?${parts.join('&')}`)).toBe('decode_budget_exceeded')
  })
})

describe('configuration', () => {
  test('replaces by name, appends, keeps the core floor', async () => {
    const own = {name: 'Internal Ticket', regex: 'TICKET-[0-9]{4}', severity: 'high'}
    const scanner = await build({include_defaults: false, patterns: [own]})
    expect(scan(scanner, 'https://x.test/?t=ticket-1234').match?.reason).toBe('DLP match: Internal Ticket (high)')
    expect(rule(scanner, `https://x.test/?t=${key}`)).toBe('AWS Access Key ID')
    expect(rule(scanner, `https://x.test/?t=${EXAMPLES['Groq API Key']?.()[0]}`)).toBeUndefined()
  })

  test('collects report-only patterns without blocking, also beside a block', async () => {
    const own = {name: 'Project Name', regex: 'aurora', severity: 'low', action: 'warn'}
    const scanner = await build({patterns: [own]})
    const warn = [{pattern_name: 'Project Name', severity: 'low'}]
    expect(scan(scanner, 'https://x.test/aurora/aurora')).toEqual({match: undefined, warn})
    expect(scan(scanner, `https://x.test/aurora?k=${github}`)).toMatchObject({match: {rule: 'GitHub Token'}})
  })

  test('exempts a host from an own pattern, never from the floor', async () => {
    const own = {name: 'Badge', regex: 'badge-[0-9]+', severity: 'high', exempt_domains: ['*.hr.test']}
    const scanner = await build({patterns: [own]})
    expect(rule(scanner, 'https://a.hr.test/badge-77')).toBeUndefined()
    expect(rule(scanner, 'https://a.other.test/badge-77')).toBe('Badge')
  })

  test('keeps what stands around a built-in pattern that is repeated only for its exemptions', async () => {
    const [key] = EXAMPLES['Social Security Number']?.() ?? ['', '']
    const longer = `${key}1`
    const {regex, severity} = builtInPattern('Social Security Number') ?? {}
    const entry = {name: 'Social Security Number', regex, severity, exempt_domains: ['maps.test']}
    const scanner = await build({patterns: [entry]})
    expect(rule(scanner, `https://maps.test/?k=${key}`)).toBeUndefined()
    expect(rule(scanner, `https://x.test/?k=${key}`)).toBe('Social Security Number')
    expect(rule(scanner, `https://x.test/?k=${longer}`)).toBeUndefined()
    const own = await build({patterns: [{...entry, regex: `${regex}.?`, exempt_domains: []}]})
    expect(rule(own, `https://x.test/?k=${longer}`)).toBe('Social Security Number')
  })

  test('says in which view of the URL a rule stood', async () => {
    const scanner = await build()
    const view = (raw: string): string | undefined => scan(scanner, raw).match?.view
    expect(view(`https://x.test/?q=${key}`)).toBe('whole URL')
    const encoded = Buffer.from(key).toString('base64url')
    expect(view(`https://x.test/?q=${encoded}`)).toBe('one query key or value, decoded')
    expect(view(`https://x.test/${encoded}/`)).toBe('path segment, decoded')
    expect(view(`https://x.test/?a=${key.slice(0, 9)}&b=${key.slice(9)}`)).toBe('query values, joined')
    expect(view(`https://x.test/${key.slice(0, 9)}/${key.slice(9)}`)).toBe('path, without separators')
  })

  test('raises severities, only upwards', async () => {
    const scanner = await build({severity_overrides: {'JWT Token': 'critical'}})
    expect(scan(scanner, `https://x.test/?t=${EXAMPLES['JWT Token']?.()[0]}`).match?.severity).toBe('critical')
    const problems = await check(config({severity_overrides: {'AWS Access ID': 'low', 'No Such Rule': 'high'}}))
    expect(problems.map((p) => p.field)).toEqual([
      'dlp.severity_overrides.AWS Access ID',
      'dlp.severity_overrides.No Such Rule',
    ])
  })

  test('names what is wrong with a pattern', async () => {
    const patterns = [
      {name: 'A', regex: '(?=x)', severity: 'low'},
      {name: 'A', regex: 'ok', severity: 'low'},
      {name: 'AWS Access ID', regex: 'x', severity: 'low', exempt_domains: ['x.test']},
    ]
    const problems = await check(config({patterns}))
    expect(problems.map((p) => p.field)).toEqual([
      'dlp.patterns[0].regex',
      'dlp.patterns[1].name',
      'dlp.patterns[2].exempt_domains',
    ])
    expect(problems[0]?.message).toContain('look-around')
    await expect(build({patterns})).rejects.toThrow('look-around')
  })
})

describe('known values', () => {
  const secret = 'f4K9-zQ2x-LmN8-vB7c'
  const env = {APP_SECRET: secret, PATH: '/usr/bin:/bin:/usr/local/bin', SERVICE_URL: 'https://api.example.com/v1'}

  test.each([
    ['raw', secret, ''],
    ['upper case', secret.toUpperCase(), ''],
    ['base64', Buffer.from(secret).toString('base64'), ' (base64-encoded)'],
    ['inside a larger base64 text', Buffer.from(`x=${secret};y`).toString('base64url'), ' (base64-encoded)'],
    ['hex', Buffer.from(secret).toString('hex'), ' (hex-encoded)'],
    ['reversed', Array.from(secret).reverse().join(''), ' (reversed)'],
    ['split by other separators', secret.replaceAll('-', '.'), ' (split)'],
  ])('finds an environment value %s', async (_, text, suffix) => {
    const {match: match} = scan(await build({}, env), `https://x.test/?q=${encodeURIComponent(text)}`)
    expect(match?.rule).toBe('Environment Variable Leak')
    if (suffix !== ' (base64-encoded)' && suffix !== ' (hex-encoded)') {
      expect(match?.reason).toBe(`environment variable leak detected${suffix}`)
    }
  })

  test('ignores ordinary variables, replays and scan_env: false', async () => {
    const scanner = await build({}, env)
    expect(rule(scanner, 'https://x.test/?p=/usr/bin:/bin:/usr/local/bin')).toBeUndefined()
    expect(rule(scanner, 'https://api.example.com/v1')).toBeUndefined()
    expect(scan(scanner, `https://x.test/?q=${secret}`, {patternsOnly: true}).match).toBeUndefined()
    expect(rule(await build({scan_env: false}, env), `https://x.test/?q=${secret}`)).toBeUndefined()
  })

  test('reads a secrets file that nobody else can read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pipelock-dlp-'))
    folders.push(folder)
    const path = join(folder, 'secrets')
    writeFileSync(path, `\ufeff# comment\n\n${mixed(24)}\nshort\n`, {mode: 0o600})
    const warnings: string[] = []
    const dlp = config({secrets_file: path})
    const scanner = await buildScanner(dlp, {env: {}}, (_, message) => warnings.push(message))
    expect(scan(scanner, `https://x.test/?q=${mixed(24)}`).match?.reason).toBe('known secret leak detected')
    expect(warnings).toEqual(['line 4 skipped: shorter than 16 bytes'])
    chmodSync(path, 0o644)
    expect((await check(dlp))[0]?.message).toContain('open to others (mode 0644)')
    await expect(buildScanner(dlp, {env: {}})).rejects.toThrow('open to others')
    rmSync(path)
    execFileSync('mkfifo', ['-m', '600', path])
    await expect(buildScanner(dlp, {env: {}})).rejects.toThrow('no regular file')
  })

  test('finds canaries without any other known value, also expanded from the environment', async () => {
    const tokens = [
      {name: 'bait', value: 'canary-7h2k-9q1z'},
      {name: 'lure', value: '${LURE}'},
    ]
    const scanner = await build({scan_env: false}, {LURE: 'Zephyr.Quartz.42'}, {tokens})
    expect(scan(scanner, 'https://x.test/?q=canary%2D7H2K-9q1z').match?.reason).toBe(
      'DLP match: Canary Token (bait) (critical)',
    )
    expect(rule(scanner, 'https://canary7h2k.9q1z.x.test/')).toBe('Canary Token (bait)')
    expect(rule(scanner, 'https://x.test/zephyr_quartz_42')).toBe('Canary Token (lure)')
    expect(rule(scanner, 'https://x.test/?q=canary-7h2k-9q1y')).toBeUndefined()
  })

  test('includes the password of a proxy variable', async () => {
    const scanner = await build({}, {HTTPS_PROXY: 'http://user:pr0xy-P4ssw0rd@proxy.test:3128'})
    expect(rule(scanner, 'https://x.test/?q=pr0xy-P4ssw0rd')).toBe('Environment Variable Leak')
    expect(rule(scanner, 'http://proxy.test:3128/')).toBeUndefined()
  })
})

describe('isClean', () => {
  test('of a URL that was judged a moment ago, clean or not, says the same as of one that was not', async () => {
    const scanner = await build({}, {})
    const long = `https://x.test/p?${'k=%2541%41&'.repeat(900)}`
    for (const url of ['https://x.test/a?b=1', `https://x.test/a?b=${key}`, long, `${long}c=${key}`]) {
      const {target} = parseTarget(url)
      const before = scanner.isClean(url)
      if (target !== undefined) scanner.scanUrl(target)
      expect([url.length, scanner.isClean(url)]).toEqual([url.length, before])
      if (!url.includes('%')) expect(before).toBe(!url.includes(key))
    }
  })

  test('answers for URLs, values and prose', async () => {
    const scanner = await build({}, {APP_SECRET: 'f4K9-zQ2x-LmN8-vB7c'})
    expect(scanner.isClean('https://x.test/a/b?c=d')).toBe(true)
    expect(scanner.isClean('https://x.test/a/b?c=d')).toBe(true)
    expect(scanner.isClean('created')).toBe(true)
    expect(scanner.isClean('x.test:443')).toBe(true)
    expect(scanner.isClean(`https://x.test/${key}`)).toBe(false)
    expect(scanner.isClean(`a=${key.slice(0, 9)}`)).toBe(true)
    expect(scanner.isClean(key)).toBe(false)
    expect(scanner.isClean(encodeURIComponent(everyByte(key)))).toBe(false)
    expect(scanner.isClean(Buffer.from(key).toString('base64'))).toBe(false)
    expect(scanner.isClean('sent f4K9-zQ2x-LmN8-vB7c away')).toBe(false)
    expect(scanner.isClean(`0x${hex(64)}`)).toBe(false)
  })
})
