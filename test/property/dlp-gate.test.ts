// Laws of the credential scanner: the fast decision only changes cost, and both engines say the same.
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {parseTarget} from '../../src/core/target.js'
import type {DlpScanner} from '../../src/core/services/dlp.js'
import {openEngine, type RegexEngine} from '../../src/lib/regex/engine.js'
import {sections} from '../../src/plugins/dlp/config.js'
import {createGate, type Gate} from '../../src/plugins/dlp/gate.js'
import {needlesOf, type KnownValue} from '../../src/plugins/dlp/known-values.js'
import {compileRules} from '../../src/plugins/dlp/rules.js'
import {createScanner} from '../../src/plugins/dlp/scanner.js'
import {EXAMPLES, mixed} from '../support/credentials.js'
import {runs} from '../support/thorough.js'

const KNOWN: readonly KnownValue[] = [
  {kind: 'environment', name: 'A', value: 'f4K9-zQ2x-LmN8-vB7c'},
  {kind: 'canary', name: 'bait', value: 'Zephyr.Quartz.42'},
]

function scanners(engine: RegexEngine): {readonly fast: DlpScanner; readonly full: DlpScanner} {
  const rules = compileRules(
    sections.dlp.parse({patterns: [{name: 'Own', regex: 'ticket-[0-9]{3}|[a-c]{9}', severity: 'low', action: 'warn'}]}),
    engine,
  )
  const needles = needlesOf(KNOWN)
  const real = createGate(rules, needles)
  // the oracle: every rule on every view, by the engine over the whole text
  const searched = rules.map((rule) => ({...rule, walk: undefined}))
  const everywhere = new Map(searched.map((rule) => [rule, []]))
  const everything: Gate = {
    ...real,
    candidates: () => ({rules: searched, needles}),
    look: (text) => ({rules: everywhere, needles: real.look(text)?.needles ?? []}),
    // rules without a literal take no part in combinations
    openRules: (values) =>
      values.length < 3 ? [] : searched.filter((rule) => rule.literals.length > 0 && rule.triggers.length === 0),
  }
  return {fast: createScanner(rules, KNOWN, engine), full: createScanner(searched, KNOWN, engine, everything)}
}

const secrets = [...Object.values(EXAMPLES).flatMap((example) => example()), ...KNOWN.map(({value}) => value)]
const [wif = ''] = EXAMPLES['Bitcoin WIF Private Key']?.() ?? []
const hexOf = (text: string): string => Buffer.from(text).toString('hex')
const words = [
  'alpha',
  'v1',
  'items',
  'page',
  '12',
  'key',
  'token',
  'ey',
  'a',
  'desk',
  '2026-11-21',
  mixed(22),
  'SK',
  '',
]

const spelled = fc
  .tuple(
    fc.constantFrom(...secrets),
    fc.constantFrom('raw', 'upper', 'b64', 'hex', 'pct', 'pct2', 'cut', 'prefix', 'zw', 'wide', 'html'),
  )
  .map(([secret, how]) => {
    const bytes = Buffer.from(secret)
    const third = Math.floor(secret.length / 3)
    switch (how) {
      case 'upper':
        return secret.toUpperCase()
      case 'b64':
        return bytes.toString('base64')
      case 'hex':
        return bytes.toString('hex')
      case 'pct':
        return encodeURIComponent(secret)
      case 'pct2':
        return encodeURIComponent(encodeURIComponent(secret))
      case 'cut':
        return `${secret.slice(0, third)}.${secret.slice(third)}`
      case 'prefix':
        return secret.slice(0, 1 + (third % 7))
      case 'zw':
        return `${secret.slice(0, third)}%E2%80%8B${secret.slice(third)}`
      case 'wide':
        return [...bytes.toString('hex')]
          .map((c) => encodeURIComponent(String.fromCodePoint(c.charCodeAt(0) + 0xfee0)))
          .join('')
      case 'html':
        return [...secret].map((c) => `%26%23${c.codePointAt(0)};`).join('')
      default:
        return secret
    }
  })

