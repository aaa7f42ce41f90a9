// Ways to hide one text in another, as an agent would try them, each with the encoding that the finding must name.
const ALPHABET32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const HEX32 = '0123456789ABCDEFGHIJKLMNOPQRSTUV'

function bits(bytes: Buffer, alphabet: string): string {
  let out = ''
  let all = ''
  for (const byte of bytes) all += byte.toString(2).padStart(8, '0')
  for (let i = 0; i < all.length; i += 5) out += alphabet.charAt(parseInt(all.slice(i, i + 5).padEnd(5, '0'), 2))
  return out
}
export const base32 = (bytes: Buffer): string => bits(bytes, ALPHABET32)
export const crockford = (bytes: Buffer): string => bits(bytes, CROCKFORD)
export const base32hex = (bytes: Buffer): string => bits(bytes, HEX32)

const each = (text: string, spell: (code: number) => string): string =>
  [...text].map((c) => spell(c.codePointAt(0) ?? 0)).join('')
const hex2 = (code: number): string => code.toString(16).padStart(2, '0')
const middle = (text: string, between: string): string =>
  `${text.slice(0, text.length >> 1)}${between}${text.slice(text.length >> 1)}`
const bytes = (text: string): Buffer => Buffer.from(text)

export interface Spelling {
  readonly spell: (secret: string) => string
  readonly encoded: string
}

const spelling = (encoded: string, spell: (secret: string) => string): Spelling => ({spell, encoded})

export const SPELLINGS: Readonly<Record<string, Spelling>> = {
  plain: spelling('', (s) => s),
  'zero-width character': spelling('', (s) => middle(s, '\u200b')),
  'tag characters': spelling('', (s) => middle(s, '\u{e0041}\u{e0042}')),
  'no-break space': spelling('', (s) => middle(s, '\u00a0')),
  'full-width letters': spelling('', (s) => each(s, (c) => String.fromCharCode(c - 0x21 + 0xff01))),
  'combining marks': spelling('', (s) => middle(s, '\u0301')),
  'line end': spelling('', (s) => middle(s, '\r\n')),
  NULs: spelling('', (s) => [...s].join('\0')),
  dots: spelling('subdomain', (s) => middle(s, '.')),
  'string literals': spelling('concat', (s) => middle(s, '" + "')),
  'percent escapes': spelling('url', (s) => each(s, (c) => `%${hex2(c)}`)),
  'percent escapes, three times': spelling('url', (s) => each(s, (c) => `%2525${hex2(c)}`)),
  'decimal references': spelling('html', (s) => each(s, (c) => `&#${c};`)),
  'hex references without ends': spelling('html', (s) => each(s, (c) => `&#x${hex2(c)}`)),
  'references twice': spelling('html', (s) => each(s, (c) => `&amp;#${c};`)),
  'JSON escapes': spelling('', (s) => each(s, (c) => `\\u00${hex2(c)}`)),
  'JSON escapes in JSON': spelling('', (s) => each(s, (c) => `\\\\u00${hex2(c)}`)),
  base64: spelling('base64', (s) => bytes(s).toString('base64')),
  'base64url, unaligned': spelling('base64', (s) => bytes(`{}${s}`).toString('base64url')),
  'base64 in lines': spelling('base64', (s) => bytes(s).toString('base64').replace(/.{12}/g, '$&\r\n')),
  'base64 twice': spelling('base64', (s) => bytes(bytes(s).toString('base64')).toString('base64')),
  'base64 of hex': spelling('base64', (s) => bytes(bytes(s).toString('hex')).toString('base64')),
  'base64, escaped': spelling('base64', (s) => encodeURIComponent(`${bytes(`${s}??`).toString('base64')}=`)),
  hex: spelling('hex', (s) => bytes(s).toString('hex')),
  'upper-case hex': spelling('hex', (s) => bytes(s).toString('hex').toUpperCase()),
  'hex with colons': spelling('hex', (s) => [...bytes(s)].map(hex2).join(':')),
  'hex with spaces': spelling('hex', (s) => [...bytes(s)].map(hex2).join(' ')),
  'hex of a C array': spelling('hex', (s) => [...bytes(s)].map((b) => `0x${hex2(b)}`).join(', ')),
  'hex escapes': spelling('', (s) => [...bytes(s)].map((b) => `\\x${hex2(b)}`).join('')),
  base32: spelling('base32', (s) => base32(bytes(s))),
  'lower-case base32': spelling('base32', (s) => base32(bytes(s)).toLowerCase()),
  base32hex: spelling('base32', (s) => base32hex(bytes(s))),
  'Crockford base32': spelling('base32', (s) => crockford(bytes(s))),
  'character codes': spelling('decimal', (s) => each(s, (c) => `${c},`)),
  'character codes as fractions': spelling('decimal', (s) => each(s, (c) => `${c}.0, `)),
}
