// The logging section (proxy §20.1, operations §17.1).
import {z} from 'zod'

const logging = z
  .strictObject({
    format: z.enum(['json', 'text']).default('json').describe('one JSON object per line, or text for people'),
    output: z.enum(['stdout', 'file', 'both']).default('stdout').describe('where the audit log goes'),
    file: z.string().default('').describe('log file, mode 0600, appended; reopened on SIGHUP'),
    include_allowed: z.boolean().default(true).describe('log what was allowed'),
    include_blocked: z.boolean().default(true).describe('log what was blocked'),
  })
  .refine((section) => section.output === 'stdout' || section.file !== '', {
    path: ['file'],
    message: 'is required when logging.output is file or both',
  })
  .prefault({})

export const sections = {logging}

export type LoggingConfig = {readonly [K in keyof typeof sections]: z.output<(typeof sections)[K]>}
