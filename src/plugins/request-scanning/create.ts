// Joins configuration and scanners into hooks: which bodies must be whole, their content coding, what head and body hold.
import type {Exchange, Unit} from '../../core/exchange.js'
import type {Finding} from '../../core/decision.js'
import {declaredTypes} from '../../core/content-type.js'
import type {Awaitable, Findings, Hooks, Rewrite} from '../../core/plugin.js'
import type {Route} from '../../core/route.js'
import type {SentHeader} from '../../core/services/dlp.js'
import {framingOf} from '../../core/stream-framing.js'
import {inTurns, type Steps} from '../../core/work.js'
import {codingOf, decodeContent, gzipNotes} from '../../lib/body/content-coding.js'
import {compileDomainList} from '../../lib/domain-list.js'
import type {BodiesConfig} from './config.js'
import type {AcceptableLayer, Accepted} from './accepted.js'
import type {ChallengeTable} from './challenges.js'
import {createCleanHeads} from './clean-heads.js'
import {findOpaqueSteps} from './content-entropy.js'
import {extract} from './extract.js'
import {
  bodyCredentials,
  bodyEntropy,
  bodyInjection,
  bodyTooLong,
  headerCredentials,
  unreadableBody,
  unreadCharset,
  type BodyBound,
} from './findings.js'
import {scanHeaders, type HeaderAudience, type HeaderScanners, type HeaderSettings} from './headers.js'
import {allowedProviders} from './providers.js'
import {watchMessages} from './messages.js'
import {scanBody, type Scanners} from './scan.js'

const MAX_RATIO = 100

export interface BodyScanners extends Scanners, HeaderScanners {
  /** A host that some other plugin knows as a language model's. */
  isProvider(host: string): boolean
  /** A header carries a credential of this rule, and no other, to the API of its own issuer. */
  isAudience(rule: string, header: SentHeader): boolean
}

export function bodyHooks(
  config: BodiesConfig,
  allowlist: readonly string[],
  scanners: BodyScanners,
  challenges: ChallengeTable,
  isAccepted: Accepted = () => false,
  routeOf: (x: Exchange) => Route | undefined = () => undefined,
): Partial<Hooks> {
  const section = config.request_body_scanning
  // what is sent over a WebSocket has no other inspection
  const isInspected = (x: Exchange): boolean => section.enabled || isWebSocket(x)
  const actionOf = (x: Exchange): 'warn' | 'block' => (isWebSocket(x) ? 'block' : section.action)
  const boundOf = (x: Exchange): BodyBound => {
    const route = routeOf(x)
    const ofRoute = route?.requests.maxBytes
    return route && ofRoute !== undefined
      ? {maxBytes: ofRoute, setting: `requests.max_bytes of the route ${route.name}`}
      : {maxBytes: section.max_body_bytes, setting: 'request_body_scanning.max_body_bytes'}
  }
  const allowed = compileDomainList(allowlist)
  const isAllowed = allowedProviders(allowlist)
  const isProvider = (host: string): boolean => scanners.isProvider(host) || isAllowed(host)
  const headers: HeaderSettings = {
    mode: section.header_mode,
    sensitive: new Set(section.sensitive_headers),
    ignored: new Set(section.ignore_headers),
    threshold: section.content_entropy_threshold,
  }
  const entropy = {
    threshold: section.content_entropy_enabled ? section.content_entropy_threshold : 0,
    minLength: section.content_entropy_min_length,
  }

  const cleanHeads = createCleanHeads()

  /** What no operator has accepted at this place; nobody can accept a rule of the core floor. */
  const stands = <M extends {readonly rule: string; readonly core?: boolean}>(
    x: Exchange,
    layer: AcceptableLayer,
    matches: readonly M[],
  ): readonly M[] => matches.filter(({rule, core}) => core === true || !isAccepted(x, layer, rule))

  const inspectHead = (x: Exchange, unit: Unit): Awaitable<Findings> => {
    if (unit.direction === 'response') {
      if (section.enabled && unit.status === 401 && asksForBasic(unit)) challenges.note(x)
      return NOTHING
    }
    if (!section.scan_headers && !isWebSocket(x)) return NOTHING
    const key = cleanHeads.keyOf(unit.headers)
    return key !== undefined && cleanHeads.has(key) ? NOTHING : inTurns(x, inspectFields(x, unit, key))
  }

  function* inspectFields(x: Exchange, unit: Unit, key: string | undefined): Steps<Findings> {
    const finds = yield* scanHeaders(unit.headers, headers, scanners, {
      mayCarryPassword: () => allowed.match(x.target?.host ?? '') !== undefined || challenges.asked(x),
      isIssuer: section.credential_audience ? issuerOf(x, scanners) : undefined,
    })
    if (key !== undefined && finds.length === 0) cleanHeads.add(key)
    return finds.flatMap((find) => {
      const standing = {...find, enforced: stands(x, 'header_dlp', find.enforced)}
      return headerCredentials(standing, actionOf(x), x.transport)
    })
  }

  function* inspectBody(x: Exchange, unit: Unit): Generator<undefined, Findings> {
    const {mediaType, contentType} = unit
    const declared = declaredTypes(unit.headers).join()
    const form = {mediaType, contentType, declared}
    // the length of a message has a limit of its own
    const extraction = yield* extract(unit.bytes, form, Math.max(boundOf(x).maxBytes, unit.bytes.length))
    if ('problem' in extraction) return [unreadableBody(extraction.problem)]
    const host = x.target?.host ?? ''
    const toProvider = isProvider(host)
    const {credentials, injections} = yield* scanBody(extraction, scanners, {tokenRequest: isTokenRequest(x, unit)})
    const {informational, exhausted} = credentials
    const enforced = stands(x, 'body_dlp', credentials.enforced)
    const what = unit.framing === 'messages' ? 'message' : 'request body'
    const findings: Finding[] = [...bodyCredentials({enforced, informational, exhausted}, actionOf(x), what)]
    if (!section.enabled) return findings
    if (extraction.unread !== undefined) findings.push(unreadCharset(section.action))
    // people ask a model about attacks, and agents hand pages on to it: blocking either stops the work itself
    const orders = stands(x, 'body_prompt_injection', injections)
    if (orders.length > 0) findings.push(bodyInjection(orders, toProvider ? 'warn' : 'block'))
    const opaque = yield* findOpaqueSteps(extraction.texts, entropy)
    if (opaque !== undefined && !isAccepted(x, 'body_entropy', 'body_entropy')) {
      const action = toProvider ? 'warn' : section.content_entropy_action
      findings.push(bodyEntropy(opaque, entropy.threshold, action))
    }
    return findings
  }

  /** Parts that a decoder skips are sent too: names and comments in the heads of gzip. */
  const rewriteBody = async (x: Exchange, unit: Unit): Promise<Rewrite> => {
    const result = await decoded(unit, boundOf(x))
    const notes = result.unit === unit ? '' : gzipNotes(unit.bytes)
    if (notes === '') return result
    const {matches, informational, exhausted} = scanners.text(notes, {surface: 'body', all: true})
    const enforced = stands(x, 'body_dlp', matches)
    return {
      ...result,
      findings: [...result.findings, ...bodyCredentials({enforced, informational, exhausted}, section.action)],
    }
  }

  return {
    requires(x, head) {
      if (!section.enabled || head.direction !== 'request') return undefined
      const bound = boundOf(x)
      return {maxBytes: bound.maxBytes, over: () => bodyTooLong(bound)}
    },
    rewrite: (x, unit) =>
      section.enabled && unit.direction === 'request' && unit.kind === 'body' && unit.bytes.length > 0
        ? rewriteBody(x, unit)
        : {unit, findings: NOTHING, changed: false},
    inspect: (x, unit) => {
      if (!isInspected(x)) return NOTHING
      if (unit.kind === 'head') return inspectHead(x, unit)
      if (unit.direction !== 'request' || unit.kind !== 'body' || unit.bytes.length === 0) return NOTHING
      return inTurns(x, inspectBody(x, unit))
    },
    watch: (x, head) =>
      head.direction === 'request' && framingOf(head) === 'messages'
        ? watchMessages(x, scanners, ({matches, informational, exhausted}) =>
            bodyCredentials({enforced: stands(x, 'body_dlp', matches), informational, exhausted}, 'block', 'message'),
          )
        : undefined,
  }
}

