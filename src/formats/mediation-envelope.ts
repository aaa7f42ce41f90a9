// The mediation envelope: what a firewall states to the next hop about a request that it let pass. As a header it is a
// dictionary of structured fields (RFC 9651), in MCP messages a JSON object.
import {isInnerList, parseDictionary, type BareItem} from '../lib/structured-fields.js'

export const ENVELOPE_FIELD = 'Pipelock-Mediation'

export interface Envelope {
  /** Class of the action: `read`, `write`, … */
  readonly action: string
  readonly verdict: 'allow' | 'warn'
  /** `external_read`, `external_write`, … */
  readonly sideEffect: string
  readonly actor: string
  /** How reliable the name of the actor is. */
  readonly basis: string
  /** 64 hex digits, of which the first 32 are stated. */
  readonly policyHash: string
  /** Id of the decision and of its receipts. */
  readonly decisionId: string
  /** Unix seconds. */
  readonly timestamp: number
  readonly taint?: string
  readonly task?: string
  readonly authority?: string
  readonly authorityReference?: string
  readonly reauthorize?: true
  /** Redirects so far; 0 for the first request. */
  readonly hop: number
}

const MAX_LENGTH = 4096
const POLICY_HASH_BYTES = 16

/** Throws a TypeError for a text that is not printable ASCII, and for an envelope that is too long. */
export function envelopeField(envelope: Envelope): string {
  const members = membersOf(envelope).map(([key, value]) => {
    if (value === true) return key
    if (typeof value === 'number') return `${key}=${value}`
    return Buffer.isBuffer(value) ? `${key}=:${value.toString('base64')}:` : `${key}=${quoted(value)}`
  })
  const text = members.join(', ')
  if (text.length > MAX_LENGTH) throw new TypeError('the envelope is too long')
  return text
}

/** The object for `params._meta` of an MCP message. */
export function envelopeObject(envelope: Envelope): Readonly<Record<string, string | number | boolean>> {
  const members = membersOf(envelope).map(([key, value]): readonly [string, string | number | boolean] => [
    key,
    Buffer.isBuffer(value) ? `sha256-128:${value.toString('base64')}` : value,
  ])
  return Object.fromEntries(members)
}

type Value = string | number | true | Buffer

function membersOf(of: Envelope): readonly (readonly [string, Value])[] {
  const optional = (key: string, value: string | true | undefined): readonly (readonly [string, Value])[] =>
    value === undefined || value === '' ? [] : [[key, value]]
  return [
    ['v', 1],
    ['act', of.action],
    ['vd', of.verdict],
    ['se', of.sideEffect],
    ['actor', of.actor],
    ['aa', of.basis],
    ['ph', Buffer.from(of.policyHash, 'hex').subarray(0, POLICY_HASH_BYTES)],
    ['rid', of.decisionId],
    ['ts', of.timestamp],
    ...optional('taint', of.taint),
    ...optional('task', of.task),
    ...optional('auth', of.authority),
    ...optional('authr', of.authorityReference),
    ...optional('reauth', of.reauthorize),
    ...(of.hop > 0 ? [['hop', of.hop] as const] : []),
  ]
}

function quoted(text: string): string {
  if (!/^[\x20-\x7e]*$/.test(text)) throw new TypeError('the envelope holds more than printable ASCII')
  return `"${text.replace(/[\\"]/g, '\\$&')}"`
}

/** The parts of a received envelope that are checked. */
export interface ReceivedEnvelope {
  readonly actor: string
}

const BASES = new Set(['bound', 'matched', 'config-default', 'self-declared', ''])

/** `text`: the lines of the field, joined by `, `. undefined for anything that breaks a rule; unknown members are passed over. */
export function parseEnvelope(text: string): ReceivedEnvelope | undefined {
  const members = text.length > MAX_LENGTH ? undefined : parseDictionary(text)
  if (!members) return undefined
  const item = (key: string): BareItem | undefined => {
    const member = members.get(key)
    return member === undefined || isInnerList(member) ? undefined : member[0]
  }
  const isText = (key: string): boolean => typeof item(key) === 'string' && item(key) !== ''
  const isOptionalText = (key: string): boolean => !members.has(key) || typeof item(key) === 'string'
  const hop = item('hop') ?? 0
  const basis = item('aa') ?? ''
  const actor = item('actor') ?? ''
  const isWellFormed =
    item('v') === 1 &&
    ['act', 'vd', 'rid'].every(isText) &&
    Number.isInteger(item('ts')) &&
    typeof basis === 'string' &&
    BASES.has(basis) &&
    Number.isInteger(hop) &&
    Number(hop) >= 0 &&
    ['se', 'actor', 'taint', 'task', 'auth', 'authr'].every(isOptionalText)
  return isWellFormed && typeof actor === 'string' ? {actor} : undefined
}

/** The name of an agent as a SPIFFE id in a trust domain. */
export function spiffeId(trustDomain: string, agent: string): string {
  const name = agent.replace(/[^A-Za-z0-9._-]/g, '-').replace(/^-+|-+$/g, '')
  return `spiffe://${trustDomain}/agent/${name === '' || /^\.{1,2}$/.test(name) ? 'anonymous' : name}`
}

const MAX_ID = 2048
const PATH = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+)+$/

/** The trust domain of a strict SPIFFE id, in lower case; undefined for every other text. */
export function trustDomainOf(id: string): string | undefined {
  const [, domain = '', path = ''] = (id.length > MAX_ID ? null : /^spiffe:\/\/([^/]*)(\/.*)$/.exec(id)) ?? []
  const lower = domain.toLowerCase()
  return isTrustDomain(lower) && PATH.test(path) ? lower : undefined
}

const TRUST_DOMAIN = /^(?=.{1,255}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** Lower-case DNS labels: no scheme, no slash, no user, no port, no address. */
export function isTrustDomain(text: string): boolean {
  return TRUST_DOMAIN.test(text) && !/(?:^|\.)[0-9]+$/.test(text)
}
