// Sections that restrict destinations and payments: api_allowlist, internal, trusted_domains, ssrf, nested_targets, dns,
// address_protection.
import {z} from 'zod'
import {domainPattern} from '../../core/config.js'
import {canonicalName, isAddressText, includesDomain} from '../../lib/domain-list.js'
import {includesRange, parseAddress, parseRange} from '../../lib/ip.js'
import {walletAddresses} from './wallet-address.js'

const INTERNAL = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
  '224.0.0.0/4',
  'ff00::/8',
]

const range = z.string().superRefine((text, context) => {
  const parsed = parseRange(text)
  if (typeof parsed === 'string') context.addIssue({code: 'custom', message: parsed})
})

const allowedRange = range.refine((text) => !text.endsWith('/0'), {message: 'covers every address'})

const overriddenHost = z
  .string()
  .overwrite((text) => canonicalName(text) ?? text)
  .refine((text) => canonicalName(text) === text && !isAddressText(text), {
    message: 'must be an exact host name: no URL, wildcard, port or address',
  })

const address = z.string().refine((text) => parseAddress(text)?.text === text.toLowerCase(), {
  message: 'must be an IP address in canonical form',
})

const walletAddress = z.string().refine((text) => walletAddresses(text).length === 1, {
  message: 'is not a wallet address: wrong checksum or form',
})
const ends = z.int().min(1).max(16)

const address_protection = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe('detect wallet addresses in URLs and request bodies')
      .meta({weaker: {when: 'off', gates: true}}),
    action: z
      .enum(['block', 'warn'])
      .default('block')
      .describe('for an address that only looks like a known one')
      .meta({weaker: ['warn', 'block']}),
    unknown_action: z
      .enum(['allow', 'warn', 'block'])
      .default('allow')
      .describe('for an unknown address, also when no address is listed')
      .meta({weaker: ['allow', 'warn', 'block']}),
    chains: z
      .strictObject({
        eth: z.boolean().default(true).meta({weaker: 'off'}),
        btc: z.boolean().default(true).meta({weaker: 'off'}),
        sol: z.boolean().default(false).meta({weaker: 'off'}),
        bnb: z.boolean().default(true).meta({weaker: 'off'}),
      })
      .prefault({})
      .describe('chains whose addresses are detected'),
    allowed_addresses: z
      .strictObject({
        eth: z
          .array(walletAddress)
          .default([])
          .meta({weaker: {when: 'changed', secret: true}}),
        btc: z
          .array(walletAddress)
          .default([])
          .meta({weaker: {when: 'changed', secret: true}}),
        sol: z
          .array(walletAddress)
          .default([])
          .meta({weaker: {when: 'changed', secret: true}}),
        bnb: z
          .array(walletAddress)
          .default([])
          .meta({weaker: {when: 'changed', secret: true}}),
      })
      .prefault({})
      .describe('addresses that may be sent'),
    prefix_length: ends
      .default(4)
      .describe('characters at the beginning that make a look-alike')
      .meta({weaker: 'higher'}),
    suffix_length: ends.default(4).describe('characters at the end that make a look-alike').meta({weaker: 'higher'}),
  })
  .refine(({enabled, chains}) => !enabled || Object.values(chains).some(Boolean), {
    path: ['chains'],
    message: 'all are off: nothing would be detected',
  })
  .prefault({})

export const sections = {
  address_protection,
  api_allowlist: z
    .array(domainPattern)
    .default([])
    .describe('strict mode: the only hosts; else: hosts that the blocklist does not apply to')
    .meta({weaker: {when: 'added', includes: includesDomain}, policyHash: 'unordered'}),
  internal: z
    .array(range)
    .default(INTERNAL)
    .describe('ranges that no name may resolve to; empty: literals only')
    .meta({weaker: {when: 'removed', includes: includesRange}, policyHash: 'unordered'}),
  trusted_domains: z
    .array(domainPattern)
    .default([])
    .describe('hosts that may resolve to internal addresses; never cloud metadata')
    .meta({weaker: {when: 'added', includes: includesDomain}, policyHash: 'unordered'}),
  ssrf: z
    .strictObject({
      ip_allowlist: z
        .array(allowedRange)
        .default([])
        .describe('internal addresses that may be reached')
        .meta({weaker: {when: 'added', includes: includesRange}}),
    })
    .prefault({}),
  nested_targets: z
    .strictObject({
      action: z
        .enum(['warn', 'block'])
        .default('warn')
        .describe('for an internal address as a value of a request; a metadata service is always blocked')
        .meta({weaker: ['warn', 'block']}),
    })
    .prefault({}),
  dns: z
    .strictObject({
      host_overrides: z
        .record(overriddenHost, z.union([address.transform((one) => [one]), z.array(address).min(1)]))
        .default({})
        .describe('addresses of a host, instead of querying the resolver')
        .meta({weaker: 'changed'}),
    })
    .prefault({}),
}

export type DestinationConfig = {readonly [K in keyof typeof sections]: z.output<(typeof sections)[K]>}
