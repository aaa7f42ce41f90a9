// What may be learned from a record, and how what was learned may be shown: classes of hosts and of MCP names,
// and the patterns that keep regulated and sensitive values out of contracts.
import {anyOf, type PatternProblem, patternProblems} from '../../../core/operator-patterns.js'
import {parseDestination} from '../../../formats/target.js'
import {REDACTED_TARGET} from '../../../formats/sanitise.js'
import {openEngine, PatternError, type RegexEngine} from '../../../lib/regex/engine.js'
import {PipelockError} from '../../../core/errors.js'
import type {CanonicalInput} from '../../../lib/json/writer.js'
import type {CaptureRecord} from '../../../formats/capture.js'
import {BUILT_IN_PUBLIC, hostClassifier, type HostClass, type HostClassifier} from './host-class.js'
import type {Settings} from '../../../core/services/settings.js'
import type {LearnConfig} from '../config.js'

export type PrivacySections = {
  readonly privacy: LearnConfig['learn']['privacy']
  readonly redaction: Settings['redaction']
}

export type Filtered =
  /** The record may be learned from, as given or without what is sensitive in it. */
  | {readonly kind: 'kept'; readonly record: CaptureRecord}
  /** Nothing of it may be. */
  | {readonly kind: 'regulated' | 'sensitive'}

/** What a thread makes a Privacy of. */
export interface PlainPrivacy {
  readonly sections: PrivacySections
  /** Choice of PIPELOCK_REGEX. */
  readonly engine: string | undefined
}

export interface Privacy {
  readonly hostClass: HostClassifier
  /** Class of the name of an MCP server or tool. */
  readonly nameClass: (name: string) => HostClass
  /** Class of a path on a host of the given class. */
  readonly pathClass: (host: HostClass, path: string) => HostClass
  /** Something that must stand in no capture. */
  readonly isRegulated: (text: string) => boolean
  /** Something that is left out of contracts. */
  readonly isSensitive: (text: string) => boolean
  filter(record: CaptureRecord): Filtered
  readonly saltEpoch: number
  /** The same as plain data, for a thread. */
  readonly plain: PlainPrivacy
  /** Members of the settings of a compile manifest, those that are not at their defaults. */
  readonly settings: {readonly [name: string]: CanonicalInput}
}

/** Built with the engine that PIPELOCK_REGEX chooses. */
export function privacyOf(sections: PrivacySections, env: Readonly<Record<string, string | undefined>>): Privacy {
  return fromPlain({sections, engine: env['PIPELOCK_REGEX']})
}

export function fromPlain({sections, engine}: PlainPrivacy): Privacy {
  return createPrivacy(sections, () => chosenEngine(engine), engine)
}

/** What holds without configuration. */
export const DEFAULT_PRIVACY: Privacy = createPrivacy(
  {
    privacy: {
      salt_source: '',
      public_allowlist_default: true,
      regulated_patterns: [],
      sensitive_patterns: [],
      allow_sensitive: false,
    },
    redaction: {
      public_allowlist: [],
      salt_hash: {private_suffixes: [], private_cidrs: [], private_mcp_name_patterns: [], salt_epoch: 0},
    },
  },
  openEngine,
)

/** What only the engine can say of the configuration. */
export function privacyProblems({privacy, redaction}: PrivacySections): readonly PatternProblem[] {
  const engine = openEngine()
  const own = (name: 'regulated_patterns' | 'sensitive_patterns'): readonly PatternProblem[] =>
    patternProblems(
      `learn.privacy.${name}`,
      privacy[name].map(({regex}) => regex),
      (i) => `[${i}].regex`,
      engine,
    )
  const names = redaction.salt_hash.private_mcp_name_patterns
  return [
    ...own('regulated_patterns'),
    ...own('sensitive_patterns'),
    ...patternProblems('redaction.salt_hash.private_mcp_name_patterns', names, (i) => `[${i}]`, engine),
  ]
}

/** Settings that do not do what they seem to. */
export function privacyWarnings({privacy, redaction}: PrivacySections): readonly PatternProblem[] {
  const {private_suffixes: suffixes} = redaction.salt_hash
  if (redaction.public_allowlist.length > 0 || !privacy.public_allowlist_default) return []
  const covered = (host: string): boolean => suffixes.some((suffix) => host === suffix || host.endsWith(`.${suffix}`))
  return BUILT_IN_PUBLIC.filter(covered).map((host) => ({
    field: 'redaction.salt_hash.private_suffixes',
    message: `${host} stays public, it is in the built-in list; learn.privacy.public_allowlist_default: false makes it internal`,
  }))
}

