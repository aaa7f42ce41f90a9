// Resolves names as this host does, with time limits of its own. The C library's resolver runs in two threads of the
// process: a name server that is silent for one name delays all others. This one reads the same sources: the hosts
// file, and name servers, search domains and `ndots` of resolv.conf. Other sources of nsswitch.conf are not used.
import {readFileSync, statSync} from 'node:fs'
import {promises} from 'node:dns'
import {parseAddress} from '../lib/ip.js'
import type {Resolve} from '../core/ports.js'

export interface ResolverOptions {
  /** `address` or `address:port`; default those of the system. */
  readonly servers?: readonly string[]
  readonly hostsFile?: string
  readonly resolvConf?: string
  /** Time limit for one name in total. */
  readonly limitMs?: number
}

const HOSTS_FILE = process.platform === 'win32' ? 'C:\\Windows\\System32\\drivers\\etc\\hosts' : '/etc/hosts'
const RESOLV_CONF = '/etc/resolv.conf'
/**
 * Below the limit of the callers, so that a silent name server counts as a failure that others need not wait for again.
 */
const LIMIT_MS = 4_500
/** Doubled in the second round of queries; the next server is queried after the first. */
const QUERY_MS = 1_000
const TRIES = 2
/**
 * How long to wait for the second family once the first has addresses: some name servers never respond for one of them.
 */
const OTHER_FAMILY_MS = 1_000
const MAX_NDOTS = 15
const NO_SUCH_NAME: ReadonlySet<unknown> = new Set(['ENOTFOUND', 'ENODATA'])

export function systemResolver(options: ResolverOptions = {}): Resolve {
  const {servers, limitMs = LIMIT_MS} = options
  const hosts = watched(options.hostsFile ?? HOSTS_FILE, parseHosts)
  const conf = watched(options.resolvConf ?? RESOLV_CONF, parseResolvConf)
  return async (host, signal) => {
    if (signal.aborted) throw failure('ETIMEOUT')
    const listed = hosts().get(host.toLowerCase())
    if (listed) return listed
    // one per look-up: cancelling ends its queries and no others, and the name servers are the current ones
    const resolver = new promises.Resolver({timeout: QUERY_MS, tries: TRIES})
    if (servers) resolver.setServers(servers)
    const cancel = (): void => resolver.cancel()
    const timer = setTimeout(cancel, limitMs)
    signal.addEventListener('abort', cancel, {once: true})
    try {
      return await firstKnown(resolver, candidates(host, conf()))
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', cancel)
      cancel() // the query of the other family
    }
  }
}

async function firstKnown(resolver: promises.Resolver, names: readonly string[]): Promise<readonly string[]> {
  let failed: unknown
  for (const name of names) {
    try {
      return await bothFamilies(resolver, name)
    } catch (error) {
      const code = codeOf(error)
      if (code === 'ECANCELLED' || code === 'ETIMEOUT') throw failure('ETIMEOUT')
      // a server failure precedes a name that does not exist: the name may exist
      if (failed === undefined || !NO_SUCH_NAME.has(code)) failed = error
    }
  }
  throw failed
}

/** Addresses of both families; rejects when neither has any. */
function bothFamilies(resolver: promises.Resolver, name: string): Promise<readonly string[]> {
  return new Promise((done, fail) => {
    const byFamily: {four: readonly string[]; six: readonly string[]} = {four: [], six: []}
    const failures: unknown[] = []
    let open = 2
    let patience: NodeJS.Timeout | undefined
    const settle = (): void => {
      clearTimeout(patience)
      const addresses = [...byFamily.four, ...byFamily.six]
      if (addresses.length > 0) done(addresses)
      else fail(failures.find((error) => !NO_SUCH_NAME.has(codeOf(error))) ?? failures[0] ?? failure('ENODATA'))
    }
    const query = (family: 'four' | 'six', result: Promise<string[]>): void => {
      result.then(
        (addresses) => {
          byFamily[family] = addresses
          if (--open === 0) settle()
          else if (addresses.length > 0) patience = setTimeout(settle, OTHER_FAMILY_MS)
        },
        (error: unknown) => {
          failures.push(error)
          if (--open === 0) settle()
        },
      )
    }
    query('four', resolver.resolve4(name))
    query('six', resolver.resolve6(name))
  })
}

export interface ResolvConf {
  readonly search: readonly string[]
  readonly ndots: number
}

/** The names to query, in the order of resolv.conf(5): a name with few dots is tried below the search domains first. */
export function candidates(host: string, {search, ndots}: ResolvConf): readonly string[] {
  const within = search.map((domain) => `${host}.${domain}`)
  return host.split('.').length - 1 >= ndots ? [host, ...within] : [...within, host]
}

export function parseResolvConf(text: string): ResolvConf {
  let search: readonly string[] = []
  let ndots = 1
  for (const line of text.split('\n')) {
    const [key, ...values] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/)
    // the last of these lines applies
    if (key === 'search') search = values
    if (key === 'domain') search = values.slice(0, 1)
    if (key !== 'options') continue
    for (const value of values) {
      const dots = /^ndots:(\d{1,4})$/.exec(value)?.[1]
      if (dots !== undefined) ndots = Math.min(Number(dots), MAX_NDOTS)
    }
  }
  return {search: search.map((domain) => domain.replace(/\.$/, '')).filter((domain) => domain !== ''), ndots}
}

/** Addresses by name in lower case. */
export function parseHosts(text: string): ReadonlyMap<string, readonly string[]> {
  const hosts = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    const parsed = parseAddress(address)
    if (parsed === undefined) continue
    for (const name of names.map((n) => n.toLowerCase())) {
      const known = hosts.get(name)
      if (!known) hosts.set(name, [parsed.text])
      else if (!known.includes(parsed.text)) known.push(parsed.text)
    }
  }
  return hosts
}

/** The parsed content of a file, read again when it changes; undefined content when it cannot be read. */
function watched<T>(path: string, parse: (text: string) => T): () => T {
  let version = ''
  let value = parse('')
  return () => {
    try {
      const {mtimeMs, size, ino} = statSync(path)
      const now = `${mtimeMs} ${size} ${ino}`
      if (now !== version) {
        value = parse(readFileSync(path, 'utf8'))
        version = now
      }
    } catch {
      version = ''
      value = parse('')
    }
    return value
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(`look-up failed: ${code}`), {code})
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
