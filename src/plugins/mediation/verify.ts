// Verifies the envelope that a client must carry: of a listed peer, signed over this request, fresh, and used once. Every
// class of failure looks alike to the client.
import {createHash, timingSafeEqual} from 'node:crypto'
import type {Finding} from '../../core/decision.js'
import type {ReceivedRequest} from '../../core/exchange.js'
import {REASONS} from '../../core/reasons.js'
import {ENVELOPE_FIELD, parseEnvelope, trustDomainOf} from '../../formats/mediation-envelope.js'
import type {PublicKey} from '../../lib/ed25519.js'
import {
  contentDigest,
  fieldValue,
  readSignatures,
  SignatureFault,
  verifySignature,
  type Fields,
  type ReceivedSignature,
} from '../../lib/http-signature.js'
import {parseDictionary} from '../../lib/structured-fields.js'
import {COMPONENTS} from './config.js'
import type {ReplayCache} from './replay-cache.js'
import {SIGNATURE_TAG} from './sign.js'

/** The check that failed: for log and receipt only. */
export type FailureClass =
  'missing' | 'parse' | 'signature' | 'not_trusted' | 'expired' | 'components' | 'digest' | 'replay' | 'replay_capacity'

export interface Peer {
  readonly key: PublicKey
  /** Empty: it may speak for every trust domain. */
  readonly trustDomains: ReadonlySet<string>
  /** Where it publishes its key. */
  readonly publishedAt?: string | undefined
}

export interface VerifierParts {
  readonly peers: ReadonlyMap<string, Peer>
  readonly actorFormat: 'spiffe' | 'legacy'
  readonly skewSeconds: number
  readonly windowSeconds: number
  readonly replays: ReplayCache
  readonly now: () => number
  /** Verified against in place of the key of an unknown peer, so that time does not tell who is listed. */
  readonly decoy: PublicKey
}

/** A request that passed, with the digest that its body must have; undefined where it has none. */
export interface Verified {
  readonly bodyDigest: string | undefined
}

export type Verification = Verified | FailureClass

const COVERED = ['@method', 'pipelock-mediation'] as const
const DIGEST = 'content-digest'
const MAX_NONCE = 256

/** Everything that the head of a request decides; its body is verified by `isBodyOf`. */
export function createVerifier(parts: VerifierParts): (method: string, received: ReceivedRequest) => Verification {
  const {peers, actorFormat, replays, now, decoy} = parts
  return (method, {uri, headers}) => {
    const envelope = fieldValue(headers, ENVELOPE_FIELD.toLowerCase())
    if ([envelope, fieldValue(headers, 'signature-input'), fieldValue(headers, 'signature')].includes(undefined))
      return 'missing'
    const parsed = parseEnvelope(envelope ?? '')
    const domain = parsed && trustDomainOf(parsed.actor)
    if (!parsed || (actorFormat === 'spiffe' && domain === undefined)) return 'parse'
    const own = signatureOf(headers)
    if (typeof own === 'string') return own
    const {parameters} = own
    if (parameters.get('alg') !== 'ed25519') return 'signature'
    const keyId = String(parameters.get('keyid') ?? '')
    const peer = peers.get(keyId)
    const isSpeaker = peer && (peer.trustDomains.size === 0 || peer.trustDomains.has(domain ?? ''))
    const problem = timeProblem(own, Math.floor(now() / 1000), parts) ?? componentProblem(own, headers)
    const message = {method, targetUri: withoutFragment(uri), authority: authorityOf(uri), fields: headers}
    const isSigned = verifySignature(message, own, peer?.key ?? decoy)
    if (!isSpeaker) return 'not_trusted'
    if (problem !== undefined) return problem
    if (!isSigned) return 'signature'
    const bodyDigest = own.components.some(({name}) => name === DIGEST) ? fieldValue(headers, DIGEST) : undefined
    if (bodyDigest !== undefined && !hasContent(headers) && !isBodyOf(bodyDigest, Buffer.alloc(0))) return 'digest'
    const expires = Number(parameters.get('expires')) + parts.skewSeconds
    const taken = replays.take(`${keyId}|${String(parameters.get('nonce'))}`, expires * 1000, {
      createdMs: Number(parameters.get('created')) * 1000,
    })
    return taken === 'taken' ? {bodyDigest} : taken
  }
}

