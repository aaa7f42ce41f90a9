// Library functions for the external checks of contracts (their runner reads this file's path from PIPELOCK_LIB and lists
// the functions at its head). Everything comes from the built product; run `npx tsc -p .` first.
import {canonicalText, verifyBody} from '../../dist/formats/documents/canonical.js'
import {checkEntry, checkManifestStructure, decodeManifest} from '../../dist/formats/documents/active-manifest.js'
import {decodeCompileManifest, verifyCompileManifest} from '../../dist/formats/documents/compile-manifest.js'
import {
  checkContractStructure,
  contractHash as hashOfContract,
  decodeContract,
  parseContractBody,
} from '../../dist/formats/documents/contract.js'
import {checkRosterStructure, decodeRoster, trustRoster} from '../../dist/formats/documents/roster.js'
import {decodeTombstone, verifyTombstone} from '../../dist/formats/documents/tombstone.js'
import {
  decodeVerificationMetadata,
  verifyVerificationMetadata,
} from '../../dist/formats/documents/verification-metadata.js'
import {fingerprint as fingerprintOf, parsePublicKey} from '../../dist/lib/ed25519.js'

export * from './compile-checks.mjs'
export * from './live-lock-checks.mjs'

export const fingerprint = fingerprintOf

export function canonicalJson(value) {
  return canonicalText(value)
}

export function contractHash(body) {
  return hashOfContract(parseContractBody(body))
}

const VERIFIERS = {
  // structure and signature only: the golden contract states a placeholder hash on purpose
  contract(bytes, key) {
    const contract = decodeContract(bytes, 'json')
    checkContractStructure(contract.body)
    verifyBody(key, contract.body, contract.signature)
  },
  active_manifest(bytes, key) {
    const manifest = decodeManifest(bytes)
    checkManifestStructure(manifest.body)
    for (const entry of manifest.signatures) {
      checkEntry(entry)
      verifyBody(key, manifest.body, entry.signature)
    }
  },
  tombstone: (bytes, key) => verifyTombstone(decodeTombstone(bytes, 'json'), key),
  compile_manifest: (bytes, key) => verifyCompileManifest(decodeCompileManifest(bytes, 'json'), key),
  verification_metadata: (bytes, key) => verifyVerificationMetadata(decodeVerificationMetadata(bytes, 'json'), key),
  key_roster(bytes, key) {
    const roster = decodeRoster(bytes, 'json')
    checkRosterStructure(roster.body)
    trustRoster(roster, fingerprintOf(key.raw))
  },
}

export function verifyArtifact(kind, text, rawPublicKey) {
  return VERIFIERS[kind](Buffer.from(text, 'utf8'), parsePublicKey(rawPublicKey))
}
