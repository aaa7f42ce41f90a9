// The sections `dlp` and `canary_tokens`. Expressions are compiled when the plugin
// is built; the checks here are those that need nothing else.
import {z} from 'zod'
import {domainPattern} from '../../core/config.js'
import {includesDomain} from '../../lib/domain-list.js'

const severity = z.enum(['critical', 'high', 'medium', 'low'])
const SEVERITIES = ['low', 'medium', 'high', 'critical']

const pattern = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(128)
    .describe('stable identifier; the name of a built-in replaces it')
    .meta({weaker: 'never'}),
  regex: z.string().min(1).max(10_000).describe('RE2 syntax, matched without regard to case').meta({weaker: 'changed'}),
  severity: severity.meta({weaker: SEVERITIES}),
  validator: z
    .enum(['luhn', 'mod97', 'aba', 'wif'])
    .optional()
    .describe('arithmetic check of every match')
    .meta({weaker: 'set'}),
  exempt_domains: z
    .array(domainPattern)
    .default([])
    .describe('hosts whose URLs may carry it')
    .meta({weaker: {when: 'added', includes: includesDomain}}),
  action: z
    .enum(['warn', ''])
    .optional()
    .describe('warn: report only')
    .meta({weaker: {when: ['warn', 'block'], as: (action: string | undefined) => action || 'block'}}),
})

const dlp = z
  .strictObject({
    include_defaults: z
      .boolean()
      .nullish()
      .transform((value) => value ?? true)
      .describe('keep the built-in patterns')
      .meta({weaker: 'off'}),
    patterns: z
      .array(pattern)
      .default([])
      .describe('added to the built-in patterns, or replacing them by name')
      .meta({weaker: {when: 'removed', by: ['name'], replaces: 'dlp'}}),
    severity_overrides: z
      .record(z.string(), severity.meta({weaker: SEVERITIES}))
      .default({})
      .describe('raise the severity of a pattern')
      .meta({weaker: 'removed'}),
    vendor_token_exemptions: z
      .array(
        z
          .string()
          .regex(/^[A-Za-z0-9_-]{2,32}$/, {message: 'must be the beginning of a token: letters, digits, _ and -'}),
      )
      .default([])
      .describe('beginnings of values that are identifiers and no tokens, for the rule Vendor Token')
      .meta({weaker: 'added'}),
    scan_env: z
      .boolean()
      .nullish()
      .transform((value) => value ?? true)
      .describe('look for values of the environment')
      .meta({weaker: 'off'}),
    min_env_secret_length: z
      .int()
      .min(8)
      .max(4096)
      .default(16)
      .describe('shortest value that counts as a secret')
      .meta({weaker: 'higher'}),
    secrets_file: z
      .string()
      .default('')
      .describe('file with one known secret a line, mode 0600 or 0640')
      .meta({weaker: {when: 'changed', lines: true}, path: true}),
  })
  .prefault({})

const token = z.strictObject({
  name: z.string().min(1).max(64).describe('shown in findings').meta({weaker: 'never'}),
  value: z
    .string()
    .min(1)
    .max(4096)
    .refine((text) => text.length >= 8 || text.includes('${'), {message: 'must have at least 8 characters'})
    .describe('the token, or ${NAME} of the environment')
    .meta({weaker: 'never'}),
  env_var: z
    .string()
    .refine(() => false, {message: 'not supported yet: nothing here starts agents and sets their environment'})
    .optional()
    .describe('variable that hands the token to the agent')
    .meta({weaker: 'never'}),
})

const canary_tokens = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe('look for the tokens')
      .meta({weaker: {when: 'off', gates: true}}),
    tokens: z
      .array(token)
      .max(1000)
      .default([])
      .describe('values that nobody may ever send')
      .meta({weaker: {when: 'removed', by: ['value'], label: 'name', secret: true}}),
  })
  .superRefine(({tokens}, context) => {
    const names = new Set<string>()
    const values = new Set<string>()
    for (const [i, {name, value}] of tokens.entries()) {
      if (names.has(name.toLowerCase())) {
        context.addIssue({code: 'custom', path: ['tokens', i, 'name'], message: 'is used twice'})
      }
      if (values.has(value)) context.addIssue({code: 'custom', path: ['tokens', i, 'value'], message: 'is used twice'})
      names.add(name.toLowerCase())
      values.add(value)
    }
  })
  .prefault({})

const seed_phrase_detection = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe('look for seed phrases of wallets')
      .meta({weaker: {when: 'off', gates: true}}),
    min_words: z
      .literal([12, 15, 18, 21, 24])
      .default(12)
      .describe('shortest phrase, in words')
      .meta({weaker: 'higher'}),
    verify_checksum: z
      .boolean()
      .default(true)
      .describe('false: runs of list words without a valid checksum are reported too, never blocked')
      .meta({weaker: 'on'}),
  })
  .prefault({})

export const sections = {dlp, canary_tokens, seed_phrase_detection}

export type DlpConfig = {readonly [K in keyof typeof sections]: z.output<(typeof sections)[K]>}

/** What a scanner is made from; a section that is left out has its defaults. */
export type ScannerConfig = Pick<DlpConfig, 'dlp' | 'canary_tokens'> & Partial<DlpConfig>
