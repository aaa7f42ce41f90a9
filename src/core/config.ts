// The settings that belong to no plugin (version, mode, enforce, explain_blocks) and the field types that sections share.
// Schemas are strict and carry their defaults: what a file leaves out is written here, once.
import {z} from 'zod'
import {splitListen} from './listen.js'

export const sections = {
  version: z.literal(1).optional().describe('format of this file'),
  mode: z
    .enum(['strict', 'balanced', 'audit'])
    .default('balanced')
    .describe('strict: only allowlisted hosts; balanced: block what is found; audit: report only'),
  enforce: z
    .boolean()
    .default(true)
    .describe('false: findings are logged and counted, nothing but hard failures is blocked'),
  explain_blocks: z.boolean().default(false).describe('tell the client what an operator could change about a block'),
}

export type CoreConfig = {readonly [K in keyof typeof sections]: z.output<(typeof sections)[K]>}

/** A host name or `*.suffix`, normalised to lower case without trailing dot (proxy §3). `*` and `*.tld` would exempt everything. */
export const domainPattern = z
  .string()
  .overwrite((text) => text.toLowerCase().replace(/\.$/, ''))
  .refine(isDomainPattern, {
    message: 'must be a host name, or "*." and a domain of at least two labels; no scheme, port or path',
  })
  .meta({examples: ['example.com', '*.example.com']})

function isDomainPattern(text: string): boolean {
  const wildcard = text.startsWith('*.')
  const name = wildcard ? text.slice(2) : text
  if (name === '' || name.length > 253 || /[\s/@?#*]|^\.|\.\.|^[^[]*:\d+$/.test(name)) return false
  return !wildcard || name.includes('.')
}

/** `host:port`, `[v6]:port` or `:port` (every address). */
export const listenAddress = z
  .string()
  .refine((text) => splitListen(text) !== undefined, {message: 'must be host:port, [ipv6]:port or :port'})
