// The section `mediation_envelope`: what is stated to the next hop, how it is signed, and whose statements are required of
// clients.
import {z} from 'zod'
import {DEFAULT_MEDIATION_KEY} from '../../core/home-path.js'
import {parsePublicKeyText} from '../../formats/keys/key-file.js'
import {isTrustDomain} from '../../formats/mediation-envelope.js'
import {parseDuration} from '../../lib/duration.js'

export const COMPONENTS = ['@method', '@target-uri', '@authority', 'content-digest', 'pipelock-mediation'] as const
export type ComponentName = (typeof COMPONENTS)[number]

const DEFAULTS = {
  components: ['@method', '@target-uri', 'pipelock-mediation', 'content-digest'] as ComponentName[],
  keyId: 'pipelock-mediation-v1',
  window: '5m',
  maxEntries: 10_000,
}

const LONGER = {when: 'higher', as: parseDuration} as const

const duration = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, {message: 'must be a duration, such as 5m'})

const keyId = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[\x20-\x7e]+$/, {message: 'must be printable ASCII'})

const trustDomain = z
  .string()
  .transform((text) => text.toLowerCase())
  .refine(isTrustDomain, {message: 'must be a host name without scheme, port and path, such as prod.example'})

const isPublicKey = (text: string): boolean => {
  try {
    parsePublicKeyText(text)
    return true
  } catch {
    return false
  }
}

const trusted = z.strictObject({
  key_id: keyId.describe('name under which the peer signs').meta({weaker: 'never'}),
  public_key: z
    .string()
    .refine(isPublicKey, {message: 'must be 64 hex digits or the text of a public key file'})
    .describe('key of the peer')
    .meta({weaker: 'changed'}),
  well_known_url: z
    .string()
    .regex(/^https:\/\//, {message: 'must begin with https://'})
    .optional()
    .describe('where the peer publishes its key; for people')
    .meta({weaker: 'never'}),
  trust_domains: z
    .array(trustDomain)
    .default([])
    .describe('trust domains that it may speak for; empty: all')
    .meta({weaker: 'added'}),
})

const verify_inbound = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe('refuse requests without a valid envelope of a listed peer')
      .meta({weaker: 'off'}),
    trust_list: z
      .array(trusted)
      .max(1_024)
      .default([])
      .describe('peers whose envelopes are accepted')
      .meta({weaker: {when: 'added', by: ['key_id']}}),
    replay_cache: z
      .strictObject({
        window: duration
          .default(DEFAULTS.window)
          .describe('longest lifetime of an accepted signature')
          .meta({weaker: LONGER}),
        max_entries: z
          .int()
          .min(0)
          .max(10_000_000)
          .default(DEFAULTS.maxEntries)
          .transform((entries) => entries || DEFAULTS.maxEntries)
          .describe(
            'accepted signatures that are remembered; while all of them are valid, no other is accepted; 0: 10000',
          )
          .meta({weaker: 'never'}),
      })
      .prefault({}),
  })
  .prefault({})

const OFF = {
  enabled: false,
  sign: false,
  key_id: DEFAULTS.keyId,
  signed_components: DEFAULTS.components,
  signature_expires: DEFAULTS.window,
  created_skew_seconds: 60,
  max_body_bytes: 1_048_576,
  oversize_body: 'sign_without_digest',
  actor_format: 'spiffe',
  trust_domain: 'pipelock.local',
  verify_inbound: {
    enabled: false,
    trust_list: [],
    replay_cache: {window: DEFAULTS.window, max_entries: DEFAULTS.maxEntries},
  },
} as const

const mediation_envelope = z
  .strictObject({
    enabled: z
      .boolean()
      .default(OFF.enabled)
      .describe('state to the next hop who asked, what was decided and under which policy')
      .meta({weaker: 'off'}),
    sign: z.boolean().default(OFF.sign).describe('sign every request that carries an envelope').meta({weaker: 'off'}),
    signing_key_path: z
      .string()
      .default(DEFAULT_MEDIATION_KEY)
      .describe('private key file; the default is the one that pipelock keygen mediation makes')
      .meta({weaker: 'changed', path: true, policyHash: 'omitted'}),
    key_id: keyId.default(OFF.key_id).describe('name of the key in signatures').meta({weaker: 'never'}),
    signed_components: z
      .array(
        z
          .string()
          .transform((text) => text.trim().toLowerCase())
          .pipe(z.enum(COMPONENTS)),
      )
      .min(1)
      .refine((list) => new Set(list).size === list.length, {message: 'must name each component once'})
      .default([...OFF.signed_components])
      .describe('parts of a request that the signature covers')
      .meta({weaker: 'removed'}),
    signature_expires: duration
      .default(OFF.signature_expires)
      .describe('lifetime of a signature')
      .meta({weaker: LONGER}),
    created_skew_seconds: z
      .number()
      .min(0)
      .max(3_600)
      .default(OFF.created_skew_seconds)
      .describe('difference of clocks that is accepted')
      .meta({weaker: 'higher'}),
    max_body_bytes: z
      .int()
      .min(0)
      .max(1_073_741_824)
      .default(OFF.max_body_bytes)
      .describe('longest body that is held only to be signed or verified')
      .meta({weaker: 'lower'}),
    oversize_body: z
      .enum(['sign_without_digest', 'block'])
      .default(OFF.oversize_body)
      .describe('handling of a longer body that nothing else holds')
      .meta({weaker: ['sign_without_digest', 'block']}),
    actor_format: z
      .enum(['spiffe', 'legacy'])
      .default(OFF.actor_format)
      .describe('spelling of agents: spiffe://TRUST_DOMAIN/agent/NAME, or the bare name')
      .meta({weaker: 'changed'}),
    trust_domain: trustDomain.default(OFF.trust_domain).describe('trust domain of the agents').meta({weaker: 'never'}),
    verify_inbound,
  })
  .refine(({enabled, sign}) => !sign || enabled, {path: ['sign'], message: 'needs mediation_envelope.enabled'})
  .refine(({sign, signing_key_path: path}) => !sign || path !== '', {
    path: ['signing_key_path'],
    message: 'is required where mediation_envelope.sign is true: pipelock keygen mediation makes a key',
  })
  .refine(({verify_inbound: {enabled, trust_list: list}}) => !enabled || list.length > 0, {
    path: ['verify_inbound', 'trust_list'],
    message: 'must name a peer where verify_inbound.enabled is true, or every request would be refused',
  })
  .refine(({verify_inbound: {trust_list: list}}) => new Set(list.map((one) => one.key_id)).size === list.length, {
    path: ['verify_inbound', 'trust_list'],
    message: 'has two entries with the same key_id',
  })
  .refine(
    ({signature_expires: expires, verify_inbound: {enabled, replay_cache: cache}}) =>
      !enabled || (parseDuration(expires) ?? 0) <= (parseDuration(cache.window) ?? 0),
    {path: ['signature_expires'], message: 'must not exceed verify_inbound.replay_cache.window'},
  )
  .prefault({})
  // off, it decides nothing: configurations that do not name it keep their hash
  .meta({policyHash: {unless: OFF}})

export const sections = {mediation_envelope}

export type MediationConfig = {readonly [K in keyof typeof sections]: z.output<(typeof sections)[K]>}
export type MediationSection = MediationConfig['mediation_envelope']
