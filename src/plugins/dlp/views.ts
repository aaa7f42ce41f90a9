// The views of a URL in which every rule is looked for, in reporting order. Views without separators carry
// their seams. The order decides which rule is reported first.
import type {DecodeBudget} from '../../lib/text/decoded-run.js'
import {decodePercent} from '../../lib/decode.js'
import {decodedCodes, decodedRuns, type RunOptions} from '../../lib/text/encoded-runs.js'
import {readingsOf, signsIn} from '../../lib/text/disguises.js'
import {normaliseForDlp} from '../../lib/text/normalise.js'
import {registrableDomain} from '../../lib/public-suffix.js'
import type {View} from './match.js'
import {MIN_DISGUISED, NOT_REBUILT, type Rebuild} from './rebuilt.js'
import {join, withoutNoise} from './seamed.js'
import {dnsNames, pieceTexts, piecesOf} from './url-pieces.js'
import type {Piece, UrlParts} from './url-parts.js'

/** What the first view is called. */
export const WHOLE_URL = 'whole URL'

const NOISY = /[./ \t\r\n+,;|]/
const NOISE_RUNS = /[./ \t\r\n+,;|]+/g
const HOLDS_NAMES = /[=&]/
const MALFORMED_ESCAPE = /%(?:[^0-9A-Fa-f].|.[^0-9A-Fa-f])/g
const MAX_DEPTH = 3
const MIN_SEGMENT = 10
const MIN_LABEL = 8
/** The shortest of what a word has to begin with: an account number. */
const MIN_WORD = 15
/** No encoding hides eight characters, the shortest secret, in less. */
const MIN_ENCODED = 11
const MAX_COMBINED = 20
/** Eight numbers with something between them. */
const MIN_CODES = 15

/** Work that decoding may do for one URL; beyond it the URL is refused. */
export function decodeBudget(inputLength: number): DecodeBudget {
  return {attempts: 512, bytes: 4 * inputLength + 65_536}
}

const NOTHING: readonly string[] = []

/**
 * Every view but the combinations of values, whole ones first. Made on demand: most matches are in the first. `pairs`:
 * values that may hold an encoded text together.
 */
export function* urlViews(
  parts: UrlParts,
  budget: DecodeBudget,
  pairs: readonly string[] = NOTHING,
  rebuild: Rebuild = NOT_REBUILT,
): Generator<View, undefined> {
  let views: View[] = []
  const take = (): readonly View[] => {
    const made = views
    views = []
    return made
  }
  let name = WHOLE_URL
  const add = (text: string, extra: Omit<View, 'text'> = {}): void => {
    if (text === '') return
    const {line, joined} = normaliseForDlp(text)
    views.push({text: line, name, ...extra})
    if (joined !== line) views.push({text: joined, name, ...extra})
  }
  const addPiece = (piece: Piece): void => {
    const under = underKey(piece)
    add(piece.text, under)
    if (piece.spaced !== piece.text) add(piece.spaced, under)
    // a malformed escape in front of a token is no part of its text
    if (piece.text.includes('%')) add(piece.text.replace(MALFORMED_ESCAPE, ' '), under)
  }
  const addDecoded = (text: string, inHost?: true): void => {
    for (const decoded of decodings(text, budget)) {
      add(decoded, {name: `${name}, decoded`, ...(inHost && {inHost})})
      addRebuilt(decoded)
    }
  }
  const addRebuilt = (text: string): void => {
    for (const run of rebuild(text, budget)) {
      const limit = run.isRebuilt && {limit: 'rebuilt' as const}
      views.push({text: run.text, name: `${name}, rebuilt`, ...limit, ...(run.seams && {seams: run.seams})})
      for (const decoded of decodings(run.text, budget)) add(decoded, {name: `${name}, rebuilt`, ...limit})
    }
  }

  add(parts.target.canonical, {whole: true})
  yield* take()
  if (parts.rawUrl !== undefined) {
    add(parts.rawUrl, {whole: true})
    const decoded = decodePercent(parts.rawUrl, false).text
    if (decoded !== parts.rawUrl) add(decoded, {whole: true})
    for (const field of fragmentFields(parts.rawUrl)) addDecoded(field)
  }
  name = 'path'
  addPiece(parts.path)
  if (parts.rawPath !== undefined) addPiece(parts.rawPath)
  if (rebuild !== NOT_REBUILT) for (const text of disguisedIn(parts.path.text)) addRebuilt(text)
  name = 'query'
  addPiece(parts.query)
  yield* take()
  name = 'one query key or value'
  for (const piece of [...parts.keys, ...parts.values]) {
    addPiece(piece)
    addDecoded(piece.text)
    addRebuilt(piece.text)
    if (piece.spaced !== piece.text) addRebuilt(piece.spaced)
    const quiet = withoutNoise(piece.text).text
    add(quiet, {name: `${name}, without separators`, ...underKey(piece)})
    if (quiet !== piece.text) addDecoded(quiet)
    const query = dnsNames(piece.text)
    if (query !== undefined) {
      name = 'DNS query, labels joined'
      for (const text of query.joined) add(text)
      for (const field of query.fields) addDecoded(field)
      name = 'one query key or value'
    }
    yield* take()
  }
  name = 'path segment'
  for (const segment of parts.path.text.split('/')) if (segment.length >= MIN_SEGMENT) addDecoded(segment)
  for (const view of hostViews(parts)) views.push({name: 'host name, labels joined', ...view})
  name = 'host name'
  for (const label of hostFields(parts)) addDecoded(label, true)
  // normal before they are joined: the seams are offsets of the text that is inspected
  const path = withoutNoise(normaliseForDlp(parts.path.text).joined)
  add(path.text, {seams: path.seams, name: 'path, without separators'})
  if (parts.pieces.length > 1) {
    const joined = join(parts.pieces.map((value) => normaliseForDlp(value.text).joined))
    add(joined.text, {seams: joined.seams, name: 'query values, joined'})
    name = 'query values, joined'
    addDecoded(joined.text)
    const stripped = withoutNoise(joined.text, joined.seams)
    add(stripped.text, {seams: stripped.seams, name: 'query values, joined without separators'})
    for (const pair of pairs) addDecoded(pair)
  }
  for (const {text, seams, ...where} of piecesOf(parts)) add(text, {seams, tokensOnly: true, ...where})
  if (parts.userinfo !== undefined) {
    const {user, password} = parts.userinfo
    name = 'user and password'
    for (const text of [user, password, `${user}:${password}`]) {
      add(text)
      addDecoded(text)
    }
  }
  yield* take()
}

