// What is a message between agents: by media type, path, header, method name or shape. A strong
// sign makes the strict reading of its JSON a duty; a weak one, such as a path that other services have as well, does not.
import type {Exchange, Header} from '../../core/exchange.js'
import {decodePercent} from '../../lib/decode.js'
import {RawNumber, type JsonObject, type JsonValue} from '../../lib/json/reader.js'
import {takeJsonTexts} from '../../lib/json/texts.js'
import {isInSteps} from '../../lib/slices.js'

export type Sign = 'strong' | 'weak' | 'none'

export interface Operation {
  readonly sign: Sign
  /** An answer to it is an agent card. */
  readonly isCard: boolean
  /** Its answer may be a stream of events. */
  readonly isStream: boolean
  /** It means nothing without a body. */
  readonly needsBody: boolean
  /** Whatever succeeds is answered by a message. */
  readonly isAnswered: boolean
  /** It names an address that the other side will call. */
  readonly isCallback: boolean
}

const NONE: Operation = {
  sign: 'none',
  isCard: false,
  isStream: false,
  needsBody: false,
  isAnswered: false,
  isCallback: false,
}
const STRONG: Operation = {...NONE, sign: 'strong', isAnswered: true}
const WEAK: Operation = {...NONE, sign: 'weak'}
const CARD: Operation = {...STRONG, isCard: true}
const CALLBACK: Operation = {...STRONG, isCallback: true}

/** Ends of paths that nothing else has, behind any prefix of tenants and versions. */
const ENDS: readonly (readonly [RegExp, Operation])[] = [
  [/\/\.well-known\/agent(?:-card)?\.json$/, CARD],
  [/\/extendedagentcard$/, CARD],
  [/\/message:send$/, {...STRONG, needsBody: true}],
  [/\/message:stream$/, {...STRONG, needsBody: true, isStream: true}],
  [/\/tasks\/[^/]+:cancel$/, STRONG],
  [/\/tasks\/[^/]+:(?:re)?subscribe$/, {...STRONG, isStream: true}],
  [/\/tasks\/[^/]+\/pushnotificationconfigs(?:\/[^/]+)?$/, CALLBACK],
]
/** One tenant at most: projects have tasks, too, and shops have cards. */
const COMMON: readonly (readonly [RegExp, Operation])[] = [
  [/^(?:\/v\d+(?:\.\d+)?)?(?:\/[^/]+)?(?:\/v\d+(?:\.\d+)?)?\/tasks(?:\/[^/]+)?$/, WEAK],
  [/^(?:\/v\d+(?:\.\d+)?)?(?:\/[^/]+)?(?:\/v\d+(?:\.\d+)?)?\/card$/, {...WEAK, isCard: true}],
]

/** By its canonical path, escapes undone: a server decodes what an agent writes. */
function operationOfPath(canonicalPath: string): Operation {
  const decoded = canonicalPath.includes('%') ? decodePercent(canonicalPath, false).text : canonicalPath
  const path = withoutDots(decoded.replaceAll('\\', '/')).toLowerCase()
  for (const [end, operation] of ENDS) if (end.test(path)) return operation
  for (const [whole, operation] of COMMON) if (whole.test(path)) return operation
  return NONE
}

function withoutDots(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.' && part !== '') parts.push(part)
  }
  return `/${parts.join('/')}`
}

const HEADERS: ReadonlySet<string> = new Set([
  'a2a-version',
  'a2a-extensions',
  'x-a2a-extensions',
  'x-a2a-notification',
])

function hasA2aHeader(headers: readonly Header[]): boolean {
  return headers.some(([name]) => HEADERS.has(name.toLowerCase()))
}

export function isA2aType(mediaType: string): boolean {
  return mediaType === 'application/a2a+json'
}

/** What the head of a request says. */
export function operationOf(x: Exchange): Operation {
  const operation = x.target === undefined ? NONE : operationOfPath(x.target.path)
  if (operation.sign === 'strong') return operation
  const isStated =
    hasA2aHeader(x.headers) ||
    x.headers.some(
      ([name, value]) => name.toLowerCase() === 'content-type' && /^\s*application\/a2a\+json\b/i.test(value),
    )
  return isStated ? {...operation, sign: 'strong'} : operation
}

const METHODS: ReadonlyMap<string, Operation> = new Map([
  ...[
    'SendMessage',
    'GetTask',
    'ListTasks',
    'CancelTask',
    'GetTaskPushNotificationConfig',
    'ListTaskPushNotificationConfigs',
    'ListTaskPushNotificationConfig',
    'DeleteTaskPushNotificationConfig',
    'message/send',
    'tasks/get',
    'tasks/list',
    'tasks/cancel',
  ].map((name) => [name.toLowerCase(), STRONG] as const),
  ['createtaskpushnotificationconfig', CALLBACK],
  ...['SendStreamingMessage', 'SubscribeToTask', 'message/stream', 'tasks/resubscribe'].map(
    (name) => [name.toLowerCase(), {...STRONG, isStream: true}] as const,
  ),
  ...['GetExtendedAgentCard', 'agent/getAuthenticatedExtendedCard', 'agent/authenticatedExtendedCard'].map(
    (name) => [name.toLowerCase(), CARD] as const,
  ),
])
const PUSH = 'tasks/pushnotificationconfig/'
/** Nothing else can hold the name of a method, plain or escaped. */
const MAY_CALL = /method|\\u/i

const MAX_DEPTH = 64

/** The operation that a JSON-RPC body calls; both values of a duplicate member count, since servers differ. */
export function* operationOfBody(text: string): Generator<undefined, Operation | undefined> {
  if (!(yield* isInSteps(text, MAY_CALL))) return undefined
  let operation: Operation | undefined
  try {
    yield* takeJsonTexts(text, {maxDepth: MAX_DEPTH, sequence: true}, ({text: value, role, under}) => {
      if (operation !== undefined || role !== 'string' || under.toLowerCase() !== 'method') return
      const method = value.toLowerCase()
      operation = METHODS.get(method) ?? (method.startsWith(PUSH) ? CALLBACK : undefined)
    })
  } catch {
    return undefined // no JSON that a server could read a method out of
  }
  return operation
}

const MAY_BE_SHAPED = /artifacts|history|skills|\\u/

/** What an answer is by its members, where nothing else tells. */
export function shapeOf(value: JsonValue): 'card' | 'task' | undefined {
  if (!isObject(value)) return undefined
  const inner = value['result']
  const body = isObject(inner) ? inner : value
  if (isObject(body['status']) && ('artifacts' in body || 'history' in body)) return 'task'
  if (Array.isArray(body['skills']) && ('supportedInterfaces' in body || typeof body['url'] === 'string')) return 'card'
  return undefined
}

export function mayBeShaped(text: string): boolean {
  return MAY_BE_SHAPED.test(text)
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof RawNumber)
}
