import {createHash} from 'node:crypto'
import {wordlist} from '@scure/bip39/wordlists/english.js'
import {describe, expect, test} from 'vitest'
import {parseTarget} from '../../../../src/core/target.js'
import {hasSeedChecksum} from '../../../../src/plugins/dlp/bip39.js'
import {sections} from '../../../../src/plugins/dlp/config.js'
import {buildScanner} from '../../../../src/plugins/dlp/create.js'

/** A true phrase, from bytes that nobody uses. */
function phrase(size: 12 | 15 | 18 | 21 | 24, seed = 7): readonly string[] {
  const entropy = createHash('sha256')
    .update(`phrase ${seed}`)
    .digest()
    .subarray(0, (size * 4) / 3)
  const check = createHash('sha256').update(entropy).digest()
  const bits = [...entropy, ...check].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return Array.from({length: size}, (_, i) => wordlist[parseInt(bits.slice(11 * i, 11 * i + 11), 2)] ?? '')
}

const build = (seeds: object = {}) =>
  buildScanner(
    {
      dlp: sections.dlp.parse({}),
      canary_tokens: sections.canary_tokens.parse({}),
      seed_phrase_detection: sections.seed_phrase_detection.parse(seeds),
    },
    {env: {}},
  )
const scanner = await build()
const body = {surface: 'body'} as const
const rule = (text: string): string | undefined => scanner.text(text, body).matches[0]?.rule
const words = phrase(12)
const title = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

/** A true phrase of twelve words with three letters each, no two alike. */
function shortest(): string {
  const short = wordlist.filter((word) => word.length === 3)
  for (const last of short.slice(11)) {
    // not in the order of the list: that is how vocabularies are written
    const list = [...short.slice(0, 11).toReversed(), last]
    const numbers = list.map((word) => wordlist.indexOf(word))
    if (hasSeedChecksum(numbers, 0, 12)) return list.map(title).join('')
  }
  throw new Error('no phrase of short words has a checksum')
}
const RULE = 'BIP-39 Seed Phrase'

/** Words of the list with a right checksum, as the given text spells them: the words are exchanged until it is right. */
function spelled(pick: (word: string, i: number) => string, pool: readonly string[]): string {
  for (let offset = 0; offset + 12 <= pool.length; offset++) {
    for (let step = 1; step <= 5; step += 2) {
      const list = Array.from({length: 12}, (_, i) => pool[(offset + i * step) % pool.length] ?? '')
      const numbers = list.map((word) => wordlist.indexOf(word))
      if (hasSeedChecksum(numbers, 0, 12)) return list.map(pick).join('')
    }
  }
  throw new Error('no order of these words has a checksum')
}

const NAMES = wordlist.filter((word) => /^[c-p]/.test(word) && word.length > 4).filter((_, i) => i % 9 === 0)
/** Right checksums of words that nobody wrote down as a phrase. */
const ORDINARY: readonly (readonly [string, string])[] = [
  ['members of objects', spelled((word, i) => (i % 2 === 0 ? `{"${word}":` : `"${word}"},`), NAMES)],
  [
    'a schema whose values are identifiers',
    spelled(
      (word, i) =>
        i % 4 === 0 ? `"${word}_` : i % 4 === 1 ? `${word}":"` : i % 4 === 2 ? title(word) : `${title(word)}",`,
      NAMES,
    ),
  ],
  ['calls', spelled((word, i) => ['', '.', '(', ', '][i % 4] + word, NAMES)],
  ['constants of a header', spelled((word, i) => (i % 3 === 2 ? `${word}\n#define ` : `${word}_`), NAMES)],
  ['settings', spelled((word, i) => (i % 2 === 0 ? `${word}: ` : `${word}\n`), NAMES)],
  ['a vocabulary as an array', JSON.stringify(NAMES.slice(0, 60).toReversed())],
  ['a vocabulary in its order', NAMES.join('\n')],
  ...['second', 'abandon', 'zoo', 'word'].map((word) => [`${word} over and over`, `${word} `.repeat(3_000)] as const),
  ['part of a longer identifier', `the_${spelled((word, i) => (i === 0 ? word : `_${word}`), NAMES)}_widget`],
]

