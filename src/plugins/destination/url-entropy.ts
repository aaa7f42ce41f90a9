// Encoded blobs without a known prefix: entropy of path segments, query keys and values. Runs after every credential
// rule, so that a known rule gives the reason.
import {decodeOnce} from '../../lib/decode.js'
import {entropy} from '../../lib/entropy.js'
import {expressionTokens, isStructuredValue, parseDnsQuery} from '../../lib/structured-value.js'
import {labelEntropy, type EntropyMatch} from './host-signals.js'
import {opaqueKeys} from './signed-queries.js'

export interface EntropyThresholds {
  readonly url: number
  readonly subdomain: number
  readonly lengthAware: boolean
}

/** Parts that the operator excludes from scoring. */
export interface Unscored {
  /** For excluded hosts, whose queries are scored nevertheless. */
  readonly skipPath: boolean
  /** Lower-case names of parameters. */
  readonly skipKeys: ReadonlySet<string>
  /** Segments of so many characters are identifiers of documents and not scored. */
  readonly skipDocuments?: number
  /** The same for values of parameters. */
  readonly skipKeyed?: boolean
}

const MIN_LENGTH = 20
const DOCUMENT = /^[A-Za-z0-9_-]+$/
/** Minimum length of secrets from the environment, unless configured otherwise. */
const SHORTEST_SECRET = 16

/** `path` and `query` as serialised. */
export function findHighEntropy(
  path: string,
  query: string,
  {skipPath, skipKeys, skipDocuments = 0, skipKeyed}: Unscored,
  thresholds: EntropyThresholds,
): EntropyMatch | undefined {
  if (thresholds.url <= 0) return undefined
  if (!skipPath && path.length >= MIN_LENGTH) {
    for (let at = 1; at <= path.length;) {
      let end = path.indexOf('/', at)
      if (end < 0) end = path.length
      if (end - at >= MIN_LENGTH) {
        const segment = decodeOnce(path.slice(at, end))
        const isDocument = segment.length <= skipDocuments && DOCUMENT.test(segment)
        const entropy = isDocument ? undefined : score(segment, thresholds)
        if (entropy !== undefined) return match('path segment', entropy, thresholds)
      }
      at = end + 1
    }
  }
  if (query.length < MIN_LENGTH) return undefined
  let opaque: ReadonlySet<string> | undefined
  for (const pair of query.split('&')) {
    if (pair.length < MIN_LENGTH) continue
    const equals = pair.indexOf('=')
    const key = decodeOnce((equals < 0 ? pair : pair.slice(0, equals)).replaceAll('+', ' '))
    const keyEntropy = score(key, thresholds)
    if (keyEntropy !== undefined) return match(`query key "${shown(key)}"`, keyEntropy, thresholds)
    if (equals < 0 || (skipKeys.size > 0 && skipKeys.has(key.toLowerCase()))) continue
    const value = decodeOnce(pair.slice(equals + 1))
    const entropy = score(value, thresholds, key)
    if (entropy === undefined || (value.length <= skipDocuments && skipKeyed === true && DOCUMENT.test(value))) continue
    opaque ??= opaqueKeys(query)
    if (!opaque.has(key.toLowerCase()) || value.length > MAX_OPAQUE)
      return match(`query param "${shown(key)}"`, entropy, thresholds)
  }
  return undefined
}

/** Characters of a token in a signed URL. */
const MAX_OPAQUE = 1_536

function match(what: string, value: number, {url}: EntropyThresholds): EntropyMatch {
  const why = value > url ? `> ${url.toFixed(2)} threshold` : 'near the maximum for its length'
  const reason = `high entropy ${what} (${value.toFixed(2)} ${why})`
  return {reason, score: Math.min(value / 8, 1)}
}

/** A key as an operator may read it: it is not a place for data, so a key long enough to be a secret is abbreviated. */
function shown(key: string): string {
  const printable = key.replace(/[^\x20-\x7e]/g, '?')
  return printable.length < SHORTEST_SECRET ? printable : `${printable.slice(0, 4)}…`
}

