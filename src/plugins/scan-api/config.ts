// The section `scan_api`: where scans of single texts are served, to whom, and within which limits.
import {z} from 'zod'
import {listenAddress} from '../../core/config.js'
import {parseDuration} from '../../lib/duration.js'

const DEFAULTS = {
  perMinute: 600,
  burst: 50,
  bodyBytes: 1_048_576,
  urlBytes: 8_192,
  textBytes: 524_288,
  connections: 100,
} as const
const MAX_TIMEOUT_MS = 60_000

const timeout = (value: string, meaning: string) =>
  z
    .string()
    .refine((text) => (parseDuration(text) ?? Infinity) <= MAX_TIMEOUT_MS, {
      message: 'must be a duration of at most 1m, such as 2s',
    })
    .default(value)
    .describe(meaning)
    .meta({examples: ['2s', '500ms']})

const limit = (value: number, meaning: string) =>
  z.int().min(1).max(16_777_216).default(value).describe(meaning).meta({weaker: 'never'})

const kind = (meaning: string) =>
  z
    .boolean()
    .nullish()
    .transform((value) => value ?? true)
    .describe(meaning)
    .meta({weaker: 'never'})

const token = z
  .string()
  .regex(/^[\x21-\x7e]+$/, {message: 'must be printable ASCII without spaces: openssl rand -hex 32 makes one'})

const scan_api = z
  .strictObject({
    listen: z
      .union([z.literal(''), listenAddress])
      .default('')
      .describe('listener of POST /api/v1/scan (restart); empty: off')
      .meta({weaker: 'restart'}),
    auth: z
      .strictObject({
        bearer_tokens: z
          .array(token)
          .max(64)
          .default([])
          .describe('secrets of the programs that may scan')
          .meta({weaker: 'never', secret: true}),
      })
      .prefault({}),
    rate_limit: z
      .strictObject({
        requests_per_minute: z
          .int()
          .min(0)
          .default(DEFAULTS.perMinute)
          .describe('scans of one token; 0: no limit')
          .meta({weaker: 'never'}),
        burst: limit(DEFAULTS.burst, 'scans of one token at once'),
      })
      .prefault({}),
    max_body_bytes: limit(DEFAULTS.bodyBytes, 'longest request body'),
    field_limits: z
      .strictObject({
        url: limit(DEFAULTS.urlBytes, 'bytes of input.url'),
        text: limit(DEFAULTS.textBytes, 'bytes of input.text'),
        content: limit(DEFAULTS.textBytes, 'bytes of input.content'),
        arguments: limit(DEFAULTS.textBytes, 'bytes of input.arguments as JSON'),
      })
      .prefault({}),
    timeouts: z
      .strictObject({
        read: timeout('2s', 'to send a request (restart)').meta({weaker: 'restart'}),
        write: timeout('2s', 'to take a response (restart)').meta({weaker: 'restart'}),
        scan: timeout('5s', 'for one scan').meta({weaker: 'never'}),
      })
      .prefault({}),
    connection_limit: z
      .int()
      .min(1)
      .max(65_536)
      .default(DEFAULTS.connections)
      .describe('connections open at one time (restart)')
      .meta({weaker: 'restart'}),
    kinds: z
      .strictObject({
        url: kind('scan addresses'),
        dlp: kind('scan texts for credentials'),
        prompt_injection: kind('scan content for instructions'),
        tool_call: kind('scan names and arguments of tools'),
      })
      .prefault({}),
  })
  .refine(({listen, auth}) => listen === '' || auth.bearer_tokens.length > 0, {
    path: ['auth', 'bearer_tokens'],
    message: 'is required where scan_api.listen is set: openssl rand -hex 32 makes a token',
  })
  .prefault({})
  // no traffic of an agent is decided by it
  .meta({policyHash: 'omitted', formerKeys: {enabled: 'remove it: the API starts with listen and a token'}})

export const sections = {scan_api}

export type ScanApiConfig = {readonly [K in keyof typeof sections]: z.output<(typeof sections)[K]>}
