// Joins configuration, key and process-long state into the hooks of the mediation envelope.
import {join} from 'node:path'
import type {Exchange, Unit} from '../../core/exchange.js'
import type {Findings, Hooks} from '../../core/plugin.js'
import type {Ports} from '../../core/ports.js'
import {PipelockError} from '../../core/errors.js'
import {loadPrivateKey} from '../../core/key-source.js'
import type {MediationService} from '../../core/services/mediation.js'
import {MEDIATION_USE, type DirectoryKey} from '../../formats/keys/key-directory.js'
import {parsePublicKeyText} from '../../formats/keys/key-file.js'
import {parseDuration} from '../../lib/duration.js'
import {type PrivateKey, privateKeyFromSeed} from '../../lib/ed25519.js'
import type {MediationSection} from './config.js'
import {openReplayCache, type ReplayCache} from './replay-cache.js'
import {createAttest} from './sign.js'
import {claimedPeer, createVerifier, hasContent, isBodyOf, refusal, type Peer, type Verified} from './verify.js'

/** Of the process: a reload forgets neither accepted signatures nor former keys. */
export interface MediationState {
  replays: ReplayCache | undefined
  readonly counts: {verified: number; missing: number; failed: number}
  maxEntries: number
  /** The current key, then those before it while a signature of theirs may be valid. */
  keys: readonly (Pick<DirectoryKey, 'keyId' | 'key'> & {readonly untilMs: number | undefined})[]
}

export interface CreatedMediation {
  readonly service: MediationService
  readonly hooks: Partial<Hooks>
}

export function createMediation(
  section: MediationSection,
  state: MediationState,
  ports: Ports,
  policyHash: string,
): CreatedMediation {
  const now = (): number => ports.clock.now()
  const key = section.sign ? signingKey(section.signing_key_path) : undefined
  const expiresSeconds = secondsOf(section.signature_expires)
  if (key) rotate(state, {keyId: section.key_id, key: key.public}, now() + expiresSeconds * 1000)
  const attest =
    section.enabled &&
    createAttest({section, key, expiresSeconds, policyHash, now, random: (bytes) => ports.random(bytes)})
  const verifies = section.verify_inbound.enabled && inbound(section, state, ports)
  const signsBodies = key !== undefined && section.signed_components.includes('content-digest')
  const requires: Hooks['requires'] = (x, head) => {
    if (head.direction !== 'request' || !hasContent(head.headers)) return undefined
    const maxBytes = section.max_body_bytes
    if (verifies && verifies.digestOf(x) !== undefined) return {maxBytes, always: true, over: () => refusal('digest')}
    if (!signsBodies) return undefined
    if (section.oversize_body === 'sign_without_digest') return {maxBytes, optional: true, over: () => undefined}
    return {maxBytes, always: true, over: () => oversized(maxBytes)}
  }
  return {
    service: {
      keyDirectory: () => ({
        keys: state.keys
          .filter(({untilMs}) => untilMs === undefined || untilMs > now())
          .map(({keyId, key: each, untilMs}) => ({
            keyId,
            key: each,
            use: MEDIATION_USE,
            ...(untilMs !== undefined && {notAfter: Math.ceil(untilMs / 1000)}),
          })),
        signer: key,
      }),
    },
    hooks: {
      ...(attest && {outbound: attest}),
      ...((verifies || signsBodies) && {requires}),
      ...(verifies && {admit: verifies.admit, rewrite: verifies.rewrite}),
    },
  }
}

interface Inbound {
  /** The digest that the body of a verified request must have. */
  digestOf(x: Exchange): string | undefined
  readonly admit: Hooks['admit']
  readonly rewrite: Hooks['rewrite']
}

function inbound(section: MediationSection, state: MediationState, ports: Ports): Inbound {
  const {verify_inbound: own} = section
  const now = (): number => ports.clock.now()
  state.maxEntries = own.replay_cache.max_entries
  state.replays ??= openReplayCache({
    path: join(ports.home, 'state', 'mediation-replays'),
    maxEntries: () => state.maxEntries,
    now,
  })
  const peers = new Map(
    own.trust_list.map((one): readonly [string, Peer] => [
      one.key_id,
      {
        key: parsePublicKeyText(one.public_key),
        trustDomains: new Set(one.trust_domains),
        publishedAt: one.well_known_url,
      },
    ]),
  )
  const verify = createVerifier({
    peers,
    actorFormat: section.actor_format,
    skewSeconds: section.created_skew_seconds,
    windowSeconds: secondsOf(own.replay_cache.window),
    replays: state.replays,
    now,
    decoy: privateKeyFromSeed(ports.random(32)).public,
  })
  const verified = new WeakMap<Exchange, Verified>()
  const {counts} = state
  return {
    digestOf: (x) => verified.get(x)?.bodyDigest,
    admit(x) {
      // a redirect continues a request that was verified
      if (x.purpose !== 'request') return NOTHING
      const result = x.received ? verify(x.method, x.received) : 'missing'
      if (typeof result !== 'string') {
        counts.verified++
        verified.set(x, result)
        return NOTHING
      }
      counts[result === 'missing' ? 'missing' : 'failed']++
      // after a rotation the listed key is the former one
      const published = x.received && result === 'signature' && claimedPeer(peers, x.received)?.publishedAt
      return [refusal(result, published ? ` (the peer publishes its key at ${published})` : '')]
    },
    rewrite(x, unit: Unit) {
      const digest = unit.direction === 'request' && unit.kind === 'body' ? verified.get(x)?.bodyDigest : undefined
      const isSame = digest === undefined || isBodyOf(digest, unit.bytes)
      return {unit, changed: false, findings: isSame ? NOTHING : [refusal('digest')]}
    },
  }
}

function signingKey(path: string): PrivateKey {
  try {
    return loadPrivateKey(path, 'receipt-signing').private
  } catch (error) {
    if (!(error instanceof PipelockError) || error.code !== 'file_not_found') throw error
    const hint = 'pipelock keygen mediation makes the key of the default path'
    throw new PipelockError(error.code, `mediation_envelope.signing_key_path: ${error.message}`, {hint})
  }
}

function oversized(maxBytes: number) {
  return {
    ...refusal('digest'),
    reason: 'outbound_envelope_failed' as const,
    rule: 'outbound_oversize',
    detail: `request body exceeds mediation_envelope.max_body_bytes ${maxBytes} and cannot be signed`,
    clientDetail: 'mediation envelope signing failed',
    hint: 'raise mediation_envelope.max_body_bytes, or set oversize_body: sign_without_digest',
  }
}

/** The former key stays listed until nothing that it signed is valid. */
function rotate(state: MediationState, current: Pick<DirectoryKey, 'keyId' | 'key'>, untilMs: number): void {
  const [known, ...older] = state.keys
  if (known?.keyId === current.keyId && known.key.hex === current.key.hex) return
  state.keys = [{...current, untilMs: undefined}, ...(known ? [{...known, untilMs}] : []), ...older]
}

const secondsOf = (duration: string): number => Math.ceil((parseDuration(duration) ?? 0) / 1000)
const NOTHING: Findings = []
