// The section `request_body_scanning`. What is left out is scanned: `scan_headers` and `content_entropy_enabled` are on unless
// a file turns them off.
import {z} from 'zod'

const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/, {message: 'must be the name of a header'})
  .overwrite((name) => name.toLowerCase())

const SENSITIVE = ['Authorization', 'Cookie', 'X-Api-Key', 'X-Token', 'Proxy-Authorization', 'X-Goog-Api-Key']

const IGNORED = [
  'Connection',
  'Keep-Alive',
  'Proxy-Authenticate',
  'Te',
  'Trailer',
  'Transfer-Encoding',
  'Upgrade',
  'Host',
  'Content-Length',
  'Content-Type',
  'Accept',
  'Accept-Encoding',
  'User-Agent',
]

export const MAX_BODY_BYTES = 5 * 1024 * 1024

const lower = (names: readonly string[]): string[] => names.map((name) => name.toLowerCase())

export const sections = {
  request_body_scanning: z
    .strictObject({
      enabled: z
        .boolean()
        .default(true)
        .describe('look into request bodies and headers')
        .meta({weaker: {when: 'off', gates: true}}),
      action: z
        .enum(['warn', 'block'])
        .default('warn')
        .describe('action on a credential; one of critical severity is always blocked')
        .meta({weaker: ['warn', 'block']}),
      max_body_bytes: z
        .int()
        .min(1)
        .max(1024 * 1024 * 1024)
        .default(MAX_BODY_BYTES)
        .describe('longest body, as received and as decoded; a longer one is blocked')
        .meta({weaker: 'higher'}),
      scan_headers: z
        .boolean()
        .nullish()
        .transform((value) => value ?? true)
        .describe('look into request headers')
        .meta({weaker: 'off'}),
      header_mode: z
        .enum(['sensitive', 'all'])
        .default('sensitive')
        .describe('every header is searched; which of them are also put together: sensitive: the listed ones; all: all')
        .meta({weaker: ['sensitive', 'all']}),
      sensitive_headers: z
        .array(headerName)
        .min(1)
        .default(lower(SENSITIVE))
        .describe('headers that carry credentials')
        .meta({weaker: 'removed'}),
      ignore_headers: z
        .array(headerName)
        .default(lower(IGNORED))
        .describe('headers whose values may look random; they are searched for credentials like all others')
        .meta({weaker: 'added'}),
      credential_audience: z
        .boolean()
        .default(false)
        .describe('a key alone in its header on its way to its own issuer over TLS is recorded, not blocked')
        .meta({weaker: 'on'}),
      content_entropy_enabled: z
        .boolean()
        .nullish()
        .transform((value) => value ?? true)
        .describe('look for values in bodies that look random')
        .meta({weaker: 'off'}),
      content_entropy_action: z
        .enum(['warn', 'block'])
        .default('warn')
        .describe('what such a value does; never more than warn on the way to a language model')
        .meta({weaker: ['warn', 'block']}),
      content_entropy_threshold: z
        .number()
        .min(0)
        .max(16)
        .default(4.5)
        .describe('bits per character; 0: never')
        .meta({weaker: {when: 'higher', unlimited: 0}}),
      content_entropy_min_length: z
        .int()
        .min(1)
        .max(1_000_000)
        .default(32)
        .describe('shortest value that is scored')
        .meta({weaker: 'higher'}),
    })
    .prefault({}),
}

export type BodiesConfig = {readonly [K in keyof typeof sections]: z.output<(typeof sections)[K]>}