/** A path, in which slashes may stand between characters, and its segments, where they do not. */
function disguisedIn(path: string): readonly string[] {
  const segments = path.split('/').filter((segment) => segment.length >= MIN_DISGUISED)
  return segments.length === 1 && segments[0] === path ? segments : [path, ...segments]
}

function underKey({key}: Piece): Pick<View, 'key'> {
  return key === undefined ? {} : {key}
}

/**
 * Texts of which at least one holds whatever any view holds: pieces that stand unchanged inside the URL are left out. The
 * gate sees these instead of the views.
 */
export function gateTexts(
  parts: UrlParts,
  budget: DecodeBudget,
  pairs: readonly string[] = NOTHING,
  decodedTexts: string[] = [],
  rebuild: Rebuild = NOT_REBUILT,
): readonly string[] {
  const {target} = parts
  const texts: string[] = [target.canonical]
  const add = (text: string): void => {
    const {line, joined} = normaliseForDlp(text)
    texts.push(line)
    if (joined !== line) texts.push(joined)
  }
  const addDecoded = (text: string): void => {
    if (text.length < MIN_LABEL) return
    for (const decoded of decodings(text, budget)) {
      add(decoded)
      decodedTexts.push(decoded)
      addRebuilt(decoded)
    }
  }
  const addRebuilt = (text: string): void => {
    for (const run of rebuild(text, budget)) {
      texts.push(run.text)
      for (const decoded of decodings(run.text, budget)) add(decoded)
    }
  }
  const addQuiet = (text: string): void => {
    if (!NOISY.test(text)) return
    const quiet = text.replace(NOISE_RUNS, '')
    add(quiet)
    addDecoded(quiet)
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
  if (rebuild !== NOT_REBUILT) for (const text of disguisedIn(parts.path.text)) addRebuilt(text)
  addPiece(parts.query)
  for (const piece of [...parts.keys, ...parts.values]) {
    addDecoded(piece.text)
    addRebuilt(piece.text)
    if (piece.spaced !== piece.text) addRebuilt(piece.spaced)
    addQuiet(piece.text)
  }
  for (const piece of parts.values) {
    const query = dnsNames(piece.text)
    if (query === undefined) continue
    for (const text of query.joined) add(text)
    for (const field of query.fields) addDecoded(field)
  }
  for (const segment of parts.path.text.split('/')) if (segment.length >= MIN_SEGMENT) addDecoded(segment)
  for (const text of hostTexts(parts, budget)) texts.push(text)
  const joined = parts.pieces.map((value) => normaliseForDlp(value.text).joined).join('')
  // the path alone, and the values, are part of the longest of these; what is known by where its word begins is hidden in it
  for (const text of pieceTexts(parts, joined)) texts.push(text)
  if (HOLDS_NAMES.test(parts.path.text) || parts.path.text.length >= MIN_WORD) {
    add(parts.path.text.replace(NOISE_RUNS, ''))
  }
  if (parts.pieces.length > 1) {
    if (NOISY.test(joined) || HOLDS_NAMES.test(joined) || joined.length >= MIN_WORD) {
      add(joined)
      add(joined.replace(NOISE_RUNS, ''))
    }
    addDecoded(joined)
    for (const pair of pairs) addDecoded(pair)
  }
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
 * Numbers that read as characters, in the whole URL and in each component by itself: a number in front of a list belongs to
 * the text that the whole spells. They say something about known values and core rules only.
 */
export function codeViews(parts: UrlParts, budget: DecodeBudget): readonly View[] {
  const {path, query, keys, values, target} = parts
  const views: View[] = []
  const known = new Set<string>()
  const add = (text: string, inHost?: true): void => {
    if (text.length < MIN_CODES || known.has(text)) return
    known.add(text)
    for (const run of decodedCodes(text, budget)) {
      // the same list in the whole and in its component
      if (known.has(run.text)) continue
      known.add(run.text)
      const view = {text: normaliseForDlp(run.text).joined, name: 'numbers, as characters', limit: 'codes' as const}
      views.push(inHost === undefined ? view : {...view, inHost})
    }
  }
  add(target.host, true)
  add(decodePercent(parts.rawUrl ?? target.canonical, false).text)
  add(query.text)
  for (const {text, spaced} of [...keys, ...values]) {
    add(text)
    add(spaced)
  }
  for (const segment of path.text.split('/')) add(segment)
  return views
}

/**
 * The same for the gate: where nothing is decoded, what a component spells is part of what the whole does, since the
 * characters between components are no digits.
 */
export function codeTexts(parts: UrlParts, budget: DecodeBudget): readonly string[] {
  const {canonical, raw} = parts.target
  if (raw !== canonical || /[%+]/.test(canonical)) return codeViews(parts, budget).map(({text}) => text)
  return decodedCodes(canonical, budget).map(({text}) => normaliseForDlp(text).joined)
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
    for (const decoded of decodings(label, budget)) {
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

/**
 * What a field holds in any encoding, to depth three, as text: as it is and with everything undone that a reader undoes,
 * because look-alikes and invisible characters hide an encoded run as well as a token.
 */
export function decodings(text: string, budget: DecodeBudget): readonly string[] {
  if (text.length < MIN_ENCODED) return NOTHING
  const [only, ...others] = formsOf(text, budget)
  const runs = others.length === 0 && only !== undefined ? decodedRuns(only, budget, WITHOUT_CODES) : undefined
  if (runs?.length === 0) return NOTHING
  const results = new Set<string>()
  decodeInto(results, text, budget, 0)
  return [...results]
}

/** Numbers that read as characters say something about known values and core rules only, and URLs are full of numbers. */
const WITHOUT_CODES: RunOptions = {codes: false}

function decodeInto(results: Set<string>, text: string, budget: DecodeBudget, depth: number): void {
  for (const form of formsOf(text, budget)) {
    if (results.has(form)) continue
    if (depth > 0 || form !== text) results.add(form)
    if (depth === MAX_DEPTH) continue
    for (const run of decodedRuns(form, budget, WITHOUT_CODES)) decodeInto(results, run.text, budget, depth + 1)
  }
}

const PLAIN = /^[ -~]*$/

/** As written, in every other reading, and all of them in their normal form. */
function formsOf(text: string, budget: DecodeBudget): readonly string[] {
  if (PLAIN.test(text) && signsIn(text) === 0) return [text]
  const {readings, exhausted} = readingsOf(text, {inWords: true})
  if (exhausted) budget.attempts = -1
  const forms = new Set([text, normaliseForDlp(text).joined])
  for (const reading of readings) forms.add(reading.text).add(normaliseForDlp(reading.text).joined)
  return [...forms]
}
