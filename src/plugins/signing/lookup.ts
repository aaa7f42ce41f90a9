// Signing keys by id: agent keys by name, else JSON key files that say they are the one. A key signs only
// after the roster named it for the purpose with the very public key that was loaded.
import {readdirSync} from 'node:fs'
import {join} from 'node:path'
import {isErrno, PipelockError} from '../../core/errors.js'
import {resolveKey} from '../../formats/documents/resolve-key.js'
import type {Roster} from '../../formats/documents/roster.js'
import {MAX_KEY_FILE_BYTES, parseJsonKey, type JsonKey} from '../../formats/keys/key-file.js'
import type {KeyPurpose} from '../../formats/key-purpose.js'
import {loadJsonKey, readFileSecurely} from '../../core/key-source.js'
import type {PrivateKey} from '../../lib/ed25519.js'
import {quoted} from '../../lib/terminal.js'
import {hasPair, keyPaths, loadPair} from './keystore.js'

export interface KeyById {
  readonly keyId: string
  readonly key: PrivateKey
  readonly path: string
  /** undefined for an agent key: then the roster's word is taken. */
  readonly purpose: KeyPurpose | undefined
}

/** Exactly one key with this id; a JSON key must have the purpose. */
export function loadKeyById(directory: string, keyId: string, purpose: KeyPurpose): KeyById {
  const agentPath = agentKeyPath(directory, keyId)
  if (agentPath !== undefined && hasPair(directory, keyId)) {
    return {keyId, ...loadPair(directory, keyId), purpose: undefined}
  }
  const matches = [directory, join(directory, 'keys')].flatMap(jsonFiles).filter((path) => keyIn(path)?.keyId === keyId)
  const [path, ...more] = matches
  if (path === undefined) {
    throw new PipelockError('key_missing', `no key ${quoted(keyId)} is in ${directory}`, {
      hint: `expected ${agentPath ?? join(directory, 'agents')} or a JSON key file with this key_id in ${directory} or ${join(directory, 'keys')}`,
    })
  }
  if (more.length > 0) {
    throw new PipelockError('key_ambiguous', `several files hold a key ${quoted(keyId)}: ${matches.join(', ')}`)
  }
  const key = loadJsonKey(path, purpose)
  return {keyId, key: key.private, path, purpose: key.purpose}
}

/** Ids of the JSON keys of a purpose. Agent keys carry none, so they are not among them. */
export function keyIdsFor(directory: string, purpose: KeyPurpose): readonly string[] {
  const ids = [directory, join(directory, 'keys')].flatMap(jsonFiles).flatMap((path) => {
    const key = keyIn(path)
    return key?.purpose === purpose ? [key.keyId] : []
  })
  return [...new Set(ids)].sort()
}

/** Ids of JSON keys need not be key names; such an id has no agent key. */
function agentKeyPath(directory: string, keyId: string): string | undefined {
  try {
    return keyPaths(directory, keyId).private
  } catch (error) {
    if (error instanceof PipelockError && error.code === 'key_name') return undefined
    throw error
  }
}

function jsonFiles(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => join(directory, name))
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return []
    throw error
  }
}

/** Other JSON files may lie in the directory: what is no key file is passed over; the gates hold when the match is loaded. */
function keyIn(path: string): JsonKey | undefined {
  try {
    return parseJsonKey(readFileSecurely(path, {maxBytes: MAX_KEY_FILE_BYTES}))
  } catch (error) {
    if (error instanceof PipelockError) return undefined
    throw error
  }
}

export interface RosterSigner {
  readonly keyId: string
  readonly key: PrivateKey
  /** "" when the roster names none. */
  readonly principal: string
  readonly path: string
}

/** The private half of a roster key that may sign for `purpose` now. Nothing was signed when this throws. */
export function loadRosterSigner(
  directory: string,
  keyId: string,
  purpose: KeyPurpose,
  roster: Roster,
  nowMs: number,
): RosterSigner {
  const entry = resolveKey(roster, keyId, purpose, nowMs)
  const {key, path} = loadKeyById(directory, keyId, purpose)
  if (key.public.hex !== entry.public.hex) {
    throw new PipelockError('key_invalid', `${path} is not the key that the roster lists as ${quoted(keyId)}`)
  }
  return {keyId, key, principal: entry.info.principal ?? '', path}
}
