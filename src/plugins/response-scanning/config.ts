// The section `response_scanning`: which parts of a response are inspected, and what a finding does.
import {z} from 'zod'
import {domainPattern} from '../../core/config.js'
import {MODEL_SHA256} from '../../core/injection-model.js'
import {includesDomain} from '../../lib/domain-list.js'
import {expiryOf} from '../../lib/instant.js'

const sse_streaming = z
  .strictObject({
    enabled: z
      .boolean()
      .nullish()
      .transform((value) => value ?? true)
      .describe('false: event streams pass through, unscanned')
      .meta({weaker: {when: 'off', gates: true}}),
    action: z
      .enum(['block', 'warn'])
      .default('block')
      .describe('block: the stream ends before the event with the finding')
      .meta({weaker: ['warn', 'block']}),
    max_event_bytes: z
      .int()
      .min(0)
      .max(16_777_216)
      .default(65_536)
      .transform((value) => (value === 0 ? 65_536 : value))
      .describe('data of one event; more is a finding; 0: the default')
      .meta({weaker: 'higher'}),
  })
  .prefault({})

const pattern = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(128)
    .describe('shown in findings; the name of a built-in rule replaces it')
    .meta({weaker: 'never'}),
  regex: z.string().min(1).max(10_000).describe('RE2 syntax, matched without regard to case').meta({weaker: 'changed'}),
})

const score = z.number().gt(0).max(1)

const classifier = z
  .strictObject({
    enabled: z
      .boolean()
      .nullish()
      .transform((value) => value ?? true)
      .describe('false: rules alone judge')
      .meta({weaker: {when: 'off', gates: true}}),
    threshold: score
      .default(0.7)
      .describe(
        'score from which a passage is a finding, lower for short texts; docs/learned-classifier.md has the figures',
      )
      .meta({weaker: 'higher'}),
    report_threshold: score
      .default(0.4)
      .describe('score from which a passage is logged and not enforced')
      .meta({weaker: 'higher'}),
    model: z
      .literal(MODEL_SHA256)
      .default(MODEL_SHA256)
      .describe('SHA-256 of the model of this version; another one is refused, so that a policy names what judges')
      .meta({weaker: 'never'}),
  })
  .prefault({})

const exception = z.strictObject({
  host: domainPattern.describe('the host of the response, after redirects').meta({weaker: 'never'}),
  pattern: z.string().min(1).max(128).describe('name of a built-in rule').meta({weaker: 'never'}),
  reason: z.string().min(1).max(500).describe('why it may').meta({weaker: 'never'}),
  owner: z.string().min(1).max(200).describe('who is responsible for it').meta({weaker: 'never'}),
  expires: z
    .string()
    .refine((text) => expiryOf(text) !== undefined, {message: 'must be a date such as 2030-01-31, or an RFC 3339 time'})
    .describe('last day (UTC), or the time at which it ends; at most 30 days ahead')
    .meta({weaker: {when: 'higher', as: expiryOf}}),
})

const response_scanning = z
  .strictObject({
    enabled: z
      .boolean()
      .nullish()
      .transform((value) => value ?? true)
      .describe('false: only the eight rules of the core floor apply, and they block')
      .meta({weaker: {when: 'off', gates: true}}),
    action: z
      .enum(['warn', 'block', 'strip', 'ask'])
      .default('warn')
      .describe('strip: matched text is replaced, or blocked where it cannot be; ask: an operator decides about /fetch')
      .meta({weaker: ['warn', ['strip', 'ask'], 'block']}),
    ask_timeout_seconds: z
      .int()
      .positive()
      .max(3600)
      .default(30)
      .describe('how long an operator has; then it is blocked')
      .meta({weaker: 'never'}),
    exempt_domains: z
      .array(domainPattern)
      .default([])
      .describe('hosts whose findings are only reported; credentials in their event streams are still enforced')
      .meta({weaker: {when: 'added', includes: includesDomain, always: true}}),
    include_defaults: z
      .boolean()
      .nullish()
      .transform((value) => value ?? true)
      .describe('false: of the built-in rules only the core floor applies to responses')
      .meta({weaker: 'off'}),
    patterns: z
      .array(pattern)
      .max(1000)
      .default([])
      .describe('added to the built-in rules, or replacing them by name')
      .meta({weaker: {when: 'removed', by: ['name'], replaces: 'injection'}}),
    mentions: z
      .boolean()
      .nullish()
      .transform((value) => value ?? true)
      .describe('false: a phrase that an article quotes is enforced like any other; for agents that nobody watches')
      .meta({weaker: 'on'}),
    classifier,
    core_observe_exceptions: z
      .array(exception)
      .max(100)
      .default([])
      .describe('hosts that may speak about a rule for a while: recorded, not enforced')
      .meta({weaker: {when: 'added', by: ['host', 'pattern'], always: true}}),
    sse_streaming,
  })
  .prefault({})

export const sections = {response_scanning}

export type ResponsesConfig = {readonly [K in keyof typeof sections]: z.output<(typeof sections)[K]>}
export type ResponseScanning = ResponsesConfig['response_scanning']
