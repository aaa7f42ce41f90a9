// Guarantees of the scanning engine that hold whatever is sent: redaction is the same every
// time and refuses what it cannot do, work grows with the input and no faster, presets do what their names say.
import {describe, expect, test} from 'vitest'
import {loadConfig} from '../../src/host/config/load.js'
import {presetText} from '../../src/host/presets.js'
import {openEngine, type RegexEngine} from '../../src/lib/regex/engine.js'
import {createGate} from '../../src/plugins/dlp/gate.js'
import {compileRules, type Rule} from '../../src/plugins/dlp/rules.js'
import {createScanner} from '../../src/plugins/dlp/scanner.js'
import {createInjectionScanner} from '../../src/plugins/injection/scanner.js'
import {EXAMPLES as CREDENTIALS, mixed, upper} from '../support/credentials.js'
import {EXAMPLES as PHRASES} from '../support/injection-phrases.js'
import {redact, serviceOf, withClasses} from '../unit/plugins/redaction/rules.js'

const {config} = await loadConfig(undefined)

describe('redaction', () => {
  const emails = withClasses('email', 'ipv4')

  test('gives the same bytes a hundred times, and leaves every other byte', async () => {
    const text = ' {"z":1.0E+2,"a":["jane@example.com 10.0.0.1",true , null ],\r\n"\\u0062":"jane@example.com"}'
    const once = text.replaceAll('jane@example.com', '<pl:email:1>').replace('10.0.0.1', '<pl:ipv4:1>')
    const all = await Promise.all(Array.from({length: 100}, () => redact(emails, text)))
    expect(new Set(all)).toEqual(new Set([once]))
  })

  test('numbers what only looks like a placeholder, so that nobody forges one', async () => {
    const text = await redact(emails, '["<pl:email:1>","jane@example.com"]')
    const [forged, real] = JSON.parse(text) as readonly string[]
    expect(real).toMatch(/^<pl:email:\d>$/)
    expect(forged).not.toBe(real)
  })

  test.each([
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
  interface Counting {
    readonly engine: RegexEngine
    /** Built-in rules are walked from the places that the sweep names, without an engine. */
    readonly walked: (rules: readonly Rule[]) => readonly Rule[]
    readonly count: () => number
  }
  /** Counts how often an engine or a rule is asked. */
  function counting(): Counting {
    const inner = openEngine()
    let count = 0
    const walked = (rules: readonly Rule[]): readonly Rule[] =>
      rules.map((rule) => {
        const {walk} = rule
        return walk === undefined ? rule : {...rule, walk: (text, at) => (count++, walk(text, at))}
      })
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
    return {engine, walked, count: () => count}
  }
  const secrets = Object.values(CREDENTIALS).map((example) => example()[0])
  const HOSTILE: Readonly<Record<string, string>> = {
    'beginnings of credentials': secrets.map((secret, i) => secret.slice(0, 3 + (i % 9))).join('\u200b'),
    'credentials but for their ends': secrets.map((secret) => secret.slice(0, -2)).join(' . '),
    'base64 of noise': Buffer.from(mixed(900)).toString('base64'),
    'upper-case letters and digits': upper(1_200),
    'beginnings of phrases': PHRASES.flatMap(({matches}) =>
      matches.map((match) => match.slice(0, match.length >> 1)),
    ).join(' '),
    separators: 'a.b-c_d/e|f'.repeat(100),
  }
  test.each(Object.entries(HOSTILE))('twice as much of %s is at most 2.2 times the questions', (_, text) => {
    const {engine, walked, count} = counting()
    const scanner = createScanner(walked(compileRules(config.dlp, engine)), [], engine)
    const phrases = createInjectionScanner(engine)
    const asked = (scan: (text: string) => unknown, times: number): number => {
      const before = count()
      scan(text.repeat(times))
      return count() - before
    }
    for (const scan of [
      (given: string) => scanner.text(given, {surface: 'body', all: true}),
      (given: string) => phrases.scan(given, {source: 'http_response'}),
    ]) {
      asked(scan, 4)
      expect(asked(scan, 8)).toBeLessThanOrEqual(2.2 * asked(scan, 4) + 8)
    }
  })
})

describe('pattern sets', () => {
  const refuses: RegexEngine = {
    name: 're2',
    compile() {
      throw new Error('a built-in rule went to the engine')
    },
  }
  const rules = compileRules(config.dlp, refuses)
  const gate = createGate(rules, [])
  const LENGTH = 65_536
  /** Characters of an alphabet, the same in every run. */
  const noise = (alphabet: string): string => {
    let state = 0x2545f491
    let text = ''
    while (text.length < LENGTH) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      text += alphabet.charAt((state >>> 8) % alphabet.length)
    }
    return text
  }
  const [lower, digits] = ['abcdefghijklmnopqrstuvwxyz', '0123456789']
  const capitals = lower.toUpperCase()
  const NOISE: Readonly<Record<string, string>> = {
    base64: noise(`${capitals}${lower}${digits}+/`),
    base58: noise('123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'),
    hex: noise(`${digits}abcdef`),
    'upper-case letters and digits': noise(capitals + digits),
    'separators and characters that are not seen': noise('.-_/ \u200ba'),
  }

  test('every built-in rule has literals or runs that say where it may stand', () => {
    const nowhere = rules.filter(({literals, triggers}) => literals.length === 0 && triggers.length === 0)
    expect(nowhere.map(({name}) => name)).toEqual([])
    const literals = rules.flatMap((rule) => rule.literals)
    expect(literals.filter((literal) => !/^[!-~]{2,}$/.test(literal) || literal !== literal.toLowerCase())).toEqual([])
  })

  test.each(Object.entries(NOISE))('%s gives no rule more than a place in a thousand', (_, text) => {
    gate.sweep.run(text)
    expect(gate.sweep.count).toBeLessThan(text.length / 1000)
  })

  test('no built-in rule needs an engine, whatever is sent', () => {
    const scanner = createScanner(rules, [], refuses)
    for (const [name, example] of Object.entries(CREDENTIALS)) {
      const [match, miss] = example()
      const {matches, informational} = scanner.text(match, {surface: 'body', all: true})
      expect([...matches, ...informational].map(({rule}) => rule)).toContain(name)
      scanner.text(miss, {surface: 'body', all: true})
    }
    for (const text of Object.values(NOISE)) {
      expect(scanner.text(text, {surface: 'body', all: true}).matches).toEqual([])
    }
  })
})

describe('content entropy', () => {
  test.each([
    ['balanced', 'warn'],
    ['strict', 'block'],
  ] as const)('the preset %s says %s', async (preset, action) => {
    expect(await presetText(preset)).toContain(`content_entropy_action: ${action}\n`)
  })
})
