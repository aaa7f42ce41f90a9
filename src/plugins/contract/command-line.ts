// From the words of an operator to a lifecycle request: what a flag leaves out comes from `learn_lock` of the
// loaded configuration, keys are found and held against the roster before anything else happens.
import {join, resolve} from 'node:path'
import {PipelockError} from '../../core/errors.js'
import type {ManifestSigner} from '../../formats/documents/active-manifest.js'
import {resolveKey} from '../../formats/documents/resolve-key.js'
import type {Roster} from '../../formats/documents/roster.js'
import type {KeyPurpose} from '../../formats/key-purpose.js'
import {privateKeyFromSeed, type PrivateKey} from '../../lib/ed25519.js'
import {sha256} from '../../lib/hash.js'
import {quoted} from '../../lib/terminal.js'
import type {LockSettings} from './runtime.js'
import type {LifecycleRequest} from './lifecycle.js'
import {isHash} from './store-files.js'

/** Flags that promote and rollback share, as parsed. */
export interface LifecycleFlags {
  readonly 'contract-store'?: string | undefined
  readonly roster?: string | undefined
  readonly 'roster-root-fingerprint'?: string | undefined
  readonly 'activation-key': string
  readonly 'dual-control-from'?: string | undefined
  readonly keystore?: string | undefined
  readonly 'receipt-key-agent': string
  readonly 'receipt-out'?: string | undefined
  readonly 'environment-id'?: string | undefined
  readonly tenant?: string | undefined
  readonly 'deployment-id'?: string | undefined
  readonly production: boolean
  readonly 'restore-forgotten'?: readonly string[] | undefined
  readonly deterministic: boolean
}

/** What the signing plugin does for this. */
export interface KeyServices {
  loadRoster(path: string, pin: string): Roster
  rosterSigner(
    keystore: string | undefined,
    keyId: string,
    purpose: KeyPurpose,
    roster: Roster,
  ): {readonly keyId: string; readonly key: PrivateKey; readonly principal: string; readonly path: string}
}

const FINGERPRINT = /^sha256:[0-9a-fA-F]{64}$/

export function lifecycleRequest(
  flags: LifecycleFlags,
  lock: LockSettings | undefined,
  keys: KeyServices,
  nowMs: number,
): LifecycleRequest {
  const {storeDirectory, rosterPath, pin} = storePlace(flags, lock)
  const roster = keys.loadRoster(rosterPath, pin)
  if (flags.deterministic) requireTestRoster(roster, nowMs)
  const find = (id: string, purpose: KeyPurpose) =>
    (flags.deterministic && deterministicSigner(id, purpose, roster, nowMs)) ||
    keys.rosterSigner(flags.keystore, id, purpose, roster)
  const first = find(flags['activation-key'], 'contract-activation-signing')
  const dual = flags['dual-control-from']
  const second = dual === undefined ? [] : [find(dual, 'contract-activation-signing')]
  const receipt = find(flags['receipt-key-agent'], 'receipt-signing')
  const receiptOut = flags['receipt-out'] === undefined ? undefined : resolve(flags['receipt-out'])
  const inUse = [rosterPath, join(storeDirectory, 'active.json'), ...[first, ...second, receipt].map((key) => key.path)]
  if (receiptOut !== undefined && inUse.includes(receiptOut)) {
    throw new PipelockError('usage', '--receipt-out names a file that is in use')
  }
  return {
    storeDirectory,
    roster,
    signers: [signer(first), ...second.map(signer)],
    receiptSigner: {id: receipt.keyId, key: receipt.key},
    receiptOut,
    environment: {id: flags['environment-id'], tenant: flags.tenant, deployment_id: flags['deployment-id']},
    configuredEnvironment: lock?.environment,
    production: flags.production,
    minimumSignatures: lock?.minimum_signatures ?? 1,
    restoreForgotten: flags['restore-forgotten'] ?? [],
  }
}

/** Where the store is, and what its documents are verified with. */
export function storePlace(
  flags: Pick<LifecycleFlags, 'contract-store' | 'roster' | 'roster-root-fingerprint'>,
  lock: LockSettings | undefined,
): {readonly storeDirectory: string; readonly rosterPath: string; readonly pin: string} {
  const storeDirectory = resolve(required(flags['contract-store'] ?? lock?.store_dir, 'contract-store', 'store_dir'))
  const rosterPath = resolve(required(flags.roster ?? lock?.roster_path, 'roster', 'roster_path'))
  const pinFlag = 'roster-root-fingerprint'
  const pin = required(flags[pinFlag] ?? lock?.pinned_root_fingerprint, pinFlag, 'pinned_root_fingerprint')
  if (!FINGERPRINT.test(pin)) throw new PipelockError('usage', `--${pinFlag} must be sha256: and 64 hexadecimal digits`)
  return {storeDirectory, rosterPath, pin}
}

function signer({keyId, principal, key}: ManifestSigner): ManifestSigner {
  return {keyId, principal, key}
}

function required(value: string | undefined, flag: string, key: string): string {
  if (value) return value
  throw new PipelockError('usage', `--${flag} is missing`, {
    hint: `give --${flag}, or --config with learn_lock.${key}`,
  })
}

/** A hash of the command line. */
export function hashFlag(text: string, flag: string): string {
  if (!isHash(text)) throw new PipelockError('usage', `--${flag} must be sha256: and 64 lowercase hexadecimal digits`)
  return text
}

/** An id of the operator's choice: it stands in receipts and in terminals. */
export function idFlag(text: string | undefined, flag: string): string | undefined {
  if (text === undefined || /^[\x21-\x7e]{1,128}$/.test(text)) return text
  throw new PipelockError('usage', `--${flag} must be 1 to 128 printable ASCII characters without blanks`)
}

/** The fixed clock of `--deterministic`. */
export const DETERMINISTIC_NOW = Date.UTC(2026, 3, 30, 12)

const DETERMINISTIC_KEYS: Readonly<Record<string, readonly [purpose: KeyPurpose, phrase: string]>> = {
  'deterministic-contract-activation': ['contract-activation-signing', 'forget activation'],
  'deterministic-receipt-signing': ['receipt-signing', 'ratify receipt'],
}

/**
 * A fixed clock would let an expired key sign and fixed ids would say nothing, so `--deterministic` works only with a roster
 * made for tests: one that lists the keys that everybody knows.
 */
function requireTestRoster(roster: Roster, nowMs: number): void {
  for (const [id, [purpose]] of Object.entries(DETERMINISTIC_KEYS)) {
    try {
      deterministicSigner(id, purpose, roster, nowMs)
    } catch (error) {
      if (!(error instanceof PipelockError)) throw error
      throw new PipelockError(error.code, `--deterministic is refused with this roster: ${error.message}`)
    }
  }
}

/** A key that everybody knows: it signs only for a roster that lists it. */
function deterministicSigner(keyId: string, purpose: KeyPurpose, roster: Roster, nowMs: number) {
  const known = DETERMINISTIC_KEYS[keyId]
  if (known?.[0] !== purpose) return undefined
  const key = privateKeyFromSeed(sha256(`pipelock deterministic ${known[1]} signer`))
  const entry = resolveKey(roster, keyId, purpose, nowMs)
  if (entry.public.hex !== key.public.hex) {
    throw new PipelockError('key_invalid', `the roster lists another key as ${quoted(keyId)}`)
  }
  return {keyId, key, principal: entry.info.principal ?? '', path: ''}
}
