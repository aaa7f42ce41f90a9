// Disguises of what an attacker sends: each takes the telling part of a case and hides it as attackers do, by an encoding, by
// characters that a reader does not see, by splitting. The seed decides all chance, so that a figure can be repeated.

const ZERO_WIDTH = '\u200b'
const HOMOGLYPHS = {
  A: 'А',
  B: 'В',
  C: 'С',
  E: 'Е',
  H: 'Н',
  I: 'І',
  J: 'Ј',
  K: 'К',
  M: 'М',
  O: 'О',
  P: 'Р',
  S: 'Ѕ',
  T: 'Т',
  X: 'Х',
  a: 'а',
  c: 'с',
  e: 'е',
  i: 'і',
  j: 'ј',
  o: 'о',
  p: 'р',
  s: 'ѕ',
  x: 'х',
  y: 'у',
}
const LEET = {o: '0', i: '1', e: '3', a: '4', s: '5', t: '7'}
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

const base64 = (s) => Buffer.from(s).toString('base64')
const hex = (s) => Buffer.from(s).toString('hex')
const each = (s, map) => [...s].map(map).join('')
const every = (s, n, mark) => [...s].map((c, i) => (i > 0 && i % n === 0 ? mark + c : c)).join('')
const percent = (s) => Buffer.from(s).reduce((out, byte) => `${out}%${byte.toString(16).padStart(2, '0')}`, '')
const wide = (s) => each(s, (c) => (c > ' ' && c <= '~' ? String.fromCodePoint(c.codePointAt(0) + 0xfee0) : c))
const looksAlike = (s) => each(s, (c) => HOMOGLYPHS[c] ?? c)

function base32(s) {
  let bits = Buffer.from(s).reduce((out, byte) => out + byte.toString(2).padStart(8, '0'), '')
  while (bits.length % 5 !== 0) bits += '0'
  const text = bits.replace(/.{5}/g, (five) => BASE32[parseInt(five, 2)])
  return text.padEnd(Math.ceil(text.length / 8) * 8, '=')
}

/** Disguises of a secret; a list means that it travels in several values. */
export const OF_TOKENS = {
  base64,
  'base64url, no padding': (s) => Buffer.from(s).toString('base64url'),
  'base64 twice': (s) => base64(base64(s)),
  'base64 in a longer text': (s, r) => base64(`${r.text('abcdefgh ', 1 + r.int(9))}${s} and more words`),
  'base64 over lines': (s) => every(base64(`a note before the value: ${s}`), 24, '\n'),
  'base64 of hex': (s) => base64(hex(s)),
  hex,
  'upper-case hex': (s) => hex(s).toUpperCase(),
  'hex with colons': (s) => hex(s).replace(/..(?=.)/g, '$&:'),
  'hex with \\x': (s) => hex(s).replace(/../g, '\\x$&'),
  base32,
  'base32, lower case, no padding': (s) => base32(s).toLowerCase().replace(/=+$/, ''),
  'percent, every byte': percent,
  'percent, twice': (s) => percent(percent(s)),
  'zero width inside': (s) => every(s, 4, ZERO_WIDTH),
  'soft hyphens inside': (s) => every(s, 5, '\u00ad'),
  'full-width letters': wide,
  'look-alike letters': looksAlike,
  'no-break spaces inside': (s) => every(s, 7, '\u00a0'),
  'decimal entities': (s) => each(s, (c) => `&#${c.codePointAt(0)};`),
  'hex entities': (s) => each(s, (c) => `&#x${c.codePointAt(0).toString(16)};`),
  'two values': (s, r) => cut(s, [4 + r.int(Math.max(1, s.length - 8))]),
  'two values with another between': (s, r) => {
    const [a, b] = cut(s, [4 + r.int(Math.max(1, s.length - 8))])
    return [a, 'page', b]
  },
}

