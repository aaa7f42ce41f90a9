// From the flags of `learn ratify` to a request: keys are found, the terminal becomes a dialogue, `--deterministic` fixes
// clock, ids and keys.
import {PipelockError} from '../../../core/errors.js'
import type {KeyPurpose} from '../../../formats/key-purpose.js'
import {resolvePublicKey} from '../../../core/key-source.js'
import type {Ports} from '../../../core/ports.js'
import {privateKeyFromSeed, type PrivateKey, type PublicKey} from '../../../lib/ed25519.js'
import {sha256} from '../../../lib/hash.js'
import {pathExists} from '../../../lib/secure-read.js'
import {quoted} from '../../../lib/terminal.js'
import {uuidv7} from '../../../lib/uuid.js'
import {plural} from '../../../lib/page/numbers.js'
import type {EnforceLevel} from '../review/decisions.js'
import {FLAGS} from './outcome.js'
import {runRatify, type RatifyRequest, type RatifyResult} from './run.js'
import {openTerminal, type TerminalStreams} from './terminal.js'

export interface RatifyFlags {
  readonly candidate: string
  readonly out?: string | undefined
  readonly force?: boolean | undefined
  readonly decisions?: string | undefined
  readonly 'save-decisions'?: string | undefined
  readonly level: EnforceLevel
  readonly 'every-rule'?: boolean | undefined
  readonly 'accept-low-confidence': boolean
  readonly 'accept-host-wide': boolean
  readonly 'accept-tail': boolean
  readonly 'restore-forgotten'?: readonly string[] | undefined
  readonly 'receipt-out'?: string | undefined
  readonly 'contract-key'?: string | undefined
  readonly keystore?: string | undefined
  readonly 'compile-key-agent'?: string | undefined
  readonly 'receipt-key-agent': string
  readonly deterministic: boolean
}

interface StoredKey {
  readonly keyId: string
  readonly key: PrivateKey
  readonly path: string
}

/** What the command hands over: other plugins' tools and the terminal. */
export interface RatifySurroundings {
  readonly keys: {
    publicKeyOf(keystore: string | undefined, keyId: string): PublicKey | undefined
    compileKey(keystore: string | undefined, name: string): StoredKey
    keyById(keystore: string | undefined, keyId: string, purpose: KeyPurpose): StoredKey
  }
  readonly append: RatifyRequest['append']
  readonly stageInstall: RatifyRequest['stageInstall']
  /** Rules that were forgotten in the contract store. */
  readonly forgotten: RatifyRequest['forgotten']
  readonly protectedFiles: readonly string[]
  /** Present when a person is to be asked. */
  readonly terminal: TerminalStreams | undefined
}

export interface RatifyReport extends RatifyResult {
  readonly notes: readonly string[]
}

const DETERMINISTIC_NOW = Date.UTC(2026, 3, 30, 12)

export async function ratify(flags: RatifyFlags, around: RatifySurroundings, ports: Ports): Promise<RatifyReport> {
  const {keys} = around
  const fixed = (what: string) => privateKeyFromSeed(sha256(`pipelock deterministic ${what} signer`))
  const receipt: StoredKey = flags.deterministic
    ? {keyId: 'deterministic-receipt-signing', key: fixed('ratify receipt'), path: ''}
    : keys.keyById(flags.keystore, flags['receipt-key-agent'], 'receipt-signing')
  const pinned = flags['contract-key']
  const given = pinned === undefined ? undefined : pinnedKey(pinned)
  const compileKey = (name: string) =>
    flags.deterministic
      ? {keyId: 'deterministic-contract-compile', key: fixed('ratify compile')}
      : keys.compileKey(flags.keystore, name)
  const named = flags['compile-key-agent']
  const signer = named === undefined || flags.deterministic ? undefined : keys.compileKey(flags.keystore, named)
  const keyFile = pinned !== undefined && pathExists(pinned) ? pinned : undefined
  const terminal = around.terminal && openTerminal(around.terminal, ports.env)
  try {
    const result = await runRatify({
      candidate: flags.candidate,
      out: flags.out,
      force: flags.force === true,
      decisionsFile: flags.decisions,
      dialogue: terminal?.dialogue,
      level: flags.level,
      everyRule: flags['every-rule'] === true,
      acceptLowConfidence: flags['accept-low-confidence'],
      acceptHostWide: flags['accept-host-wide'],
      acceptTail: flags['accept-tail'],
      forgotten: around.forgotten,
      restoreForgotten: flags['restore-forgotten'] ?? [],
      saveDecisions: flags['save-decisions'],
      receiptOut: flags['receipt-out'],
      contractKey: (id) => given ?? storedKey(keys.publicKeyOf(flags.keystore, id), id),
      signer: (id) => signer ?? compileKey(id),
      receiptSigner: {id: receipt.keyId, key: receipt.key},
      protectedFiles: [...around.protectedFiles, ...[receipt.path, keyFile, flags.decisions].filter(isPath)],
      append: around.append,
      stageInstall: around.stageInstall,
      now: () => (flags.deterministic ? DETERMINISTIC_NOW : ports.clock.now()),
      eventId: (nowMs) =>
        uuidv7(nowMs, flags.deterministic ? sha256('pipelock deterministic ratify id') : ports.random(10)),
    })
    return {...result, notes: notesOf(flags, result, around.stageInstall !== undefined)}
  } finally {
    terminal?.close()
  }
}

function isPath(path: string | undefined): path is string {
  return path !== undefined && path !== ''
}

function pinnedKey(value: string): PublicKey {
  const key = resolvePublicKey(value)
  if (key) return key
  throw new PipelockError('usage', '--contract-key is empty')
}

function storedKey(key: PublicKey | undefined, id: string): PublicKey {
  if (key) return key
  throw new PipelockError(
    'key_missing',
    `the key store has no public key ${quoted(id)}, by which the candidate is signed`,
    {
      hint: 'give it with --contract-key',
    },
  )
}

function notesOf(flags: RatifyFlags, result: RatifyResult, installed: boolean): string[] {
  const {lowConfidence, blockedOnly} = result.held
  const saved = flags['save-decisions']
  return [
    ...(lowConfidence > 0
      ? [`capture-only for low confidence: ${plural(lowConfidence, 'rule')} (--accept-low-confidence)`]
      : []),
    ...(result.forgotten.length > 0
      ? [`capture-only because learn forget removed it: ${result.forgotten.join(', ')} (--restore-forgotten RULE)`]
      : []),
    ...(result.restored.length > 0 ? [`enforced again after learn forget: ${result.restored.join(', ')}`] : []),
    ...(blockedOnly > 0 ? [`capture-only for resting on blocked traffic: ${plural(blockedOnly, 'rule')}`] : []),
    ...(saved === undefined
      ? []
      : [
          `to repeat this decision: ${['--decisions', saved, ...[...result.accepted].map((kind) => FLAGS[kind])].join(' ')}`,
        ]),
    ...(installed ? [`installed in the contract store as ${result.contractHash}`] : []),
  ]
}
