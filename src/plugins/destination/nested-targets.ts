// Destinations inside parameters: a helper that fetches whatever address it is sent (a preview, a renderer, an import) reaches places
// that its caller may not. A value that is an absolute URL or the literal of a host is judged by its address; names are not resolved.
import {declaredTypes} from '../../core/content-type.js'
import type {Exchange, Target, Unit} from '../../core/exchange.js'
import type {Findings} from '../../core/plugin.js'
import {parseTarget} from '../../core/target.js'
import {inTurns, type Steps} from '../../core/work.js'
import type {Awaitable} from '../../lib/awaitable.js'
import {fieldsOf} from '../../lib/body/form.js'
import {readingSteps} from '../../lib/body/readings.js'
import {decodeOnce} from '../../lib/decode.js'
import {JsonFault} from '../../lib/json/reader.js'
import {takeJsonTexts} from '../../lib/json/texts.js'
import {toFinding, type Refusal} from './layers.js'

export interface NestedTargets {
  readonly action: 'warn' | 'block'
  /** The refusal of a URL whose host is written as an internal address, or names a metadata service. */
  readonly refusalOf: (target: Target) => Pick<Refusal, 'label'> | undefined
}

const MAX_VALUE = 2_048
const ROUNDS = 3
/** Protocols besides those of the web that fetching libraries speak, and with which one reaches a web service. */
const SCHEME = /^(?:gopher|dict|tftp|jar:https?):\/\//i
const WEB = /^(?:https?|wss?):\/\//i
/** Four numbers, an address in brackets or with colons, and the names that lead to one. */
const HOST_LITERAL =
  /^(?:(?:0x[0-9a-f]{1,8}|[0-9]{1,3})(?:\.(?:0x[0-9a-f]{1,2}|0?[0-9]{1,3})){3}|\[[0-9a-f:.]{2,45}\]|localhost|metadata\.google\.internal|metadata\.azure\.internal|instance-data)(?::[0-9]{1,5})?(?:[/?#]|$)/i
/** The browser of the person is sent there, and nobody else (RFC 8252, section 7.3). */
const SENT_BACK = new Set([
  'redirect_uri',
  'redirect_url',
  'redirecturi',
  'post_logout_redirect_uri',
  'callback',
  'callback_url',
])
const LOOPBACK = /^(?:127\.|localhost$|\[?::1\]?$)/
/** No value of a text without one of these is such a target. */
const MAY_HOLD = /:\/\/|%(?:25)*3a|\\|[0-9]\.[0-9]|localhost|metadata|instance-data|\[/i

/** The gravest refusal among values with their names. */
export function findNested(
  values: Iterable<readonly [key: string, value: string]>,
  {action, refusalOf}: NestedTargets,
): Refusal | undefined {
  let worst: Refusal | undefined
  for (const [key, value] of values) {
    const match = nestedIn(key, value, refusalOf)
    if (match === undefined) continue
    const isMetadata = match.label === 'ssrf_metadata'
    const refusal: Refusal = {
      label: isMetadata ? 'ssrf_metadata' : 'ssrf',
      rule: 'nested_target',
      action: isMetadata ? 'block' : action,
      detail: isMetadata
        ? 'a value of the request names a cloud metadata service'
        : 'a value of the request names an internal address',
      hint: isMetadata
        ? 'ssrf.ip_allowlist permits exactly one address'
        : 'add the address to ssrf.ip_allowlist, or set nested_targets.action to warn',
    }
    if (isMetadata) return refusal
    worst ??= refusal
  }
  return worst
}

function nestedIn(
  key: string,
  value: string,
  refusalOf: NestedTargets['refusalOf'],
): Pick<Refusal, 'label'> | undefined {
  let text = value
  for (let round = 0; round <= ROUNDS; round++) {
    const target = targetOf(text.trim())
    if (target !== undefined) {
      const isSentBack = SENT_BACK.has(key.toLowerCase()) && LOOPBACK.test(target.host)
      return isSentBack ? undefined : refusalOf(target)
    }
    const decoded = decodeOnce(text)
    if (decoded === text) return undefined
    text = decoded
  }
  return undefined
}

function targetOf(text: string): Target | undefined {
  if (text.length > MAX_VALUE || /\s/.test(text)) return undefined
  if (WEB.test(text)) return parseTarget(text.replace(/^ws/i, 'http')).target
  if (SCHEME.test(text)) return parseTarget(text.replace(SCHEME, 'http://')).target
  if (text.startsWith('//')) return parseTarget(`http:${text}`).target
  return HOST_LITERAL.test(text) ? parseTarget(`http://${text}`).target : undefined
}

/** Names and values of a query, not decoded. */
export function* queryValues(query: string): Generator<readonly [string, string]> {
  if (query === '' || !MAY_HOLD.test(query)) return
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=')
    if (equals >= 0) yield [decodeOnce(pair.slice(0, equals)), decodeOnce(pair.slice(equals + 1).replaceAll('+', ' '))]
  }
}

export function inspectNested(x: Exchange, unit: Unit, nested: NestedTargets): Awaitable<Findings> {
  if (unit.kind !== 'body' || unit.direction !== 'request' || unit.bytes.length === 0) return NOTHING
  return inTurns(x, bodySteps(unit, nested))
}

const NOTHING: Findings = []
/** After what other scanners see in the same body. */
const BODY_ORDER = 268
const MAX_DEPTH = 64
const isForm = /^\s*[^\s=&<>{}]{1,256}=/

/** Strings of JSON and fields of a form, by what the text is: a declared type hides nothing. */
function* bodySteps({bytes, headers}: Unit, nested: NestedTargets): Steps<Findings> {
  const {texts} = yield* readingSteps(bytes, declaredTypes(headers).join())
  const [text = ''] = texts
  yield
  if (!MAY_HOLD.test(text)) return NOTHING
  const refusal = findNested(yield* valuesIn(text), nested)
  return refusal === undefined ? NOTHING : [{...toFinding(refusal), order: BODY_ORDER}]
}

function* valuesIn(text: string): Generator<undefined, readonly (readonly [string, string])[]> {
  const values: (readonly [string, string])[] = []
  const keep = (key: string, value: string): void => {
    if (value.length <= MAX_VALUE && MAY_HOLD.test(value)) values.push([key, value])
  }
  if (/^[\s\ufeff]*[[{"]/.test(text.slice(0, 256))) {
    try {
      yield* takeJsonTexts(text, {maxDepth: MAX_DEPTH, sequence: true}, ({text: value, role, under}) => {
        if (role === 'string') keep(under, value)
      })
    } catch (error) {
      if (!(error instanceof JsonFault)) throw error
    }
    return values
  }
  if (!isForm.test(text.slice(0, 300))) return values
  let count = 0
  for (const {name, value} of fieldsOf(text)) {
    keep(name, value)
    if (++count % 2_048 === 0) yield
  }
  return values
}
