// Candidates as the commands that change them read and write them: verified before anything is believed, signed anew as a
// whole. What is tampered with must never be signed again as genuine.
import {
  checkContract,
  contractYaml,
  decodeContract,
  verifyContract,
  type Contract,
} from '../../formats/documents/contract.js'
import {formatOfPath} from '../../formats/documents/decode.js'
import {MAX_CONTRACT_BYTES} from '../../formats/documents/strict-json.js'
import {indentedText} from '../../formats/documents/text.js'
import {PipelockError} from '../../core/errors.js'
import {inFile, readFileSecurely} from '../../core/key-source.js'
import type {PrivateKey, PublicKey} from '../../lib/ed25519.js'
import {quoted} from '../../lib/terminal.js'

export interface SigningKey {
  readonly keyId: string
  readonly key: PrivateKey
  /** File that holds it; undefined for a key that comes from none. */
  readonly path?: string | undefined
}

/** What the commands find in a key store to change a candidate. */
export interface CandidateKeys {
  publicKeyOf(keystore: string | undefined, keyId: string): PublicKey | undefined
  compileKey(keystore: string | undefined, name: string): SigningKey
}

/** Reads a candidate with every check that needs no key: form, hash, data classes, rules. */
export function readCandidate(path: string): Contract {
  const bytes = readFileSecurely(path, {maxBytes: MAX_CONTRACT_BYTES})
  return inFile(path, () => {
    const contract = decodeContract(bytes, formatOfPath(path))
    checkContract(contract.body)
    return contract
  })
}

/** The candidate after every check: form, hash, rules and signature. */
export function readVerified(path: string, keyOf: (signerKeyId: string) => PublicKey): Contract {
  const bytes = readFileSecurely(path, {maxBytes: MAX_CONTRACT_BYTES})
  return inFile(path, () => {
    const contract = decodeContract(bytes, formatOfPath(path))
    verifyContract(contract, keyOf(contract.body.signer_key_id))
    return contract
  })
}

/** The stored public key of a signer; with only the private half stored, the key that belongs to it. */
export function storedSignerKey(keys: CandidateKeys, keystore: string | undefined, signerKeyId: string): PublicKey {
  const stored = keys.publicKeyOf(keystore, signerKeyId)
  if (stored) return stored
  try {
    return keys.compileKey(keystore, signerKeyId).key.public
  } catch (error) {
    if (!(error instanceof PipelockError) || (error.code !== 'key_missing' && error.code !== 'key_name')) throw error
    throw new PipelockError(
      'key_missing',
      `the key store has no key ${quoted(signerKeyId)}, by which the candidate is signed: it cannot be verified`,
      {hint: 'name the key store of its signer with --keystore'},
    )
  }
}

/** The text of a contract file. Throws `payload_too_large` for one that no reader would take. */
export function candidateText(contract: Contract, path: string): string {
  const text = formatOfPath(path) === 'json' ? indentedText(contract) : contractYaml(contract)
  if (Buffer.byteLength(text) > MAX_CONTRACT_BYTES) {
    throw new PipelockError('payload_too_large', `the contract would have more than ${MAX_CONTRACT_BYTES} bytes`)
  }
  return text
}
