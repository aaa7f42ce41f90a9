// The views of a URL in which every rule is looked for, in reporting order (scanning §3.6). Views without separators carry
// their seams. The order decides which rule is reported first.
import {isUtf8} from 'node:buffer'
import {decodeField, decodePercent, decodeSeparatedHex, encodedRuns} from '../../lib/decode.js'
import {normaliseForDlp} from '../../lib/normalise.js'
import {registrableDomain} from '../../lib/public-suffix.js'
import type {View} from './match.js'
import type {Piece, UrlParts} from './url-parts.js'

const NOISY = /[./ \t\r\n+,;|]/
const NOISE_RUNS = /[./ \t\r\n+,;|]+/g
const NOISE = new Set('./ \t\r\n+,;|')
const MALFORMED_ESCAPE = /%(?:[^0-9A-Fa-f].|.[^0-9A-Fa-f])/g
const MAX_DEPTH = 3
const MIN_SEGMENT = 10
const MIN_LABEL = 8
const MIN_RUN = 16
const MAX_COMBINED = 20

/** Work that decoding may do for one URL; beyond it the URL is refused. */
export interface DecodeBudget {
  attempts: number
  bytes: number
}

export function decodeBudget(inputLength: number): DecodeBudget {
  return {attempts: 512, bytes: 4 * inputLength + 65_536}
}

/** Every view but the combinations of values, whole ones first. Made when asked for: most hits are in the first. */
export function* urlViews(parts: UrlParts, budget: DecodeBudget): Generator<View, undefined> {
  let views: View[] = []
  const take = (): readonly View[] => {
    const made = views
    views = []
    return made
  }
  const add = (text: string, extra: Omit<View, 'text'> = {}): void => {
    if (text === '') return
    const {line, joined} = normaliseForDlp(text)
    views.push({text: line, ...extra})
    if (joined !== line) views.push({text: joined, ...extra})
  }
  const addPiece = (piece: Piece): void => {
    add(piece.text)
    if (piece.spaced !== piece.text) add(piece.spaced)
    // a malformed escape in front of a token is no part of its text
    if (piece.text.includes('%')) add(piece.text.replace(MALFORMED_ESCAPE, ' '))
  }
  const addDecoded = (text: string, inHost?: true): void => {
    for (const decoded of decodings(text, budget, 1)) add(decoded, inHost ? {inHost} : {})
  }

  add(parts.target.canonical, {whole: true})
  yield* take()
  if (parts.rawUrl !== undefined) {
    add(parts.rawUrl, {whole: true})
    const decoded = decodePercent(parts.rawUrl, false).text
    if (decoded !== parts.rawUrl) add(decoded, {whole: true})
    for (const field of fragmentFields(parts.rawUrl)) addDecoded(field)
  }
  addPiece(parts.path)
  if (parts.rawPath !== undefined) addPiece(parts.rawPath)
  addPiece(parts.query)
  yield* take()
  for (const piece of [...parts.keys, ...parts.values]) {
    addPiece(piece)
    addDecoded(piece.text)
    add(withoutNoise(piece.text).text)
    yield* take()
  }
  for (const segment of parts.path.text.split('/')) if (segment.length >= MIN_SEGMENT) addDecoded(segment)
  for (const view of hostViews(parts)) views.push(view)
  for (const label of hostFields(parts)) addDecoded(label, true)
  // normal before they are joined: the seams are offsets of the text that is looked at
  const path = withoutNoise(normaliseForDlp(parts.path.text).joined)
  add(path.text, {seams: path.seams})
  if (parts.values.length > 1) {
    const joined = join(parts.values.map((value) => normaliseForDlp(value.text).joined))
    add(joined.text, {seams: joined.seams})
    const stripped = withoutNoise(joined.text, joined.seams)
    add(stripped.text, {seams: stripped.seams})
  }
  if (parts.userinfo !== undefined) {
    const {user, password} = parts.userinfo
    for (const text of [user, password, `${user}:${password}`]) {
      add(text)
      addDecoded(text)
    }
  }
  yield* take()
}

/**
 * Texts of which at least one holds whatever any view holds: pieces that stand unchanged inside the URL are left out. The
 * gate sees these instead of the views (scanning §16.2).
 */
