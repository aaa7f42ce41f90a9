// Ways to write a text so that a reader, a program or a model still gets it and a plain search does not. One table for all
// scanners: what one of them sees through, every one sees through (test/property/disguises.test.ts).
import {deflateSync, gzipSync} from 'node:zlib'
import {base32, base32hex, crockford} from './spellings.js'

export type Disguise = (text: string) => string

const bytes = (text: string): Buffer => Buffer.from(text)
const each = (text: string, spell: (code: number, at: number) => string): string =>
  [...text].map((c, i) => spell(c.codePointAt(0) ?? 0, i)).join('')
const units = (text: string, spell: (unit: number) => string): string =>
  Array.from({length: text.length}, (_, i) => spell(text.charCodeAt(i))).join('')
const octets = (text: string, spell: (byte: number) => string): string => [...bytes(text)].map(spell).join('')
const hex2 = (byte: number): string => byte.toString(16).padStart(2, '0')
/** Between the second and third character of each word of more, and in the middle of long ones: no word stays whole. */
const inWords = (text: string, between: string): string =>
  text.replace(/[A-Za-z0-9_]{4,}/g, (word) => word.replace(/.{3}(?=.)/g, `$&${between}`))
const letters = (text: string, spell: (c: string) => string): string => text.replace(/[A-Za-z]/g, spell)
const shifted = (text: string, upper: number, lower: number, digit?: number): string =>
  each(text, (c) =>
    String.fromCodePoint(
      c >= 0x41 && c <= 0x5a
        ? c - 0x41 + upper
        : c >= 0x61 && c <= 0x7a
          ? c - 0x61 + lower
          : c >= 0x30 && c <= 0x39 && digit !== undefined
            ? c - 0x30 + digit
            : c,
    ),
  )
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  A: 'А',
  E: 'Е',
  H: 'Н',
  I: 'І',
  K: 'К',
  M: 'М',
  O: 'О',
  P: 'Р',
  T: 'Т',
  X: 'Х',
  a: 'а',
  e: 'е',
  i: 'і',
  o: 'о',
  p: 'р',
  c: 'с',
  y: 'у',
  x: 'х',
  s: 'ѕ',
  h: 'һ',
  C: 'Ϲ',
}
const SIGN_NAMES: Readonly<Record<string, string>> = {
  _: 'lowbar',
  '-': 'dash',
  '.': 'period',
  '/': 'sol',
  ':': 'colon',
  ' ': 'nbsp',
  '+': 'plus',
  '=': 'equals',
}

