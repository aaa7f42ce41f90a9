// Where /metrics and /stats are served when not on the main listener.
import {z} from 'zod'
import {listenAddress} from '../../core/config.js'

const metrics_listen = z
  .union([z.literal(''), listenAddress])
  .default('')
  .describe('listener of its own for /metrics and /stats (restart); empty: the main listener')
  .meta({weaker: 'restart', policyHash: 'omitted'})

export const sections = {metrics_listen}

export type MetricsConfig = {readonly [K in keyof typeof sections]: z.output<(typeof sections)[K]>}
