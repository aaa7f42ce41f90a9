// Values that look random and are not secrets by their form: identifiers, digests, times, numbers, media, slugs, and DNS
// queries. Entropy alone skips them; credential rules never do.

const FORMS = [
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  // ULID
  /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i,
  /^\d{4}-?\d{2}-?\d{2}(?:[T ]\d{2}:?\d{2}(?::?\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/,
  /^[+-]?\d+(?:[.,]\d+)*(?:e[+-]?\d+)?$/i,
  /^v?\d+\.\d+\.\d+(?:-[0-9A-Za-z-]{1,16}(?:\.[0-9A-Za-z-]{1,16}){0,3})?(?:\+[0-9A-Za-z-]{1,16}(?:\.[0-9A-Za-z-]{1,16}){0,3})?$/,
]
const DIGEST_LENGTHS = new Set([32, 40, 56, 64, 96, 128])

export function isStructuredValue(text: string): boolean {
  if (DIGEST_LENGTHS.has(text.length) && /^[0-9a-f]+$/i.test(text)) return true
  return (
    FORMS.some((form) => form.test(text)) || isSlug(text) || isMedia(text) || isNamedDigest(text) || isMessageId(text)
  )
}

/** The identifier of a mail (RFC 5322 section 3.6.4), by which archives of lists name their pages. */
const MESSAGE_ID = /^<?[A-Za-z0-9][A-Za-z0-9._+=$/-]{0,71}@((?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24})>?$/

function isMessageId(text: string): boolean {
  const host = MESSAGE_ID.exec(text)?.[1]
  // a host of words: where one part is data, the other may be, too
  return host !== undefined && host.split('.').every((label) => label.length < MAX_LABEL || isSlug(label))
}

const MAX_LABEL = 20

/** Parts of the file names of packages that are no words: interpreters, platforms, formats, stages. */
const PACKAGE_PARTS = new RegExp(
  `^(?:${[
    '(?:py|cp|pp|jp|abi|es|ecma|node|java|jdk|jre|php|ruby|lua|perl|go)[0-9]{1,4}t?',
    '(?:many|musl)linux[0-9]{0,4}',
    'linux|darwin|macos|macosx|win|win32|win64|windows|mingw(?:32|64)?|msvc|gnu|glibc|musl|freebsd|android|ios|wasm(?:32|64)?|wasi',
    'x86|x64|amd64|arm|arm64|aarch64|armv[0-9][a-z]{0,2}|i[3-6]86|ppc64(?:le)?|s390x|riscv64|mips64(?:el)?|universal2?|noarch',
    '(?:el|fc|deb|ubuntu|bpo|nmu|mga|lts|rhel|sles)[0-9]{1,4}(?:u[0-9]{1,2})?',
    'tar|gz|bz2|xz|zst|lz4|zip|7z|tgz|txz|whl|egg|deb|rpm|jar|war|exe|msi|dmg|pkg|apk|ipa|nupkg|gem|crate|iso|img|vsix|snap',
    'js|mjs|cjs|ts|css|html?|xhtml|json5?|jsonl|xml|xsd|yml|yaml|toml|md|rst|txt|csv|tsv|sql|sh|py|rb|rs|cc|cpp|hh|hpp|php|pdf',
    'png|jpe?g|gif|svg|webp|ico|mp[34]|woff2?|ttf|sig|asc|sha(?:1|256|512)|md5|crt|pem',
    '(?:rc|alpha|beta|dev|post|pre|preview|nightly|snapshot|build|rev|git|ver|vol|ed|ch|sec|fig|tab|p|r|v)[0-9]{0,8}',
  ].join('|')})$`,
  'i',
)
/** Letters and digits of a designation: `SM070`, `Dec91`, `vt520`. */
const MAX_CODE = 7
/** A commit in a version, as version control abbreviates it. */
const COMMIT = /^g?[0-9a-f]{7,12}$/
/** The last part of a slug may be the identifier of what it names, as long as it is shorter than what is scored. */
const MAX_IDENTIFIER = 19
const WORDS_SHARE = 0.55

/**
 * At least three words; everything else short numbers or single letters, the tokens of package names, or a few designations
 * between words that make up the most of it.
 */
function isSlug(text: string): boolean {
  if (text.length > 400 || !/[-_.]/.test(text)) return false
  const parts = text.split(/[-_.+~]+/).filter(Boolean)
  let words = 0
  let inWords = 0
  let packages = 0
  let others = 0
  let letters = 0
  for (const [i, part] of parts.entries()) {
    letters += part.length
    if (isWord(part) || isCamelWord(part)) {
      words++
      inWords += part.length
    } else if (PACKAGE_PARTS.test(part)) packages++
    else if (/^(?:\d{1,8}|[A-Za-z])$/.test(part)) continue
    else if (part.length <= MAX_CODE || COMMIT.test(part)) others += part.length
    else if (i === parts.length - 1 && words >= 3 && part.length <= MAX_IDENTIFIER) others += part.length
    else return false
  }
  if (words + packages < 3 || words === 0) return false
  return others === 0 || inWords >= letters * WORDS_SHARE || (packages >= 3 && others <= MAX_CODE + COMMIT_LENGTH)
}

const COMMIT_LENGTH = 13

/** A product's name: `wxWidgets`, `OpenStreetMap`. */
function isCamelWord(part: string): boolean {
  const words = part.length <= 24 ? part.match(/^[a-z]{1,3}(?=[A-Z])|[A-Z][a-z]+/g) : null
  return words !== null && words.join('') === part && words.every((word) => word.length <= 3 || isWord(word))
}

function isWord(part: string): boolean {
  return (
    /^(?:[a-z]{2,16}|[A-Z]{2,16}|[A-Z][a-z]{1,15})$/.test(part) &&
    /[aeiouy]/i.test(part) &&
    !/[bcdfghjklmnpqrstvwxz]{5}/i.test(part)
  )
}

const ALGORITHM = /^(?:md5|sha-?1|sha-?224|sha-?256|sha-?384|sha-?512|sha3-?(?:256|512)|blake2[bs]?|blake3|h1)[:=-]/i
/** Characters of a digest of 16 to 64 bytes in base64, without padding. */
const BASE64_LENGTHS = new Set([22, 27, 38, 43, 64, 86])

/** `algorithm:digest`, in hex or base64 of the right length. */
function isNamedDigest(text: string): boolean {
  const algorithm = ALGORITHM.exec(text)?.[0]
  if (algorithm === undefined) return false
  const digest = text.slice(algorithm.length)
  if (/^[0-9a-f]+$/i.test(digest)) return DIGEST_LENGTHS.has(digest.length)
  return /^[A-Za-z0-9+/_-]+={0,2}$/.test(digest) && BASE64_LENGTHS.has(digest.replace(/=+$/, '').length)
}

const EXPRESSION = /[\s"'{}[\]()<>|;,:=&!?*@/#]+/
/** Of the characters of an expression that are words, names and numbers. */
const KNOWN_SHARE = 0.6
const NAME_PART = /^(?:[A-Za-z]{1,4}|\d{1,8})$/

/**
 * The tokens of an expression: a query, JSON, a name of a resource with colons, parameters in a value. Undefined where it is none:
 * most of it has to be names, numbers and digests.
 */
export function expressionTokens(text: string): readonly string[] | undefined {
  if (!EXPRESSION.test(text)) return undefined
  const tokens = text.split(EXPRESSION).filter(Boolean)
  if (tokens.length < 2) return undefined
  let all = 0
  let known = 0
  for (const token of tokens) {
    all += token.length
    if (isName(token) || isStructuredValue(token)) known += token.length
  }
  return known >= all * KNOWN_SHARE ? tokens : undefined
}

/** Words joined by signs or capitals. */
function isName(token: string): boolean {
  if (token.length > 80) return false
  return token
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .split(/[-_.+~$%]+/)
    .every((part) => part === '' || isWord(part) || NAME_PART.test(part) || PACKAGE_PARTS.test(part))
}

const MAGIC = [
  [0x89, 0x50, 0x4e, 0x47],
  [0xff, 0xd8, 0xff],
  [0x47, 0x49, 0x46, 0x38],
  [0x25, 0x50, 0x44, 0x46],
  [0x50, 0x4b, 0x03, 0x04],
]

function isMedia(text: string): boolean {
  if (!/^[A-Za-z0-9+/_-]{20}/.test(text)) return false
  const head = Buffer.from(text.slice(0, 24), 'base64')
  if (MAGIC.some((magic) => magic.every((byte, i) => head[i] === byte))) return true
  return head.toString('latin1', 0, 4) === 'RIFF' && head.toString('latin1', 8, 12) === 'WEBP'
}

export interface DnsQuery {
  readonly labels: readonly string[]
  /** Option data other than zero padding. */
  readonly options: readonly string[]
}

/** base64url that parses completely as one DNS query: RFC 8484 requests carry it. */
export function parseDnsQuery(text: string): DnsQuery | undefined {
  if (text.length < 20 || text.length > 1400 || !/^[A-Za-z0-9_-]+$/.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64url')
  const count = (at: number): number => bytes.readUInt16BE(at)
  // a query, one or more questions, no answers, no authority, at most one OPT record
  if (bytes.length < 17 || ((bytes[2] ?? 0) & 0x80) !== 0 || count(6) !== 0 || count(8) !== 0 || count(10) > 1) {
    return undefined
  }
  const questions = count(4)
  if (questions < 1) return undefined
  const labels: string[] = []
  let at = 12
  for (let q = 0; q < questions; q++) {
    const end = readName(bytes, at, labels)
    if (end === undefined || end + 4 > bytes.length) return undefined
    at = end + 4
  }
  if (count(10) === 0) return at === bytes.length ? {labels, options: []} : undefined
  const options = readOpt(bytes, at)
  return options === undefined ? undefined : {labels, options}
}

function readName(bytes: Buffer, from: number, labels: string[]): number | undefined {
  let at = from
  for (;;) {
    const length = bytes[at]
    if (length === undefined || length > 63 || at + 1 + length > bytes.length) return undefined
    at++
    if (length === 0) return at
    labels.push(bytes.toString('latin1', at, at + length))
    at += length
  }
}

function readOpt(bytes: Buffer, at: number): readonly string[] | undefined {
  if (at + 11 > bytes.length || bytes[at] !== 0 || bytes.readUInt16BE(at + 1) !== 41) return undefined
  const end = at + 11 + bytes.readUInt16BE(at + 9)
  if (end !== bytes.length) return undefined
  const options: string[] = []
  for (let i = at + 11; i < end;) {
    if (i + 4 > end) return undefined
    const length = bytes.readUInt16BE(i + 2)
    if (i + 4 + length > end) return undefined
    const data = bytes.subarray(i + 4, i + 4 + length)
    if (data.some((byte) => byte !== 0)) options.push(data.toString('latin1'))
    i += 4 + length
  }
  return options
}
