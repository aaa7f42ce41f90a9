// The section `tls_interception`: whether tunnels are opened, with which authority, and for which hosts they are not.
import {z} from 'zod'
import {domainPattern} from '../../core/config.js'
import {DEFAULT_CA_CERT, DEFAULT_CA_KEY} from '../../core/home-path.js'
import {includesDomain} from '../../lib/domain-list.js'
import {parseDuration} from '../../lib/duration.js'

const PASSTHROUGH = ['*.googlevideo.com']
const MAX_RESPONSE_BYTES = 5_242_880
const MIN_TTL_MS = 60_000
const MAX_TTL_MS = 397 * 86_400_000

const ttl = z
  .string()
  .refine(
    (text) => {
      const ms = parseDuration(text)
      return ms !== undefined && ms >= MIN_TTL_MS && ms <= MAX_TTL_MS
    },
    {message: 'must be a duration between 1m and 397d, such as 24h'},
  )
  .meta({examples: ['24h', '7d']})

const tls_interception = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe('open TLS tunnels and judge every request inside; needs the authority that pipelock tls init creates')
      .meta({weaker: {when: 'off', gates: true}}),
    ca_cert: z
      .string()
      .min(1)
      .default(DEFAULT_CA_CERT)
      .describe('certificate of the authority, PEM')
      .meta({weaker: 'never', path: true, policyHash: 'omitted'}),
    ca_key: z
      .string()
      .min(1)
      .default(DEFAULT_CA_KEY)
      .describe('its private key, PEM, readable by its owner and group at most')
      .meta({weaker: 'never', path: true, policyHash: 'omitted'}),
    passthrough_domains: z
      .array(domainPattern)
      .default(PASSTHROUGH)
      .describe('hosts whose tunnels are relayed unread: clients with pinned certificates; a list replaces the default')
      .meta({weaker: {when: 'added', includes: includesDomain}}),
    cert_ttl: ttl
      .default('24h')
      .describe('lifetime of the certificates that clients see')
      .meta({weaker: 'never', policyHash: 'omitted'}),
    cert_cache_size: z
      .int()
      .min(1)
      .max(100_000)
      .default(10_000)
      .describe('certificates that are kept')
      .meta({weaker: 'never', policyHash: 'omitted'}),
    max_response_bytes: z
      .int()
      .min(1)
      .max(1_073_741_824)
      .default(MAX_RESPONSE_BYTES)
      .describe('largest response that is inspected inside a tunnel')
      .meta({weaker: 'higher'}),
  })
  .prefault({})
  // off, it decides nothing: configurations that do not name it keep their hash
  .meta({
    policyHash: {
      unless: {enabled: false, passthrough_domains: PASSTHROUGH, max_response_bytes: MAX_RESPONSE_BYTES},
    },
  })

export const sections = {tls_interception}

export type InterceptionConfig = {readonly [K in keyof typeof sections]: z.output<(typeof sections)[K]>}
export type InterceptionSection = InterceptionConfig['tls_interception']