const NOTHING: Findings = []

function isWebSocket({transport}: Exchange): boolean {
  return transport === 'websocket'
}

/** The head of a CONNECT goes to nobody but this proxy, whatever is sent through the tunnel later. */
function issuerOf({target, transport}: Exchange, scanners: BodyScanners): HeaderAudience['isIssuer'] {
  if (target?.scheme !== 'https' || transport === 'connect') return undefined
  const {scheme, host} = target
  return (rule, header) => scanners.isAudience(rule, {...header, scheme, host})
}

/** The decoded form is inspected; the sent bytes stay as they are. */
async function decoded(unit: Unit, bound: BodyBound): Promise<Rewrite> {
  const same = {unit, findings: NOTHING, changed: false}
  const values = unit.headers.flatMap(([name, value]) => (name.toLowerCase() === 'content-encoding' ? [value] : []))
  const coding = codingOf(values)
  if (coding === 'identity') return same
  if (typeof coding === 'object') return {...same, findings: [unreadableBody(`request body ${coding.problem}`)]}
  const result = await decodeContent(unit.bytes, coding, {maxBytes: bound.maxBytes, maxRatio: MAX_RATIO})
  if ('bytes' in result) return {...same, unit: {...unit, bytes: result.bytes}}
  const {problem} = result
  if (problem === 'size') return {...same, findings: [bodyTooLong(bound)]}
  const what =
    problem === 'ratio' ? `decodes to more than ${MAX_RATIO} times its size` : `cannot be decoded as ${coding}`
  return {...same, findings: [unreadableBody(`request body ${what}`)]}
}

/** Credentials in parameters are the purpose of such a request. */
function isTokenRequest(x: Exchange, unit: Unit): boolean {
  if (unit.mediaType !== 'application/x-www-form-urlencoded' || !/\/token$/.test(x.target?.rawPath ?? '')) return false
  return /(?:^|&)grant_type=/.test(unit.bytes.toString('latin1'))
}

function asksForBasic({headers}: Unit): boolean {
  return headers.some(
    ([name, value]) => name.toLowerCase() === 'www-authenticate' && /(?:^|,)\s*basic(?:\s|$)/i.test(value),
  )
}