export function gateTexts(parts: UrlParts, budget: DecodeBudget, decodedTexts: string[] = []): readonly string[] {
  const {target} = parts
  const texts: string[] = [target.canonical]
  const add = (text: string): void => {
    const {line, joined} = normaliseForDlp(text)
    texts.push(line)
    if (joined !== line) texts.push(joined)
  }
  const addDecoded = (text: string): void => {
    if (text.length < MIN_LABEL) return
    for (const decoded of decodings(text, budget, 1)) {
      add(decoded)
      decodedTexts.push(decoded)
    }
  }
  const addPiece = (piece: Piece): void => {
    if (piece.text !== piece.raw) add(piece.text)
    if (piece.spaced !== piece.text) add(piece.spaced)
  }
  if (parts.rawUrl !== undefined) {
    const decodedRaw = decodePercent(parts.rawUrl, false).text
    add(parts.rawUrl)
    if (decodedRaw !== parts.rawUrl) add(decodedRaw)
    for (const field of fragmentFields(parts.rawUrl)) addDecoded(field)
  }
  addPiece(parts.path)
  if (parts.rawPath !== undefined) {
    texts.push(parts.rawPath.raw)
    addPiece(parts.rawPath)
  }
  addPiece(parts.query)
  let joined = ''
  for (const piece of parts.keys) {
    addDecoded(piece.text)
    if (NOISY.test(piece.text)) add(piece.text.replace(NOISE_RUNS, ''))
  }
  for (const piece of parts.values) {
    addDecoded(piece.text)
    if (NOISY.test(piece.text)) add(piece.text.replace(NOISE_RUNS, ''))
    joined += piece.text
  }
  for (const segment of parts.path.text.split('/')) if (segment.length >= MIN_SEGMENT) addDecoded(segment)
  for (const text of hostTexts(parts, budget)) texts.push(text)
  add(parts.path.text.replace(NOISE_RUNS, ''))
  if (parts.values.length > 1) add(joined)
  if (parts.values.length > 1 && NOISY.test(joined)) add(joined.replace(NOISE_RUNS, ''))
  if (parts.userinfo !== undefined) {
    const {user, password} = parts.userinfo
    for (const text of [user, password, `${user}:${password}`]) {
      add(text)
      addDecoded(text)
    }
  }
  return texts
}

/**
 * Where the words of a seed phrase may stand: whatever is between them is no part of them, so that whole components are
 * enough, and the values without their keys. Never a text whose separators were deleted.
 */
export function seedTexts(parts: UrlParts, decoded: readonly string[]): readonly string[] {
  const {path, query, values, keys, userinfo, rawHost, rawUrl} = parts
  const texts = [rawHost, path.text, query.text, ...decoded]
  if (values.length > 1) texts.push(values.map(({text}) => text).join(' '))
  if (keys.length > 1) texts.push(keys.map(({text}) => text).join(' '))
  if (userinfo !== undefined) texts.push(`${userinfo.user} ${userinfo.password}`)
  if (rawUrl !== undefined) texts.push(decodePercent(rawUrl, false).text)
  return texts.map((text) => (text.length < 36 ? '' : normaliseForDlp(text).line))
}

/** The same for the views of the host alone, beside the host as it is. */
export function hostTexts(parts: UrlParts, budget: DecodeBudget): readonly string[] {
  const {host} = parts.target
  if (!host.includes('.') || host.includes(':')) return []
  const texts = [host.replaceAll('.', '')]
  if (host.includes('-')) texts.push(host.replaceAll('.', '').replaceAll('-', '_'))
  for (const label of hostFields(parts)) {
    if (label.length < MIN_LABEL) continue
    for (const decoded of decodings(label, budget, 1)) {
      const {line, joined} = normaliseForDlp(decoded)
      texts.push(line)
      if (joined !== line) texts.push(joined)
    }
  }
  return texts
}

/** Ordered combinations of 2 to 4 of the first values: a secret split with other parameters in between. */
export function* combinations(values: readonly Piece[]): Generator<View> {
  const texts = values.slice(0, MAX_COMBINED).map((value) => normaliseForDlp(value.text).joined)
  if (texts.length < 3) return
  for (let a = 0; a < texts.length; a++) {
    for (let b = a + 1; b < texts.length; b++) {
      yield join([texts[a] ?? '', texts[b] ?? ''])
      for (let c = b + 1; c < texts.length; c++) {
        yield join([texts[a] ?? '', texts[b] ?? '', texts[c] ?? ''])
        for (let d = c + 1; d < texts.length; d++) {
          yield join([texts[a] ?? '', texts[b] ?? '', texts[c] ?? '', texts[d] ?? ''])
        }
      }
    }
  }
}

