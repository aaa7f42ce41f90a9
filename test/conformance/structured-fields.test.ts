// Structured fields: the vectors of the HTTP working group, and the examples of RFC 8941 and RFC 9651 by their section.
import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {describe, expect, test} from 'vitest'
import {
  dictionaryTexts,
  isInnerList,
  parseDictionary,
  Token,
  writeDictionary,
  type BareItem,
  type InnerList,
  type Item,
  type Parameters,
} from '../../src/lib/structured-fields.js'

interface Vector {
  readonly name: string
  readonly header_type: 'item' | 'list' | 'dictionary'
  readonly raw?: readonly string[]
  readonly canonical?: readonly string[]
  readonly expected?: unknown
  readonly must_fail?: boolean
  readonly can_fail?: boolean
}

/** The notation of the vectors, where numbers are numbers and other types say their name. */
function shownBare(value: BareItem): unknown {
  if (value instanceof Token) return {__type: 'token', value: value.toString()}
  if (value instanceof Date) return {__type: 'date', value: value.getTime() / 1000}
  if (value instanceof ArrayBuffer) return {__type: 'binary', value: base32(Buffer.from(value))}
  if (typeof value === 'object' && !ArrayBuffer.isView(value)) return {__type: 'displaystring', value: value.toString()}
  return value === 0 ? 0 : value // -0 is an integer of this runtime only
}

const shownParameters = (parameters: Parameters): unknown =>
  [...parameters].map(([name, value]) => [name, shownBare(value)])
const shownMember = (member: Item | InnerList): unknown =>
  isInnerList(member)
    ? [member[0].map(shownMember), shownParameters(member[1])]
    : [shownBare(member[0]), shownParameters(member[1])]

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

function base32(bytes: Buffer): string {
  let [bits, text] = ['', '']
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0')
  for (let at = 0; at < bits.length; at += 5) text += ALPHABET[parseInt(bits.slice(at, at + 5).padEnd(5, '0'), 2)]
  return text.padEnd(Math.ceil(text.length / 8) * 8, '=')
}

/** An item is the one member of a dictionary here, which may have blanks around it where an item by itself may not. */
function readItem(text: string): Item | undefined {
  const alone = text.replaceAll(/^ +| +$/g, '')
  const members = alone.endsWith('\t') ? undefined : parseDictionary(`*=${alone}`)
  const member = members?.size === 1 ? members.get('*') : undefined
  return member && !isInnerList(member) ? member : undefined
}

function writeItem(item: Item): string {
  const text = writeDictionary(new Map([['*', item]])).slice(1)
  return item[0] === true ? `?1${text}` : text.slice(1)
}

function readVector({header_type: type, raw = []}: Vector): {shown: unknown; again: () => string} | undefined {
  const text = raw.join(', ')
  if (type === 'item') {
    const item = readItem(text)
    return item && {shown: shownMember(item), again: () => writeItem(item)}
  }
  const members = parseDictionary(text)
  return (
    members && {
      shown: [...members].map(([name, member]) => [name, shownMember(member)]),
      again: () => writeDictionary(members),
    }
  )
}

const hasFraction = (shown: unknown): boolean =>
  Array.isArray(shown) ? shown.some(hasFraction) : typeof shown === 'number' && !Number.isInteger(shown)

type Shown = readonly [unknown, readonly (readonly [string, unknown])[]]

/** The value that a vector of the other direction describes. */
function bareOf(shown: unknown): BareItem {
  const typed = shown as {readonly __type?: string; readonly value: string}
  if (typed.__type === 'token') return new Token(typed.value)
  if (typed.__type !== undefined) throw new Error(`unforeseen ${typed.__type}`)
  return shown as BareItem
}

function memberOf([value, parameters]: Shown): Item | InnerList {
  const read: Parameters = new Map(parameters.map(([name, each]) => [name, bareOf(each)]))
  return Array.isArray(value) ? [value.map((each) => memberOf(each as Shown) as Item), read] : [bareOf(value), read]
}

function writeVector({header_type: type, expected}: Vector): string {
  if (type === 'item') return writeItem(memberOf(expected as Shown) as Item)
  return writeDictionary(new Map((expected as readonly (readonly [string, Shown])[]).map(([k, m]) => [k, memberOf(m)])))
}

