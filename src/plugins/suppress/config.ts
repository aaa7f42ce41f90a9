// The section `suppress`: findings that an operator has accepted, by rule and place.
import {z} from 'zod'
import {isCoreRule} from '../../core/core-rules.js'
import {checkPath} from './match.js'

const entry = z.strictObject({
  rule: z
    .string()
    .min(1)
    .refine((name) => !isCoreRule(name), {
      message: 'is a rule of the core floor, which cannot be suppressed',
    })
    .describe('name of the rule, in any case')
    .meta({weaker: 'never'}),
  path: z
    .string()
    .superRefine((text, context) => {
      const problem = checkPath(text)
      if (problem !== undefined) context.addIssue({code: 'custom', message: problem})
    })
    .describe('where: a host, a URL or a path, with * and ?; a trailing / covers everything below')
    .meta({examples: ['docs.example.com/guides/', 'https://*.example.com/security/*', 'vendor/fixtures/']})
    .meta({weaker: 'never'}),
  reason: z.string().default('').describe('why it is accepted there; for people').meta({weaker: 'never'}),
})

export const sections = {
  suppress: z
    .array(entry)
    .default([])
    .describe('findings that are known and accepted, by rule and place')
    .meta({weaker: {when: 'added', by: ['rule', 'path']}}),
}

export type SuppressConfig = {readonly [K in keyof typeof sections]: z.output<(typeof sections)[K]>}
