// Compile manifests: the inputs and the compiler of a contract. The settings are a closed list, so that nothing of an
// operator's configuration is published by accident.
import type {PrivateKey, PublicKey} from '../../lib/ed25519.js'
import {isObject, type JsonObject} from '../../lib/json/reader.js'
import {PipelockError} from '../../core/errors.js'
import {canonicalHash, matchHash, signBody, verifyBody, type Variant} from './canonical.js'
import {COMPILE_PURPOSE} from './contract.js'
import {decodeDocument, type DocumentFormat} from './decode.js'
import {freeMap, int, list, map, object, opt, project, string, time, type Infer} from './schema.js'
import {MAX_DOCUMENT_BYTES} from './strict-json.js'

const BODY = object({
  schema_version: int,
  contract_hash: string,
  compile_started_at: time,
  compile_finished_at: time,
  pipelock_version: string,
  pipelock_build_sha: string,
  go_version: string,
  module_digest_root: string,
  module_digests: map(string),
  compile_config_hash: string,
  inputs: list(object({path: string, sha256: string, event_count: int})),
  observation_window_root: string,
  settings: opt(freeMap),
  signer_key_id: string,
  key_purpose: string,
})

const ENVELOPE = object({body: BODY, signature: string})

export type CompileManifestBody = Infer<typeof BODY>
export type CompileManifest = Infer<typeof ENVELOPE>

export function decodeCompileManifest(bytes: Uint8Array, format: DocumentFormat): CompileManifest {
  return decodeDocument(bytes, format, ENVELOPE, {maxBytes: MAX_DOCUMENT_BYTES, name: 'compile manifest'})
}

export function moduleDigestRoot(digests: {readonly [name: string]: string}): string {
  return canonicalHash(digests)
}

const NAMESPACES = ['confidence', 'normalization', 'shadow', 'drift', 'privacy', 'redaction']
/** Namespaces with a fixed set of members, by path. */
const CLOSED: Readonly<Record<string, readonly string[]>> = {
  privacy: ['default_data_class', 'forbid_classes', 'require_explicit_opt_in_for_classes'],
  redaction: ['public_allowlist', 'salt_hash'],
  'redaction.salt_hash': ['private_suffixes', 'private_cidrs', 'private_mcp_name_patterns', 'salt_epoch'],
}

export function checkCompileManifestStructure(body: CompileManifestBody): void {
  if (body.schema_version !== 1)
    throw new PipelockError('bad_schema_version', 'a compile manifest has schema_version 1')
  if (body.key_purpose !== COMPILE_PURPOSE) {
    throw new PipelockError('wrong_key_purpose', `a compile manifest is signed for ${COMPILE_PURPOSE}`)
  }
  if (matchHash(body.module_digests ?? {}, body.module_digest_root) === undefined) {
    throw new PipelockError('module_root_mismatch', 'module_digest_root is not the hash of module_digests')
  }
  checkSettings(body.settings ?? {})
}

function checkSettings(settings: JsonObject): void {
  for (const [name, value] of Object.entries(settings)) {
    if (!NAMESPACES.includes(name) || !isObject(value)) disallowed(name)
    checkClosed(name, value)
  }
}

function checkClosed(path: string, value: JsonObject): void {
  const allowed = CLOSED[path]
  if (!allowed) return
  for (const [name, member] of Object.entries(value)) {
    const inner = `${path}.${name}`
    if (!allowed.includes(name)) disallowed(inner)
    if (!Object.hasOwn(CLOSED, inner)) continue
    if (!isObject(member)) disallowed(inner)
    checkClosed(inner, member)
  }
}

function disallowed(path: string): never {
  throw new PipelockError('disallowed_setting', `${JSON.stringify(path.slice(0, 80))} is not allowed in settings`)
}

export function verifyCompileManifest(manifest: CompileManifest, key: PublicKey): Variant {
  checkCompileManifestStructure(manifest.body)
  return verifyBody(key, manifest.body, manifest.signature)
}

export function signCompileManifest(body: object, key: PrivateKey): CompileManifest {
  const projected = project(BODY, body, 'compile manifest')
  checkCompileManifestStructure(projected)
  return {body: projected, signature: signBody(key, projected)}
}
