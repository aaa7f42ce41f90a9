// Guarantees of the scanning engine that hold whatever is sent (scanning §9, §16.3, §16.5, §17): redaction is the same every
// time and refuses what it cannot do, work grows with the input and no faster, presets do what their names say.
import {describe, expect, it} from 'vitest'
import {loadConfig} from '../../src/host/config/load.js'
import {presetText} from '../../src/host/presets.js'
import {openEngine, type RegexEngine} from '../../src/lib/regex/engine.js'
import {compileRules} from '../../src/plugins/dlp/rules.js'
import {makeScanner} from '../../src/plugins/dlp/scanner.js'
import {makeInjectionScanner} from '../../src/plugins/injection/scanner.js'
import {EXAMPLES as CREDENTIALS, mixed, upper} from '../support/credentials.js'
import {EXAMPLES as PHRASES} from '../support/injection-phrases.js'
import {redact, serviceOf, withClasses} from '../unit/plugins/redaction/rules.js'

const {config} = await loadConfig(undefined)

describe('redaction', () => {
  const emails = withClasses('email', 'ipv4')

  it('gives the same bytes a hundred times, and leaves every other byte', async () => {
    const text = ' {"z":1.0E+2,"a":["jane@example.com 10.0.0.1",true , null ],\r\n"\\u0062":"jane@example.com"}'
    const once = text.replaceAll('jane@example.com', '<pl:email:1>').replace('10.0.0.1', '<pl:ipv4:1>')
    const all = await Promise.all(Array.from({length: 100}, () => redact(emails, text)))
    expect(new Set(all)).toEqual(new Set([once]))
  })

  it('numbers what only looks like a placeholder, so that nobody forges one', async () => {
    const text = await redact(emails, '["<pl:email:1>","jane@example.com"]')
    const [forged, real] = JSON.parse(text) as readonly string[]
    expect(real).toMatch(/^<pl:email:\d>$/)
    expect(forged).not.toBe(real)
  })

  it.each([
    ['names twice', '{"a":1,"a":2}', '!duplicate_object_key'],
    ['a number', '{"a":4111111111111111}', '!secret_in_numeric_scalar'],
    [
      '10,001 values',
      JSON.stringify(Array.from({length: 10_001}, (_, i) => `u${i}@example.com`)),
      '!redaction_overflow',
    ],
    ['65 levels', `${'['.repeat(65)}${']'.repeat(65)}`, '!json_depth_exceeded'],
    ['no JSON', '{', '!body_unparseable'],
  ])('refuses %s', async (_, text, code) => {
    expect(await redact(serviceOf({profiles: {p: {classes: ['email', 'credit-card']}}}), text)).toBe(code)
  })
})

describe('work', () => {
  /** An engine that counts how often it is asked. */
  function counting(): {readonly engine: RegexEngine; readonly count: () => number} {
    const inner = openEngine()
    let count = 0
    const engine: RegexEngine = {
      ...inner,
      compile(source) {
        const {exec, groups, ...rest} = inner.compile(source)
        return {
          ...rest,
          exec: (text, from) => (count++, exec(text, from)),
          groups: (text, from) => (count++, groups(text, from)),
        }
      },
    }
    return {engine, count: () => count}
  }
  const secrets = Object.values(CREDENTIALS).map((example) => example()[0])
  const HOSTILE: Readonly<Record<string, string>> = {
    'beginnings of credentials': secrets.map((secret, i) => secret.slice(0, 3 + (i % 9))).join('\u200b'),
    'credentials but for their ends': secrets.map((secret) => secret.slice(0, -2)).join(' . '),
    'base64 of noise': Buffer.from(mixed(900)).toString('base64'),
    'upper-case letters and digits': upper(1_200),
    'beginnings of phrases': PHRASES.flatMap(({hits}) => hits.map((hit) => hit.slice(0, hit.length >> 1))).join(' '),
    separators: 'a.b-c_d/e|f'.repeat(100),
  }
  it.each(Object.entries(HOSTILE))('twice as much of %s is at most 2.2 times the questions', (_, text) => {
    const {engine, count} = counting()
    const scanner = makeScanner(compileRules(config.dlp, engine), [], engine)
    const phrases = makeInjectionScanner(engine)
    const asked = (times: number): number => {
      const before = count()
      scanner.text(text.repeat(times), {surface: 'body', all: true})
      phrases.scan(text.repeat(times), {source: 'http_response'})
      return count() - before
    }
    asked(4)
    expect(asked(8)).toBeLessThanOrEqual(2.2 * asked(4) + 8)
  })
})

describe('content entropy', () => {
  it.each([
    ['balanced', 'warn'],
    ['strict', 'block'],
  ] as const)('the preset %s says %s', (preset, action) => {
    expect(presetText(preset, undefined)).toContain(`content_entropy_action: ${action}\n`)
  })
})
