// The section `reverse_proxy`: a listener before one service.
import {z} from 'zod'
import {listenAddress} from '../../core/config.js'
import {parseUpstream} from './upstream.js'

const DEFAULTS = {enabled: false, listen: ':8890', upstream: ''} as const

const reverse_proxy = z
  .strictObject({
    enabled: z
      .boolean()
      .default(DEFAULTS.enabled)
      .describe('pass everything that arrives at reverse_proxy.listen to one service, inspected (restart)')
      .meta({weaker: 'restart'}),
    listen: listenAddress
      .default(DEFAULTS.listen)
      .describe('listener of the reverse proxy (restart)')
      .meta({weaker: 'restart'}),
    upstream: z
      .string()
      .refine((url) => url === '' || parseUpstream(url) !== undefined, {
        message: 'must be an http or https URL without user, query and fragment, such as http://127.0.0.1:3000',
      })
      .default(DEFAULTS.upstream)
      .describe('URL of the service; a path in it is put before the path of every request (restart)')
      .meta({weaker: 'restart'}),
  })
  .refine(({enabled, upstream}) => !enabled || upstream !== '', {
    path: ['upstream'],
    message: 'is required where reverse_proxy.enabled is true, such as http://127.0.0.1:3000',
  })
  .prefault({})
  // off, it decides nothing: configurations that do not name it keep their hash
  .meta({policyHash: {unless: DEFAULTS}})

export const sections = {reverse_proxy}

export type ReverseProxyConfig = {readonly [K in keyof typeof sections]: z.output<(typeof sections)[K]>}
