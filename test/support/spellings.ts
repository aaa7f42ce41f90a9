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

const groups = (text: string, size: number): readonly string[] => text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []
/** Pieces of one length with something between them. */
export const grouped =
  (between: string, size: number) =>
  (text: string): string =>
    groups(text, size).join(between)
export const reversed = (text: string): string => [...text].reverse().join('')
export const rot13 = (text: string): string =>
  text.replace(/[a-z]/gi, (c) => String.fromCharCode(c.charCodeAt(0) + (/[a-m]/i.test(c) ? 13 : -13)))
export const binary =
  (between: string) =>
  (text: string): string =>
    [...bytes(text)].map((byte) => byte.toString(2).padStart(8, '0')).join(between)

const Z85 = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#'
const FROM_33 = Array.from({length: 85}, (_, i) => String.fromCharCode(33 + i)).join('')

/** Five digits for each four bytes; the last group is cut. */
function base85(text: string, alphabet: string): string {
  return groups(text, 4)
    .map((four) => {
      const word = [...four.padEnd(4, '\0')].reduce((all, c) => all * 256 + c.charCodeAt(0), 0)
      const digits = [4, 3, 2, 1, 0].map((i) => alphabet.charAt(Math.floor(word / 85 ** i) % 85))
      return digits.slice(0, four.length + 1).join('')
    })
    .join('')
}
export const ascii85 = (text: string): string => base85(text, FROM_33)
/** Of whole groups alone. */
export const z85 = (text: string): string => base85(text.padEnd(Math.ceil(text.length / 4) * 4), Z85)

export function uuencoded(text: string): string {
  const six = (value: number): string => String.fromCharCode(value === 0 ? 0x60 : 0x20 + value)
  const lines = groups(text, 45).map((part) => {
    const sixes = part.replace(/[^]{1,3}/g, (three) => {
      const word = [...three.padEnd(3, '\0')].reduce((all, c) => all * 256 + c.charCodeAt(0), 0)
      return [18, 12, 6, 0].map((shift) => six((word >> shift) & 63)).join('')
    })
    return six(part.length) + sixes
  })
  return `begin 644 note.txt\n${lines.join('\n')}\n\`\nend`
}

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
