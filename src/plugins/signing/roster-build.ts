// Building a roster: the root first, then the included keys in the order of the command. What
// no reader would accept, or what would silently not work, is refused or warned of before anything is signed.
import {PipelockError} from '../../core/errors.js'
import {checkDataClass} from '../../formats/documents/data-class.js'
import {checkRosterStructure, rosterText, signRoster, type KeyInfo} from '../../formats/documents/roster.js'
import {loadAnyKey, loadJsonKey, resolvePublicKey} from '../../core/key-source.js'
import {fingerprint, type PublicKey} from '../../lib/ed25519.js'
import {pathExists} from '../../lib/secure-read.js'
import {quoted} from '../../lib/terminal.js'
import {formatSeconds} from '../../lib/timestamp.js'
import {refuseAliases, writeNew} from './output.js'
import {parseInclude, type Include} from './include.js'

export interface RosterRequest {
  /** JSON key file of the root. */
  readonly root: string
  /** Values of --include. */
  readonly includes: readonly string[]
  readonly out: string
  readonly dataClass: string
  readonly schemaVersion: number
  readonly validUntil: string | null
  readonly force: boolean
  readonly nowMs: number
}

export interface RosterSummary {
  readonly keys: number
  readonly root_signed_by: string
  readonly root_fingerprint: string
  readonly data_class_root: string
  readonly out: string
  readonly warnings: readonly string[]
}

export function buildRoster(request: RosterRequest): RosterSummary {
  const includes = request.includes.map(parseInclude)
  if (request.schemaVersion !== 1) throw new PipelockError('bad_schema_version', 'only schema version 1 can be written')
  checkDataClass(request.dataClass, 'the data class')
  refuseAliases(request.out, [request.root, ...includes.map((include) => include.key)])
  const root = loadJsonKey(request.root, 'roster-root')
  const keys = includes.map((include) => ({include, key: includedKey(include)}))
  refuseDuplicateIds([root.keyId, ...includes.map((i) => i.id)])
  const warnings = judgeKeys(root.public, keys)
  const validFrom = formatSeconds(request.nowMs)
  const rootInfo: KeyInfo = {
    key_id: root.keyId,
    key_purpose: 'roster-root',
    public_key_hex: root.public.hex,
    valid_from: validFrom,
    valid_until: null,
    status: 'root',
    principal: 'root',
  }
  const body = {
    schema_version: 1,
    roster_signed_by: root.keyId,
    keys: [rootInfo, ...keys.map(({include, key}) => keyInfo(include, key, validFrom, request.validUntil))],
    data_class_root: request.dataClass,
  }
  checkRosterStructure(body)
  writeNew(request.out, rosterText(signRoster(body, root.private)), 0o600, request.force)
  return {
    keys: body.keys.length,
    root_signed_by: root.keyId,
    root_fingerprint: fingerprint(root.public.raw),
    data_class_root: request.dataClass,
    out: request.out,
    warnings,
  }
}

function keyInfo(include: Include, key: PublicKey, validFrom: string, validUntil: string | null): KeyInfo {
  return {
    key_id: include.id,
    key_purpose: include.purpose,
    public_key_hex: key.hex,
    valid_from: validFrom,
    valid_until: validUntil,
    status: include.status,
    ...(include.role !== undefined && {principal: include.role}),
  }
}

/** A key file, or the key itself. A JSON key file's own purpose must be the included one. */
function includedKey({id, key, purpose}: Include): PublicKey {
  if (!pathExists(key)) {
    return resolvePublicKey(key) ?? refuse(id, 'has no key')
  }
  const loaded = loadAnyKey(key)
  if (loaded.purpose !== undefined && loaded.purpose !== purpose) {
    throw new PipelockError('wrong_key_purpose', `${key} is a key for ${loaded.purpose}, not for ${purpose}`)
  }
  return loaded.public
}

function refuse(id: string, what: string): never {
  throw new PipelockError('roster_invalid', `key ${quoted(id)} ${what}`)
}

function refuseDuplicateIds(ids: readonly string[]): void {
  const known = new Set<string>()
  for (const id of ids) {
    if (known.has(id)) refuse(id, 'is a duplicate')
    known.add(id)
  }
}

/** One key under two purposes would let a hot key act as a cold one; one purpose twice only needs a warning. */
function judgeKeys(
  root: PublicKey,
  keys: readonly {readonly include: Include; readonly key: PublicKey}[],
): readonly string[] {
  const warnings: string[] = []
  const first = new Map<string, Include>()
  for (const {include, key} of keys) {
    if (key.hex === root.hex) refuse(include.id, 'is the root key, which signs rosters only')
    const other = first.get(key.hex)
    if (other && other.purpose !== include.purpose) {
      refuse(include.id, `has the same public key as ${quoted(other.id)}, which is for ${other.purpose}`)
    }
    if (other) warnings.push(`${quoted(include.id)} has the same public key as ${quoted(other.id)}`)
    else first.set(key.hex, include)
    if (include.purpose === 'contract-activation-signing' && include.role === undefined) {
      warnings.push(`${quoted(include.id)} has no role: its signatures on manifests will be rejected`)
    }
  }
  return warnings
}
