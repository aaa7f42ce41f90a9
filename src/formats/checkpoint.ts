// Checkpoints of a chain of entries: the hash of the previous entry commits to the whole prefix, so a signature over it
// attests everything up to there. The recorder and captures share one writer and one verifier.
import {hexBytes, hexText, utf8} from '../lib/bytes.js'
import {sign, verify, type PrivateKey, type PublicKey} from '../lib/ed25519.js'
import {integerOf, isObject, type JsonValue} from '../lib/json/reader.js'
import type {EntryFields, LogHead} from './entry-log.js'
import {EvidenceFault} from './evidence-fault.js'

export interface Checkpoint {
  readonly fields: EntryFields
  readonly detail: string
  /** Hex; "" without a key. */
  readonly signature: string
}

/** The entry at `head`, which covers what follows the checkpoint `after` (−1 for none). */
export function createCheckpoint({seq, prevHash}: LogHead, after: number, key: PrivateKey | undefined): Checkpoint {
  const signature = key === undefined ? '' : hexText(sign(key, utf8(prevHash)))
  const [first, last] = [after + 1, seq - 1]
  const count = seq - first
  const summary = `checkpoint: ${count} entries [seq ${first}-${last}]`
  return {
    fields: {type: 'checkpoint', event_kind: 'checkpoint', transport: '', summary},
    detail: `{"entry_count":${count},"first_seq":${first},"last_seq":${last},"signature":"${signature}"}`,
    signature,
  }
}

/** The claims of a checkpoint that its signature does not cover. */
export interface StatedCheckpoint {
  readonly first: bigint
  readonly last: bigint
  readonly count: bigint
  readonly signature: string
}

const MEMBERS = ['entry_count', 'first_seq', 'last_seq', 'signature']

/** Throws `checkpoint_invalid`. */
export function readCheckpoint(detail: JsonValue | undefined): StatedCheckpoint {
  if (
    !isObject(detail) ||
    Object.keys(detail).length !== MEMBERS.length ||
    !MEMBERS.every((name) => Object.hasOwn(detail, name))
  ) {
    throw invalid('the detail of the checkpoint has unknown or missing members')
  }
  const number = (value: JsonValue | undefined): bigint => {
    const exact = integerOf(value)
    if (exact === undefined || exact < 0n) throw invalid('a number of the checkpoint is not an unsigned integer')
    return exact
  }
  const count = number(detail['entry_count'])
  const first = number(detail['first_seq'])
  const last = number(detail['last_seq'])
  const {signature} = detail
  if (typeof signature !== 'string') throw invalid('the signature of the checkpoint is not a string')
  return {first, last, count, signature}
}

/**
 * Compares the numbers with the position of the checkpoint; `first` is undefined where the previous range is unknown.
 */
export function checkRange(stated: StatedCheckpoint, seq: bigint, first: bigint | undefined): void {
  const {last, count} = stated
  if (last + 1n !== seq) throw invalid(`last_seq is ${last}, expected ${seq - 1n}`)
  if (first !== undefined && stated.first !== first) throw invalid(`first_seq is ${stated.first}, expected ${first}`)
  if (count !== last - stated.first + 1n) throw invalid(`entry_count is ${count}, expected ${last - stated.first + 1n}`)
}

const SIGNATURE = /^[0-9a-fA-F]{128}$/

/** Throws `checkpoint_invalid` for a value that no key could have produced; an empty signature passes. */
export function checkSignatureForm(signature: string): void {
  if (signature !== '' && !SIGNATURE.test(signature))
    throw invalid('the signature of the checkpoint is not 128 hex characters')
}

/** Throws `checkpoint_unsigned` or `checkpoint_invalid`. */
export function checkSignature(signature: string, prevHash: string, keys: () => readonly PublicKey[]): void {
  if (signature === '') throw new EvidenceFault('checkpoint_unsigned', 'the checkpoint is not signed')
  const bytes = SIGNATURE.test(signature) ? hexBytes(signature) : undefined
  const message = utf8(prevHash)
  if (!bytes || !keys().some((key) => verify(key, message, bytes)))
    throw invalid('the signature of the checkpoint does not verify under the trusted keys')
}

function invalid(message: string): EvidenceFault {
  return new EvidenceFault('checkpoint_invalid', message)
}
