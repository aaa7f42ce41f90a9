// What an expression cannot say: checksums, structure, placeholders. Pure functions of the match and
// the text around it. A match stands only if its check says so.
import {base58Check} from '../../lib/base58.js'
import {isPlaceholder} from './placeholder.js'
import {isCurveConstant} from './curve-constants.js'
import {isSignedToken} from './signed-token.js'

export interface Candidate {
  readonly text: string
  readonly start: number
  readonly end: number
}

/** `informational`: it is what it looks like, in a place where it is no secret. */
export type Standing = boolean | 'informational'

type Check = (candidate: Candidate) => Standing

const matched = ({text, start, end}: Candidate): string => text.slice(start, end)

const hasTwoDigits: Check = (c) => (matched(c).match(/[0-9]/g)?.length ?? 0) >= 2

/** The prefix is four characters long in every form (`A3T` has one more of any kind). */
const isAwsKeyId: Check = (c) => {
  const suffix = matched(c).slice(4)
  if (!/[0-9]/.test(suffix) && suffix !== suffix.toUpperCase()) return false
  return isOfSignature(c) ? 'informational' : true
}

/** Characters of a signed URL or header around the key id. */
const SIGNED_REACH = 4096
const SLASH = '(?:/|%(?:25)*2f)'
const SCOPE = new RegExp(
  `^${SLASH}[0-9]{8}${SLASH}[a-z0-9-]{2,32}${SLASH}[a-z0-9-]{2,32}${SLASH}aws4_request(?![a-z0-9])`,
  'i',
)
const CREDENTIAL = /(?:^|[^A-Za-z0-9])(?:X-Amz-)?Credential(?:=|["']?\s*[:=]\s*["']?|%(?:25)*3d)$/i
const SIGNATURE = /(?:^|[^A-Za-z0-9])(?:X-Amz-)?Signature(?:=|["']?\s*[:=]\s*["']?|%(?:25)*3d)[0-9a-f]{64}(?![0-9a-f])/i

/** Whoever signs a request names the key: the id is public then, as long as it stands in its scope beside the signature. */
function isOfSignature({text, start, end}: Candidate): boolean {
  if (!CREDENTIAL.test(text.slice(Math.max(0, start - 48), start))) return false
  if (!SCOPE.test(text.slice(end, end + 160))) return false
  const around = text.slice(Math.max(0, start - SIGNED_REACH), end + SIGNED_REACH)
  return SIGNATURE.test(around)
}

const KEY_END = '-----END'
const KEY_REACH = 4096
/** Letters and digits of the shortest key in this format. */
const MIN_KEY_BODY = 40

/** Documentation and programs name the lines around a key; between them stands nothing, or a row of the same letter. */
const isKeyHeader: Check = ({text, end}) => {
  const rest = text.slice(end, end + KEY_REACH)
  const last = rest.indexOf(KEY_END)
  if (last < 0) return true
  const body = rest.slice(0, last).replace(/\\+[nr]|\[rs\]n|([A-Za-z.*])\1{2,}|[^A-Za-z0-9]/g, '')
  return body.length < MIN_KEY_BODY ? 'informational' : true
}

/**
 * Issuers spell their signs in small letters. In capitals they are the ends of the names of constants, unless one run of letters
 * and digits follows that no word is.
 */
const isIssuedCase: Check = ({text, start, end}) => {
  const own = text.slice(start, Math.max(end, start + 64))
  const sign = /^[A-Za-z]+(?:[_-]pat)?/i.exec(own)?.[0] ?? ''
  if (sign === sign.toLowerCase()) return true
  const runs = own.slice(sign.length).match(/[A-Za-z0-9]{10,}/g) ?? []
  return runs.some((run) => (run.match(/[0-9]/g)?.length ?? 0) >= 2)
}

const isMailgunKey: Check = (c) => matched(c).length === 'key-'.length + 32 && hasTwoDigits(c)

function digitsOf(text: string): string {
  return text.replace(/[^0-9]/g, '')
}

function isCardNumber(digits: string): boolean {
  const n = digits.length
  if (n < 15 || n > 19 || /^(\d)\1+$/.test(digits)) return false
  const two = Number(digits.slice(0, 2))
  const four = Number(digits.slice(0, 4))
  const issued =
    (digits.startsWith('4') && (n === 16 || n === 19)) ||
    (two >= 51 && two <= 55 && n === 16) ||
    (four >= 2221 && four <= 2720 && n === 16) ||
    ((two === 34 || two === 37) && n === 15) ||
    (four >= 3528 && four <= 3589 && n >= 16) ||
    ((four === 6011 || (four >= 6440 && four <= 6499) || two === 65) && (n === 16 || n === 19))
  return issued && luhnSum(digits) % 10 === 0
}

function luhnSum(digits: string): number {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    let d = digits.charCodeAt(digits.length - 1 - i) - 0x30
    if (i % 2 === 1) {
      d *= 2
      if (d > 9) d -= 9
    }
    sum += d
  }
  return sum
}

const MOST_CARD_DIGITS = 19
/** The bits of a floating-point number as it is written; cards are not issued so. */
const ROUND = /0{10}$/

/** The whole match or a part of it that ends before a separator: an expiry date may follow the number. */
const hasCardNumber: Check = ({text, start, end}) => {
  let digits = ''
  for (let at = start; at < end && digits.length <= MOST_CARD_DIGITS; at++) {
    const c = text.charAt(at)
    if (c >= '0' && c <= '9') digits += c
    const next = at + 1 < end ? text[at + 1] : ' '
    if ((next === ' ' || next === '-') && isCardNumber(digits) && !ROUND.test(digits) && isWritten(text, start, at + 1))
      return true
  }
  return false
}

/** Groups as they are printed on a card of fifteen digits. */
const UNEVEN_GROUPS = /^[0-9]{4}([ -])[0-9]{6}\1[0-9]{5}$/
const EVEN_GROUPS = /^[0-9]{1,6}([ -])(?:[0-9]{1,6}\1)*[0-9]{1,6}$/

/** One run, or groups of one size that are no part of a longer list: every tenth row of a table of numbers is a card's. */
function isWritten(text: string, start: number, end: number): boolean {
  const number = text.slice(start, end)
  if (!/[ -]/.test(number) || UNEVEN_GROUPS.test(number)) return true
  const separator = EVEN_GROUPS.exec(number)?.[1]
  if (separator === undefined) return false
  const groups = number.split(separator)
  const size = groups[0]?.length ?? 0
  if (groups.slice(1, -1).some((group) => group.length !== size) || (groups.at(-1) ?? '').length > size) return false
  const before = text.slice(Math.max(0, start - LIST_REACH), start)
  const after = text.slice(end, end + LIST_REACH)
  return !/[0-9A-Fa-f]{1,6}[ -]{1,2}$/.test(before) && !/^(?:[ -]{1,2}[0-9A-Fa-f]{1,6}(?![0-9A-Za-z/])){2}/.test(after)
}

const LIST_REACH = 24

/** Characters of an account number, by its country. */
export const IBAN_LENGTHS: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ' +
    'ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 ' +
    'LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 ' +
    'PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SN28 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 ' +
    'XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
)

/** Countries whose account numbers have no letters behind the first two (ISO 13616 registry). */
const DIGITS_ONLY = new Set(
  'AE AT BA BE CR CZ DE DK EE ES FI FO GL HR HU IL IS LT LY ME MN MR NO PL PT RS SD SE SI SK SO TL TN VA XK'.split(' '),
)

/** An exact account number: known country, its length and alphabet, remainder 1. */
function isIban(text: string): boolean {
  const compact = text.replace(/[ -]/g, '').toUpperCase()
  if (DIGITS_ONLY.has(compact.slice(0, 2)) && /[A-Z]/.test(compact.slice(2))) return false
  if (IBAN_LENGTHS.get(compact.slice(0, 2)) !== compact.length || !/^[A-Z]{2}[0-9]{2}[A-Z0-9]+$/.test(compact)) {
    return false
  }
  let remainder = 0
  for (const character of compact.slice(4) + compact.slice(0, 4)) {
    const value = parseInt(character, 36)
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97
  }
  return remainder === 1
}

/** The match may run on into other words: the country says where the number ends. */
const hasIban: Check = ({text, start, end}) => {
  const length = IBAN_LENGTHS.get(text.slice(start, start + 2).toUpperCase())
  if (length === undefined) return false
  let taken = 0
  let at = start
  for (; at < end && taken < length; at++) if (/[A-Za-z0-9]/.test(text.charAt(at))) taken++
  if (taken < length || /[A-Za-z0-9]/.test(text.charAt(at))) return false
  return isIban(text.slice(start, at))
}

/** Withdrawn, since advertisements showed them. */
const SAMPLE_NUMBERS: ReadonlySet<string> = new Set(['078-05-1120', '219-09-9999'])
/** `111-22-3333`: one number in a million has such a form, nearly every one in print is a sample. */
const REPEATED = /^(\d)\1\1-(\d)\2-(\d)\3{3}$/

const isSsn: Check = (c) => {
  const number = matched(c)
  if (SAMPLE_NUMBERS.has(number) || REPEATED.test(number)) return false
  const [area = '', group = '', serial = ''] = number.split('-')
  return area !== '000' && area !== '666' && !area.startsWith('9') && group !== '00' && serial !== '0000'
}

/** Routing number of a bank. */
function isAba(digits: string): boolean {
  if (!/^\d{9}$/.test(digits)) return false
  const first = Number(digits.slice(0, 2))
  const region = first <= 12 || (first >= 21 && first <= 32) || (first >= 61 && first <= 72) || first === 80
  const sum = [3, 7, 1, 3, 7, 1, 3, 7, 1].reduce((total, weight, i) => total + weight * Number(digits.charAt(i)), 0)
  return region && sum % 10 === 0
}

const isWif: Check = (c) => {
  const payload = base58Check(matched(c))
  const version = payload?.[0]
  if (payload === undefined || (version !== MAIN_NET && version !== TEST_NET)) return false
  if (payload.length !== 33 && !(payload.length === 34 && payload[33] === 1)) return false
  return version === MAIN_NET || 'informational'
}

/** First byte of a private key; coins of the test network are worth nothing. */
const [MAIN_NET, TEST_NET] = [0x80, 0xef]

/** The longer of the two lengths first: the expression is greedy. */
const isExtendedKey: Check = (c) => {
  const text = matched(c)
  return base58Check(text) !== undefined || base58Check(text.slice(0, -1)) !== undefined
}

const HASH_NAME = /(?:^|[^A-Za-z0-9])(?:[a-z]*_?)?(?:tx|hash|txhash|root|digest)["']?\s*[=:/]\s*["']?$/i

/** Whether a key says that its value is the hash of something. */
export const namesHash = (key: string): boolean => HASH_NAME.test(`${key}=`)

/** Transaction and block hashes look like private keys; the name before the value tells them apart. */
const isNoHash: Check = (c) => {
  if (isCurveConstant(matched(c).slice(-64))) return false
  return HASH_NAME.test(c.text.slice(Math.max(0, c.start - 40), c.start)) ? 'informational' : true
}

const isJwt: Check = (c) => {
  const [head, claims] = matched(c).split('.')
  const header = jsonObject(head)
  return header !== undefined && ('alg' in header || 'typ' in header) && jsonObject(claims) !== undefined
}

function jsonObject(segment: string | undefined): object | undefined {
  if (segment === undefined) return undefined
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The match is decided after a few characters; the value continues to white space or the next parameter. */
const isNoPlaceholder: Check = ({text, start}) => {
  const [name = '', value = ''] = cut(text.slice(start, start + 240), '=')
  const own = /^[^\s&]*/.exec(value)?.[0] ?? ''
  if (isPlaceholder(own, name)) return false
  const before = text.slice(Math.max(0, start - 160), start)
  if (isReference(before, own, name)) return false
  return isBadge(before, own) ? 'informational' : true
}

/** An argument of a call or a member of a list in program text: a name, an attribute of something, a call, a number. */
function isReference(before: string, value: string, name: string): boolean {
  if (before.endsWith(';') && /^[0-9]{1,10};/.test(value)) return true
  if (/[?&]$/.test(before)) return false
  return (
    /^[A-Za-z_]{1,40}(?:\.[A-Za-z_]{1,40}){0,6}[([]/.test(value) ||
    /^[A-Za-z_]{1,40}(?:\.[A-Za-z_]{1,40}){1,6}[,)\]]/.test(value) ||
    value.replace(/[,)\]].*$/, '').toLowerCase() === name.toLowerCase()
  )
}

/** The address of a drawing of a status: its token shows the drawing, to everybody who reads the page that has it. */
function isBadge(before: string, value: string): boolean {
  return /\.svg\?(?:[^\s?]{0,80}&)?$/i.test(before) && /^[A-Za-z0-9]{1,16}(?![A-Za-z0-9_.~%+/=-])/.test(value)
}

/** Numbers in a list of constants, and what a shell puts in the place of a command. */
const NO_VALUE = /^(?:0x[0-9a-f]{1,8}|[0-9]{1,10})[,;]?$|^["']?\$\([A-Za-z][A-Za-z0-9_./-]{0,40}$/i

/** As above; in a query string the value ends where the next parameter begins. The keyword ends the name. */
const isVariable: Check = ({text, start}) => {
  const name = /[A-Za-z0-9_]*$/.exec(text.slice(Math.max(0, start - 64), start))?.[0] ?? ''
  const [keyword = '', rest = ''] = cut(text.slice(start, start + 240), '=')
  const value = /^\S*/.exec(rest)?.[0] ?? ''
  const next = /&[A-Za-z0-9_.-]+=/.exec(value)
  const own = next === null ? value : value.slice(0, next.index)
  return own.length >= 8 && !NO_VALUE.test(own) && !isPlaceholder(own, name + keyword)
}

const hasPassword: Check = (c) => {
  const authority = matched(c).slice(matched(c).indexOf('://') + 3, -1)
  const [, password = ''] = cut(authority, ':')
  return !isPlaceholder(password, 'password') && !PATTERN.test(password)
}

/** What a regular expression for such addresses has there. */
const PATTERN = /^(?:\\{1,4}[wWdDsS]|\[\^?[^\]]*\])[+*]\??$/

function cut(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator)
  return [text.slice(0, at), text.slice(at + 1)]
}

const SERVICE_ACCOUNT_KEYS = /"(?:project_id|private_key|private_key_id|client_email)"/i

/** What any match needs somewhere in the text: asked once for a text, however many matches it has. */
export function isPossibleIn(check: CheckName, text: string): boolean {
  return check !== 'serviceAccount' || SERVICE_ACCOUNT_KEYS.test(text)
}

/** Opaque: a signed token says what it is, and has a rule of its own. */
const isBearer: Check = ({text, start}) =>
  /^[^.]{0,40}bearer\s+e[yw][A-Za-z0-9_-]{6,}\.e[yw]/i.test(text.slice(start, start + 1000)) ? false : 'informational'

/** Names of private keys; a person may add to them. */
const KEY_NAMES =
  /(?:^|[^A-Za-z0-9])(?:[A-Za-z0-9]{1,16}[_-]?)?(?:pk|priv(?:ate)?(?:[_-]?key)?|sk|secret(?:[_-]?key)?|signing(?:[_-]?key)?|signer[_-]?key|seed|wallet[A-Za-z0-9_-]{0,16}key|deployer[_-]?key|mnemonic[_-]?key)["'`\]]{0,3}\s{0,4}(?::|=>?|%3d|,)\s{0,4}(?:\w{0,8}["'`(]{1,2})?(?:0x)?$/i
/** The same where the name ends in another case: `walletPrivateKey`. */
const CAMEL_NAMES =
  /(?:Private|Priv|Secret|Signing|Seed|Pk|Sk)(?:Key|Hex)?["'`\]]{0,3}\s{0,4}(?::|=>?)\s{0,4}["'`]{0,2}(?:0x)?$/
const NAME_REACH = 64

/** 64 hex digits are a digest, unless their name says that they are a key. */
function isNamedKey({text, start, end}: Candidate): Standing {
  const first = text.slice(start - 2, start).toLowerCase() === '0x' ? start - 2 : start
  if (/[0-9A-Za-z]/.test(text.charAt(first - 1))) return false
  const before = text.slice(Math.max(0, first - NAME_REACH), first)
  if (!KEY_NAMES.test(before) && !CAMEL_NAMES.test(before)) return false
  return new Set(text.slice(start, end).toLowerCase()).size >= MIN_DIGITS
}

/** Different digits of random ones; fewer make a pattern of an example. */
const MIN_DIGITS = 9

/** What is drawn at random has both cases and digits all over; names joined by dots or without anything have no digits. */
const isDrawn: Check = (c) => {
  const text = matched(c)
  const digits = text.replace(/[^0-9]/g, '').length
  return digits >= Math.max(2, text.length / 25) && /[a-z]/.test(text) && /[A-Z]/.test(text)
}

const CHECKS = {
  twoDigits: hasTwoDigits,
  awsKeyId: isAwsKeyId,
  issuedCase: isIssuedCase,
  keyHeader: isKeyHeader,
  drawn: isDrawn,
  keyName: isNamedKey,
  vendorToken: isSignedToken,
  mailgun: isMailgunKey,
  luhn: hasCardNumber,
  mod97: (c: Candidate) => isIban(matched(c)),
  iban: hasIban,
  aba: (c: Candidate) => isAba(digitsOf(matched(c))),
  ssn: isSsn,
  wif: isWif,
  base58check: isExtendedKey,
  notHash: isNoHash,
  jwt: isJwt,
  notPlaceholder: isNoPlaceholder,
  variable: isVariable,
  connection: hasPassword,
  serviceAccount: () => true,
  bearer: isBearer,
} as const satisfies Readonly<Record<string, Check>>

export type CheckName = keyof typeof CHECKS

export function holds(check: CheckName, candidate: Candidate): Standing {
  return CHECKS[check](candidate)
}