describe('seed phrases', () => {
  test.each([12, 15, 18, 21, 24] as const)('of %i words, at their place', (size) => {
    const text = `the words are ${phrase(size, size).join(' ')} and that is all`
    const [result] = scanner.text(text, body).matches
    expect(result).toMatchObject({rule: RULE, severity: 'critical', start: 14, encoded: ''})
    expect(result?.end).toBeGreaterThan(14 + 12 * 4)
  })

  test('of the shortest words, run together, wherever they begin', () => {
    const text = shortest()
    expect(text).toHaveLength(36)
    for (let before = 0; before < 80; before++) {
      for (const other of ['1', 'zz ', 'Legal2qq-']) {
        const ahead = other
          .repeat(before)
          .slice(0, before)
          .replace(/[A-Za-z]$/, '1')
        const [result] = scanner.text(`${ahead}${text}`, body).matches
        expect(result, `${before} of ${other}`).toMatchObject({rule: RULE, start: before, end: before + 36})
      }
    }
  })

  test.each([
    ['commas', words.join(', ')],
    ['lines with numbers', words.map((word, i) => `${i + 1}. ${word}`).join('\n')],
    ['dots, slashes and underscores', words.map((word, i) => word + './_'.charAt(i % 3)).join('')],
    ['a JSON list', JSON.stringify(words)],
    ['upper case', words.join(' ').toUpperCase()],
    ['CamelCase', words.map(title).join('')],
    ['four letters each', words.map((word) => word.slice(0, 4)).join(' ')],
    ['full-width letters', words.join(' ').replace(/[a-z]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0))],
    ['zero-width characters', words.join(' ').replace(/e/g, 'e\u200b')],
    ['words in pairs', words.map((word, i) => (i % 2 ? `${title(word)} ` : word)).join('')],
    ['markup around each', words.map((word) => `*${word}*`).join(' ')],
    ['a sign of any kind', words.join(' => ')],
    ['quotes and plus signs', words.map((word) => `'${word}'`).join(' + ')],
    ['bullets', words.map((word) => `  * ${word}\n`).join('')],
    ['underscores', `SEED = ${words.join('_').toUpperCase()}`],
    ['base64', Buffer.from(words.join(' ')).toString('base64')],
    ['hex', Buffer.from(words.join(' ')).toString('hex')],
    ['percent escapes', words.join('%20')],
    ['repeated words', `${'abandon '.repeat(11)}about`],
    ['words that come again', 'legal winner thank year wave sausage worth useful legal winner thank yellow'],
    ['repeated words on lines', `${'zoo\n'.repeat(5)}${'zoo '.repeat(6)}wrong`],
    ['words of the list before it', `abandon ability able ${words.join(' ')}`],
  ])('written with %s', (_, text) => {
    expect(rule(text)).toBe(RULE)
  })

  test.each<readonly [string, string]>([
    // words of the list whose checksum is right, as names are in sources
    ['imported names', '{boxPrivateKey, boxPublicKey, type BoxPrivateKey, type BoxPublicKey}'],
    ['eleven words', words.slice(0, 11).join(' ')],
    ['a wrong checksum', [...words.slice(0, 11), words[11] === 'zoo' ? 'zone' : 'zoo'].join(' ')],
    ['a word that is not in the list', [...words.slice(0, 6), 'xylophone', ...words.slice(6)].join(' ')],
    ['program text with a valid checksum', 'boxPrivateKey, boxPublicKey, type BoxPrivateKey, type BoxPublicKey'],
    [
      'other program text with one',
      'read = target.raw\n return read && read.scheme === target.scheme && read.host === target.host && read.port === target.port\n ? read',
    ],
    ...ORDINARY,
    ['prose', 'The people will give their best advice about how to build the bridge across the river this year.'],
  ])('are not %s', (_, text) => {
    expect(rule(text)).toBeUndefined()
  })

  test('are found over several values, and in one only once', () => {
    expect(scanner.joined(words, body).matches).toEqual([
      {rule: RULE, severity: 'critical', encoded: 'split', start: -1, end: -1},
    ])
    expect(scanner.joined([words.join(' '), 'other words'], body).matches).toEqual([])
  })

  test.each([
    ['a value', `https://x.test/?q=${words.join('+')}`],
    ['several values', `https://x.test/?${words.map((word, i) => `p${i}=${word}`).join('&')}`],
    ['the path', `https://x.test/${words.join('/')}`],
    ['the host', `https://${words.join('.')}.x.test/`],
    ['base64', `https://x.test/${Buffer.from(words.join(' ')).toString('base64url')}`],
    ['the fragment', `https://x.test/#${words.join('-')}`],
  ])('are found in %s of a URL', (where, raw) => {
    const {target} = parseTarget(raw)
    if (target === undefined) throw new Error(raw)
    const {match: matched} = scanner.scanUrl(target)
    expect(matched).toMatchObject({rule: RULE, label: 'dlp', severity: 'critical', inHost: where === 'the host'})
    expect(JSON.stringify(matched)).not.toContain(words[3])
  })

  test('follow their section', async () => {
    const off = await build({enabled: false})
    expect(off.text(words.join(' '), body).matches).toEqual([])
    const long = await build({min_words: 24})
    expect(long.text(words.join(' '), body).matches).toEqual([])
    const lax = await build({verify_checksum: false})
    const wrong = lax.text([...words.slice(0, 11), 'zoo'].join(' '), body)
    expect(wrong.matches).toEqual([])
    expect(wrong.informational.map((match) => match.rule)).toEqual([RULE])
    expect(lax.text(words.join(' '), body).matches).toHaveLength(1)
  })
})
