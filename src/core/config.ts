// Settings that belong to no plugin (version, mode, enforce, explain_blocks) and the field types that sections share.
// Schemas are strict and carry their defaults, so an omitted setting has one default, defined here.
import {z} from 'zod'
import {canonicalName, checkDomainPattern} from '../lib/domain-list.js'
import {splitListen} from './listen.js'

export const sections = {
  version: z.literal(1).optional().describe('format of this file').meta({weaker: 'never'}),
  mode: z
    .enum(['strict', 'balanced', 'audit'])
    .default('balanced')
    .describe('strict: only allowlisted hosts; balanced: block on findings; audit: report only')
    .meta({weaker: ['audit', 'balanced', 'strict']}),
  enforce: z
    .boolean()
    .default(true)
    .describe('false: findings are logged and counted, nothing but hard failures is blocked')
    .meta({weaker: 'off'}),
  explain_blocks: z
    .boolean()
    .default(false)
    .describe('add a hint to block responses: which setting an operator could change')
    .meta({weaker: 'never'}),
  plugins: z
    .array(
      z
        .strictObject({
          path: z.string().default('').describe('folder of the plugin; a relative one starts at this file'),
          package: z
            .string()
            .regex(/^(?:(?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*)?$/, {
              message: 'must be the name of a package',
            })
            .default('')
            .describe('installed package of the plugin, instead of a folder'),
          sha256: z
            .string()
            .regex(/^[0-9a-f]{64}$/, {message: 'must be 64 hex characters: pipelock config plugin-digest prints them'})
            .describe('digest of all files of the plugin'),
        })
        .refine((entry) => (entry.path === '') !== (entry.package === ''), {
          message: 'needs path or package, not both',
        }),
    )
    .max(16)
    .default([])
    .describe('plugins of your own, which run with the rights of the firewall: docs/plugins.md')
    .meta({weaker: 'changed'}),
}

export type CoreConfig = {readonly [K in keyof typeof sections]: z.output<(typeof sections)[K]>}

/**
 * A host name or `*.suffix`, in the form that a parsed URL gives a host, so that every spelling of a name is one entry.
 * `*` and `*.tld` are refused: they would exempt everything.
 */
export const domainPattern = hostPattern(
  false,
  'must be a host name, or "*." and a domain of at least two labels; no scheme, port or path',
)

/** For lists where breadth only refuses more: `*` and `*.tld` are accepted, with a warning at load. */
export const blockedDomainPattern = hostPattern(
  true,
  'must be a host name, "*." and a domain, or "*"; no scheme, port or path',
)

function hostPattern(broad: boolean, message: string) {
  return z
    .string()
    .overwrite(canonicalPattern)
    .refine((text) => checkDomainPattern(text, {broad}) === undefined, {message})
    .meta({examples: ['example.com', '*.example.com']})
}

function canonicalPattern(text: string): string {
  const wildcard = text.startsWith('*.')
  const name = wildcard ? text.slice(2) : text
  return `${wildcard ? '*.' : ''}${canonicalName(name) ?? name.toLowerCase()}`
}

/** `host:port`, `[v6]:port` or `:port` (every address). */
export const listenAddress = z
  .string()
  .refine((text) => splitListen(text) !== undefined, {message: 'must be host:port, [ipv6]:port or :port'})