const root =
  process.env['PIPELOCK_CONFORMANCE'] ?? fileURLToPath(new URL('../../../shared/conformance', import.meta.url))
const data = join(root, 'standards/structured-fields')

if (!existsSync(data)) {
  console.warn(`structured field vectors not found in ${data}: skipped (set PIPELOCK_CONFORMANCE)`)
  test.skip('structured field vectors', () => undefined)
} else {
  const vectorsOf = (folder: string): readonly Vector[] =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as readonly Vector[])
      // nobody reads a list that is not the value of a member
      .filter(({header_type: type}) => type !== 'list')

  describe('vectors of the HTTP working group', () => {
    const vectors = vectorsOf(data)

    test('give the stated value, or none', () => {
      for (const vector of vectors) {
        const {name, expected, must_fail: mustFail, can_fail: canFail} = vector
        const read = readVector(vector)
        if (mustFail || (canFail && read === undefined)) expect([name, read]).toEqual([name, undefined])
        else expect([name, read?.shown]).toEqual([name, expected])
      }
      expect(vectors).toHaveLength(1272)
    })

    test('are written as they stand, but for decimals', () => {
      let [refused, shortened] = [0, 0]
      for (const vector of vectors) {
        const read = readVector(vector)
        if (!read) continue
        const canonical = (vector.canonical ?? vector.raw ?? []).join(', ')
        if (hasFraction(read.shown)) {
          refused++
          expect(read.again, vector.name).toThrow(TypeError)
          continue
        }
        const again = read.again()
        if (again === canonical) continue
        shortened++
        // the one thing that the library loses, which is why nothing received is ever written anew
        expect([vector.name, canonical.replaceAll(/(?<=\d)\.0(?!\d)/g, '')]).toEqual([vector.name, again])
      }
      expect([shortened, refused]).toEqual([38, 119])
    })

    test('texts of members are those of the wire, and mean the same', () => {
      let dictionaries = 0
      for (const vector of vectors) {
        if (vector.header_type !== 'dictionary') continue
        const text = (vector.raw ?? []).join(', ')
        const members = parseDictionary(text)
        const texts = dictionaryTexts(text)
        expect([vector.name, texts && [...texts.keys()]]).toEqual([vector.name, members && [...members.keys()]])
        for (const [key, member] of members ?? []) {
          dictionaries++
          const own = texts?.get(key) ?? ''
          const alone = parseDictionary(own === '' || own.startsWith(';') ? `${key}${own}` : `${key}=${own}`)
          expect([vector.name, alone?.get(key)]).toEqual([vector.name, member])
        }
      }
      expect(dictionaries).toBeGreaterThan(100)
    })
  })

  test('vectors of what is written: the stated text; a refusal for none, and for decimals', () => {
    const vectors = vectorsOf(join(data, 'serialisation'))
    for (const vector of vectors) {
      const {name, must_fail: mustFail, canonical = []} = vector
      if (mustFail || hasFraction(vector.expected)) expect(() => writeVector(vector), name).toThrow(TypeError)
      else expect([name, writeVector(vector)]).toEqual([name, canonical.join(', ')])
    }
    expect(vectors).toHaveLength(355)
  })
}

const shownDictionary = (text: string): unknown =>
  [...(parseDictionary(text) ?? [])].map(([name, member]) => [name, shownMember(member)])
const shownItem = (text: string): unknown => {
  const item = readItem(text)
  return item && shownMember(item)
}
const shownValues = (text: string): unknown => [...(parseDictionary(text)?.values() ?? [])].map(shownMember)
const token = (value: string): unknown => ({__type: 'token', value})

