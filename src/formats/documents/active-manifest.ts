// Active manifests: which contract is in force for whom, signed by enough operators. Structure and signatures are
// separate steps, since the signatures need the roster.
import type {PrivateKey} from '../../lib/ed25519.js'
import {compareCodePoints} from '../../lib/json/writer.js'
import {agentGlob} from '../selector.js'
import {PipelockError} from '../../core/errors.js'
import {canonicalHash, hashIn, matchHash, parseSignature, signBody, verifyBody, type Variant} from './canonical.js'
import {decodeDocument, type DocumentFormat} from './decode.js'
import {resolveKey} from './resolve-key.js'
import type {Roster} from './roster.js'
import {compactText} from './text.js'
import {boolean, int, list, object, opt, project, string, time, type Infer} from './schema.js'
import {MAX_DOCUMENT_BYTES} from './strict-json.js'

const SELECTOR = object({
  selector_id: string,
  agent: opt(string),
  agent_glob: opt(string),
  default: opt(boolean),
  contract_hash: string,
})

const BODY = object({
  schema_version: int,
  manifest_kind: string,
  generation: int,
  prior_manifest_hash: string,
  selector_set_hash: string,
  environment: object({id: string, tenant: string, deployment_id: string}),
  selectors: list(SELECTOR),
  history_root: string,
  rollback_target: opt(string),
  signed_at: time,
})

const SIGNATURE = object({
  key_id: string,
  principal: string,
  key_purpose: string,
  algorithm: string,
  signature: string,
})

const ENVELOPE = object({body: BODY, signatures: list(SIGNATURE)})

export type ManifestSelector = Infer<typeof SELECTOR>
export type ManifestBody = Infer<typeof BODY>
export type ManifestSignature = Infer<typeof SIGNATURE>
export type Manifest = Infer<typeof ENVELOPE>
export type Environment = ManifestBody['environment']

export const ACTIVATION_PURPOSE = 'contract-activation-signing'
export const GENESIS = 'sha256:genesis'
const HISTORY_ROOT = `sha256:${'0'.repeat(64)}`

export function decodeManifest(bytes: Uint8Array, format: DocumentFormat = 'json'): Manifest {
  return decodeDocument(bytes, format, ENVELOPE, {maxBytes: MAX_DOCUMENT_BYTES, name: 'manifest'})
}

/** Target of a selector; exactly one of the three. */
export type SelectorTarget =
  | {readonly kind: 'agent'; readonly agent: string}
  | {readonly kind: 'glob'; readonly glob: string}
  | {readonly kind: 'default'}

/** Throws `bad_selector` unless exactly one target is named. */
export function targetOf(selector: ManifestSelector): SelectorTarget {
  const {agent, agent_glob: glob, default: isDefault} = selector
  const count = [agent, glob, isDefault].filter((member) => member !== undefined).length
  if (count !== 1)
    throw new PipelockError('bad_selector', 'a selector names exactly one of agent, agent_glob and default')
  if (agent !== undefined) return {kind: 'agent', agent}
  if (glob !== undefined) return {kind: 'glob', glob}
  return {kind: 'default'}
}

/** A selector for a target, with its id. */
export function createSelector(target: SelectorTarget, contractHash: string): ManifestSelector {
  const members = {
    ...(target.kind === 'agent' && {agent: target.agent}),
    ...(target.kind === 'glob' && {agent_glob: target.glob}),
    ...(target.kind === 'default' && {default: true}),
    contract_hash: contractHash,
  }
  return {selector_id: canonicalHash(members), ...members}
}

function withoutId({selector_id: _, ...members}: ManifestSelector): object {
  return members
}

export function selectorSetHash(selectors: readonly ManifestSelector[]): string {
  return canonicalHash(sortedIds(selectors))
}

function sortedIds(selectors: readonly ManifestSelector[]): readonly string[] {
  return selectors.map((s) => s.selector_id).sort(compareCodePoints)
}

/** Checks the structure. The order of checks decides the reported code and is part of the format. */
export function checkManifestStructure(body: ManifestBody): void {
  if (body.schema_version !== 1) throw new PipelockError('bad_schema_version', 'a manifest has schema_version 1')
  if (body.manifest_kind !== 'activation_manifest') {
    throw new PipelockError('bad_manifest_kind', 'manifest_kind must be activation_manifest')
  }
  if (body.generation < 1) throw new PipelockError('invalid_field', 'generation must be at least 1')
  const selectors = body.selectors ?? []
  refuseRepeated(
    selectors.map((s) => s.selector_id),
    'two selectors have the same selector_id',
  )
  for (const selector of selectors) {
    if (matchHash(withoutId(selector), selector.selector_id) === undefined) {
      throw new PipelockError('selector_id_mismatch', 'selector_id is not the hash of its selector')
    }
  }
  if (body.selector_set_hash === '' || matchHash(sortedIds(selectors), body.selector_set_hash) === undefined) {
    throw new PipelockError('selector_set_hash_mismatch', 'selector_set_hash is not the hash of the selector ids')
  }
  const targets = selectors.map(targetOf)
  for (const target of targets) {
    if (target.kind === 'glob' && agentGlob(target.glob) === undefined) {
      throw new PipelockError('bad_selector', 'agent_glob is not a valid pattern')
    }
  }
  refuseRepeated(
    targets.map((t) => JSON.stringify(t)),
    'two selectors have the same target',
  )
}

