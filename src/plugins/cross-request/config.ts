// The section `cross_request_detection`.
import {z} from 'zod'
import {domainPattern} from '../../core/config.js'
import {includesDomain} from '../../lib/domain-list.js'

const action = z.enum(['warn', 'block']).default('warn')
const minutes = z.int().min(1).max(1440).default(5).describe('minutes for which a request is remembered')

const cross_request_detection = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe('join what one client sends over several requests')
      .meta({weaker: {when: 'off', gates: true}}),
    action: action.describe('what a secret does that several requests form together').meta({weaker: ['warn', 'block']}),
    entropy_budget: z
      .strictObject({
        enabled: z
          .boolean()
          .default(true)
          .describe('count opaque content over all requests of a client')
          .meta({weaker: {when: 'off', gates: true}}),
        action: action.describe('what a request does that exceeds the budget').meta({weaker: ['warn', 'block']}),
        bits_per_window: z
          .number()
          .positive()
          .max(1e9)
          .default(4096)
          .describe('bits that are allowed in a window')
          .meta({weaker: 'higher'}),
        window_minutes: minutes.meta({weaker: 'lower'}),
        exempt_domains: z
          .array(domainPattern)
          .default([])
          .describe('hosts whose requests are not counted')
          .meta({weaker: {when: 'added', includes: includesDomain}}),
      })
      .prefault({}),
    fragment_reassembly: z
      .strictObject({
        enabled: z
          .boolean()
          .default(true)
          .describe('look for secrets that are split over requests')
          .meta({weaker: {when: 'off', gates: true}}),
        max_buffer_bytes: z
          .int()
          .min(1)
          .max(16 * 1024 * 1024)
          .default(65_536)
          .describe('what is kept of the pieces of one client')
          .meta({weaker: 'lower'}),
        window_minutes: minutes.meta({weaker: 'lower'}),
      })
      .prefault({}),
  })
  .superRefine((section, context) => {
    if (section.enabled && !section.entropy_budget.enabled && !section.fragment_reassembly.enabled) {
      context.addIssue({code: 'custom', path: ['enabled'], message: 'both halves are off: nothing would be detected'})
    }
  })
  .prefault({})

export const sections = {cross_request_detection}

export type CrossRequestConfig = {readonly [K in keyof typeof sections]: z.output<(typeof sections)[K]>}
