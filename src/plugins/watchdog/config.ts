// The section `health_watchdog`: whether and how often the firewall checks itself, and what /health tells of it.
import {z} from 'zod'

const health_watchdog = z
  .strictObject({
    enabled: z
      .boolean()
      .nullish()
      .transform((value) => value ?? true)
      .describe('check the subsystems; off: /health knows only what plugins report (restart)')
      .meta({weaker: 'restart'}),
    interval_seconds: z
      .int()
      .min(1)
      .max(3600)
      .default(2)
      .describe('between two checks; a subsystem is unhealthy after three without a sign of life (restart)')
      .meta({weaker: 'restart'}),
    expose_subsystems: z
      .boolean()
      .default(false)
      .describe('list the subsystems on /health (restart)')
      .meta({weaker: 'restart'}),
    health_detail: z
      .enum(['full', 'minimal'])
      .default('full')
      .describe('minimal: callers from other machines see the status alone, not the policy')
      .meta({weaker: 'never'}),
  })
  .prefault({})
  .meta({policyHash: 'omitted'})

export const sections = {health_watchdog}

export type WatchdogConfig = {readonly [K in keyof typeof sections]: z.output<(typeof sections)[K]>}