function refuseRepeated(keys: readonly string[], message: string): void {
  if (new Set(keys).size !== keys.length) throw new PipelockError('duplicate_selector', message)
}

/** The hash under which our own manifests are stored. */
export function manifestHash(body: ManifestBody): string {
  return canonicalHash(body)
}

/** True when `claimed` (a file name, a prior hash) is the hash of the body in either form. */
export function isManifestHash(body: ManifestBody, claimed: string): boolean {
  return matchHash(body, claimed) !== undefined
}

export interface VerifiedSignatures {
  readonly variant: Variant
  /** Hash in the form that was signed: the identity of a manifest when nothing claims a hash of it. */
  readonly hash: string
  readonly keyIds: readonly string[]
  /** Distinct principals, by the roster. */
  readonly principals: readonly string[]
}

/**
 * Verifies every entry: a bad one fails the set and is not skipped, or it could hide a forged entry among good ones.
 */
export function verifyManifestSignatures(
  manifest: Manifest,
  roster: Roster,
  minimum: number,
  nowMs: number,
): VerifiedSignatures {
  const signers = (manifest.signatures ?? []).map((entry) => verifyEntry(manifest.body, entry, roster, nowMs))
  const pairs = new Set(signers.map((s) => JSON.stringify([s.keyId, s.principal])))
  const needed = Math.max(1, minimum)
  if (pairs.size < needed) {
    throw new PipelockError('dual_control', `the manifest has ${pairs.size} of ${needed} needed signatures`)
  }
  const variant = signers[0]?.variant ?? 'rfc8785'
  return {
    variant,
    hash: hashIn(manifest.body, variant),
    keyIds: signers.map((s) => s.keyId),
    principals: [...new Set(signers.map((s) => s.principal))],
  }
}

function verifyEntry(body: ManifestBody, entry: ManifestSignature, roster: Roster, nowMs: number) {
  checkEntry(entry)
  const key = resolveKey(roster, entry.key_id, ACTIVATION_PURPOSE, nowMs)
  const principal = key.info.principal
  if (principal === undefined) {
    throw new PipelockError('dual_control', `roster entry ${JSON.stringify(entry.key_id)} names no principal`)
  }
  if (entry.principal !== '' && entry.principal !== principal) {
    throw new PipelockError('dual_control', `the signature of ${JSON.stringify(entry.key_id)} names another principal`)
  }
  return {keyId: entry.key_id, principal, variant: verifyBody(key.public, body, entry.signature)}
}

/** Checks an entry by itself, before any key is resolved. */
export function checkEntry(entry: ManifestSignature): void {
  if (entry.key_purpose !== ACTIVATION_PURPOSE) {
    throw new PipelockError('wrong_key_purpose', `a manifest is signed for ${ACTIVATION_PURPOSE}`)
  }
  if (entry.algorithm !== 'ed25519') throw new PipelockError('signature_format', 'the only algorithm is ed25519')
  parseSignature(entry.signature)
}

export interface ManifestSigner {
  readonly keyId: string
  readonly principal: string
  readonly key: PrivateKey
}

export interface NewManifest {
  readonly generation: number | bigint
  readonly priorManifestHash: string
  readonly environment: Environment
  readonly selectors: readonly ManifestSelector[]
  readonly rollbackTarget?: string
  readonly signedAt: string
}

/** Creates a signed manifest; its structure is checked before anybody signs. */
export function signManifest(from: NewManifest, signers: readonly ManifestSigner[]): Manifest {
  const body = project(
    BODY,
    {
      schema_version: 1,
      manifest_kind: 'activation_manifest',
      generation: from.generation,
      prior_manifest_hash: from.priorManifestHash,
      selector_set_hash: selectorSetHash(from.selectors),
      environment: from.environment,
      selectors: from.selectors,
      history_root: HISTORY_ROOT,
      ...(from.rollbackTarget !== undefined && {rollback_target: from.rollbackTarget}),
      signed_at: from.signedAt,
    },
    'manifest',
  )
  checkManifestStructure(body)
  const signatures = signers.map(({keyId, principal, key}) => ({
    key_id: keyId,
    principal,
    key_purpose: ACTIVATION_PURPOSE,
    algorithm: 'ed25519',
    signature: signBody(key, body),
  }))
  return {body, signatures}
}

/** The stored form: compact JSON in schema member order, and LF. */
export function manifestText(manifest: Manifest): string {
  return `${compactText(manifest)}\n`
}
