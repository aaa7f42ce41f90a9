// The classes with a grammar of their own. The expressions are fixed and linear: every unbounded part is
// entered at a left boundary only, and its alphabet does not hold the character that ends it.
import {endOfKeyBlock} from './key-block.js'
import type {Detector} from './places.js'

const LEFT = '(?<![A-Za-z0-9_])'
const RIGHT = '(?![A-Za-z0-9_])'
const OCTET = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])'
const IPV4 = `(?<![A-Za-z0-9_.])(?:${OCTET}\\.){3}${OCTET}`

interface Grammar {
  readonly label: string
  readonly priority: number
  readonly minLength: number
  readonly expression: RegExp
  /** No match without one of these: cheaper than asking the expression. */
  readonly needs: readonly string[]
  readonly holds?: (text: string) => boolean
  /** Where the place ends instead of the match. */
  readonly until?: (text: string, end: number) => number
}

const GRAMMARS: readonly Grammar[] = [
  {
    label: 'aws-access-key',
    minLength: 20,
    priority: 100,
    expression: new RegExp(`${LEFT}(?:AKIA|ASIA|AIDA|AGPA|AROA)[A-Z0-9]{16}${RIGHT}`, 'g'),
    needs: ['AKIA', 'ASIA', 'AIDA', 'AGPA', 'AROA'],
  },
  {
    label: 'google-api-key',
    minLength: 39,
    priority: 100,
    expression: new RegExp(`${LEFT}AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])`, 'g'),
    needs: ['AIza'],
  },
  {
    label: 'github-token',
    minLength: 24,
    priority: 100,
    expression: new RegExp(`${LEFT}(?:gh[pousr]|github_pat)_[A-Za-z0-9_]{20,}`, 'g'),
    needs: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'],
  },
  {
    label: 'slack-token',
    minLength: 15,
    priority: 100,
    expression: new RegExp(`${LEFT}xox[bpars]-[A-Za-z0-9-]{10,}`, 'g'),
    needs: ['xox'],
  },
  {
    label: 'jwt',
    minLength: 8,
    priority: 100,
    // the signature may be empty: the claims are what a reader wants
    expression: /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g,
    needs: ['eyJ'],
  },
  {
    label: 'ssh-private-key',
    minLength: 27,
    priority: 100,
    expression:
      /-----BEGIN\s{0,8}(?:(?:OPENSSH|RSA|DSA|EC|PGP|ENCRYPTED)\s{1,8})?PRIVATE\s{1,8}KEY(?:\s{1,8}BLOCK)?\s{0,8}-----/g,
    needs: ['-----BEGIN'],
    until: endOfKeyBlock,
  },
  {
    label: 'ad-user',
    minLength: 5,
    priority: 95,
    expression: /(?<![A-Za-z0-9_.-])[A-Z][A-Z0-9_-]{1,20}\\{1,4}[A-Za-z0-9._-]{2,}/g,
    needs: ['\\'],
  },
  {
    label: 'ssn',
    minLength: 11,
    priority: 95,
    expression: /(?<![A-Za-z0-9_-])[0-9]{3}-[0-9]{2}-[0-9]{4}(?![A-Za-z0-9_-])/g,
    needs: ['-'],
    holds: (text) => !/^(?:000|666|9)|-00-|-0000$/.test(text),
  },
  {
    label: 'credit-card',
    minLength: 15,
    priority: 90,
    expression: new RegExp(
      `${LEFT}(?:3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5}|(?:4[0-9]{3}|5[1-5][0-9]{2}|6011|65[0-9]{2})(?:[ -]?[0-9]{4}){3})${RIGHT}`,
      'g',
    ),
    needs: ['3', '4', '5', '6'],
    holds: passesLuhn,
  },
  ...(
    [
      ['hash-sha512', 90, 128],
      ['hash-sha256', 85, 64],
      ['hash-sha1', 80, 40],
      ['hash-md5', 75, 32],
    ] as const
  ).map(([label, priority, digits]) => ({
    label,
    priority,
    minLength: digits,
    expression: new RegExp(`${LEFT}[0-9A-Fa-f]{${digits}}${RIGHT}`, 'g'),
    needs: [],
  })),
  {
    label: 'cidr',
    minLength: 9,
    priority: 72,
    expression: new RegExp(`${IPV4}/(?:3[0-2]|[12]?[0-9])(?![A-Za-z0-9_/])`, 'g'),
    needs: ['/'],
  },
  {
    label: 'ipv4',
    minLength: 7,
    priority: 70,
    // a fifth number makes it a version or an object identifier
    expression: new RegExp(`${IPV4}(?!\\.?[A-Za-z0-9_])`, 'g'),
    needs: ['.'],
  },
  {
    label: 'ipv6',
    minLength: 3,
    priority: 68,
    expression:
      /(?<![A-Za-z0-9_:.])(?=[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:]{1,38}(?:[0-9A-Fa-f](?:(?:\.[0-9]{1,3}){3})?|::)(?![A-Za-z0-9_]|:[0-9A-Fa-f:])/g,
    needs: [':'],
    holds: isIpv6,
  },
  {
    label: 'mac',
    minLength: 17,
    priority: 65,
    expression: /(?<![A-Za-z0-9_:-])[0-9A-Fa-f]{2}(?:(?::[0-9A-Fa-f]{2}){5}|(?:-[0-9A-Fa-f]{2}){5})(?![A-Za-z0-9_:-])/g,
    needs: [':', '-'],
  },
  {
    label: 'email',
    minLength: 6,
    priority: 60,
    expression: /(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?![A-Za-z0-9_])/g,
    needs: ['@'],
  },
  {
    label: 'fqdn',
    minLength: 4,
    priority: 50,
    expression: /(?<![A-Za-z0-9_.-])(?:[A-Za-z0-9_][A-Za-z0-9_-]{0,62}\.)+[A-Za-z]{2,24}(?![A-Za-z0-9_-])/g,
    needs: ['.'],
  },
]

/** Names that a profile may list. */
export const BUILT_IN_CLASSES: readonly string[] = GRAMMARS.map(({label}) => label)

/** Names kept for dictionaries: what they stand for has no form of its own. */
export const RESERVED_CLASSES: readonly string[] = ['bearer', 'hash-ntlm']

/** Classes under a name of their own for what a credential rule finds. */
export const CREDENTIAL_CLASSES: Readonly<Record<string, string>> = {
  'aws-secret-key': 'AWS Secret Key',
  credential: 'Credential in URL',
}

/** Classes whose own grammar decides about plain text; encoded in pieces, such as lines of base64, a rule finds the same. */
export const ENCODED_CLASSES: Readonly<Record<string, string>> = {
  'aws-access-key': 'AWS Access Key ID',
  jwt: 'JWT Token',
  'ssh-private-key': 'Private Key Header',
}

export const CREDENTIAL_PRIORITY = 100

export function builtInDetector(label: string): Detector | undefined {
  const grammar = GRAMMARS.find((one) => one.label === label)
  return grammar === undefined ? undefined : detectorOf(grammar)
}

function detectorOf({label, priority, minLength, expression, needs, holds, until}: Grammar): Detector {
  return {
    label,
    priority,
    minLength,
    isCredential: priority === CREDENTIAL_PRIORITY,
    find(text, result) {
      if (needs.length > 0 && !needs.some((need) => text.includes(need))) return
      expression.lastIndex = 0
      for (let matched = expression.exec(text); matched !== null; matched = expression.exec(text)) {
        const [match] = matched
        let end = matched.index + match.length
        if (holds !== undefined && !holds(match)) {
          // the next one may begin inside what only looked like one
          expression.lastIndex = matched.index + 1
          continue
        }
        if (until !== undefined) expression.lastIndex = end = until(text, end)
        result(matched.index, end)
      }
    },
  }
}

/** Sum of the digits, every second one from the right doubled, is a multiple of ten. All digits equal is a placeholder. */
function passesLuhn(text: string): boolean {
  const digits = text.replace(/[^0-9]/g, '')
  if (/^([0-9])\1*$/.test(digits)) return false
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48
    sum += i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2
  }
  return sum % 10 === 0
}

/** Eight groups, or one `::` in place of some and at least one digit; the last two may be written as IPv4. */
function isIpv6(text: string): boolean {
  const dotted = /[0-9]{1,3}(?:\.[0-9]{1,3}){3}$/.exec(text)?.[0]
  if (dotted?.split('.').some((octet) => Number(octet) > 255)) return false
  const plain = dotted === undefined ? text : `${text.slice(0, -dotted.length)}0:0`
  if (!/[0-9A-Fa-f]/.test(plain)) return false
  const halves = plain.split('::')
  if (halves.length > 2) return false
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  if (!groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return false
  return halves.length === 2 ? groups.length < 8 : groups.length === 8
}
