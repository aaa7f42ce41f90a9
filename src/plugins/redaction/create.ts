// Builds redaction from one configuration: the rules of the profile in force, the exceptions for bodies that are no JSON,
// and the provider profiles. What others ask of it is here too.
import {PipelockError} from '../../core/errors.js'
import type {Exchange} from '../../core/exchange.js'
import type {Awaitable, RedactionSummary} from '../../core/plugin.js'
import {inTurns} from '../../core/work.js'
import {compileDomainList} from '../../lib/domain-list.js'
import {builtInDetector, BUILT_IN_CLASSES, CREDENTIAL_CLASSES, RESERVED_CLASSES} from './classes.js'
import type {RedactionConfig} from './config.js'
import {credentialClasses, createCredentials, type CredentialFinder} from './credentials.js'
import {OverBudget, type Ruleset} from './detect.js'
import {dictionaryDetector} from './dictionary.js'
import {dictionaryEntries, type DictionarySnapshots} from './dictionary-file.js'
import {INVALID} from './placeholder.js'
import type {Detector} from './places.js'
import {createProviders, type Providers} from './providers.js'
import {redactJson, type Failed, type Limits} from './redact-json.js'
import {
  failureOf,
  hasUnknownCharset,
  isAllowed,
  isJsonType,
  mayBeJson,
  mediaTypeOf,
  type RequestFacts,
} from './unparseable.js'

type Section = RedactionConfig['redaction']

export type RedactionResult =
  {readonly ok: true; readonly bytes: Buffer; readonly summary: RedactionSummary | undefined} | Failed

export interface RedactionService {
  readonly enabled: boolean
  readonly providers: Providers
  /** Originals replaced since the start, by class. */
  counts(): Readonly<Record<string, number>>
  readonly maxBodyBytes: number
  /** A body of this request passes as it is, unread. */
  isExempt(request: RequestFacts): boolean
  /** Redacts a complete request body; the same buffer comes back where nothing had to change. */
  request(bytes: Buffer, request: RequestFacts, x?: Pick<Exchange, 'work'>): Awaitable<RedactionResult>
}

/** Lives as long as the process. */
export interface RedactionState {
  readonly snapshots: DictionarySnapshots
  /** Originals replaced so far, by class. */
  readonly counts: Map<string, number>
}

type Warn = (field: string, message: string) => void

export function createRedaction(
  {redaction: section}: RedactionConfig,
  state: RedactionState,
  credentials: CredentialFinder,
  warn: Warn,
): RedactionService {
  const providers = createProviders(
    Object.entries(section.providers).map(([name, {host_patterns, path_prefixes, parser}]) => ({
      name,
      parser,
      hostPatterns: host_patterns,
      pathPrefixes: path_prefixes,
    })),
  )
  const rules = compileProfiles(section, state, credentials, warn).get(section.default_profile)
  if (!section.enabled || rules === undefined) {
    return {
      enabled: false,
      providers,
      counts: () => Object.fromEntries(state.counts),
      maxBodyBytes: section.limits.max_body_bytes,
      isExempt: () => true,
      request: (bytes) => ({ok: true, bytes, summary: undefined}),
    }
  }
  const {max_body_bytes, max_redactions_per_request, max_depth} = section.limits
  const limits: Limits = {
    maxBodyBytes: max_body_bytes,
    maxRedactions: max_redactions_per_request,
    maxDepth: max_depth,
  }
  const hosts = compileDomainList(section.allowlist_unparseable)
  const routes = section.allowlist_unparseable_routes.map((route) => ({
    hosts: compileDomainList([route.host]),
    methods: route.methods,
    pathPrefixes: route.path_prefixes,
    pathSuffixes: route.path_suffixes,
    contentTypes: route.content_types,
  }))

  const isExempt = (request: RequestFacts): boolean => {
    const mediaType = mediaTypeOf(request.contentType)
    return !isJsonType(mediaType) && !mayBeJson(mediaType) && isAllowed(request, hosts, routes)
  }

  return {
    enabled: true,
    providers,
    counts: () => Object.fromEntries(state.counts),
    maxBodyBytes: max_body_bytes,
    isExempt,
    request: (bytes, request, x = {}) => inTurns(x, redacted(rules, bytes, request)),
  }

  function* redacted(rules: Ruleset, bytes: Buffer, request: RequestFacts): Generator<undefined, RedactionResult> {
    if (bytes.length === 0) return {ok: true, bytes, summary: undefined}
    const mediaType = mediaTypeOf(request.contentType)
    const isDeclared = isJsonType(mediaType)
    // redacted is what UTF-8 says; a receiver that goes by another character set would read something else
    if (hasUnknownCharset(request.contentType)) return {ok: false, code: 'body_unparseable'}
    if (isDeclared || mayBeJson(mediaType)) {
      const result = yield* redactJson(bytes, rules, limits)
      if (result.ok) {
        for (const [label, n] of result.byClass) state.counts.set(label, (state.counts.get(label) ?? 0) + n)
        const summary = summarise(section.default_profile, providers.of(request.host, request.path), result.byClass)
        return {ok: true, bytes: result.bytes, summary}
      }
      // what says that it is JSON is read as JSON by whoever gets it: no exception covers a part of it
      if (isDeclared || result.code !== 'body_unparseable') return result
    }
    if (isAllowed(request, hosts, routes)) return {ok: true, bytes, summary: undefined}
    return {ok: false, code: failureOf(mediaType)}
  }
}

