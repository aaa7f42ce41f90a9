// Who may sign evidence receipts. The receipt's own words about its signer are not signed, so authority comes from what
// the caller trusts: raw keys, or a verified roster.
import {EvidenceFault} from '../../../formats/evidence-fault.js'
import {matchingForm, type CanonicalForm, type EvidenceReceipt} from '../../../formats/evidence-receipt.js'
import {PipelockError} from '../../../core/errors.js'
import {resolveKey} from '../../../formats/documents/resolve-key.js'
import type {Roster} from '../../../formats/documents/roster.js'
import type {PublicKey} from '../../../lib/ed25519.js'
import {parseTimestamp} from '../../../lib/timestamp.js'

export type Authority =
  | {readonly kind: 'raw'; readonly keys: readonly PublicKey[]}
  /** Verified against its pinned root by the caller. */
  | {readonly kind: 'roster'; readonly roster: Pick<Roster, 'keys'>}

/** A roster speaks for evidence receipts alone; where one is given, no raw key does. */
export function authorityOf(keys: readonly PublicKey[], roster: Pick<Roster, 'keys'> | undefined): Authority {
  return roster ? {kind: 'roster', roster} : {kind: 'raw', keys}
}

/** True when no signature can be checked. */
export function knowsNoKey(authority: Authority): boolean {
  return authority.kind === 'raw' && authority.keys.length === 0
}

/** What the caller expects of a receipt; undefined expects nothing. */
export interface Expectations {
  readonly signerKeyId?: string | undefined
  readonly contractHash?: string | undefined
  readonly activeManifestHash?: string | undefined
  readonly payloadKind?: string | undefined
}

/** An action receipt has none of the members that are expected, so that it can never be what was meant. */
export function refuseExpectations(expected: Expectations): void {
  if (Object.values(expected).every((value) => value === undefined)) return
  throw new EvidenceFault(
    'expectation_mismatch',
    'signer id, contract, manifest and payload kind are expected of evidence receipts, and this is an action receipt',
  )
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
  if (authority.kind === 'raw') return false
  return [a, b].every((id) => authority.roster.keys.has(listedId(id, authority.roster)))
}

/**
 * A recorder names its signer by the key itself. That stands for the one id under which the roster lists
 * exactly this key: its status, window and purpose hold. A key that is listed twice is nobody's, since one id may be revoked.
 */
function listedId(id: string, {keys}: Pick<Roster, 'keys'>): string {
  if (keys.has(id) || !/^[0-9a-f]{64}$/.test(id)) return id
  const listed = [...keys].filter(([, entry]) => entry.public.hex === id)
  return listed.length === 1 ? (listed[0]?.[0] ?? id) : id
}

/** The form under which the signature verifies for a key that may sign this receipt. Throws EvidenceFault. */
export function verifyUnder(receipt: EvidenceReceipt, authority: Authority): CanonicalForm {
  const keys = authority.kind === 'raw' ? authority.keys : [rosterKey(receipt, authority.roster)]
  if (keys.length === 0)
    throw new EvidenceFault('unknown_signer', 'no trusted key was given, and an evidence receipt carries none')
  for (const key of keys) {
    const form = matchingForm(receipt, key)
    if (form) return form
  }
  throw new EvidenceFault('signature_invalid', 'verification failed under every trusted key')
}

const FAULTS: Readonly<Record<string, 'unknown_signer' | 'key_purpose_mismatch'>> = {
  key_unknown: 'unknown_signer',
  wrong_key_purpose: 'key_purpose_mismatch',
}

/** The key of the receipt's signer, if the roster lets it sign this kind at the time that the receipt names. */
function rosterKey(receipt: EvidenceReceipt, roster: Pick<Roster, 'keys'>): PublicKey {
  const {signerKeyId, keyPurpose} = receipt.proof
  try {
    // a time that cannot be read is in no window: NaN would be in every one
    const signedAt = parseTimestamp(receipt.timestamp) ?? Number.NEGATIVE_INFINITY
    return resolveKey(roster, listedId(signerKeyId, roster), keyPurpose, signedAt).public
  } catch (error) {
    if (!(error instanceof PipelockError)) throw error
    // revoked, a root, outside its window
    throw new EvidenceFault(FAULTS[error.code] ?? 'signer_key_untrusted', `roster: ${error.message}`)
  }
}
