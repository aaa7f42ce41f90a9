// The section `redaction`. Names across the section are checked here; the names of
// credential rules and the files of dictionaries when the plugin is built.
import {z} from 'zod'
import {domainPattern} from '../../core/config.js'
import {canonicalName, isAddressText, includesDomain} from '../../lib/domain-list.js'
import {includesRange, parseRange} from '../../lib/ip.js'
import {CLASS_NAME} from './placeholder.js'

const DEFAULT_LIMITS = {max_body_bytes: 10_485_760, max_redactions_per_request: 10_000, max_depth: 64} as const

const limit = (standard: number, hard: number) =>
  z
    .int()
    .min(0)
    .max(hard)
    .default(standard)
    .transform((value) => value || standard)

const className = z.string().max(64).regex(CLASS_NAME, {
  message: 'must begin with a lower-case letter or digit and hold only those, "_" and "-"',
})

const profile = z
  .strictObject({
    classes: z
      .array(className)
      .default([])
      .describe('built-in classes, or names of credential rules in kebab-case')
      .meta({weaker: 'removed'}),
    dictionaries: z.array(z.string()).default([]).describe('names under dictionaries').meta({weaker: 'removed'}),
  })
  .refine(({classes, dictionaries}) => classes.length + dictionaries.length > 0, {
    message: 'needs at least one class or dictionary',
  })

const dictionary = z
  .strictObject({
    class: className.describe('name in the placeholder').meta({weaker: 'never'}),
    entries: z
      .array(z.string().max(4096))
      .max(100_000)
      .default([])
      .describe('texts to replace, literally')
      .meta({weaker: {when: 'removed', secret: true}}),
    entries_file: z
      .string()
      .default('')
      .describe('YAML or JSON file with a list of texts')
      .meta({weaker: {when: 'changed', lines: true}, path: true}),
    case_insensitive: z.boolean().default(false).describe('match upper and lower case alike').meta({weaker: 'off'}),
    word_boundary: z.boolean().default(true).describe('only whole words').meta({weaker: 'on'}),
    priority: z
      .int()
      .min(0)
      .max(1000)
      .default(0)
      .describe('over overlapping matches of lower priority; classes have 50 to 100')
      .meta({weaker: 'changed'}),
    strict_reload: z
      .boolean()
      .optional()
      .describe('a vanished file refuses the reload; default: strict_reload of the section')
      .meta({weaker: 'off'}),
  })
  .superRefine(({entries, entries_file}, context) => {
    if (entries.length > 0 && entries_file !== '') {
      context.addIssue({code: 'custom', path: ['entries_file'], message: 'cannot stand beside entries'})
    } else if (entries_file === '' && !entries.some((entry) => entry !== '')) {
      context.addIssue({code: 'custom', path: ['entries'], message: 'needs at least one text, or entries_file'})
    }
  })

