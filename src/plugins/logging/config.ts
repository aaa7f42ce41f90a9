// The logging section.
import {z} from 'zod'

const logging = z
  .strictObject({
    format: z
      .enum(['json', 'text'])
      .default('json')
      .describe('one JSON object per line, or text for people')
      .meta({weaker: 'never'}),
    output: z
      .enum(['stdout', 'file', 'both'])
      .default('stdout')
      .describe('destination of the audit log')
      .meta({weaker: [['stdout', 'file'], 'both']}),
    file: z
      .string()
      .default('')
      .describe('log file, mode 0600, appended; reopened on SIGHUP')
      .meta({weaker: 'changed', path: true}),
    include_allowed: z.boolean().default(true).describe('log allowed requests').meta({weaker: 'off'}),
    include_blocked: z.boolean().default(true).describe('log blocked requests').meta({weaker: 'off'}),
  })
  .refine((section) => section.output === 'stdout' || section.file !== '', {
    path: ['file'],
    message: 'is required when logging.output is file or both',
  })
  .prefault({})
  .meta({policyHash: 'omitted'})

export const sections = {logging}

export type LoggingConfig = {readonly [K in keyof typeof sections]: z.output<(typeof sections)[K]>}
