// Signed documents as the store needs them: every function here makes all checks of one document in the specified order
// and gives the few facts that the runtime and the lifecycle commands go by.
import {PipelockError} from '../../core/errors.js'
import {
  checkManifestStructure,
  decodeManifest,
  isManifestHash,
  manifestHash,
  manifestText,
  verifyManifestSignatures,
  type Environment,
  type Manifest,
  type ManifestSelector,
} from '../../formats/documents/active-manifest.js'
import {checkContract, decodeContract, type ContractBody} from '../../formats/documents/contract.js'
import {verifyBody} from '../../formats/documents/canonical.js'
import {formatOfPath} from '../../formats/documents/decode.js'
import {resolveKey} from '../../formats/documents/resolve-key.js'
import {loadRoster, rosterFormat, type Roster} from '../../formats/documents/roster.js'
import {MAX_DOCUMENT_BYTES} from '../../formats/documents/strict-json.js'
import {readFileSecurely} from '../../core/key-source.js'

export interface StoredManifest {
  /** The hash under which it is accepted: its identity, never recomputed in another form. */
  readonly hash: string
  readonly generation: number | bigint
  readonly priorHash: string
  readonly selectors: readonly ManifestSelector[]
  readonly signerKeyIds: readonly string[]
  /** Compact JSON of the envelope and LF. */
  readonly text: string
  readonly envelope: Manifest
}

/** Decoding and structure: enough to say which manifest it is, not that it may be believed. */
export function decodeStored(bytes: Uint8Array, claimed?: string): StoredManifest {
  const envelope = decodeManifest(bytes)
  checkManifestStructure(envelope.body)
  if (claimed !== undefined && !isManifestHash(envelope.body, claimed)) {
    throw new PipelockError('hash_mismatch', `the manifest is not ${claimed}`)
  }
  return describe(envelope, claimed ?? manifestHash(envelope.body))
}

function describe(envelope: Manifest, hash: string): StoredManifest {
  return {
    hash,
    generation: envelope.body.generation,
    priorHash: envelope.body.prior_manifest_hash,
    selectors: envelope.body.selectors ?? [],
    signerKeyIds: (envelope.signatures ?? []).map((entry) => entry.key_id),
    text: manifestText(envelope),
    envelope,
  }
}

export interface ManifestTrust {
  readonly environment: Environment
  readonly roster: Roster
  readonly minimumSignatures: number
  readonly nowMs: number
}

/** Environment and signatures. Gives the manifest under the hash of the form that was signed, unless its hash was claimed. */
export function verifyStored(manifest: StoredManifest, trust: ManifestTrust, claimed?: string): StoredManifest {
  const {environment} = manifest.envelope.body
  if (!sameEnvironment(environment, trust.environment)) {
    throw new PipelockError('environment_mismatch', 'the manifest is for another environment')
  }
  const {hash} = verifyManifestSignatures(manifest.envelope, trust.roster, trust.minimumSignatures, trust.nowMs)
  return claimed === undefined && hash !== manifest.hash ? {...manifest, hash} : manifest
}

export function sameEnvironment(a: Environment, b: Environment): boolean {
  return a.id === b.id && a.tenant === b.tenant && a.deployment_id === b.deployment_id
}

/** A verified contract. Its stated hash must be the expected one, and its key must be in the roster. */
export function verifyStoredContract(
  bytes: Uint8Array,
  expected: {readonly hash: string; readonly path: string},
  roster: Roster,
  nowMs: number,
): ContractBody {
  const {body, signature} = decodeContract(bytes, formatOfPath(expected.path))
  checkContract(body)
  if (body.contract_hash !== expected.hash) {
    throw new PipelockError('hash_mismatch', `${expected.path} holds the contract ${body.contract_hash}`)
  }
  verifyBody(resolveKey(roster, body.signer_key_id, 'contract-compile-signing', nowMs).public, body, signature)
  return body
}

/** The roster of a file under its pin. A mounted file may be a link: what is believed is the pinned signature, not the place. */
export function readRoster(path: string, pin: string): Roster {
  let bytes: Buffer
  try {
    bytes = readFileSecurely(path, {maxBytes: MAX_DOCUMENT_BYTES, followLinks: true})
  } catch (error) {
    if (!(error instanceof PipelockError)) throw error
    throw new PipelockError('roster_read', error.message, {cause: error})
  }
  return loadRoster(bytes, rosterFormat(path), pin)
}

/** The selector's target for readers. */
export function targetText(selector: ManifestSelector): string {
  return selector.agent ?? selector.agent_glob ?? 'default'
}