/** The peer under whose key id a request is signed. */
export function claimedPeer(peers: VerifierParts['peers'], {headers}: ReceivedRequest): Peer | undefined {
  const own = signatureOf(headers)
  return typeof own === 'string' ? undefined : peers.get(String(own.parameters.get('keyid')))
}

/** The one signature of a firewall. */
function signatureOf(headers: Fields): ReceivedSignature | FailureClass {
  try {
    const own = readSignatures(headers, (label) => label.startsWith('pipelock'))
    const [first, ...others] = own.filter(({parameters}) => parameters.get('tag') === SIGNATURE_TAG)
    // which of two is meant would be the choice of whoever added one
    return first === undefined || others.length > 0 ? 'parse' : first
  } catch (error) {
    if (error instanceof SignatureFault) return error.isOfComponent ? 'components' : 'parse'
    throw error
  }
}

function timeProblem(
  {parameters}: ReceivedSignature,
  nowSeconds: number,
  {skewSeconds, windowSeconds}: Pick<VerifierParts, 'skewSeconds' | 'windowSeconds'>,
): FailureClass | undefined {
  const [created, expires, nonce] = ['created', 'expires', 'nonce'].map((name) => parameters.get(name))
  if (!isSeconds(created) || !isSeconds(expires) || typeof nonce !== 'string' || nonce === '') return 'expired'
  if (Buffer.byteLength(nonce) > MAX_NONCE) return 'replay'
  const isFresh =
    created <= nowSeconds + skewSeconds &&
    expires > nowSeconds - skewSeconds &&
    expires > created &&
    expires - created <= windowSeconds + skewSeconds
  return isFresh ? undefined : 'expired'
}

const isSeconds = (value: string | number | undefined): value is number => Number.isSafeInteger(value)

/** A signature that does not cover the envelope would vouch for any envelope. */
function componentProblem({components}: ReceivedSignature, headers: Fields): FailureClass | undefined {
  const names = components.map(({name}) => name)
  const isKnown = components.every(
    ({name, ofRequest}) => !ofRequest && (COMPONENTS as readonly string[]).includes(name),
  )
  const isWhole =
    COVERED.every((name) => names.includes(name)) && (names.includes('@target-uri') || names.includes('@authority'))
  if (!isKnown || !isWhole || new Set(names).size !== names.length) return 'components'
  return hasContent(headers) && !names.includes(DIGEST) ? 'digest' : undefined
}

/** True for a request with a body. */
export function hasContent(headers: Fields): boolean {
  return headers.some(([name, value]) => {
    const lower = name.toLowerCase()
    return lower === 'transfer-encoding' || (lower === 'content-length' && !/^\s*0*\s*$/.test(value))
  })
}

/** True when the field is the SHA-256 digest of these bytes, and nothing else. */
export function isBodyOf(field: string, bytes: Uint8Array): boolean {
  const members = parseDictionary(field)
  if (members?.size !== 1 || !members.has('sha-256')) return false
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(field.trim()), digest(contentDigest(bytes)))
}

const withoutFragment = (uri: string): string => uri.split('#', 1)[0] ?? ''
const authorityOf = (uri: string): string => /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#]*@)?([^/?#]*)/i.exec(uri)?.[1] ?? ''

/** The finding of a failure. The text for the client is the same for every class; `more` is for the log. */
export function refusal(failure: FailureClass, more = ''): Finding {
  const text = 'inbound mediation envelope verification failed'
  return {
    plugin: 'mediation',
    authority: 'scanner',
    layer: 'mediation_envelope',
    reason: 'envelope_verify_failed',
    action: 'block',
    severity: REASONS.envelope_verify_failed.severity,
    order: 0,
    rule: `inbound_verify_${failure}`,
    detail: `${text}: ${failure}${more}`,
    clientDetail: text,
  }
}