/** The entropy above the threshold, or undefined. `key`: the name of the value. */
function score(text: string, thresholds: EntropyThresholds, key = ''): number | undefined {
  if (text.length < MIN_LENGTH) return undefined
  if (HEX.test(text)) return scoreHex(text, thresholds, key)
  const value = entropy(text)
  if (value <= thresholds.url && !(thresholds.lengthAware && isRandomForLength(text, value))) return undefined
  if (isStructuredValue(text)) return undefined
  const inner = innerValues(text, thresholds)
  if (inner === undefined) return value
  for (const part of inner) {
    const entropyOfPart = score(part, thresholds)
    if (entropyOfPart !== undefined) return entropyOfPart
  }
  return undefined
}

const HEX = /^(?:0x)?(?:[0-9a-f]{2}){16,}$/i
const HEX_DIGESTS = new Set([32, 40, 56, 64, 96, 128])
const SECRET_WORDS = new Set([
  'key',
  'apikey',
  'secret',
  'token',
  'private',
  'seed',
  'blob',
  'privkey',
  'password',
  'passwd',
])
/** Random bytes come so near to the maximum of their number. */
const RANDOM_SHARE = 0.88

/**
 * Sixteen letters never look random: hex is scored by its bytes, where it has no length of a digest or stands under the name of a
 * secret. What it spells is scored as the text that it is.
 */
function scoreHex(text: string, thresholds: EntropyThresholds, key: string): number | undefined {
  const digits = text.replace(/^0x/i, '')
  if (/^\d+$/.test(digits)) return undefined
  const bytes = Buffer.from(digits, 'hex')
  const printable = bytes.filter((byte) => byte >= 0x20 && byte < 0x7f).length
  if (printable === bytes.length) return score(bytes.toString('latin1'), thresholds, key)
  if (HEX_DIGESTS.has(digits.length) && !namesSecret(key)) return undefined
  const value = entropy(bytes.toString('latin1'))
  return value >= RANDOM_SHARE * Math.log2(Math.min(bytes.length, 256)) ? value : undefined
}

function namesSecret(key: string): boolean {
  return key
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .some((word) => SECRET_WORDS.has(word))
}

/** Below this length random tokens stay under any plain threshold. */
const SHORT = 32
const SHORT_SHARE = 0.9
const CHARACTER_CLASSES = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9]/]

function isRandomForLength(text: string, value: number): boolean {
  if (text.length >= SHORT || value < SHORT_SHARE * Math.log2(text.length)) return false
  return CHARACTER_CLASSES.filter((kind) => kind.test(text)).length >= 3
}

const NO_TOKENS: readonly string[] = []
/** A user without a password is an identifier, as in the addresses to which errors are reported. */
const ABSOLUTE_URI = /^[A-Za-z][A-Za-z0-9+.-]{1,20}:\/\/(?:[^@:/?#\s]*@)?[^@/?#\s]*(?:[/?#]|$)/

/** Parts that are scored instead of the whole: of an absolute URI, of prose, of a DNS message. */
function innerValues(text: string, thresholds: EntropyThresholds): readonly string[] | undefined {
  if (ABSOLUTE_URI.test(text)) {
    const rest = text.slice(text.indexOf('://') + 3)
    return rest.split(/[/?#&=]/).flatMap((part, i) => (i === 0 ? part.split(/[.@]/) : [decodeOnce(part)]))
  }
  const tokens = /\s/.test(text) ? text.trim().split(/\s+/) : NO_TOKENS
  if (tokens.length >= 4) {
    const length = tokens.reduce((sum, token) => sum + token.length, 0)
    const alphabetic = tokens.filter((token) => /^\p{L}+[.,;:!?]?$/u.test(token)).length
    if (length / tokens.length <= 10 && alphabetic / tokens.length >= 0.6) return tokens
  }
  const message = parseDnsQuery(text)
  if (message === undefined) return expressionTokens(text)
  return message.labels.some((label) => labelEntropy(label, thresholds.subdomain) !== undefined)
    ? undefined
    : message.options
}
