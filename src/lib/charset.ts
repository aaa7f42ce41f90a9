// Character sets by name: which ones a message declares, and which of them can be read. Readers differ in every detail of a
// declaration (the first or the last parameter, quotes, RFC 2231, other spellings of a name), so that all of them count.

const PARAMETER = /charset([*\d]*)\s*=\s*("(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s;,"']*(?:'[^\s;,]*)?)/gi
/** A parameter in pieces (RFC 2231 section 3): its readers put them together, this one does not. */
const PIECE = /\d/

/** Every character set that a content type declares, lower case: of several each reader takes another one. */
export function charsetsOf(contentType: string): readonly string[] {
  if (!/charset/i.test(contentType)) return NONE
  const results = new Set<string>()
  for (const [, form = '', value = ''] of contentType.matchAll(PARAMETER)) {
    const plain = value.replace(/\\(.)/g, '$1').replace(/["']$|^["']/g, '')
    // the language of an extended value stands between two apostrophes, and what is escaped is no letter of any name
    const name = PIECE.test(form) ? `charset${form}` : form === '*' ? plain.replace(/^[^']*'[^']*'/, '') : plain
    const label = name.trim().toLowerCase()
    if (label !== '') results.add(label)
  }
  return [...results]
}

const NONE: readonly string[] = []
const META_BYTES = 8_192
const MARKUP_TYPE = /[/+](?:x?html|xml)/i
/** A text that talks about declarations makes none. In EBCDIC `<` is `L`. */
const MARKUP = /^(?:\xef\xbb\xbf)?\s*<|^Lo\xa7\x94/
/** 1 for each byte that `MARKUP` may begin with. */
const MARKUP_START = Uint8Array.from({length: 256}, (_, byte) => (/[\s<L\xef]/.test(String.fromCharCode(byte)) ? 1 : 0))
const META = /<meta\b[^>]{0,256}?charset\s*=\s*["']?\s*([A-Za-z0-9._:-]+)/gi
const XML = /^\s*<\?xml\s[^>]{0,256}?encoding\s*=\s*["']\s*([A-Za-z0-9._:-]+)/i

/** The character sets that a page or an XML document declares about itself, lower case. */
export function charsetsInside(bytes: Buffer, contentType: string): readonly string[] {
  const isMarkupType = MARKUP_TYPE.test(contentType)
  // the first byte of most content that is no markup says so
  if (!isMarkupType && MARKUP_START[bytes[0] ?? 0] !== 1) return NONE
  const head = bytes.toString('latin1', 0, Math.min(META_BYTES, bytes.length))
  if (!isMarkupType && !MARKUP.test(head)) return NONE
  const results = [...head.matchAll(META)].map(([, label = '']) => label.toLowerCase())
  const declared = XML.exec(head)?.[1]
  if (declared !== undefined) results.push(declared.toLowerCase())
  // a document that begins with `<?xm` in EBCDIC says which one in letters of it (XML 1.0 appendix F)
  if (bytes.length >= 4 && bytes.readUInt32BE(0) === 0x4c6fa794) results.push('ebcdic')
  return [...new Set(results)]
}

export function byteOrderMark(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  return undefined
}

export type Charset =
  /** Two or four bytes a character. */
  | {readonly kind: 'wide'; readonly size: 2 | 4; readonly order: 'little' | 'big' | undefined}
  /** What a byte below 128 means is its ASCII letter, and the others are UTF-8 or of no matter. */
  | {readonly kind: 'plain'}
  | {readonly kind: 'decoder'; readonly label: string}
  /** ASCII below 128; its other letters cannot be read here. */
  | {readonly kind: 'superset'}
  | {readonly kind: 'unknown'}

const PLAIN = new Set(['utf8', 'utf8sig', 'utf8mb3', 'utf8mb4', 'usascii', 'ascii', 'ansix341968', 'xuserdefined'])
/** Names that servers send for content of which they do not know the character set. */
const NO_NAME = new Set([
  'binary',
  'none',
  'null',
  'undefined',
  'unknown',
  'unknown8bit',
  '8bit',
  '7bit',
  'default',
  'auto',
])

const WIDE =
  /^(?:u|utf|ucs|cs(?:utf|ucs)|iso10646ucs)(16|32|2|4)(le|be)?$|^(?:unicode|csunicode|unicodefeff|unicodefffe)$/

/** Names that the decoder knows, and other names of what it decodes; both are compared without punctuation. */
const KNOWN =
  'utf-8 iso-8859-1 iso-8859-2 iso-8859-3 iso-8859-4 iso-8859-5 iso-8859-6 iso-8859-7 iso-8859-8 iso-8859-9 iso-8859-10 ' +
  'iso-8859-11 iso-8859-13 iso-8859-14 iso-8859-15 iso-8859-16 koi8-r koi8-u macintosh x-mac-cyrillic gbk gb18030 gb2312 big5 ' +
  'euc-jp euc-kr iso-2022-jp shift_jis'
const OTHER_NAMES =
  'latin1 iso-8859-1 cp932 shift_jis windows932 shift_jis sjis shift_jis cp936 gbk cp949 euc-kr uhc euc-kr cp950 big5 ' +
  'cp65001 utf-8 macroman macintosh maccyrillic x-mac-cyrillic'
const SPELLINGS: ReadonlyMap<string, string> = new Map([
  ...KNOWN.split(' ').map((name): [string, string] => [squeezed(name), name]),
  ...OTHER_NAMES.split(' ').flatMap((name, i, all): [string, string][] =>
    i % 2 === 0 ? [[name, all[i + 1] ?? '']] : [],
  ),
])

/** Families of which every byte below 128 is its ASCII letter; those of EBCDIC (037, 500, 875, 1140 …) are not among them. */
const SUPERSET =
  /^(?:x?mac[a-z0-9]+|(?:cp|ibm|dos|msdos|oem)(?:437|720|737|775|85[0-9]|86[0-9]|874|1125|125[0-9])|(?:iso)?8859[0-9]+[ei]?|latin[0-9]+|windows[0-9]+|ansi|oem|mbcs|johab|tcvn[0-9]*|viscii[0-9]*|armscii8|geostd8|kz1048|ptcp154|hproman8|nextstep|big5[a-z0-9]+|euc[a-z0-9]+|shiftjis[a-z0-9]+)$/

export function charsetNamed(label: string): Charset {
  const name = squeezed(label)
  if (PLAIN.has(name) || NO_NAME.has(name)) return {kind: 'plain'}
  const wide = WIDE.exec(name)
  if (wide !== null) {
    const size = wide[1] === '32' || wide[1] === '4' ? 4 : 2
    const isBig = wide[2] === 'be' || name === 'unicodefffe'
    const isLittle = wide[2] === 'le' || name === 'unicodefeff'
    return {kind: 'wide', size, order: isBig ? 'big' : isLittle ? 'little' : undefined}
  }
  const known = SPELLINGS.get(name) ?? label
  if (decoderOf(known) !== undefined) return {kind: 'decoder', label: known}
  return {kind: SUPERSET.test(name) ? 'superset' : 'unknown'}
}

function squeezed(label: string): string {
  return label.toLowerCase().replace(/[-_ .:]/g, '')
}

export function decoderOf(label: string): InstanceType<typeof TextDecoder> | undefined {
  try {
    return new TextDecoder(label)
  } catch {
    return undefined // a label that nobody knows
  }
}
