// Who may sign evidence receipts. The receipt's own words about its signer are not signed, so authority comes from what
// the caller trusts: raw keys, or a verified roster (receipts §5.2, §5.4).
import {EvidenceFault} from '../../core/formats/evidence-fault.js'
import {matchingForm, type CanonicalForm, type EvidenceReceipt} from '../../core/formats/evidence-receipt.js'
import type {PublicKey} from '../../lib/ed25519.js'
import {parseTimestamp} from '../../lib/timestamp.js'

export interface RosterKey {
  readonly id: string
  readonly key: PublicKey
  readonly status: string
  readonly purpose: string
  /** Canonical timestamps; "" for no bound. The start is inside the window, the end outside. */
  readonly validFrom: string
  readonly validUntil: string
}

export type Authority =
  | {readonly kind: 'raw'; readonly keys: readonly PublicKey[]}
  /** Verified against its pinned root by the caller. */
  | {readonly kind: 'roster'; readonly keys: readonly RosterKey[]}

/** What the caller expects of a receipt; undefined expects nothing. */
export interface Expectations {
  readonly signerKeyId?: string
  readonly contractHash?: string
  readonly activeManifestHash?: string
  readonly payloadKind?: string
}

export function checkExpectations(receipt: EvidenceReceipt, expected: Expectations): void {
  const compare = (name: string, want: string | undefined, got: string) => {
    if (want !== undefined && want !== got) {
      throw new EvidenceFault(
        'expectation_mismatch',
        `${name} is ${JSON.stringify(got)}, expected ${JSON.stringify(want)}`,
      )
    }
  }
  compare('signer_key_id', expected.signerKeyId, receipt.proof.signerKeyId)
  compare('contract_hash', expected.contractHash, receipt.contractHash)
  compare('active_manifest_hash', expected.activeManifestHash, receipt.activeManifestHash)
  compare('payload_kind', expected.payloadKind, receipt.kind)
}

/** True when the authority knows both ids, so that one chain may hold both. */
export function listsBoth(authority: Authority, a: string, b: string): boolean {
  return authority.kind === 'roster' && authority.keys.some((k) => k.id === a) && authority.keys.some((k) => k.id === b)
}

/** The form under which the signature verifies for a key that may sign this receipt. Throws EvidenceFault. */
export function verifyUnder(receipt: EvidenceReceipt, authority: Authority): CanonicalForm {
  const keys = authority.kind === 'raw' ? authority.keys : [rosterKey(receipt, authority.keys).key]
  if (keys.length === 0)
    throw new EvidenceFault('unknown_signer', 'no trusted key was given, and an evidence receipt carries none')
  for (const key of keys) {
    const form = matchingForm(receipt, key)
    if (form) return form
  }
  throw new EvidenceFault('signature_invalid', 'verification failed under every trusted key')
}

function rosterKey(receipt: EvidenceReceipt, keys: readonly RosterKey[]): RosterKey {
  const {signerKeyId, keyPurpose} = receipt.proof
  const entry = keys.find((key) => key.id === signerKeyId)
  if (!entry) throw new EvidenceFault('unknown_signer', `the roster lists no key ${JSON.stringify(signerKeyId)}`)
  if (entry.status !== 'active') {
    throw new EvidenceFault('signer_key_untrusted', `key ${JSON.stringify(signerKeyId)} is ${entry.status}, not active`)
  }
  const signedAt = parseTimestamp(receipt.timestamp) ?? Number.NaN
  const from = entry.validFrom === '' ? Number.NEGATIVE_INFINITY : (parseTimestamp(entry.validFrom) ?? Number.NaN)
  const until = entry.validUntil === '' ? Number.POSITIVE_INFINITY : (parseTimestamp(entry.validUntil) ?? Number.NaN)
  // written so that an unreadable bound (NaN) is outside
  if (!(signedAt >= from && signedAt < until)) {
    throw new EvidenceFault(
      'signer_key_untrusted',
      `key ${JSON.stringify(signerKeyId)} was not valid at ${receipt.timestamp}`,
    )
  }
  if (entry.purpose !== keyPurpose) {
    throw new EvidenceFault(
      'key_purpose_mismatch',
      `key ${JSON.stringify(signerKeyId)} has the purpose ${JSON.stringify(entry.purpose)}`,
    )
  }
  return entry
}
