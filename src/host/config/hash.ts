// The two hashes of a configuration: of the bytes as written, and of their effect on decisions.
import {isDeepStrictEqual} from 'node:util'
import {factsAt, type KeyFacts} from '../../core/key-facts.js'
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

/** What changes no decision is left out: the keys declare it in their schemas. */
export function policyHash(config: EffectiveConfig, facts: KeyFacts): string {
  const {plugins, ...sections} = config
  // the code that decides, wherever its files are; configurations without any keep their hash
  const digests = plugins.length > 0 && {plugins: plugins.map(({sha256}) => sha256)}
  return sha256Hex(jcs(projected({...sections, ...digests}, facts)))
}

/** undefined for what has no part in the hash; canonical JSON has no undefined members. */
function projected(value: unknown, facts: KeyFacts | undefined): unknown {
  const rule = facts?.policyHash
  if (rule === 'omitted') return undefined
  const whole = projectedWhole(value, facts)
  return typeof rule === 'object' && isDeepStrictEqual(whole, rule.unless) ? undefined : whole
}

function projectedWhole(value: unknown, facts: KeyFacts | undefined): unknown {
  if (typeof value === 'string' && facts?.path) return value !== ''
  if (Array.isArray(value)) {
    const all = value.map((one) => projected(one, facts?.each))
    return facts?.policyHash === 'unordered' ? all.sort() : all
  }
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([key, inner]) => [key, projected(inner, factsAt(facts, key))] as const)
  return Object.fromEntries(members.filter(([, inner]) => inner !== undefined))
}
