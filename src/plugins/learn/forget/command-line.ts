// From the flags of `learn forget` to a request: keys are found and held to the roster, `--deterministic` fixes clock, ids
// and keys.
import {PipelockError} from '../../../core/errors.js'
import type {Roster} from '../../../formats/documents/roster.js'
import type {KeyPurpose} from '../../../formats/key-purpose.js'
import type {Ports} from '../../../core/ports.js'
import {privateKeyFromSeed, type PrivateKey, type PublicKey} from '../../../lib/ed25519.js'
import {sha256} from '../../../lib/hash.js'
import {quoted} from '../../../lib/terminal.js'
import {uuidv7} from '../../../lib/uuid.js'
import {storedSignerKey, type CandidateKeys, type SigningKey} from '../candidate.js'
import {runForget, type ForgetRequest, type ForgetResult, type TombstoneStore} from './run.js'

export interface ForgetFlags {
  readonly candidate: string
  readonly rule: string
  readonly reason: string
  readonly out?: string | undefined
  readonly 'tombstone-dir'?: string | undefined
  readonly 'receipt-out'?: string | undefined
  readonly keystore?: string | undefined
  readonly 'compile-key-agent'?: string | undefined
  readonly 'activation-key'?: string | undefined
  readonly deterministic: boolean
}

interface StoredKey extends SigningKey {
  readonly purpose?: KeyPurpose | undefined
}

/** What the command hands over: other plugins' tools. */
export interface ForgetSurroundings {
  readonly keys: CandidateKeys & {
    keyById(keystore: string | undefined, keyId: string, purpose: KeyPurpose): StoredKey
    keyIds(keystore: string | undefined, purpose: KeyPurpose): readonly string[]
    rosterSigner(keystore: string | undefined, keyId: string, purpose: KeyPurpose, roster: Roster): SigningKey
  }
  /** The roster of the loaded configuration, if it names one. */
  readonly roster: Roster | undefined
  readonly store: TombstoneStore | undefined
  readonly append: ForgetRequest['append']
  readonly protectedFiles: readonly string[]
}

const PURPOSE = 'contract-activation-signing'
const DETERMINISTIC_NOW = Date.UTC(2026, 3, 30, 12)
const DETERMINISTIC_COMPILE = 'deterministic-contract-compile'

export function forget(flags: ForgetFlags, around: ForgetSurroundings, ports: Ports): Promise<ForgetResult> {
  const nowMs = flags.deterministic ? DETERMINISTIC_NOW : ports.clock.now()
  const named = flags['compile-key-agent']
  let ids = 0
  return runForget({
    candidate: flags.candidate,
    ruleId: flags.rule,
    reason: flags.reason,
    out: flags.out,
    tombstoneDir: flags['tombstone-dir'],
    receiptOut: flags['receipt-out'],
    store: around.store,
    contractKey: (id) => candidateKey(flags, around, id),
    signer: (id) =>
      flags.deterministic
        ? {keyId: DETERMINISTIC_COMPILE, key: fixedKey('forget compile')}
        : around.keys.compileKey(flags.keystore, named ?? id),
    activation: activationKey(flags, around),
    protectedFiles: around.protectedFiles,
    append: around.append,
    nowMs,
    newId: () => {
      const random = flags.deterministic ? sha256(`pipelock deterministic forget id ${ids++}`) : ports.random(10)
      return uuidv7(nowMs, random)
    },
  })
}

function fixedKey(what: string): PrivateKey {
  return privateKeyFromSeed(sha256(`pipelock deterministic ${what} signer`))
}

/** A candidate of `compile --deterministic` is signed by a key that everybody knows and no store holds. */
function candidateKey(flags: ForgetFlags, {keys}: ForgetSurroundings, id: string): PublicKey {
  const isFixed = flags.deterministic && id === DETERMINISTIC_COMPILE
  return isFixed ? fixedKey('compile').public : storedSignerKey(keys, flags.keystore, id)
}

/** What the tombstone gate will believe decides: with a roster its word, without one the purpose that the key file states. */
function activationKey(flags: ForgetFlags, {keys, roster}: ForgetSurroundings): SigningKey {
  if (flags.deterministic) return {keyId: 'deterministic-contract-activation', key: fixedKey('forget activation')}
  const id = flags['activation-key'] ?? onlyKey(keys.keyIds(flags.keystore, PURPOSE))
  if (roster) return keys.rosterSigner(flags.keystore, id, PURPOSE, roster)
  const key = keys.keyById(flags.keystore, id, PURPOSE)
  if (key.purpose === PURPOSE) return key
  throw new PipelockError('wrong_key_purpose', `the key ${quoted(id)} does not say what it is for`, {
    hint: 'give --config with learn_lock.roster_path, so that the roster can say it, or a JSON key file',
  })
}

function onlyKey(ids: readonly string[]): string {
  const [id, ...more] = ids
  if (id === undefined) {
    throw new PipelockError('key_missing', `the key store has no key of purpose ${PURPOSE}`, {
      hint: 'name another store with --keystore, or the key with --activation-key',
    })
  }
  if (more.length > 0) {
    throw new PipelockError(
      'key_ambiguous',
      `the key store has several keys of purpose ${PURPOSE}: ${ids.map((each) => quoted(each)).join(', ')}`,
      {
        hint: 'choose one with --activation-key',
      },
    )
  }
  return id
}
