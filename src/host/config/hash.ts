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
 * Members that affect decisions: not the addresses of listeners, the log, the recorder and the key of sidecars, nor the
 * order of three lists.
 */
function project(config: EffectiveConfig): unknown {
  const {logging, flight_recorder, metrics_listen, fetch_proxy, api_allowlist, internal, trusted_domains, ...rest} =
    config
  const {listen, ...fetch} = fetch_proxy
  const {capture_escrow_public_key, ...learn} = rest.learn
  return plain({
    ...rest,
    learn,
    fetch_proxy: fetch,
    api_allowlist: [...api_allowlist].sort(),
    internal: [...internal].sort(),
    trusted_domains: [...trusted_domains].sort(),
  })
}

/** Drops undefined members, which have no canonical form. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).flatMap(([k, v]) => (v === undefined ? [] : [[k, plain(v)]])))
}
