// The section `routes`: requests that a match selects, and what holds for them instead of the rest of the file.
import {z} from 'zod'
import {isCoreRule} from '../../core/core-rules.js'
import {domainPattern} from '../../core/config.js'
import {expiryOf} from '../../lib/instant.js'
import {liftsOf} from './lifts.js'
import {pathProblem} from './path.js'

const METHOD = /^[A-Z][A-Z0-9-]{0,31}$/
const MEDIA_TYPE = /^[a-z0-9!#$&^_.+-]{1,127}\/(?:\*|[a-z0-9!#$&^_.+-]{1,127})$/
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/

const method = z.string().regex(METHOD, {message: 'must be a method in capitals, such as GET'})

const mediaType = z
  .string()
  .overwrite((text) => text.toLowerCase())
  .regex(MEDIA_TYPE, {message: 'must be a media type such as application/zip, or application/*'})

const path = z
  .strictObject({
    exact: z.string().optional().describe('the whole path'),
    prefix: z.string().optional().describe('beginning of the path; ends with / to cover whole segments only'),
    template: z.string().optional().describe('segments, of which {name} is any one and a last ** any number'),
    regex: z.string().min(1).max(10_000).optional().describe('RE2 syntax, matched against the whole path'),
  })
  .superRefine((value, context) => {
    const [first, ...others] = Object.entries(value).filter(([, text]) => text !== undefined)
    if (!first || others.length > 0) {
      context.addIssue({code: 'custom', message: 'needs one of exact, prefix, template and regex'})
      return
    }
    const [kind, text = ''] = first
    const problem = pathProblem(kind, text)
    if (problem !== undefined) context.addIssue({code: 'custom', path: [kind], message: problem})
  })

const header = z
  .strictObject({
    name: z.string().regex(FIELD_NAME, {message: 'must be the name of a header'}).describe('of one field line'),
    equals: z.string().max(1_000).optional().describe('its whole value'),
    regex: z.string().min(1).max(10_000).optional().describe('RE2 syntax, matched against the whole value'),
  })
  .refine(({equals, regex}) => (equals === undefined) !== (regex === undefined), {
    message: 'needs equals or regex, not both',
  })

const match = z.strictObject({
  hosts: z.array(domainPattern).min(1).max(1_000).describe('hosts of the requests'),
  ports: z.array(z.int().min(1).max(65_535)).min(1).max(100).optional().describe('default: every port'),
  methods: z.array(method).min(1).max(50).optional().describe('default: every method'),
  path: path.optional().describe('default: every path'),
  headers: z.array(header).min(1).max(20).optional().describe('all of them must match; the agent chooses them'),
  media_types: z
    .array(mediaType)
    .min(1)
    .max(100)
    .optional()
    .describe('of the request body; the agent chooses it; default: every type'),
})

const bytes = z.int().min(1).max(1_073_741_824)

const requests = z
  .strictObject({
    body: z
      .enum(['inspect', 'stream'])
      .default('inspect')
      .describe('stream: bodies move unread; the URL and the headers are judged as everywhere'),
    max_bytes: bytes.optional().describe('longest inspected body; default: request_body_scanning.max_body_bytes'),
  })
  .prefault({})

const responses = z
  .strictObject({
    body: z
      .enum(['inspect', 'pieces', 'stream'])
      .default('inspect')
      .describe('pieces: text is judged while it moves, and a finding cuts it; stream: bodies move unread'),
    max_bytes: bytes.optional().describe('longest inspected body; default: as outside of routes'),
    decode: z
      .boolean()
      .default(false)
      .describe('decode gzip, deflate, br and zstd to judge what is inside, instead of refusing it'),
    stream_types: z
      .array(mediaType)
      .max(100)
      .default([])
      .describe('types whose bodies move unread where they do not begin as text'),
  })
  .prefault({})

const expiry = z.string().refine((text) => expiryOf(text) !== undefined, {
  message: 'must be a date such as 2030-01-31, or an RFC 3339 time',
})

const exemption = z.strictObject({
  rule: z
    .string()
    .min(1)
    .max(128)
    .refine((name) => !isCoreRule(name), {
      message: 'is a rule of the core floor, which cannot be exempted',
    })
    .describe('name of a rule, or the layer of findings without one; what it finds only warns'),
  owner: z.string().min(1).max(200).describe('who is responsible for it'),
  reason: z.string().min(1).max(500).describe('why it is accepted'),
  expires: expiry.describe('last day (UTC), or the time at which it ends'),
})

const route = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, {message: 'must be small letters, digits, - and _'})
      .describe('shown in logs, metrics and explanations'),
    match: match.describe('the first route that matches a request holds for it'),
    tunnel: z
      .enum(['intercept', 'passthrough'])
      .optional()
      .describe('open tunnels to its hosts, or relay them unread; default: as tls_interception says'),
    allow: z
      .boolean()
      .default(false)
      .describe('lift api_allowlist in strict mode, and the blocklist; every other check stays'),
    allow_methods: z.array(method).max(50).optional().describe('other methods are refused; []: all of them'),
    requests,
    responses,
    exemptions: z.array(exemption).max(50).default([]).describe('rules that only warn on this route'),
    owner: z.string().max(200).default('').describe('who is responsible; needed where the route lifts a check'),
    reason: z.string().max(500).default('').describe('why a check is lifted'),
    expires: expiry.optional().describe('last day (UTC), or the time after which the route matches nothing'),
  })
  .superRefine((value, context) => {
    const [lifted] = liftsOf(value)
    if (lifted === undefined) return
    for (const name of ['owner', 'reason'] as const) {
      if (value[name].trim() === '')
        context.addIssue({code: 'custom', path: [name], message: `is required, since the route has ${lifted}`})
    }
  })

export const sections = {
  routes: z
    .array(route)
    .max(500)
    .default([])
    .describe('what holds for some hosts, paths, methods or types: docs/routes.md')
    .meta({weaker: 'changed', policyHash: {unless: []}}),
}

export type RoutesConfig = {readonly [K in keyof typeof sections]: z.output<(typeof sections)[K]>}
export type RouteSection = RoutesConfig['routes'][number]
export type MatchSection = RouteSection['match']