const piece = fc.oneof({weight: 3, arbitrary: fc.constantFrom(...words)}, {weight: 2, arbitrary: spelled})
const raw = fc
  .record({
    host: fc.array(fc.constantFrom('api', 'x-y', 'ghp-abc', 'AKIA1234', 'deadbeef', '42'), {maxLength: 3}),
    path: fc.array(piece, {maxLength: 4}),
    query: fc.array(fc.tuple(fc.constantFrom('a', 'b', 'id', 'secret_x'), piece), {maxLength: 5}),
    fragment: fc.option(piece, {nil: undefined}),
    user: fc.option(piece, {nil: undefined}),
  })
  .map(({host, path, query, fragment, user}) => {
    const authority = `${user === undefined ? '' : `${encodeURIComponent(user)}@`}${[...host, 'x', 'test'].join('.')}`
    const tail = query.length === 0 ? '' : `?${query.map(([k, v]) => `${k}=${v}`).join('&')}`
    return `https://${authority}/${path.join('/')}${tail}${fragment === undefined ? '' : `#${fragment}`}`
  })

/** Parts of one secret over the values of a query, with other values between, as written or encoded. */
const split = fc
  .tuple(
    fc.constantFrom(...secrets.flatMap((secret) => [secret, hexOf(secret), Buffer.from(secret).toString('base64url')])),
    fc.array(fc.nat({max: 60}), {minLength: 1, maxLength: 3}),
    fc.nat({max: 7}),
  )
  .map(([secret, cuts, junk]) => {
    const at = [...new Set(cuts.map((c) => c % (secret.length + 1)))].sort((x, y) => x - y)
    const parts = [...at, secret.length].map((end, i) => secret.slice(i === 0 ? 0 : at[i - 1], end))
    const values = parts.flatMap((part, i) => ((junk >> i) & 1 ? [part, 'junk'] : [part]))
    return `https://x.test/p?${values.map((v, i) => `k${i}=${encodeURIComponent(v)}`).join('&')}`
  })

const inputs = fc.oneof(raw, split)

function verdict(scanner: DlpScanner, text: string): unknown {
  const {target} = parseTarget(text)
  return target === undefined ? 'refused' : scanner.scanUrl(target)
}

/** Secrets in some spelling between words and separators. */
const texts = fc
  .array(fc.tuple(piece, fc.constantFrom(' ', '\n', '.', '","', '&', '=', '/', '\u200b', '\t', '')), {maxLength: 6})
  .map((parts) => parts.flat().join(''))

describe.each(['re2', 're2js'] as const)('on %s', (name) => {
  test('the gate never hides what the full scan finds', ({skip}) => {
    let engine: RegexEngine
    try {
      engine = openEngine(name)
    } catch {
      return skip()
    }
    const {fast, full} = scanners(engine)
    fc.assert(
      fc.property(inputs, (text) => {
        expect(verdict(fast, text)).toEqual(verdict(full, text))
      }),
      // a number whose first digits follow those of another name, a key behind the word of a path, keys that overlap
      {
        numRuns: runs(name === 're2' ? 400 : 60),
        examples: [
          ['https://x.test/p?k0=&k1=1&k2=23-45-6789'],
          [`https://x.test/p?k0=${wif.slice(0, 1)}&k1=${wif.slice(1)}`],
          [
            'https://x.test/Zephy.r.Quartz.42#%26%2390;%26%23101;%26%23112;%26%23104;%26%23121;%26%23114;%26%2346;Quartz.42',
          ],
          ['https://x.test/?a=alpha&id=a&id=AIzba1B2c3D4e5F6g7H8j9K0mNpQrStUvWxYza1'],
        ],
      },
    )
  })
})

test('the sweep never hides from a text what every rule finds in it', () => {
  const {fast, full} = scanners(openEngine())
  const options = {surface: 'body', all: true} as const
  fc.assert(
    fc.property(texts, (text) => {
      expect(fast.text(text, options)).toEqual(full.text(text, options))
    }),
    // a tab between groups of a number, a blank between others
    {numRuns: runs(400), examples: [['45-6789\t2026-11-21 000-45-6'], ['4111\t1111\t1111\t1111']]},
  )
})

test('both engines give the same verdicts', ({skip}) => {
  let native: RegexEngine
  try {
    native = openEngine('re2')
  } catch {
    return skip()
  }
  const one = scanners(native).fast
  const other = scanners(openEngine('re2js')).fast
  fc.assert(
    fc.property(inputs, (text) => {
      expect(verdict(one, text)).toEqual(verdict(other, text))
    }),
    {numRuns: runs(400)},
  )
})
