// Which model provider a request goes to. Selects parser and label, never exempts from anything.
import {compileDomainList, type DomainList} from '../../lib/domain-list.js'

export interface ProviderProfile {
  readonly name: string
  readonly parser: 'json'
  readonly hostPatterns: readonly string[]
  /** Prefixes of the path; none: every path. */
  readonly pathPrefixes: readonly string[]
}

const GEMINI_PATHS = ['/v1/models/', '/v1beta/models/', '/v1alpha/models/']

const BUILT_IN: readonly ProviderProfile[] = [
  {name: 'anthropic', parser: 'json', hostPatterns: ['api.anthropic.com'], pathPrefixes: ['/v1/messages']},
  {
    name: 'openai',
    parser: 'json',
    hostPatterns: ['api.openai.com'],
    pathPrefixes: ['/v1/chat/completions', '/v1/responses'],
  },
  {
    name: 'gemini',
    parser: 'json',
    hostPatterns: ['generativelanguage.googleapis.com', '*.generativelanguage.googleapis.com'],
    pathPrefixes: GEMINI_PATHS,
  },
]

/** What is none of them. */
export const GENERIC = {name: 'generic-json', parser: 'json'} as const

export interface Providers {
  /** The profile of a destination, by its canonical host and its path. */
  of(host: string, path: string): {readonly name: string; readonly parser: 'json'}
  /** Some profile names the host, whatever the path: the destination is a model provider. */
  isProviderHost(host: string): boolean
}

interface Row {
  readonly profile: ProviderProfile
  readonly pattern: string
  readonly hosts: DomainList
}

/** A configured profile replaces the built-in one of its name. */
export function createProviders(own: readonly ProviderProfile[]): Providers {
  const names = new Set(own.map(({name}) => name))
  const rows = [...own, ...BUILT_IN.filter(({name}) => !names.has(name))].flatMap((profile) =>
    profile.hostPatterns.map((pattern): Row => ({profile, pattern, hosts: compileDomainList([pattern])})),
  )
  return {
    of(host, path) {
      let best: {readonly row: Row; readonly prefix: string} | undefined
      for (const row of rows) {
        if (row.hosts.match(host) === undefined) continue
        const prefix = longestPrefix(row.profile.pathPrefixes, path)
        if (prefix === undefined) continue
        if (best === undefined || isBetter(row, prefix, best.row, best.prefix)) best = {row, prefix}
      }
      return best === undefined ? GENERIC : {name: best.row.profile.name, parser: best.row.profile.parser}
    },
    isProviderHost: (host) => rows.some(({hosts}) => hosts.match(host) !== undefined),
  }
}

function longestPrefix(prefixes: readonly string[], path: string): string | undefined {
  if (prefixes.length === 0) return ''
  return prefixes.filter((prefix) => path.startsWith(prefix)).sort((a, b) => b.length - a.length)[0]
}

/** An exact host, then the longer prefix, then the longer host pattern, then the name. */
function isBetter(a: Row, aPrefix: string, b: Row, bPrefix: string): boolean {
  const order =
    Number(b.pattern.startsWith('*.') ? 0 : 1) - Number(a.pattern.startsWith('*.') ? 0 : 1) ||
    bPrefix.length - aPrefix.length ||
    b.pattern.length - a.pattern.length
  return order < 0 || (order === 0 && a.profile.name < b.profile.name)
}