const pathPrefix = z.string().regex(/^\/[^?#]*$/, {message: 'must be an absolute path without query'})

const provider = z.strictObject({
  host_patterns: z.array(domainPattern).min(1).describe('hosts of the provider').meta({weaker: 'changed'}),
  path_prefixes: z
    .array(pathPrefix)
    .default([])
    .describe('paths of its model requests; none: every path')
    .meta({weaker: 'changed'}),
  parser: z.literal('json').default('json').describe('how its requests are read').meta({weaker: 'never'}),
})

const route = z
  .strictObject({
    host: domainPattern.describe('destination'),
    methods: z.array(z.string().regex(/^[A-Z]+$/, {message: 'must be upper case'})).default([]),
    path_prefixes: z.array(pathPrefix).default([]),
    path_suffixes: z.array(z.string().min(1)).default([]),
    content_types: z
      .array(
        z.string().regex(/^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/, {message: 'must be type/subtype in lower case'}),
      )
      .default([]),
  })
  .refine(
    ({methods, path_prefixes, path_suffixes, content_types}) =>
      methods.length + path_prefixes.length + path_suffixes.length + content_types.length > 0,
    {
      message:
        'needs methods, path_prefixes, path_suffixes or content_types; a whole host goes to allowlist_unparseable',
    },
  )

const privateSuffix = z
  .string()
  .overwrite((text) => canonicalName(text.replace(/^\./, '')) ?? text)
  .refine((text) => canonicalName(text) === text && !isAddressText(text), {
    message: 'must be a domain such as corp.example: no scheme, port, wildcard or address',
  })

const privateRange = z.string().superRefine((text, context) => {
  const parsed = parseRange(text)
  if (typeof parsed === 'string') context.addIssue({code: 'custom', message: parsed})
})

const redaction = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe('replace sensitive texts in JSON request bodies by placeholders')
      .meta({weaker: {when: 'off', gates: true}}),
    default_profile: z.string().default('').describe('profile that is applied').meta({weaker: 'changed'}),
    profiles: z.record(z.string(), profile).default({}).describe('what is replaced').meta({weaker: 'removed'}),
    dictionaries: z.record(z.string(), dictionary).default({}).describe('own lists of texts').meta({weaker: 'removed'}),
    strict_reload: z
      .boolean()
      .default(false)
      .describe('a vanished dictionary file refuses a reload')
      .meta({weaker: 'off'}),
    limits: z
      .strictObject({
        max_body_bytes: limit(DEFAULT_LIMITS.max_body_bytes, 64 * 1024 * 1024)
          .describe('larger bodies are blocked')
          .meta({weaker: 'higher'}),
        max_redactions_per_request: limit(DEFAULT_LIMITS.max_redactions_per_request, 1_000_000)
          .describe('different texts replaced in one request')
          .meta({weaker: 'higher'}),
        max_depth: limit(DEFAULT_LIMITS.max_depth, 256).describe('nested arrays and objects').meta({weaker: 'higher'}),
      })
      .prefault({}),
    allowlist_unparseable: z
      .array(domainPattern)
      .default([])
      .describe('hosts that may receive bodies that are no JSON')
      .meta({weaker: {when: 'added', includes: includesDomain}}),
    allowlist_unparseable_routes: z
      .array(route)
      .default([])
      .describe('requests that may carry bodies that are no JSON')
      .meta({weaker: 'added'}),
    providers: z
      .record(className, provider)
      .default({})
      .describe('own model providers, beside the built-in ones')
      .meta({weaker: 'changed'}),
    public_allowlist: z
      .array(domainPattern)
      .default([])
      .describe('learning: hosts that are never internal; replaces the built-in public list')
      .meta({weaker: {when: 'changed', always: true}}),
    salt_hash: z
      .strictObject({
        private_suffixes: z
          .array(privateSuffix)
          .default([])
          .describe('domains that are internal with all below them')
          .meta({weaker: {when: 'removed', always: true}}),
        private_cidrs: z
          .array(privateRange)
          .default([])
          .describe('addresses that are internal, besides private ranges')
          .meta({weaker: {when: 'removed', includes: includesRange, always: true}}),
        private_mcp_name_patterns: z
          .array(z.string().min(1).max(10_000))
          .default([])
          .describe('names of MCP servers and tools that are internal, in RE2 syntax')
          .meta({weaker: {when: 'removed', always: true}}),
        salt_epoch: z
          .int()
          .min(0)
          .max(2 ** 31 - 1)
          .default(0)
          .describe('number of the salt in use: raise it with every new salt, since digests of two salts never compare')
          .meta({weaker: {when: 'changed', always: true}}),
      })
      .prefault({}),
  })
  .superRefine((section, context) => {
    if (section.enabled && section.default_profile === '') {
      context.addIssue({code: 'custom', path: ['default_profile'], message: 'is required when redaction is enabled'})
    }
    if (section.default_profile !== '' && !Object.hasOwn(section.profiles, section.default_profile)) {
      context.addIssue({code: 'custom', path: ['default_profile'], message: 'is no profile'})
    }
    for (const [name, {dictionaries}] of Object.entries(section.profiles)) {
      for (const [i, dictionaryName] of dictionaries.entries()) {
        if (Object.hasOwn(section.dictionaries, dictionaryName)) continue
        context.addIssue({code: 'custom', path: ['profiles', name, 'dictionaries', i], message: 'is no dictionary'})
      }
    }
  })
  .prefault({})

export const sections = {redaction}

export type RedactionConfig = {readonly [K in keyof typeof sections]: z.output<(typeof sections)[K]>}
