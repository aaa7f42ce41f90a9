// The section `response_scanning`: what is looked at in what comes back, and what a finding does (scanning §7.3, §12).
import {z} from 'zod'
import {domainPattern} from '../../core/config.js'

const sse_streaming = z
  .strictObject({
    enabled: z
      .boolean()
      .nullish()
      .transform((value) => value ?? true)
      .describe('false: event streams pass through, unscanned'),
    action: z
      .enum(['block', 'warn'])
      .default('block')
      .describe('block: the stream ends before the event with the finding'),
    max_event_bytes: z
      .int()
      .min(0)
      .max(16_777_216)
      .default(65_536)
      .transform((value) => (value === 0 ? 65_536 : value))
      .describe('data of one event; more is a finding; 0: the default'),
  })
  .prefault({})

const response_scanning = z
  .strictObject({
    enabled: z
      .boolean()
      .nullish()
      .transform((value) => value ?? true)
      .describe('false: only the eight rules of the core floor are looked for, and they block'),
    action: z
      .enum(['warn', 'block', 'strip', 'ask'])
      .default('warn')

      .describe(
        'strip: matched text is replaced, or blocked where it cannot be; ask: an operator decides about /fetch',
      ),
    ask_timeout_seconds: z
      .int()
      .positive()
      .max(3600)
      .default(30)
      .describe('how long an operator has; then it is blocked'),
    exempt_domains: z
      .array(domainPattern)
      .default([])
      .describe('hosts whose findings are only reported; credentials in event streams are found there all the same'),
    sse_streaming,
  })
  .prefault({})

export const sections = {response_scanning}

export type ResponsesConfig = {readonly [K in keyof typeof sections]: z.output<(typeof sections)[K]>}
export type ResponseScanning = ResponsesConfig['response_scanning']
