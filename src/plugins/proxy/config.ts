// Sections of the network surfaces: fetch_proxy with its monitoring keys, forward_proxy, and the identity of unnamed
// clients.
import {z} from 'zod'
import {blockedDomainPattern, domainPattern, listenAddress} from '../../core/config.js'
import {includesDomain} from '../../lib/domain-list.js'
import {BLOCKLIST} from './blocklist.js'

const EXCLUSIONS = ['files.pythonhosted.org', 'pypi.org', 'objects.githubusercontent.com']

const monitoring = z
  .strictObject({
    max_url_length: z
      .int()
      .min(0)
      .default(2048)
      .describe('characters of a URL; 0: no limit')
      .meta({weaker: {when: 'higher', unlimited: 0}}),
    entropy_threshold: z
      .number()
      .default(4.5)
      .describe('bits per character of path segments and query parts; 0 or less: off')
      .meta({weaker: {when: 'higher', unlimited: 0}}),
    subdomain_entropy_threshold: z
      .number()
      .default(4)
      .describe('bits per character of subdomain labels; 0 or less: off')
      .meta({weaker: {when: 'higher', unlimited: 0}}),
    subdomain_entropy_exclusions: z
      .array(domainPattern)
      .default(EXCLUSIONS)
      .describe('hosts whose paths and subdomains are not scored; a list replaces the default, an empty one scores all')
      .meta({weaker: {when: 'added', includes: includesDomain}}),
    entropy_exempt_keys: z
      .array(
        z.strictObject({
          host: domainPattern.describe('whose signed URLs they belong to').meta({weaker: 'never'}),
          keys: z
            .array(z.string().min(1).max(128))
            .min(1)
            .describe('names of parameters, in any case')
            .meta({weaker: 'added'}),
        }),
      )
      .default([])
      .describe('parameters whose values are not scored on their way to a host: signatures of its signed URLs')
      .meta({weaker: {when: 'added', by: ['host']}}),
    entropy_length_aware: z
      .boolean()
      .default(false)
      .describe('also score parts of 20 to 31 characters against the maximum entropy of their length')
      .meta({weaker: 'off'}),
    blocklist: z
      .array(blockedDomainPattern)
      .default(BLOCKLIST)
      .describe('hosts that are refused; a list replaces the default')
      .meta({weaker: {when: 'removed', includes: includesDomain}}),
    max_requests_per_minute: z
      .int()
      .min(0)
      .default(60)
      .describe('requests to one registrable domain; 0: no limit')
      .meta({weaker: {when: 'higher', unlimited: 0}}),
    max_data_per_minute: z
      .int()
      .min(0)
      .default(0)
      .describe('bytes from one registrable domain; 0: no limit')
      .meta({weaker: {when: 'higher', unlimited: 0}}),
  })
  .prefault({})

const fetch_proxy = z
  .strictObject({
    listen: listenAddress
      .default('127.0.0.1:8888')
      .describe('main listener (restart)')
      .meta({weaker: 'restart', policyHash: 'omitted'}),
    timeout_seconds: z
      .number()
      .positive()
      .max(3600)
      .default(30)
      .describe('time limit of one /fetch, redirects included')
      .meta({weaker: 'never'}),
    max_response_mb: z
      .number()
      .positive()
      .max(1024)
      .default(10)
      .describe('largest response of /fetch, in MiB')
      .meta({weaker: 'higher'}),
    user_agent: z
      .string()
      .regex(/^[\x20-\x7e]+$/, {message: 'must be printable ASCII'})
      .default('Pipelock Fetch/1.0')
      .describe('User-Agent of /fetch')
      .meta({weaker: 'never'}),
    monitoring,
  })
  .prefault({})

/** About 23 days. A timer beyond 2^31 ms fires at once. */
const MAX_SECONDS = 2_000_000

const forward_proxy = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe('absolute-form requests and CONNECT (restart; cannot be turned on by a reload)')
      .meta({weaker: {when: 'off', onAtStart: true}}),
    max_tunnel_seconds: z
      .number()
      .positive()
      .max(MAX_SECONDS)
      .default(300)
      .describe('lifetime of a tunnel')
      .meta({weaker: 'higher'}),
    idle_timeout_seconds: z
      .number()
      .positive()
      .max(MAX_SECONDS)
      .default(120)
      .describe('longest wait without progress')
      .meta({weaker: 'higher'}),
    follow_redirects: z
      .boolean()
      .default(false)
      .describe('follow redirects for the client instead of handing them back')
      .meta({weaker: 'never'}),
    sni_verification: z
      .boolean()
      .default(true)
      .describe('the server name of the TLS ClientHello must be that of the CONNECT')
      .meta({weaker: 'off'}),
    redirect_websocket_hosts: z
      .array(domainPattern)
      .default([])
      .describe('hosts whose CONNECTs are counted as WebSocket candidates')
      .meta({weaker: 'never'}),
  })
  .prefault({})

const limits = z
  .strictObject({
    held_mb: z
      .number()
      .min(16)
      .max(65_536)
      .default(256)
      .describe('bodies held for inspection at one time, in MiB; a client may hold a quarter')
      .meta({weaker: 'higher'}),
    open_requests: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(0)
      .describe(
        'requests served at one time; a client may have a quarter; 0: as many as descriptors allow, 4096 at most',
      )
      .meta({weaker: {when: 'higher', unlimited: 0}}),
  })
  .prefault({})

const default_agent_identity = z
  .string()
  .refine((text) => text === text.trim(), {message: 'must not begin or end with a blank'})
  .default('')
  .describe('name of a client without one')
  .meta({weaker: 'changed'})

const bind_default_agent_identity = z
  .boolean()
  .default(false)
  .describe('the default name applies regardless of the name that the client claims; needs default_agent_identity')
  .meta({weaker: 'off'})

const allowed_hosts = z
  .array(domainPattern)
  .default([])
  .describe(
    'names beside IP addresses, localhost and the name of the listener under which /fetch, /health, /stats and /metrics respond',
  )
  .meta({weaker: {when: 'added', includes: includesDomain}})

const perMinute = (standard: number, what: string) =>
  z.number().positive().max(60).default(standard).describe(what).meta({weaker: 'higher'})

const work_budget = z
  .strictObject({
    exchange_seconds: z
      .number()
      .positive()
      .max(600)
      .default(15)
      .describe('processor time that the inspection of one request and its response may take; more is blocked')
      .meta({weaker: 'higher'}),
    stream_seconds_per_minute: perMinute(
      20,
      'processor time a minute for the inspection of one event stream; a stream that needs more is ended',
    ),
    client_seconds_per_minute: perMinute(
      45,
      'processor time a minute for everything of one client (verified agent, else address); beyond it, what must be inspected is blocked',
    ),
  })
  .prefault({})

export const sections = {
  fetch_proxy,
  forward_proxy,
  limits,
  default_agent_identity,
  bind_default_agent_identity,
  allowed_hosts,
  work_budget,
}

export type ProxyConfig = {readonly [K in keyof typeof sections]: z.output<(typeof sections)[K]>}