function chosenEngine(choice: string | undefined): RegexEngine {
  try {
    return openEngine(choice)
  } catch (error) {
    if (!(error instanceof PatternError)) throw error
    throw new PipelockError('usage', `PIPELOCK_REGEX: ${error.message}`, {hint: 'unset it, or set it to re2js'})
  }
}

const REDACTED_PATH = '/[redacted-path]'

/** `engine` is called only where there are patterns. */
export function createPrivacy(sections: PrivacySections, engine: () => RegexEngine, choice?: string): Privacy {
  const {privacy, redaction} = sections
  const {public_allowlist, salt_hash} = redaction
  const hostClass = hostClassifier({
    publicAllowlist: public_allowlist,
    builtInAllowlist: privacy.public_allowlist_default,
    privateSuffixes: salt_hash.private_suffixes,
    privateRanges: salt_hash.private_cidrs,
  })
  const isRegulated = anyOf(
    privacy.regulated_patterns.map(({regex}) => regex),
    engine,
  )
  const isSensitive = anyOf(
    privacy.sensitive_patterns.map(({regex}) => regex),
    engine,
  )
  const isPrivateName = anyOf(salt_hash.private_mcp_name_patterns, engine)
  const dropsSensitive = privacy.sensitive_patterns.length > 0 && !privacy.allow_sensitive
  return {
    // an allowed sensitive value is an internal one, wherever it stands
    hostClass: (host) => (isSensitive(host) ? 'internal' : hostClass(host)),
    nameClass: (name) => (isPrivateName(name) || isSensitive(name) ? 'internal' : 'public'),
    pathClass: (host, path) => (host === 'internal' || isSensitive(path) ? 'internal' : 'public'),
    isRegulated,
    isSensitive: (text) => dropsSensitive && isSensitive(text),
    filter(record) {
      if (textsOf(record).some(isRegulated)) return {kind: 'regulated'}
      return dropsSensitive ? withoutSensitive(record, isSensitive) : {kind: 'kept', record}
    },
    saltEpoch: salt_hash.salt_epoch,
    plain: {sections, engine: choice},
    settings: redactionSettings(redaction),
  }
}

function textsOf(record: CaptureRecord): readonly string[] {
  const {agent, method, url, mcpServer, toolName, toolArgs = ''} = record
  return [agent, method, url, mcpServer, toolName, toolArgs]
}

/** A sensitive value is dropped and the rest counts, as after the sanitiser of captures. */
function withoutSensitive(record: CaptureRecord, isSensitive: (text: string) => boolean): Filtered {
  if ([record.agent, record.method, record.mcpServer, record.toolName].some(isSensitive)) return {kind: 'sensitive'}
  const {toolArgs} = record
  const kept = toolArgs !== undefined && isSensitive(toolArgs) ? {...record, toolArgs: undefined} : record
  return {kind: 'kept', record: {...kept, url: withoutSensitiveUrl(record.url, isSensitive)}}
}

function withoutSensitiveUrl(url: string, isSensitive: (text: string) => boolean): string {
  if (!isSensitive(url)) return url
  const target = parseDestination(url)
  const authority = /^https?:\/\/[^/?#]*/i.exec(url)?.[0]
  if (target === undefined || authority === undefined) return url // malformed: it becomes no event at all
  if (isSensitive(target.host) || isSensitive(authority)) return REDACTED_TARGET
  return isSensitive(`${authority}${target.rawPath}`) || isSensitive(target.rawPath)
    ? `${authority}${REDACTED_PATH}`
    : `${authority}${target.rawPath}`
}

function redactionSettings({public_allowlist, salt_hash}: PrivacySections['redaction']): {
  readonly [name: string]: CanonicalInput
} {
  const hash = {
    ...listMember('private_suffixes', salt_hash.private_suffixes),
    ...listMember('private_cidrs', salt_hash.private_cidrs),
    ...listMember('private_mcp_name_patterns', salt_hash.private_mcp_name_patterns),
    ...(salt_hash.salt_epoch === 0 ? {} : {salt_epoch: salt_hash.salt_epoch}),
  }
  const members = {
    ...listMember('public_allowlist', public_allowlist),
    ...(Object.keys(hash).length === 0 ? {} : {salt_hash: hash}),
  }
  return Object.keys(members).length === 0 ? {} : {redaction: members}
}

function listMember(name: string, list: readonly string[]): {readonly [name: string]: readonly string[]} {
  return list.length === 0 ? {} : {[name]: list}
}
