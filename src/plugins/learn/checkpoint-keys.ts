// The keys that may have signed the checkpoints of captures: those that a command names, or the receipt key
// that the configuration names.
import {PipelockError} from '../../core/errors.js'
import {loadPrivateKey, resolvePublicKey} from '../../core/key-source.js'
import {pathExists} from '../../lib/secure-read.js'

export interface CheckpointFlags {
  /** Values of --checkpoint-key: files or hex. */
  readonly given: readonly string[]
  /** `flight_recorder.signing_key_path`. */
  readonly signingKeyPath: string
}

export interface CheckpointKeys {
  readonly keys: readonly Uint8Array[]
  /** Key files, which no output may touch. */
  readonly files: readonly string[]
}

/** At least one key. Throws PipelockError. */
export function checkpointKeys({given, signingKeyPath}: CheckpointFlags): CheckpointKeys {
  if (given.length > 0) {
    const keys = given.map((value) => {
      const key = resolvePublicKey(value)
      if (key === undefined) throw new PipelockError('usage', '--checkpoint-key needs a file or 64 hex characters')
      return new Uint8Array(key.raw)
    })
    return {keys, files: given.filter((value) => !value.includes('\n') && pathExists(value))}
  }
  if (signingKeyPath === '') {
    throw new PipelockError('usage', '--require-checkpoints needs the key that signed them: give --checkpoint-key', {
      hint: 'or --config with flight_recorder.signing_key_path',
    })
  }
  // the purpose under which captures are signed
  const {public: key} = loadPrivateKey(signingKeyPath, 'receipt-signing').private
  return {keys: [new Uint8Array(key.raw)], files: [signingKeyPath]}
}