/** Disguises of an instruction. */
export const OF_PHRASES = {
  'upper case': (s) => s.toUpperCase(),
  leet: (s) => each(s, (c) => LEET[c.toLowerCase()] ?? c),
  'leet in some words': (s) =>
    s.replace(/\b(ignore|previous|instructions|system|must|admin)\b/gi, (w) => OF_PHRASES.leet(w)),
  'zero width inside words': (s) => every(s, 3, ZERO_WIDTH),
  'zero width instead of spaces': (s) => s.replace(/ /g, ZERO_WIDTH),
  'no spaces': (s) => s.replace(/ /g, ''),
  'no-break spaces': (s) => s.replace(/ /g, '\u00a0'),
  'line ends between words': (s) => s.replace(/ /g, '\n'),
  'tabs and double spaces': (s) => s.replace(/ /g, ' \t '),
  'joined by dots': (s) => s.replace(/ /g, '.'),
  'joined by underscores': (s) => s.replace(/ /g, '_'),
  'look-alike letters': looksAlike,
  'look-alike vowels': (s) => each(s, (c) => ('aeioAEIO'.includes(c) ? (HOMOGLYPHS[c] ?? c) : c)),
  'full-width letters': wide,
  'combining marks': (s) => each(s, (c, i) => (i % 3 === 1 && /[a-z]/i.test(c) ? `${c}\u0301` : c)),
  'soft hyphens': (s) => every(s, 4, '\u00ad'),
  base64,
  'base64 of hex': (s) => base64(hex(s)),
  hex,
  'decimal entities': (s) => each(s, (c) => `&#${c.codePointAt(0)};`),
  'tag characters': (s) =>
    `A harmless line. ${each(s, (c) => (c >= ' ' && c <= '~' ? String.fromCodePoint(0xe0000 + c.codePointAt(0)) : c))}`,
  'percent, every byte': percent,
}

/** Other spellings of a place, for cases that are about where a request goes. */
export const OF_PLACES = {
  'upper-case host': (u) => ({...u, host: u.host.toUpperCase()}),
  'trailing dot': (u) => (u.isAddress ? undefined : {...u, host: `${u.host}.`}),
  'a user before the host': (u) => ({...u, user: 'docs.example.org@'}),
  'a percent-encoded host': (u) => (u.isAddress ? undefined : {...u, host: u.host.replace(/[a-z]/i, percent)}),
  'full-width host': (u) => (u.isAddress ? undefined : {...u, host: wide(u.host)}),
  'ideographic dots': (u) => (u.isAddress ? undefined : {...u, host: u.host.replace(/\./g, '\u3002')}),
  'another port': (u) => ({...u, port: ':8080'}),
  'upper-case scheme': (u) => ({...u, scheme: 'HTTP'}),
  'a query': (u) => ({...u, rest: `${u.rest.replace(/#.*/, '')}${u.rest.includes('?') ? '&' : '?'}lang=en&page=2`}),
  'a fragment': (u) => ({...u, rest: `${u.rest}#top`}),
  'a longer path': (u) => ({...u, rest: u.rest.replace(/^\/?/, '/docs/guide/')}),
  'a subdomain': (u) => (u.isAddress ? undefined : {...u, host: `www.${u.host}`}),
  'one number': (u) => v4(u, (n) => String(n)),
  'hex number': (u) => v4(u, (n) => `0x${n.toString(16)}`),
  'octal parts': (u) =>
    v4(u, (n) =>
      bytes(n)
        .map((b) => `0${b.toString(8)}`)
        .join('.'),
    ),
  'hex parts': (u) =>
    v4(u, (n) =>
      bytes(n)
        .map((b) => `0x${b.toString(16)}`)
        .join('.'),
    ),
  'three parts': (u) => v4(u, (n) => `${n >>> 24}.${(n >>> 16) & 255}.${n & 65535}`),
  'two parts': (u) => v4(u, (n) => `${n >>> 24}.${n & 0xffffff}`),
  'mapped into IPv6': (u) => v4(u, (n) => `[::ffff:${bytes(n).join('.')}]`),
  'mapped, in hex': (u) => v4(u, (n) => `[::ffff:${(n >>> 16).toString(16)}:${(n & 65535).toString(16)}]`),
  'through NAT64': (u) => v4(u, (n) => `[64:ff9b::${(n >>> 16).toString(16)}:${(n & 65535).toString(16)}]`),
  'through 6to4': (u) => v4(u, (n) => `[2002:${(n >>> 16).toString(16)}:${(n & 65535).toString(16)}::1]`),
  'full-width digits': (u) => v4(u, (n) => wide(bytes(n).join('.')).replace(/\uff0e/g, '.')),
}

const bytes = (n) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]

function v4(u, write) {
  const parts = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(u.host)
  if (!parts) return undefined
  const n = parts.slice(1).reduce((sum, part) => sum * 256 + Number(part), 0)
  return {...u, host: write(n)}
}

function cut(s, places) {
  const out = []
  let from = 0
  for (const place of [...places, s.length]) {
    out.push(s.slice(from, place))
    from = place
  }
  return out
}
