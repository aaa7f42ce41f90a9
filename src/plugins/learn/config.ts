// The section `learn` of the configuration. Zero means "default" for floors and normalization; `compile/settings.ts` resolves
// it, so that the schema stays a plain description of the file.
import {isAbsolute} from 'node:path'
import {z} from 'zod'
import {literalSegment} from '../../formats/path-pattern.js'
import {MACHINE_NAME} from './capture/session.js'

/** Zero stands for this default. */
const or =
  (standard: number) =>
  (value: number): number =>
    value || standard

const count = (meaning: string, standard: number) =>
  z.int().min(0).default(0).describe(`${meaning}; 0 means ${standard}`)

const segment = z.string().refine((text) => literalSegment(text) !== undefined, {
  message: 'must be one path segment of 1 to 256 bytes without / * ? [ ] or control characters',
})

const floors = z
  .strictObject({
    min_sessions: count('sessions a rule must be seen in', 5).meta({weaker: {when: 'lower', as: or(5)}}),
    min_events: count('events of a host or of an MCP server', 20).meta({weaker: {when: 'lower', as: or(20)}}),
    min_windows: count('distinct hours a rule must be seen in', 3).meta({weaker: {when: 'lower', as: or(3)}}),
  })
  .prefault({})

const normalization = z
  .strictObject({
    algorithm: z
      .literal('frequency_weighted_entropy_v1')
      .default('frequency_weighted_entropy_v1')
      .meta({weaker: 'never'}),
    min_events: count('sightings at a path position before it may collapse', 10).meta({
      weaker: {when: 'lower', as: or(10)},
    }),
    min_distinct_values: count('distinct values at a path position before it may collapse', 5).meta({
      weaker: {when: 'lower', as: or(5)},
    }),
    entropy_threshold_bits: z
      .number()
      .min(0)
      .max(8)
      .default(0)
      .describe('entropy in bits at which a position collapses; 0 means 3')
      .meta({weaker: {when: 'lower', as: or(3)}}),
    reserved_segments_extra: z
      .array(segment)
      .default([])
      .describe('segments that are never merged into a wildcard')
      .meta({weaker: 'removed'}),
    high_risk_siblings: z
      .array(segment)
      .default([])
      .describe('like reserved_segments_extra, kept as a separate list')
      .meta({weaker: 'removed'}),
    cardinality_cap_per_host: count('path patterns kept per host and port', 1000).meta({weaker: 'changed'}),
    tail_promotion_block_pct: z
      .number()
      .min(0)
      .max(100)
      .default(0)
      .describe('share of unmatched paths that blocks promotion, in percent (5.0)')
      .meta({weaker: {when: 'higher', as: or(5)}}),
  })
  .prefault({})

const inference = z
  .strictObject({
    floors,
    normalization,
    contamination_bound: z
      .number()
      .min(0)
      .max(0.5)
      .default(0.1)
      .refine((value) => Number(value.toFixed(6)) === value, {message: 'must have at most six decimals'})
      .describe('share of sessions that may be hostile without ever confirming a rule')
      .meta({weaker: 'lower'}),
  })
  .prefault({})

const patterns = (meaning: string) =>
  z
    .array(
      z.strictObject({
        name: z.string().min(1).max(100).describe('how messages name the pattern').meta({weaker: 'never'}),
        regex: z
          .string()
          .min(1)
          .max(10_000)
          .describe('RE2 syntax, matched without regard to case')
          .meta({weaker: 'changed'}),
      }),
    )
    .default([])
    .describe(meaning)

const privacy = z
  .strictObject({
    salt_source: z
      .string()
      .default('')
      .refine((text) => !/^\$\{.*\}$/s.test(text) || /^\$\{\S+\}$/.test(text), {
        message: 'must name an environment variable without blanks between ${ and }',
      })
      .describe('${VAR}, file:/absolute/path or a literal salt (tests only); empty: no salt')
      .meta({weaker: {when: 'changed', secret: true}, policyHash: 'omitted'}),
    public_allowlist_default: z
      .boolean()
      .default(true)
      .describe('without redaction.public_allowlist, hosts of the built-in public list are never internal')
      .meta({weaker: 'on'}),
    regulated_patterns: patterns(
      'what may stand in no capture and no contract: such an event is removed and counted',
    ).meta({weaker: {when: 'removed', by: ['name']}}),
    sensitive_patterns: patterns('what is left out of a contract: of a URL, the path or the destination').meta({
      weaker: {when: 'removed', by: ['name']},
    }),
    allow_sensitive: z
      .boolean()
      .default(false)
      .describe('keep what sensitive_patterns match, and treat it as internal')
      .meta({weaker: 'on'}),
  })
  .prefault({})

const sessions = z
  .strictObject({
    per: z
      .enum(['window', 'machine'])
      .default('window')
      .describe('what counts as one observation: the sessions of one hour, or those of one hour on one machine')
      .meta({weaker: ['machine', 'window']}),
    machine: z
      .string()
      .default('')
      .refine((name) => name === '' || MACHINE_NAME.test(name), {
        message:
          'must be 1 to 63 lower-case letters, digits, dots and hyphens that begin and end with a letter or digit, such as ci-runner-7',
      })
      .describe('name of this machine in the ids of its sessions; empty: ids without one')
      .meta({weaker: 'never', policyHash: 'omitted'}),
  })
  .meta({policyHash: {unless: {per: 'window'}}})
  .prefault({})

const learn = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe('capture what is decided, for learn compile')
      .meta({weaker: 'never', policyHash: 'omitted'}),
    capture_dir: z
      .string()
      .trim()
      .default('')
      .refine((path) => path === '' || isAbsolute(path), {message: 'must be an absolute path'})
      .describe('where captures are written')
      .meta({weaker: 'changed', policyHash: 'omitted'}),
    capture_escrow_public_key: z
      .string()
      .trim()
      .default('')
      .refine((key) => key === '' || /^[0-9a-fA-F]{64}$/.test(key), {
        message: 'must be the 64 hex characters of an X25519 public key',
      })
      .describe('X25519 key that the whole inputs of captures are sealed to, in sidecars; empty: no sidecars')
      .meta({weaker: 'changed', policyHash: 'omitted'}),
    session_max_age_hours: z
      .int()
      .min(1)
      .max(168)
      .default(12)
      .describe('age at which a session ends and another begins')
      .meta({weaker: 'never'}),
    parameters: z
      .enum(['observe', 'lock'])
      .default('observe')
      .describe('names of query parameters in contracts: listed for information, or no others admitted')
      .meta({weaker: ['observe', 'lock'], policyHash: {unless: 'observe'}}),
    sessions,
    privacy,
    inference,
  })
  .refine((section) => !section.enabled || section.capture_dir !== '', {
    path: ['capture_dir'],
    message: 'is required when learn.enabled is true',
  })
  .refine(({enabled, sessions: {per, machine}}) => !enabled || per !== 'machine' || machine !== '', {
    path: ['sessions', 'machine'],
    message: 'is required when learn.enabled is true and learn.sessions.per is machine, such as ci-runner-7',
  })
  .prefault({})

export const sections = {learn}

export type LearnConfig = {readonly [K in keyof typeof sections]: z.output<(typeof sections)[K]>}
