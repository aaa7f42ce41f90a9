// The section `browser_shield`: what pages lose on their way to the browser of an agent.
import {z} from 'zod'
import {domainPattern} from '../../core/config.js'
import {includesDomain} from '../../lib/domain-list.js'

const DEFAULT_MAX_BYTES = 5_242_880

const protective = (what: string) =>
  z
    .boolean()
    .nullish()
    .transform((value) => value ?? true)
    .describe(what)

const browser_shield = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe('true: HTML, SVG and scripts are rewritten before an agent gets them')
      .meta({weaker: {when: 'off', gates: true}}),
    strictness: z
      .enum(['minimal', 'standard', 'aggressive'])
      .default('standard')
      .describe(
        'minimal: comments and style sheets of a page are not inspected; aggressive: every comment and every hint to connect is removed',
      )
      .meta({weaker: ['minimal', 'standard', 'aggressive']}),
    max_shield_bytes: z
      .int()
      .min(0)
      .max(268_435_456)
      .default(DEFAULT_MAX_BYTES)
      .transform((value) => (value === 0 ? DEFAULT_MAX_BYTES : value))
      .describe('longer content of these kinds is oversize; 0: the default')
      .meta({weaker: 'lower'}),
    oversize_action: z
      .enum(['block', 'scan_head', 'warn'])
      .default('scan_head')
      .describe('scan_head: the beginning is rewritten, the rest stays; warn: unchanged, only with strictness minimal')
      .meta({weaker: ['warn', 'scan_head', 'block']}),
    exempt_domains: z
      .array(domainPattern)
      .default([])
      .describe('hosts whose content is handed on unchanged')
      .meta({weaker: {when: 'added', includes: includesDomain}}),
    strip_extension_probing: protective('requests by which a page looks for browser extensions go nowhere').meta({
      weaker: 'off',
    }),
    strip_tracking_pixels: protective('invisible pictures, beacons, prefetching and tracking_domains go').meta({
      weaker: 'off',
    }),
    tracking_domains: z
      .array(domainPattern)
      .default([])
      .describe('hosts that no page may refer to')
      .meta({weaker: {when: 'removed', includes: includesDomain}}),
    strip_hidden_traps: protective('elements and comments that only a machine reads go').meta({weaker: 'off'}),
    inject_fingerprint_shims: z
      .boolean()
      .default(false)
      .describe('true: a script that tells pages nothing about canvas, graphics card and beacons')
      .meta({weaker: 'off'}),
  })
  .refine((section) => section.oversize_action !== 'warn' || section.strictness === 'minimal', {
    path: ['oversize_action'],
    message: 'warn needs strictness: minimal; use block or scan_head',
  })
  .prefault({})

export const sections = {browser_shield}

export type ShieldConfig = {readonly [K in keyof typeof sections]: z.output<(typeof sections)[K]>}
export type BrowserShield = ShieldConfig['browser_shield']
