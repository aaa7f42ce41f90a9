// The two hashes of a configuration: of the bytes as written, and of their effect on decisions.
import {sha256Hex} from '../../lib/hash.js'
import {jcs} from '../../lib/jcs.js'
import type {EffectiveConfig} from '../../plugins/effective-config.js'

export interface ConfigHashes {
  /** Hex SHA-256 of the file; `defaults` without one. */
  readonly raw: string
  /** Hex SHA-256 of the canonical projection. */
  readonly policy: string
}

export function rawHash(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? 'defaults' : sha256Hex(bytes)
}

export function policyHash(config: EffectiveConfig): string {
  return sha256Hex(jcs(project(config)))
}

/**
 * Leaves out what changes no decision: addresses of listeners, the log, the recorder, where captures go and how their
 * digests are keyed. Of a file that decides it keeps whether there is one and not where it is, so that machines with
 * other directories state one policy and compile equal captures to one contract. Three lists have no order.
 */
function project(config: EffectiveConfig): unknown {
  const {
    logging,
    flight_recorder,
    metrics_listen,
    fetch_proxy,
    api_allowlist,
    internal,
    trusted_domains,
    plugins,
    ...rest
  } = config
  const {listen, ...fetch} = fetch_proxy
  const {enabled, capture_dir, capture_escrow_public_key, privacy, ...learn} = rest.learn
  const {salt_source, ...classes} = privacy
  const {dlp, redaction, learn_lock} = rest
  const dictionaries = Object.entries(redaction.dictionaries).map(
    ([name, one]) => [name, {...one, entries_file: isSet(one.entries_file)}] as const,
  )
  return plain({
    ...rest,
    learn: {...learn, privacy: classes},
    learn_lock: {...learn_lock, store_dir: isSet(learn_lock.store_dir), roster_path: isSet(learn_lock.roster_path)},
    dlp: {...dlp, secrets_file: isSet(dlp.secrets_file)},
    redaction: {...redaction, dictionaries: Object.fromEntries(dictionaries)},
    fetch_proxy: fetch,
    api_allowlist: [...api_allowlist].sort(),
    internal: [...internal].sort(),
    trusted_domains: [...trusted_domains].sort(),
    // the code that decides, wherever its files are; configurations without any keep their hash
    ...(plugins.length > 0 && {plugins: plugins.map(({sha256}) => sha256)}),
  })
}

function isSet(path: string): boolean {
  return path !== ''
}

/** Without undefined members, which have no canonical form. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).flatMap(([k, v]) => (v === undefined ? [] : [[k, plain(v)]])))
}
