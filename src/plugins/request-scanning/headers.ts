// Credentials in request headers: every name and value that is forwarded is searched in every mode, for an agent can write what
// it likes into any of them; what the mode decides is which of them are put together. Besides, the passwords of the scheme
// Basic, which are credentials by where they stand.
import {Buffer, isUtf8} from 'node:buffer'
import type {Header} from '../../core/exchange.js'
import type {TextOptions} from '../../core/services/dlp.js'
import {entropy} from '../../lib/entropy.js'
import type {Items} from '../../lib/long-lists.js'
import {Collected, type CredentialFinds, type PatternMatch, type PatternVerdict} from './scan.js'

export interface HeaderSettings {
  readonly mode: 'sensitive' | 'all'
  readonly sensitive: ReadonlySet<string>
  /** Headers whose values may look random. */
  readonly ignored: ReadonlySet<string>
  /** Bits per character above which a value is put together with those of the listed headers. */
  readonly threshold: number
}

export interface HeaderScanners {
  text(input: string, options: TextOptions): PatternVerdict
  textSteps(input: string, options: TextOptions): Generator<undefined, PatternVerdict>
  joinedSteps(parts: Items<string>, options: TextOptions): Generator<undefined, PatternVerdict>
  /** Credentials in the parts of a URL; undefined where the text is none. */
  url(text: string): PatternVerdict | undefined
  isPlaceholder(value: string, name: string): boolean
}

/** What the destination of a request changes about its headers; nothing about what is looked for. */
export interface HeaderAudience {
  /** It may be sent Basic credentials; their text is still scanned. */
  mayCarryPassword(): boolean
  /** A header is how a credential of this rule reaches its own issuer; undefined where that counts for nothing. */
  readonly isIssuer?: ((rule: string, header: {readonly name: string; readonly value: string}) => boolean) | undefined
}

export interface HeaderFind extends CredentialFinds {
  /** Lower case, or that it is the name; empty: only together with others. */
  readonly header: string
  /** A credential that goes to its own issuer: recorded, never enforced. */
  readonly atIssuer?: PatternMatch
}