/** Replaced by other characters, or with something between them. */
export const SPELLED: Readonly<Record<string, Disguise>> = {
  'percent escapes': (s) => octets(s, (c) => `%${hex2(c)}`),
  'percent escapes of percent signs': (s) => octets(s, (c) => `%2525${hex2(c)}`),
  'percent escapes of UTF-16': (s) => units(s, (c) => `%u${c.toString(16).padStart(4, '0')}`),
  'decimal references': (s) => each(s, (c) => `&#${c};`),
  'hexadecimal references': (s) => each(s, (c) => `&#x${c.toString(16)};`),
  'references with zeros and no end': (s) => each(s, (c) => `&#0000000${c}`),
  'references of references': (s) => each(s, (c) => `&amp;#${c};`),
  'named references for signs': (s) => s.replace(/[-_./: +=]/g, (c) => `&${SIGN_NAMES[c] ?? ''};`),
  'named references for letters': (s) => letters(s, (c) => `&${c}opf;`),
  'references that show nothing': (s) => inWords(s, '&ZeroWidthSpace;'),
  'escapes of JSON': (s) => units(s, (c) => `\\u${c.toString(16).padStart(4, '0')}`),
  'escapes of JSON in JSON': (s) => units(s, (c) => `\\\\u${c.toString(16).padStart(4, '0')}`),
  'escapes in braces': (s) => each(s, (c) => `\\u{${c.toString(16)}}`),
  'escapes of eight digits': (s) => each(s, (c) => `\\U${c.toString(16).padStart(8, '0')}`),
  'hexadecimal escapes': (s) => octets(s, (c) => `\\x${hex2(c)}`),
  'octal escapes': (s) => octets(s, (c) => `\\${c.toString(8).padStart(3, '0')}`),
  'escapes of style sheets': (s) => each(s, (c) => `\\${c.toString(16)} `),
  'escapes of style sheets, six digits': (s) => each(s, (c) => `\\${c.toString(16).padStart(6, '0')} `),
  'quoted-printable': (s) => octets(s, (c) => `=${hex2(c).toUpperCase()}`),
  'soft line ends of mail': (s) => inWords(s, '=\r\n'),
  'encoded word, base64': (s) => `=?utf-8?B?${bytes(s).toString('base64')}?=`,
  'encoded word, quoted': (s) => `=?utf-8?Q?${octets(s, (c) => `=${hex2(c).toUpperCase()}`)}?=`,
  'terminal colours': (s) => inWords(s, '\x1b[31m'),
  'terminal titles': (s) => inWords(s, '\x1b]0;x\x07'),
  'terminal colours as a shell writes them': (s) => inWords(s, '\\e[0m'),
  overstruck: (s) => inWords(s, 'x\b'),
  'written from right to left': (s) => `\u202e${[...s].reverse().join('')}\u202c`,
  'tags between letters': (s) => inWords(s, '<b></b>'),
  'comments between letters': (s) => inWords(s, '<!-- x -->'),
  'tags around letters': (s) => s.replace(/[A-Za-z0-9_]/g, '<i>$&</i>'),
  'zero-width characters': (s) => inWords(s, '\u200b'),
  'marks of direction': (s) => inWords(s, '\u2067\u2069'),
  'soft hyphens': (s) => inWords(s, '\u00ad'),
  'variation selectors': (s) => inWords(s, '\ufe0f'),
  controls: (s) => inWords(s, '\x01'),
  'full-width letters': (s) =>
    each(s, (c) => (c > 0x20 && c < 0x7f ? String.fromCharCode(c - 0x21 + 0xff01) : String.fromCharCode(c))),
  'letters of mathematics': (s) => shifted(s, 0x1d400, 0x1d41a, 0x1d7ce),
  'squared letters': (s) => letters(s, (c) => (c < 'a' ? String.fromCodePoint(0x1f130 + c.charCodeAt(0) - 0x41) : c)),
  'negative squared letters': (s) =>
    letters(s, (c) => (c < 'a' ? String.fromCodePoint(0x1f170 + c.charCodeAt(0) - 0x41) : c)),
  'look-alikes': (s) => letters(s, (c) => LOOK_ALIKES[c] ?? c),
  'combining marks': (s) => letters(s, (c) => `${c}\u0336`),
  'enclosing marks': (s) => letters(s, (c) => `${c}\u20dd`),
  'tag characters': (s) => each(s, (c) => String.fromCodePoint(c < 0x7f ? 0xe0000 + c : c)),
}

/** Carried in another encoding as a whole. */
export const ENCODED: Readonly<Record<string, Disguise>> = {
  base64: (s) => bytes(s).toString('base64'),
  'base64url, unaligned': (s) => bytes(`{}${s}`).toString('base64url'),
  'base64 in lines': (s) => bytes(s).toString('base64').replace(/.{20}/g, '$&\r\n'),
  'base64 of UTF-16': (s) => Buffer.from(s, 'utf16le').toString('base64'),
  'base64 with zero-width characters': (s) => bytes(s).toString('base64').replace(/.{9}/g, '$&\u200b'),
  hex: (s) => bytes(s).toString('hex'),
  'hex with colons': (s) => [...bytes(s)].map(hex2).join(':'),
  'hex with spaces': (s) => [...bytes(s)].map(hex2).join(' '),
  'hex of a C array': (s) => [...bytes(s)].map((c) => `0x${hex2(c)}`).join(', '),
  'hex with dots': (s) => [...bytes(s)].map(hex2).join('.'),
  base32: (s) => base32(bytes(s)),
  'base32 in lower case': (s) => base32(bytes(s)).toLowerCase(),
  'base32 with all digits': (s) => base32hex(bytes(s)),
  'base32 of Crockford': (s) => crockford(bytes(s)),
  'character codes': (s) => each(s, (c, i) => `${i > 0 ? ',' : ''}${c}`),
  'a dump of bytes': dump,
  'gzip in base64': (s) => gzipSync(s).toString('base64'),
  'gzip in hex': (s) => gzipSync(s).toString('hex'),
  'zlib in base64': (s) => deflateSync(s).toString('base64'),
}

/** As `xxd` prints it. */
function dump(text: string): string {
  const all = bytes(text)
  const lines: string[] = []
  for (let at = 0; at < all.length; at += 16) {
    const part = all.subarray(at, at + 16)
    const groups = part.toString('hex').replace(/.{4}(?=.)/g, '$& ')
    const shown = part.toString('latin1').replace(/[^ -~]/g, '.')
    lines.push(`${at.toString(16).padStart(8, '0')}: ${groups.padEnd(40)} ${shown}`)
  }
  return lines.join('\n')
}

export const DISGUISES: Readonly<Record<string, Disguise>> = {...SPELLED, ...ENCODED}
