// A token that no name is known for: a short sign, then a long part that nobody wrote. Everything that looks so and is none has a
// form of its own: slugs, digests, identifiers, file names, versions.
import {entropy} from '../../lib/entropy.js'
import {isStructuredValue} from '../../lib/structured-value.js'

interface Candidate {
  readonly text: string
  readonly start: number
  readonly end: number
}

const MIN_BODY = 20
/** Under the name of a secret. */
const MIN_NAMED_BODY = 16
const MIN_ENTROPY = 3.5
/** Sixteen letters have less: of 32 random ones nearly all have more than this. */
const MIN_HEX_ENTROPY = 3.1

/** One or two groups: letters of one case or a capitalised word, and few digits. */
const SIGN = /^(?:[a-z][a-z0-9]{1,11}|[A-Z][A-Z0-9]{1,11}|[A-Z][a-z]{1,11})[_-]/
const SECOND_GROUP = /^(?:[a-z][a-z0-9]{1,11}|[A-Z][A-Z0-9]{1,11}|[0-9]{1,2})[_-]/
/** What stands in front of a digest, an identifier, a revision or a part of a build; a person may add to it. */
const ORDINARY_SIGNS = new Set(
  (
    'sha sha1 sha224 sha256 sha384 sha512 md5 blake2b blake3 crc32 hash digest checksum etag commit rev revision git tree branch tag head ' +
    'build version release id ids uid uuid guid ulid urn ref node item page post user session request trace span job task run batch ' +
    'chunk bundle asset vendor main index app runtime polyfills styles style css js img image icon font svg png file doc document msg ' +
    'message event block tx txn addr address layer image snapshot ami vol vpc subnet sg eni rtb igw nat pod svc arn data test tests ' +
    'part section fig figure table anchor heading toc ver cache tmp temp temporary log logs backup copy new old src dist lib libs pkg ' +
    'package module mod cve rfc iso utf uri url urls http https www com org net io x64 x86 i686 amd64 arm64 linux darwin windows win32 ' +
    'node8 py2 py3 cp27 el7 xn boundary form webkitformboundary chatcmpl resp toolu call gen cus sub inv price prod cs pi evt ch in card ' +
    'run thread asst msgbatch req cmpl batch container file-batch'
  ).split(' '),
)
const SECRET_NAME =
  /(?:secret|token|key|passw(?:or)?d|pwd|credential|auth)["'`\]]{0,3}\s{0,3}(?:[:=]|=>|%3d)\s{0,3}(?:bearer\s+)?["'`]{0,2}$/i
/** Values that name something: any service may draw them at random. */
const ID_NAME =
  /(?:^|[^A-Za-z])(?:ids?|uuid|guid|etag|cursor|nonce|digest|hash|checksum|signature)$|[a-z](?:Id|ID|Ids|Etag|ETag|Cursor|Hash|Digest)$/
/** The name of a member or parameter in front of a value. */
const MEMBER = /([A-Za-z0-9_.-]{1,48})["'`\]]{0,3}\s{0,4}(?:[:=]|=>|%3d)\s{0,4}["'`]{0,2}$/i
/** A name of a resource of a cloud account. */
const RESOURCE = /\b(?:arn|urn|crn|ocid1?|projects)[:/.][^\s"'<>]{0,200}$/i
/** Behind a label of a host stand others. */
const HOST = /^\.[A-Za-z0-9-]{1,63}\.[A-Za-z]/
/** Archives of lists give the writers of mails addresses of their own. */
const MAIL_HOST = /^@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}>/
const DIGEST_LENGTHS = new Set([32, 40, 56, 64, 96, 128])
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i
/** Behind the name of a file stands its kind. */
const FILE = /^\.[A-Za-z][A-Za-z0-9]{0,5}(?![A-Za-z0-9_])|^[/\\][A-Za-z0-9._-]+\.[a-z]{1,5}\b|^\(/
const ALGORITHM = /(?:^|[^A-Za-z0-9])(?:sha(?:1|224|256|384|512)|md5|integrity|nonce)["']?\s?[=:-]\s?["']?$/i

/** Whether a name says that its value only names something. */
export function namesId(name: string): boolean {
  return name.length <= 128 && ID_NAME.test(name)
}

/** Whether the match is a sign and a random part. */
export function isSignedToken({text, start, end}: Candidate): boolean {
  const token = text.slice(start, end).replace(/[-_]+$/, '')
  const sign = SIGN.exec(token)?.[0]
  if (sign === undefined || (sign.match(/[0-9]/g)?.length ?? 0) > 3) return false
  const behind = text.slice(end, end + 64)
  if (/^[A-Za-z0-9_-]/.test(behind) || FILE.test(behind) || HOST.test(behind)) return false
  const before = text.slice(Math.max(0, start - 64), start)
  if (/[A-Za-z0-9+/]$/.test(before) && !/[/]$/.test(before)) return false
  const member = MEMBER.exec(before)?.[1]
  if (member !== undefined && namesId(member)) return false
  if (RESOURCE.test(text.slice(Math.max(0, start - 220), start))) return false
  if (ALGORITHM.test(before) || UUID.test(token) || isStructuredValue(token)) return false
  if (INVITATION.test(token) || (/[<:]$/.test(before) && MAIL_HOST.test(behind))) return false
  const isNamed = SECRET_NAME.test(before)
  const first = token.slice(sign.length)
  const second = SECOND_GROUP.exec(first)?.[0]
  return (
    isRandom(first, sign, isNamed) ||
    (second !== undefined && isRandom(first.slice(second.length), isWord(sign.slice(0, -1)) ? sign : second, isNamed))
  )
}

/** The code in the link by which a chat invites everybody who reads it: a number and a digest, which links hold in base64. */
const INVITATION = /^zt-[0-9]{6,20}-[0-9a-f]{64}$/

function isRandom(body: string, sign: string, isNamed: boolean): boolean {
  if (body.length < (isNamed ? MIN_NAMED_BODY : MIN_BODY) || UUID.test(body)) return false
  if (
    (ORDINARY_SIGNS.has(sign.slice(0, -1).toLowerCase()) && !isNamed) ||
    isStructuredValue(body.replace(HEX_ONLY, ''))
  )
    return false
  // names join words by signs: what was drawn has a long part without any
  const run = body.split(/[-_]+/).reduce((longest, part) => (part.length > longest.length ? part : longest), '')
  if (run.length < MIN_RUN) return false
  if (HEX_ONLY.test(run)) return isRandomHex(run, sign, isNamed)
  const least = Math.min(MIN_ENTROPY, ENTROPY_SHARE * Math.log2(run.length))
  if (entropy(run) < least) return false
  const digits = run.match(/[0-9]+/g) ?? []
  const share = digits.join('').length / run.length
  const hasBoth = /[a-z]/.test(run) && /[A-Z]/.test(run)
  return hasBoth
    ? digits.length >= (run.length < 20 ? 3 : 2) &&
        share >= 0.06 &&
        changesIn(run) >= run.length * 0.4 &&
        wordsIn(run) < run.length * 0.3
    : digits.length >= 4 && share >= 0.12 && changesIn(run) >= run.length * 0.25 && wordsIn(run) < run.length * 0.35
}

const HEX_ONLY = /^[0-9a-f]+$/
const MIN_RUN = 14
const ENTROPY_SHARE = 0.85
const COMMIT = 40

/** A digest stands behind any word, and a commit behind any name of a project; tokens of this kind have a sign that is none. */
function isRandomHex(run: string, sign: string, isNamed: boolean): boolean {
  if (run.length < 24 || !/[a-f]/.test(run) || !/[0-9]/.test(run) || entropy(run) < MIN_HEX_ENTROPY) return false
  if (!DIGEST_LENGTHS.has(run.length) || isNamed) return true
  return !isWord(sign.slice(0, -1)) && !(run.length === COMMIT && sign.endsWith('-'))
}

/** Places at which another kind of character follows. */
function changesIn(body: string): number {
  let changes = 0
  let before = ''
  for (const c of body) {
    const kind = c >= '0' && c <= '9' ? 'd' : c >= 'a' && c <= 'z' ? 'l' : c >= 'A' && c <= 'Z' ? 'u' : 's'
    if (before !== '' && kind !== before) changes++
    before = kind
  }
  return changes
}

/** Characters of what can be spoken: four letters behind one capital, or five and more; and of the names in identifiers. */
function wordsIn(body: string): number {
  const names = body.match(IDENTIFIER_PARTS)?.join('').length ?? 0
  const words = body.replace(IDENTIFIER_PARTS, ' ').match(/[A-Z][a-z]{3,}|[a-z]{5,}|[A-Z]{5,}/g) ?? []
  return words.filter(isWord).reduce((sum, word) => sum + word.length, names)
}

/** Algorithms, modes and short words, as constants of cryptography and codecs are named: `WithSHA1And40BitRC2CBC`. */
const IDENTIFIER_PARTS =
  /(?:SHA(?:1|2|3|224|256|384|512)|MD[245]|RC[2456]|AES(?:128|192|256)?|3?DES|RSA|ECDSA|HMAC|CBC|CFB8?|OFB|GCM|CTR|PKCS[0-9]{0,2})(?![a-z])|(?:And|Bit|Key|For|Not|Get|Set)(?![a-z])/g

function isWord(text: string): boolean {
  return (
    text.length >= 4 && /^[A-Za-z]+$/.test(text) && /[aeiouy]/i.test(text) && !/[bcdfghjklmnpqrstvwxz]{4}/i.test(text)
  )
}