const HEADER: TextOptions = {surface: 'header'}
/** Identifiers of traces and requests are numbers that pass for those of cards. */
const UNLISTED: TextOptions = {surface: 'header', credentialsOnly: true}
/** They say how a message is framed, and go no further than the next peer. */
const FRAMING = new Set(['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'content-length'])
const COOKIE: TextOptions = {surface: 'cookie'}
const WITHHELD = 'its own name'
const OPAQUE_TOKEN = 'Bearer Token'
const BEARER = /^bearer\s/i
const MIN_OPAQUE = 32
const MIN_PASSWORD = 8

/** A header as the texts that it holds. */
interface Looked {
  readonly name: string
  readonly value: string
  readonly texts: readonly (readonly [text: string, options: TextOptions])[]
  readonly basic: Basic | undefined
  /** It may hold a piece of what another header holds the rest of. */
  readonly isJoined: boolean
}

interface Basic {
  readonly user: string
  readonly password: string
}

/** Characters between two pauses. */
const PAUSE_AFTER = 8_192

/** In steps: a head of 64 KB takes as long as a body of that size. */
export function* scanHeaders(
  headers: readonly Header[],
  settings: HeaderSettings,
  scanners: HeaderScanners,
  audience: HeaderAudience,
): Generator<undefined, readonly HeaderFind[]> {
  const looked = headers.flatMap(([name, value]) => lookAt(name.toLowerCase(), value, settings) ?? [])
  if (looked.length === 0) return []
  const finds: HeaderFind[] = []
  // together they are clean: then each of them is, too
  const together = looked.filter(({texts}) => texts.every(([, {surface}]) => surface === 'header'))
  const lines = together.flatMap(({texts}) => texts.map(([text]) => text)).join('\n')
  const clean = together.length > 1 && isClean(yield* scanners.textSteps(lines, HEADER))
  let work = 0
  for (const header of looked) {
    const find = new Collected()
    if (!clean || !together.includes(header)) {
      for (const [text, options] of header.texts) {
        find.add(yield* scanners.textSteps(text, {...options, all: true}))
        if ((work += text.length + 64) < PAUSE_AFTER) continue
        work = 0
        yield
      }
    }
    if (header.name === 'referer' || header.name === 'origin') {
      const parts = scanners.url(header.value)
      if (parts !== undefined) find.add(parts)
    }
    if (header.basic !== undefined) addBasic(header, header.basic, find, scanners, audience)
    const {enforced, exhausted} = find
    // an opaque token is worth a word where nothing else is said of it
    const informational = find.informational.filter(({rule}) => rule !== OPAQUE_TOKEN || enforced.length === 0)
    if (isClean({matches: enforced, informational, exhausted})) continue
    // one credential of a request goes to its issuer: a second one is on its way to somebody else
    const atIssuer = finds.some((other) => other.atIssuer !== undefined)
      ? undefined
      : sentToIssuer(header, find, audience)
    finds.push({
      header: reported(header.name, scanners),
      enforced: atIssuer === undefined ? enforced : [],
      informational,
      exhausted,
      ...(atIssuer !== undefined && {atIssuer}),
    })
  }
  const joined = looked.filter(({isJoined}) => isJoined)
  const parts = joined.flatMap(({name, value, texts}) => (name === 'cookie' ? texts.map(([text]) => text) : [value]))
  if (parts.length > 1) {
    for (const order of orders(joined, parts)) {
      const verdict = yield* scanners.joinedSteps(order, HEADER)
      const known = new Set(finds.flatMap(({enforced}) => enforced.map(({rule}) => rule)))
      const enforced = verdict.matches.filter(({rule}) => !known.has(rule))
      if (enforced.length === 0 && !verdict.exhausted) continue
      finds.push({header: '', enforced, informational: [], exhausted: verdict.exhausted})
    }
  }
  return finds
}

function sentToIssuer(
  {name, value}: Looked,
  {enforced, exhausted}: CredentialFinds,
  {isIssuer}: HeaderAudience,
): PatternMatch | undefined {
  const [only, another] = enforced
  if (isIssuer === undefined || only === undefined || another !== undefined || exhausted) return undefined
  return isIssuer(only.rule, {name, value}) ? only : undefined
}

/** A name is chosen by the agent like a value: one that is the credential is not told. */
function reported(name: string, scanners: HeaderScanners): string {
  return isClean(scanners.text(name, HEADER)) ? name : WITHHELD
}

function isClean({matches, informational, exhausted}: PatternVerdict): boolean {
  return matches.length === 0 && informational.length === 0 && !exhausted
}

/** As received, and by name. */
function orders(looked: readonly Looked[], wire: readonly string[]): readonly (readonly string[])[] {
  const byName = looked.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  if (byName.every((header, i) => header === looked[i])) return [wire]
  return [wire, byName.map(({value}) => value)]
}

function lookAt(name: string, received: string, settings: HeaderSettings): Looked | undefined {
  if (FRAMING.has(name)) return undefined
  const value = asUtf8(received)
  const isListed = settings.sensitive.has(name) || name === 'referer' || name === 'origin'
  const isJoined = received !== '' && (isListed || settings.mode === 'all' || looksRandom(name, value, settings))
  const basic = name === 'authorization' || name === 'proxy-authorization' ? basicOf(value) : undefined
  const options = isListed || (settings.mode === 'all' && !settings.ignored.has(name)) ? HEADER : UNLISTED
  const texts: (readonly [string, TextOptions])[] = [[name, options]]
  if (name === 'cookie') {
    texts.length = 0
    for (const pair of value.split(';')) {
      const text = pair.trim()
      const equals = text.indexOf('=')
      if (text !== '') texts.push([text, COOKIE])
      if (equals >= 0) texts.push([text.slice(equals + 1).replace(/^"|"$/g, ''), COOKIE])
    }
    // the name of the header in front: a rule may need the words of both
    texts.push([value, COOKIE])
  } else {
    // what a bearer carries is known by the name of the header, too
    texts.push([name === 'authorization' && BEARER.test(value) ? `${name}: ${value}` : value, options])
    if (settings.mode === 'all') texts.push([`${name}: ${value}`, options])
  }
  if (basic !== undefined) {
    const {user, password} = basic
    for (const text of [user, password, `${user}:${password}`]) texts.push([text, HEADER])
  }
  return {name, value, texts, basic, isJoined}
}

function looksRandom(name: string, value: string, {ignored, threshold}: HeaderSettings): boolean {
  return threshold > 0 && value.length >= MIN_OPAQUE && !ignored.has(name) && entropy(value) > threshold
}

/** Field values arrive byte for byte; a peer that reads UTF-8 in them sees other letters (full-width forms, invisible ones). */
function asUtf8(value: string): string {
  if (!/[\x80-\xff]/.test(value)) return value
  const bytes = Buffer.from(value, 'latin1')
  return isUtf8(bytes) ? bytes.toString('utf8') : value
}

/** The credentials of the scheme Basic, read as the laxest server reads them. */
function basicOf(value: string): Basic | undefined {
  const encoded = /^\s*basic\s+(\S.*)$/is.exec(value)?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? {user: text, password: ''} : {user: text.slice(0, colon), password: text.slice(colon + 1)}
}

const PASSWORD: PatternMatch = {rule: 'Credential in URL', severity: 'high'}

/** A password that no pattern knows is still a secret, exactly like the userinfo of a URL. */
function addBasic(
  {name}: Looked,
  {password}: Basic,
  find: Collected,
  scanners: HeaderScanners,
  {mayCarryPassword}: HeaderAudience,
): void {
  // this proxy consumes the credentials that are meant for it: nobody else is sent them
  if (name === 'proxy-authorization') return
  if (password.length < MIN_PASSWORD || scanners.isPlaceholder(password, 'password')) return
  find.add(
    mayCarryPassword()
      ? {matches: [], informational: [PASSWORD], exhausted: false}
      : {matches: [PASSWORD], informational: [], exhausted: false},
  )
}
