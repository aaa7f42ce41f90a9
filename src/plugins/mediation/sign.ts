// Adds the envelope to a request, and signs it. The request that is signed is the one that is sent: its fields and body are
// final, and nothing is changed afterwards.
import type {Exchange} from '../../core/exchange.js'
import type {OutboundRequest, Ruling} from '../../core/policy.js'
import {classifyHttp} from '../../formats/action-type.js'
import {ENVELOPE_FIELD, envelopeField, spiffeId, type Envelope} from '../../formats/mediation-envelope.js'
import type {PrivateKey} from '../../lib/ed25519.js'
import {contentDigest, fieldValue, signMessage, type Fields} from '../../lib/http-signature.js'
import {parseDictionary} from '../../lib/structured-fields.js'
import type {ComponentName, MediationSection} from './config.js'

const SIGNATURE_LABEL = 'pipelock1'
export const SIGNATURE_TAG = 'pipelock-mediation'
const NONCE_BYTES = 16
const DIGEST = 'content-digest'
const ENVELOPE = 'pipelock-mediation'
/** They are written anew, joined with what other signers wrote. */
const WRITTEN = new Set([DIGEST, ENVELOPE, 'signature', 'signature-input'])

type Section = Pick<MediationSection, 'actor_format' | 'trust_domain' | 'key_id' | 'signed_components'>

export interface SignerParts {
  readonly section: Section
  /** undefined: envelopes are not signed. */
  readonly key: PrivateKey | undefined
  readonly expiresSeconds: number
  readonly policyHash: string
  readonly now: () => number
  readonly random: (bytes: number) => Uint8Array
}

/** Throws where the request cannot be attested; it must not be sent then. */
export type Attest = (x: Exchange, ruling: Ruling, request: OutboundRequest) => readonly string[]

export function createAttest(parts: SignerParts): Attest {
  const {section, key, policyHash, now} = parts
  return (x, ruling, request) => {
    const timestamp = Math.floor(now() / 1000)
    const envelope = envelopeField(envelopeOf(x, ruling, request, {section, policyHash, timestamp}))
    const others = pairs(request.fields).filter(([name]) => !WRITTEN.has(name.toLowerCase()))
    if (!key) {
      // without a signature of ours nothing of another signer is touched
      const kept = pairs(request.fields).filter(([name]) => name.toLowerCase() !== ENVELOPE)
      return [...kept, [ENVELOPE_FIELD, envelope] as const].flat()
    }
    const digest: Fields =
      Buffer.isBuffer(request.body) && request.body.length > 0 && section.signed_components.includes(DIGEST)
        ? [['Content-Digest', contentDigest(request.body)]]
        : []
    const fields: Fields = [...others, ...digest, [ENVELOPE_FIELD, envelope]]
    const components = section.signed_components.filter((name) => name !== DIGEST || digest.length > 0)
    const signature = signed({...request, fields}, components, {...parts, key, timestamp})
    const earlier = pairs(request.fields)
    return [...fields, ...signature.map(([name, value]) => [name, joined(earlier, name, value)] as const)].flat()
  }
}

function envelopeOf(
  x: Exchange,
  {decision}: Ruling,
  {hop, method}: OutboundRequest,
  {section, policyHash, timestamp}: Pick<SignerParts, 'section' | 'policyHash'> & {readonly timestamp: number},
): Envelope {
  const {action_type, side_effect_class} = classifyHttp(method)
  const isRelayed = x.transport === 'websocket'
  return {
    action: isRelayed ? 'delegate' : action_type,
    verdict: decision.action === 'warn' ? 'warn' : 'allow',
    sideEffect: isRelayed ? 'external_write' : side_effect_class,
    actor: section.actor_format === 'legacy' ? x.agent.name : spiffeId(section.trust_domain, x.agent.name),
    basis: x.agent.basis,
    policyHash,
    decisionId: x.id,
    timestamp,
    hop,
  }
}

interface Signing extends SignerParts {
  readonly key: PrivateKey
  readonly timestamp: number
}

function signed(
  request: Omit<OutboundRequest, 'fields'> & {readonly fields: Fields},
  components: readonly ComponentName[],
  {section, key, expiresSeconds, random, timestamp}: Signing,
): Fields {
  const {method, uri: targetUri, authority, fields} = request
  return signMessage(
    {method, targetUri, authority, fields},
    {
      label: SIGNATURE_LABEL,
      components: components.map((name) => ({name})),
      parameters: [
        ['keyid', section.key_id],
        ['alg', 'ed25519'],
        ['tag', SIGNATURE_TAG],
        ['nonce', Buffer.from(random(NONCE_BYTES)).toString('hex')],
        ['created', timestamp],
        ['expires', timestamp + expiresSeconds],
      ],
    },
    key,
  )
}

/** A field with the members of other signers before ours. Throws for a field that is not a dictionary. */
function joined(fields: Fields, name: string, own: string): string {
  const others = fieldValue(fields, name.toLowerCase())
  if (others === undefined || others === '') return own
  // drafts of the standard used the same names for other texts: overwriting them would break their signature unnoticed
  if (parseDictionary(others) === undefined)
    throw new TypeError(`${name} of the request is not a dictionary (RFC 9421): turn signing off for such clients`)
  return `${others}, ${own}`
}

function pairs(fields: readonly string[]): Fields {
  const all: (readonly [string, string])[] = []
  for (let i = 0; i + 1 < fields.length; i += 2) all.push([fields[i] ?? '', fields[i + 1] ?? ''])
  return all
}
