// `learn review` behind its flags (learn §12): reads only the candidate, refuses one whose hash is not its own, and says
// what is known of its signature.
import {checkContract, decodeContract, type Contract} from '../../../core/formats/documents/contract.js'
import {verifyBody} from '../../../core/formats/documents/canonical.js'
import {formatOfPath} from '../../../core/formats/documents/decode.js'
import {MAX_CONTRACT_BYTES} from '../../../core/formats/documents/strict-json.js'
import {PipelockError} from '../../../core/errors.js'
import {inFile, readFileSecurely} from '../../../core/key-source.js'
import type {PublicKey} from '../../../lib/ed25519.js'
import {checkOutputs, stageOutputs} from '../outputs.js'
import {spanText} from './code-span.js'
import {clearHost, compatReview} from './compat.js'
import {operatorReview, type Labels} from './operator.js'
import {redactedLabels} from './redact.js'

export interface ReviewRequest {
  readonly candidate: string
  readonly layout: 'operator' | 'compat'
  readonly out: string | undefined
  /** Replace internal hosts and paths by salted digests, or by a word without a salt. */
  readonly redact: boolean
  readonly salt: Uint8Array | undefined
  /** Public key of a signer in the keystore; undefined when it is not there. */
  readonly keyOf: (signerKeyId: string) => PublicKey | undefined
}

export interface ReviewResult {
  readonly text: string
  readonly contractHash: string
  readonly rules: number
  /** `verified`, or `unverified` when the signer's key is not in the keystore. */
  readonly signature: 'verified' | 'unverified'
}

/** Reads a candidate with every check of contracts §12.1 that needs no key. */
export function readCandidate(path: string): Contract {
  const bytes = readFileSecurely(path, {maxBytes: MAX_CONTRACT_BYTES})
  return inFile(path, () => {
    const contract = decodeContract(bytes, formatOfPath(path))
    checkContract(contract.body)
    return contract
  })
}

export function runReview(request: ReviewRequest): ReviewResult {
  const {body, signature} = readCandidate(request.candidate)
  const key = request.keyOf(body.signer_key_id)
  if (key) inFile(request.candidate, () => verifyBody(key, body, signature))
  const said = key
    ? `verified with the key \`${spanText(body.signer_key_id)}\``
    : `not verified: no key \`${spanText(body.signer_key_id)}\` in the keystore`
  const labels = request.redact ? redactedLabels(request.salt) : CLEAR
  const text =
    request.layout === 'compat' ? compatReview(body, undefined, labels.host) : operatorReview(body, said, labels)
  if (request.out !== undefined) {
    checkOutputs([request.out], [request.candidate])
    stageOutputs([{path: request.out, text}]).publish()
  }
  return {
    text,
    contractHash: body.contract_hash,
    rules: (body.rules ?? []).length,
    signature: key ? 'verified' : 'unverified',
  }
}

const CLEAR: Labels = {host: clearHost, path: spanText}

/** The salt for shareable outputs, undefined when none is configured: internal names then show as a word. */
export function optionalSalt(resolve: () => Uint8Array): Uint8Array | undefined {
  try {
    return resolve()
  } catch (error) {
    if (error instanceof PipelockError && error.code === 'salt_unset') return undefined
    throw error
  }
}
