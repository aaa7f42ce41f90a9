// A secret cut between two components of a URL: names and values, path and values, labels of the host and
// both. Whoever reads whole requests puts them together again.
import {normaliseForDlp} from '../../lib/text/normalise.js'
import {registrableDomain} from '../../lib/public-suffix.js'
import {parseDnsQuery} from '../../lib/structured-value.js'
import type {View} from './match.js'
import {withoutNoise, type Seamed} from './seamed.js'
import type {Piece, UrlParts} from './url-parts.js'

/** What stands between components and inside them. */
const BETWEEN = new Set('./ \t\r\n+,;|=&')
const BETWEEN_RUNS = /[./ \t\r\n+,;|=&]+/g
const BETWEEN_ANY = /[./ \t\r\n+,;|=&]/
/** Labels that are shorter hold nothing worth going on from. */
const MIN_LABELS = 6

/** Every text with its seams, the shorter ones first. */
export function* piecesOf(parts: UrlParts): Generator<Seamed & Pick<View, 'name' | 'inHost'>> {
  const values = normal(parts.pieces)
  const path = normaliseForDlp(parts.path.text).joined
  const labels = outerLabels(parts)
  if (parts.values.length > 0) yield {...squeezed(normal(parts.pairs)), name: 'query, names and values joined'}
  if (values !== '') yield {...squeezed(`${path} ${values}`), name: 'path and values, joined'}
  if (labels !== '')
    yield {...squeezed(`${labels} ${path} ${values}`), name: 'host, path and values, joined', inHost: true}
}

/** Texts that hold whatever these do, and the path and the values (`values`: in their normal form) without separators. */
export function pieceTexts(parts: UrlParts, values: string): readonly string[] {
  // most have no other separators than these
  const first = normaliseForDlp(outerLabels(parts) + parts.path.text.replaceAll('/', '')).joined
  const longest = quiet(first + values)
  if (parts.values.length === 0) return [longest]
  let pairs = ''
  for (const {text} of parts.pairs) pairs += text
  return [longest, quiet(normaliseForDlp(pairs).joined)]
}

function quiet(text: string): string {
  return BETWEEN_ANY.test(text) ? text.replace(BETWEEN_RUNS, '') : text
}

function squeezed(text: string): Seamed {
  return withoutNoise(text, undefined, BETWEEN)
}

function normal(pieces: readonly Piece[]): string {
  return normaliseForDlp(pieces.map(({text}) => text).join(' ')).line
}

/** Labels left of the owner, in the letter case received. */
function outerLabels({rawHost, target: {host}}: UrlParts): string {
  const owner = host.lastIndexOf('.', host.lastIndexOf('.') - 1)
  if (owner < MIN_LABELS || rawHost.length !== host.length) return ''
  const own = registrableDomain(host)
  return host.length - own.length <= MIN_LABELS ? '' : rawHost.slice(0, -own.length - 1)
}

export interface DnsNames {
  /** Labels without their dots. */
  readonly joined: readonly string[]
  /** What may be encoded: single labels, and those left of the owner together. */
  readonly fields: readonly string[]
}

/** The name that a DNS query inside a value asks for, inspected like the host of a URL. */
export function dnsNames(value: string): DnsNames | undefined {
  const labels = value.length < MIN_QUERY ? undefined : parseDnsQuery(value)?.labels
  if (labels === undefined) return undefined
  const name = labels.join('.')
  const own = registrableDomain(name.toLowerCase()).split('.').length
  const outer = labels.slice(0, Math.max(0, labels.length - own)).join('')
  const joined = [labels.join(''), outer].filter((text) => text !== '')
  return {
    joined: [...joined, ...joined.filter((text) => text.includes('-')).map((text) => text.replaceAll('-', '_'))],
    fields: [...labels, outer],
  }
}

/** Its head alone takes twelve bytes. */
const MIN_QUERY = 20