describe('examples of RFC 8941 and RFC 9651', () => {
  test('RFC 9651, section 3.1.1: inner lists', () => {
    expect(shownValues('a=("foo" "bar"), b=("baz"), c=("bat" "one"), d=()')).toEqual([
      [
        [
          ['foo', []],
          ['bar', []],
        ],
        [],
      ],
      [[['baz', []]], []],
      [
        [
          ['bat', []],
          ['one', []],
        ],
        [],
      ],
      [[], []],
    ])
    expect(shownValues('a=("foo"; a=1;b=2);lvl=5, b=("bar" "baz");lvl=1')).toEqual([
      [
        [
          [
            'foo',
            [
              ['a', 1],
              ['b', 2],
            ],
          ],
        ],
        [['lvl', 5]],
      ],
      [
        [
          ['bar', []],
          ['baz', []],
        ],
        [['lvl', 1]],
      ],
    ])
  })

  test('RFC 9651, section 3.1.2: parameters', () => {
    expect(shownValues('a=abc;a=1;b=2; cde_456, b=(ghi;jk=4 l);q="9";r=w')).toEqual([
      [
        token('abc'),
        [
          ['a', 1],
          ['b', 2],
          ['cde_456', true],
        ],
      ],
      [
        [
          [token('ghi'), [['jk', 4]]],
          [token('l'), []],
        ],
        [
          ['q', '9'],
          ['r', token('w')],
        ],
      ],
    ])
    expect(shownItem('1; a; b=?0')).toEqual([
      1,
      [
        ['a', true],
        ['b', false],
      ],
    ])
  })

  test('RFC 9651, section 3.2: dictionaries', () => {
    expect(shownDictionary('en="Applepie", da=:w4ZibGV0w6ZydGU=:')).toEqual([
      ['en', ['Applepie', []]],
      ['da', [{__type: 'binary', value: base32(Buffer.from('Æbletærte'))}, []]],
    ])
    expect(shownDictionary('a=?0, b, c; foo=bar')).toEqual([
      ['a', [false, []]],
      ['b', [true, []]],
      ['c', [true, [['foo', token('bar')]]]],
    ])
    expect(shownDictionary('rating=1.5, feelings=(joy sadness)')).toEqual([
      ['rating', [1.5, []]],
      [
        'feelings',
        [
          [
            [token('joy'), []],
            [token('sadness'), []],
          ],
          [],
        ],
      ],
    ])
    expect(shownDictionary('a=(1 2), b=3, c=4;aa=bb, d=(5 6);valid')).toHaveLength(4)
    // the last of equal keys counts, in its first place
    expect(shownDictionary('a=1, b=2, a=3')).toEqual([
      ['a', [3, []]],
      ['b', [2, []]],
    ])
  })

  test('RFC 9651, section 3.3: items', () => {
    expect(shownItem('5; foo=bar')).toEqual([5, [['foo', token('bar')]]])
    expect(shownItem('42')).toEqual([42, []])
    expect(shownItem('4.5')).toEqual([4.5, []])
    expect(shownItem('"hello world"')).toEqual(['hello world', []])
    expect(shownItem('foo123/456')).toEqual([token('foo123/456'), []])
    expect(shownItem(':cHJldGVuZCB0aGlzIGlzIGJpbmFyeSBjb250ZW50Lg==:')).toEqual([
      {__type: 'binary', value: base32(Buffer.from('pretend this is binary content.'))},
      [],
    ])
    expect(shownItem('?1')).toEqual([true, []])
  })

  test('RFC 9651, sections 3.3.7 and 3.3.8: dates and display strings', () => {
    expect(shownItem('@1659578233')).toEqual([{__type: 'date', value: 1659578233}, []])
    expect(shownItem('%"This is intended for display to %c3%bcsers."')).toEqual([
      {__type: 'displaystring', value: 'This is intended for display to üsers.'},
      [],
    ])
  })

  test('commas in strings part no members', () => {
    expect(dictionaryTexts('a="x, \\", b=1", c=(1   "," );q="\\\\", d')).toEqual(
      new Map([
        ['a', '"x, \\", b=1"'],
        ['c', '(1   "," );q="\\\\"'],
        ['d', ''],
      ]),
    )
    expect(dictionaryTexts('a="x, b=1')).toBeUndefined()
    // in a display string a backslash protects nothing
    expect(dictionaryTexts('c=%"y\\", d=2')).toEqual(
      new Map([
        ['c', '%"y\\"'],
        ['d', '2'],
      ]),
    )
  })
})