function summarise(
  profile: string,
  provider: {readonly name: string; readonly parser: string},
  byClass: ReadonlyMap<string, number>,
): RedactionSummary | undefined {
  if (byClass.size === 0) return undefined
  const classes = [...byClass].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    profile,
    provider: provider.name,
    parser: provider.parser,
    total_redactions: classes.reduce((sum, [, count]) => sum + count, 0),
    by_class: Object.fromEntries(classes),
  }
}

/** Every profile, also those that are not in force: a mistake in one is told when it is made, not when it is chosen. */
function compileProfiles(
  section: Section,
  state: RedactionState,
  finder: CredentialFinder,
  warn: Warn,
): ReadonlyMap<string, Ruleset> {
  const known = credentialClasses(finder.ruleNames)
  const dictionaries = new Map(
    Object.entries(section.dictionaries).map(([name, options]) => {
      const field = `redaction.dictionaries.${name}`
      return [name, compileDictionary(field, options, options.strict_reload ?? section.strict_reload, state, warn)]
    }),
  )
  const labels = new Set([
    ...BUILT_IN_CLASSES,
    ...RESERVED_CLASSES,
    ...known.keys(),
    ...[...dictionaries.values()].map(({label}) => label),
    INVALID,
  ])
  return new Map(
    Object.entries(section.profiles).map(([name, profile]) => {
      const detectors: Detector[] = []
      const asked = new Map<string, ReadonlySet<string>>()
      for (const [i, label] of profile.classes.entries()) {
        if (profile.classes.indexOf(label) !== i) continue
        const detector = builtInDetector(label)
        const rules = known.get(label)
        if (detector !== undefined) detectors.push(detector)
        if (rules !== undefined) asked.set(label, rules)
        if (detector === undefined && rules === undefined) {
          throw unknownClass(`redaction.profiles.${name}.classes[${i}]`, label)
        }
      }
      for (const dictionary of new Set(profile.dictionaries)) {
        const detector = dictionaries.get(dictionary)
        if (detector !== undefined) detectors.push(detector)
      }
      const credentials = createCredentials(finder, asked, overBudget)
      return [name, {detectors, hasCredentials: detectors.some((one) => one.isCredential), credentials, labels}]
    }),
  )
}

function overBudget(): never {
  throw new OverBudget()
}

function unknownClass(field: string, label: string): PipelockError {
  const reserved = RESERVED_CLASSES.includes(label)
  return new PipelockError(
    'config_invalid',
    `${field}: ${reserved ? `${label} has no form of its own` : `no class is called ${label}`}`,
    {
      hint: reserved
        ? 'give a dictionary this class'
        : `classes are ${[...BUILT_IN_CLASSES, ...Object.keys(CREDENTIAL_CLASSES)].join(', ')}, and the names of the dlp patterns in lower case with hyphens`,
    },
  )
}

function compileDictionary(
  field: string,
  options: Section['dictionaries'][string],
  strict: boolean,
  {snapshots}: RedactionState,
  warn: Warn,
): Detector {
  const {entries, entries_file: file} = options
  const texts =
    file === ''
      ? entries
      : dictionaryEntries(file, strict, snapshots, (message) => warn(`${field}.entries_file`, message))
  const used = [...new Set(texts)].filter((entry) => entry !== '')
  if (used.length === 0) throw new PipelockError('config_invalid', `${field}: has no text to look for`)
  return dictionaryDetector(used, {
    label: options.class,
    priority: options.priority,
    caseInsensitive: options.case_insensitive,
    wordBoundary: options.word_boundary,
  })
}
