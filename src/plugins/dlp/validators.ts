// What an expression cannot say: checksums, structure, placeholders. Pure functions of the match and
// the text around it. A match stands only if its check says so.
import {base58Check} from '../../lib/base58.js'
import {isPlaceholder} from './placeholder.js'

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
  return /[0-9]/.test(suffix) || suffix === suffix.toUpperCase()
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

/** The whole match or a part of it that ends before a separator: an expiry date may follow the number. */
const hasCardNumber: Check = ({text, start, end}) => {
  let digits = ''
  for (let at = start; at < end && digits.length <= MOST_CARD_DIGITS; at++) {
    const c = text.charAt(at)
    if (c >= '0' && c <= '9') digits += c
    const next = at + 1 < end ? text[at + 1] : ' '
    if ((next === ' ' || next === '-') && isCardNumber(digits)) return true
  }
  return false
}

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

/** An exact account number: known country, its length, remainder 1. */
function isIban(text: string): boolean {
  const compact = text.replace(/[ -]/g, '').toUpperCase()
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

const isSsn: Check = (c) => {
  const [area = '', group = '', serial = ''] = matched(c).split('-')
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
const isNoHash: Check = ({text, start}) =>
  HASH_NAME.test(text.slice(Math.max(0, start - 40), start)) ? 'informational' : true

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
  return !isPlaceholder(/^[^\s&]*/.exec(value)?.[0] ?? '', name)
}

/** As above; in a query string the value ends where the next parameter begins. The keyword ends the name. */
const isVariable: Check = ({text, start}) => {
  const name = /[A-Za-z0-9_]*$/.exec(text.slice(Math.max(0, start - 64), start))?.[0] ?? ''
  const [keyword = '', rest = ''] = cut(text.slice(start, start + 240), '=')
  const value = /^\S*/.exec(rest)?.[0] ?? ''
  const next = /&[A-Za-z0-9_.-]+=/.exec(value)
  const own = next === null ? value : value.slice(0, next.index)
  return own.length >= 8 && !isPlaceholder(own, name + keyword)
}

const hasPassword: Check = (c) => {
  const authority = matched(c).slice(matched(c).indexOf('://') + 3, -1)
  const [, password = ''] = cut(authority, ':')
  return !isPlaceholder(password, 'password')
}

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

const CHECKS = {
  twoDigits: hasTwoDigits,
  awsKeyId: isAwsKeyId,
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
