// Data class of a host: internal names keep their clear value in the candidate, so that the rule can match, but
// are salted in everything that is meant to be shared.
import {compileDomainList, isAddressText} from '../../../lib/domain-list.js'
import {findRange, parseAddress, parseRange, type Range} from '../../../lib/ip.js'

export type HostClass = 'public' | 'internal'
export type HostClassifier = (host: string) => HostClass

export interface HostClasses {
  /** The operator's list of public hosts; empty: the built-in one, where it is wanted. */
  readonly publicAllowlist: readonly string[]
  readonly builtInAllowlist: boolean
  /** Without the leading dot. */
  readonly privateSuffixes: readonly string[]
  readonly privateRanges: readonly string[]
}

/** Services that anybody may be seen to use. None of them would count as internal by its form. */
export const BUILT_IN_PUBLIC: readonly string[] = [
  'api.anthropic.com',
  'api.github.com',
  'api.openai.com',
  'developer.mozilla.org',
  'generativelanguage.googleapis.com',
  'github.com',
  'gitlab.com',
]

const INTERNAL_SUFFIXES = ['local', 'internal', 'lan', 'corp', 'home.arpa', 'svc', 'cluster.local']
const INTERNAL_RANGES = ranges([
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'],
  ...['::/128', '::1/128', 'fc00::/7', 'fe80::/10'],
])

/** The classes in force, first hit decides: allowlist, then what is internal by form or by configuration, then public. */
export function hostClassifier(classes: HostClasses): HostClassifier {
  const {publicAllowlist, builtInAllowlist, privateSuffixes, privateRanges} = classes
  const allowlist = compileDomainList(
    publicAllowlist.length > 0 || !builtInAllowlist ? publicAllowlist : BUILT_IN_PUBLIC,
  )
  const suffixes = [...INTERNAL_SUFFIXES, ...privateSuffixes]
  const internalRanges = [...INTERNAL_RANGES, ...ranges(privateRanges)]
  return (host) => {
    if (allowlist.match(host) !== undefined) return 'public'
    if (isAddressText(host)) {
      const address = parseAddress(host)
      // an address inside another one (::ffff:10.0.0.1) names the same machine
      return address === undefined || findRange(internalRanges, address) !== undefined ? 'internal' : 'public'
    }
    if (!host.includes('.')) return 'internal'
    return suffixes.some((suffix) => host === suffix || host.endsWith(`.${suffix}`)) ? 'internal' : 'public'
  }
}

function ranges(texts: readonly string[]): readonly Range[] {
  return texts.map((text) => {
    const range = parseRange(text)
    // configuration is checked when it is read; a range lost here would publish what it covers
    if (typeof range === 'string') throw new TypeError(`${JSON.stringify(text)} ${range}`)
    return range
  })
}