export interface Seamed {
  readonly text: string
  readonly seams: ReadonlySet<number>
}

/** Texts one after the other. */
export function join(texts: readonly string[]): Seamed {
  const seams = new Set<number>()
  let at = 0
  for (const text of texts) {
    if (at > 0) seams.add(at)
    at += text.length
  }
  return {text: texts.join(''), seams}
}

/** Separators deleted. */
export function withoutNoise(text: string, before?: ReadonlySet<number>): Seamed {
  let out = ''
  let from = 0
  const seams = new Set<number>()
  for (let i = 0; i <= text.length; i++) {
    if (before?.has(i)) seams.add(out.length + (i - from))
    if (i < text.length && !NOISE.has(text.charAt(i))) continue
    out += text.slice(from, i)
    from = i + 1
    if (i < text.length) seams.add(out.length)
  }
  return {text: out, seams}
}

function hostViews(parts: UrlParts): readonly View[] {
  const {host} = parts.target
  if (!host.includes('.') || host.includes(':')) return []
  const labels = host.split('.')
  const own = registrableDomain(host).split('.').length
  const views: View[] = []
  const add = (some: readonly string[]): void => {
    const {text, seams} = join(some)
    if (text === '') return
    views.push({text, seams, inHost: true})
    if (text.includes('-')) views.push({text: text.replaceAll('-', '_'), seams, inHost: true})
  }
  add(labels)
  if (labels.length > own) add(labels.slice(0, -own))
  return views
}

/** Labels to decode, and the labels left of the registrable domain as one text, in the letter case received. */
function hostFields(parts: UrlParts): readonly string[] {
  const labels = parts.rawHost.split('.')
  if (labels.length < 2) return []
  const fields = labels.filter((label) => label.length >= MIN_LABEL)
  // with fewer there is at most one label left of the registrable domain
  if (labels.length < 4) return fields
  const own = registrableDomain(parts.target.host).split('.').length
  const outer = labels.slice(0, Math.max(0, labels.length - own))
  if (outer.length > 1) fields.push(outer.join(''))
  return fields
}

function fragmentFields(raw: string): readonly string[] {
  const hash = raw.indexOf('#')
  return hash < 0 ? [] : decodePercent(raw.slice(hash + 1), false).text.split(/[/?&=]/)
}

/** What a field holds in any encoding, to depth three, as text. Decodings without a printable run are nothing. */
export function decodings(text: string, budget: DecodeBudget, depth: number): readonly string[] {
  const found: string[] = []
  const fields = [text, ...encodedRuns(text, MIN_RUN)]
  for (const field of fields) {
    for (const bytes of readings(field)) {
      if (--budget.attempts < 0 || (budget.bytes -= bytes.length) < 0) return found
      if (!hasPrintableRun(bytes)) continue
      const decoded = bytes.toString('utf8')
      found.push(decoded)
      if (depth >= MAX_DEPTH) continue
      const unescaped = decodePercent(decoded, false).text
      if (unescaped !== decoded) found.push(unescaped)
      for (const piece of unescaped.split(/[\s/?&="',;:<>()[\]{}|]+/)) {
        if (piece.length >= MIN_SEGMENT) found.push(...decodings(piece, budget, depth + 1))
      }
    }
  }
  return found
}

function readings(field: string): readonly Buffer[] {
  const whole = decodeField(field).map(({bytes}) => bytes)
  const separated = whole.length === 0 ? decodeSeparatedHex(field) : undefined
  return separated === undefined ? whole : [...whole, separated]
}

/** The shortest rule needs eight printable characters in a row; words that only look encoded decode to noise. */
function hasPrintableRun(bytes: Buffer): boolean {
  let ascii = 0
  let any = 0
  let longest = 0
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0
    ascii = byte >= 0x20 && byte < 0x7f ? ascii + 1 : 0
    if (ascii >= 8) return true
    any = byte >= 0x80 || ascii > 0 ? any + 1 : 0
    if (any > longest) longest = any
  }
  // invisible characters between the letters of a secret
  return longest >= 8 && isUtf8(bytes)
}
