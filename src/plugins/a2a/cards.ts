// What a card says of its agent, as fields that are compared: in a fixed order, lists sorted, so that only what
// means something else is a change. Version, name of the provider and signatures change with every release and are left out;
// where the agent is reached, and how, is the change that matters most.
import {jcs} from '../../lib/jcs.js'
import {sha256Hex} from '../../lib/hash.js'
import type {JsonObject, JsonValue} from '../../lib/json/reader.js'
import {isObject} from './detect.js'

export interface CardField {
  /** One of a closed set, for logs and clients. */
  readonly kind: string
  /** Which of several, by the name that the card gives it. */
  readonly of: string
  readonly value: string
}

/** The card in an answer, plain or as the result of a call; undefined: it is none. */
export function cardIn(value: JsonValue): JsonObject | undefined {
  if (!isObject(value)) return undefined
  const inner = value['result']
  const card = isObject(inner) ? inner : value
  return 'name' in card && ('skills' in card || 'url' in card || 'supportedInterfaces' in card) ? card : undefined
}

export function cardFields(card: JsonObject): readonly CardField[] {
  const fields: CardField[] = []
  const add = (kind: string, value: JsonValue | undefined, of = ''): void => {
    fields.push({kind, of, value: text(value)})
  }
  const each = (name: string, by: readonly string[], members: readonly string[], kind: string): void => {
    for (const one of sorted(card[name], by)) {
      for (const member of members) add(`${kind} ${member}`, one[member], text(one[by[0] ?? '']))
    }
  }
  const capabilities = isObject(card['capabilities']) ? card['capabilities'] : {}
  add('name', card['name'])
  add('description', card['description'])
  each('skills', ['id', 'name'], ['id', 'name', 'description', 'inputSchema', 'outputSchema'], 'skill')
  each('supportedInterfaces', ['url', 'protocolBinding'], INTERFACE, 'interface')
  for (const name of ['streaming', 'pushNotifications', 'extendedAgentCard']) {
    fields.push({kind: `capability ${name}`, of: '', value: bit(capabilities[name])})
  }
  for (const one of sorted(capabilities['extensions'], ['uri', 'description'])) {
    const of = text(one['uri'])
    add('extension uri', one['uri'], of)
    add('extension description', one['description'], of)
    fields.push({kind: 'extension required', of, value: one['required'] === true ? '1' : '0'})
    add('extension params', one['params'], of)
  }
  add('securitySchemes', card['securitySchemes'])
  add('securityRequirements', card['securityRequirements'] ?? card['security'])
  for (const name of ['defaultInputModes', 'defaultOutputModes']) {
    const modes = card[name]
    for (const mode of Array.isArray(modes) ? modes.map(text).sort() : []) add(name, mode)
  }
  // beyond the fields that every implementation compares
  for (const name of ['url', 'preferredTransport', 'documentationUrl', 'iconUrl']) add(name, card[name])
  each('additionalInterfaces', ['url', 'transport'], ['url', 'transport'], 'additional interface')
  each('skills', ['id', 'name'], ['tags', 'examples'], 'skill')
  add('provider url', isObject(card['provider']) ? card['provider']['url'] : undefined)
  return fields
}

const INTERFACE = ['url', 'protocolBinding', 'tenant', 'protocolVersion']

/** SHA-256 over the fields, each ended by NUL; one inside a value ends nothing. */
export function cardHash(fields: readonly CardField[]): string {
  return sha256Hex(fields.map(({value}) => `${value.replaceAll('\0', '\\0')}\0`).join(''))
}

function text(value: JsonValue | undefined): string {
  return value === undefined || value === null ? '' : typeof value === 'string' ? value : jcs(value)
}

/** 0 unset, 1 false, 2 true. */
function bit(value: JsonValue | undefined): string {
  return value === true ? '2' : value === false ? '1' : '0'
}

function sorted(list: JsonValue | undefined, by: readonly string[]): readonly JsonObject[] {
  if (!Array.isArray(list)) return []
  const key = (one: JsonObject): string => by.map((name) => text(one[name])).join('\0')
  return list.filter((one) => isObject(one)).sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))
}
