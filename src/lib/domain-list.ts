// Host lists: exact names and `*.suffix`, one matching rule for every list of the product. Hosts arrive in
// canonical form; entries are brought into it when a list is compiled.
export interface DomainList {
  readonly size: number
  /** The entry that covers a canonical host: the exact one, else the longest suffix. */
  match(host: string): string | undefined
}

export interface DomainPatternOptions {
  /** Allows `*` and `*.com`; only a blocklist may be that broad. */
  readonly broad?: boolean
}

/** What is wrong with an entry; undefined when it is valid. */
export function checkDomainPattern(text: string, options: DomainPatternOptions = {}): string | undefined {
  if (text === '') return 'is empty'
  if (text === '*') return options.broad ? undefined : 'covers every host'
  const wildcard = text.startsWith('*.')
  const name = wildcard ? text.slice(2) : text
  if (/[*?]/.test(name)) return 'has a wildcard elsewhere than in front'
  if (name.includes('/')) return 'has a scheme or path'
  if (!isAddressText(name) && name.includes(':')) return 'has a port'
  const canonical = canonicalName(name)
  if (canonical === undefined) return 'is not a host name'
  if (wildcard && !options.broad && !canonical.includes('.')) return 'covers a whole top-level domain'
  if (wildcard && isAddressText(canonical)) return 'is a wildcard over addresses'
  return undefined
}

/** Compiles valid entries; throws on one that `checkDomainPattern` refuses. */
export function compileDomainList(entries: readonly string[], options: DomainPatternOptions = {}): DomainList {
  const exact = new Map<string, string>()
  const suffix = new Map<string, string>()
  let everything: string | undefined
  for (const entry of entries) {
    const problem = checkDomainPattern(entry, options)
    if (problem !== undefined) throw new Error(`host pattern ${JSON.stringify(entry)} ${problem}`)
    if (entry === '*') everything ??= entry
    else if (entry.startsWith('*.')) keep(suffix, canonicalName(entry.slice(2)), entry)
    else keep(exact, canonicalName(entry), entry)
  }
  return {
    size: entries.length,
    match(host) {
      const result = exact.get(host)
      if (result !== undefined) return result
      if (suffix.size > 0 && !isAddressText(host)) {
        for (let at = 0; at >= 0; at = host.indexOf('.', at + 1)) {
          const matched = suffix.get(at === 0 ? host : host.slice(at + 1))
          if (matched !== undefined) return matched
        }
      }
      return everything
    },
  }
}

/** Whether every host of a valid entry is one of another, so that the first adds nothing to the second. */
export function includesDomain(outer: string, inner: string): boolean {
  if (outer === inner || outer === '*') return true
  if (!outer.startsWith('*.')) return false
  const name = inner.startsWith('*.') ? inner.slice(2) : inner
  return !isAddressText(name) && (name === outer.slice(2) || name.endsWith(outer.slice(1)))
}

function keep(map: Map<string, string>, name: string | undefined, entry: string): void {
  if (name !== undefined && !map.has(name)) map.set(name, entry)
}

/** The form that a parsed URL gives a host: lower-case ASCII, no trailing dot, addresses dotted, IPv6 without brackets. */
export function canonicalName(name: string): string | undefined {
  const host = name.includes(':') && !name.startsWith('[') ? `[${name}]` : name
  if (host === '' || /[\s/\\?#@]/.test(host)) return undefined
  try {
    const {hostname} = new URL(`http://${host}/`)
    if (hostname.startsWith('[')) return hostname.slice(1, -1)
    const bare = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname
    return /^(?:[a-z0-9_-]+\.)*[a-z0-9_-]+$/.test(bare) ? bare : undefined
  } catch {
    return undefined
  }
}

/** True for a canonical IPv4 address or anything with a colon. */
export function isAddressText(host: string): boolean {
  const last = host.charCodeAt(host.length - 1)
  if (last < 0x30 || last > 0x39) return host.includes(':')
  return host.includes(':') || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host)
}
