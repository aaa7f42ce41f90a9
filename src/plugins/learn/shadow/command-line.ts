// From the flags of `learn shadow` to a request: keys and salt are found, `--deterministic` fixes clock, ids and key.
import {resolve} from 'node:path'
import type {GateMode} from '../../../core/decision.js'
import {PipelockError} from '../../../core/errors.js'
import type {KeyPurpose} from '../../../formats/key-purpose.js'
import {resolvePublicKey} from '../../../core/key-source.js'
import type {Ports} from '../../../core/ports.js'
import {parseDuration} from '../../../lib/duration.js'
import {privateKeyFromSeed, type PrivateKey, type PublicKey} from '../../../lib/ed25519.js'
import {sha256} from '../../../lib/hash.js'
import {quoted} from '../../../lib/terminal.js'
import {pathExists} from '../../../lib/secure-read.js'
import {uuidv7} from '../../../lib/uuid.js'
import {escrowKeyBytes, escrowKeyFile} from '../sidecar/key.js'
import {privacyOf, type PrivacySections} from '../privacy/privacy.js'
import type {EnforceLevel} from '../view/decisions.js'
import {resolveSalt} from '../salt.js'
import type {Assumption} from './assumption.js'
import type {Statement} from '../../../core/contract/delta-receipt.js'
import {runShadow, type ShadowRequest, type ShadowResult} from './run.js'
import type {UrlStage} from './scanner.js'

export interface ShadowFlags {
  readonly candidate: string
  readonly 'contract-key'?: string | undefined
  readonly 'decided-by'?: string | undefined
  readonly 'decided-by-key'?: string | undefined
  readonly 'allow-unsigned-contract-for-diagnostics': boolean
  readonly 'capture-dir'?: string | undefined
  readonly agent?: string | undefined
  readonly duration: string
  readonly out?: string | undefined
  readonly 'out-json'?: string | undefined
  readonly html?: string | undefined
  readonly 'recorder-dir'?: string | undefined
  readonly keystore?: string | undefined
  readonly 'receipt-key-agent': string
  readonly 'escrow-private-key'?: string | undefined
  readonly assume?: Assumption | undefined
  readonly level?: EnforceLevel | undefined
  readonly deterministic: boolean
}

interface StoredKey {
  readonly keyId: string
  readonly key: PrivateKey
  readonly path: string
}

/** What the command hands over: the candidate configuration and other plugins' tools. */
export interface ShadowSurroundings {
  readonly mode: GateMode
  readonly captureDir: string
  readonly saltSource: string
  readonly privacy: PrivacySections
  readonly stage: () => UrlStage
  readonly keys: {
    publicKeyOf(keystore: string | undefined, keyId: string): PublicKey | undefined
    keyById(keystore: string | undefined, keyId: string, purpose: KeyPurpose): StoredKey
  }
  readonly appendEvidence: (
    target: {
      readonly directory: string
      readonly key: PrivateKey
      readonly nowMs: number
      readonly onNotice: (text: string) => void
    },
    entries: readonly Statement[],
  ) => void
  readonly protectedFiles: readonly string[]
  readonly note: (text: string) => void
}

export interface ShadowOutcome extends ShadowResult {
  /** Signer of the receipts; undefined when none were written. */
  readonly signerKeyId: string | undefined
}

const DETERMINISTIC_NOW = Date.UTC(2026, 3, 30, 12)

export async function shadow(flags: ShadowFlags, around: ShadowSurroundings, ports: Ports): Promise<ShadowOutcome> {
  checkFlags(flags)
  const duration = parseDuration(flags.duration)
  if (duration === undefined) {
    throw new PipelockError('usage', `--duration ${quoted(flags.duration)} is not a duration such as 168h`)
  }
  const nowMs = flags.deterministic ? DETERMINISTIC_NOW : ports.clock.now()
  const pinned = flags['contract-key'] === undefined ? undefined : pinnedKey('contract-key', flags['contract-key'])
  const signer = flags['recorder-dir'] === undefined ? undefined : receiptKey(flags, around)
  const keyFiles = [flags['contract-key'], flags['decided-by-key']].filter((key) => key !== undefined)
  const result = await runShadow({
    contract: flags.candidate,
    contractKey: (id) => pinned ?? around.keys.publicKeyOf(flags.keystore, id),
    decidedBy: decidedBy(flags, around),
    allowUnsigned: flags['allow-unsigned-contract-for-diagnostics'],
    source:
      flags['capture-dir'] === undefined
        ? {kind: 'agent', captureDir: around.captureDir, agent: flags.agent}
        : {kind: 'sessions', directory: resolve(flags['capture-dir'])},
    sinceMs: nowMs - duration,
    nowMs,
    assumption: flags.assume,
    level: flags.level ?? 'method',
    mode: around.mode,
    stage: around.stage,
    // a salt that is named but not set is an error: identifiers that can be guessed must not stand in for salted ones
    salt: around.saltSource.trim() === '' ? undefined : resolveSalt(around.saltSource, ports.env),
    escrowKey: escrowKeyBytes(flags['escrow-private-key'], ports.env),
    privacy: privacyOf(around.privacy, ports.env),
    out: flags.out,
    outJson: flags['out-json'],
    outHtml: flags.html,
    receipts: signer && receiptWriter(flags, around, ports, signer, nowMs),
    protectedFiles: [
      ...around.protectedFiles,
      ...[escrowKeyFile(flags['escrow-private-key'])].filter((file) => file !== undefined),
      ...(signer && signer.path !== '' ? [signer.path] : []),
      ...keyFiles.filter((key) => pathExists(key)),
    ],
  })
  return {...result, signerKeyId: result.receipts > 0 ? signer?.keyId : undefined}
}

function checkFlags(flags: ShadowFlags): void {
  if (flags['capture-dir'] !== undefined && flags.agent !== undefined) {
    throw new PipelockError('usage', '--capture-dir and --agent exclude each other')
  }
  if (flags['decided-by-key'] !== undefined && flags['decided-by'] === undefined) {
    throw new PipelockError('usage', '--decided-by-key is the key of a contract that is not given', {
      hint: 'give the contract in force with --decided-by',
    })
  }
  if (flags.assume === 'as-written' && flags.level !== undefined) {
    throw new PipelockError('usage', '--level says what is assumed to be enforced; --assume as-written assumes nothing')
  }
}

function decidedBy(flags: ShadowFlags, {keys}: ShadowSurroundings): ShadowRequest['decidedBy'] {
  const {'decided-by': path, 'decided-by-key': given} = flags
  if (path === undefined) return undefined
  const pinned = given === undefined ? undefined : pinnedKey('decided-by-key', given)
  return {path, key: (id) => pinned ?? keys.publicKeyOf(flags.keystore, id)}
}

function pinnedKey(flag: string, value: string): PublicKey {
  const key = resolvePublicKey(value)
  if (key) return key
  throw new PipelockError('usage', `--${flag} is empty`)
}

function receiptKey(flags: ShadowFlags, {keys}: ShadowSurroundings): StoredKey {
  if (!flags.deterministic) return keys.keyById(flags.keystore, flags['receipt-key-agent'], 'receipt-signing')
  const key = privateKeyFromSeed(sha256('pipelock deterministic shadow receipt signer'))
  return {keyId: 'deterministic-receipt-signing', key, path: ''}
}

function receiptWriter(
  flags: ShadowFlags,
  around: ShadowSurroundings,
  ports: Ports,
  {key}: StoredKey,
  nowMs: number,
): ShadowRequest['receipts'] {
  const directory = resolve(flags['recorder-dir'] ?? '')
  let used = 0
  return {
    directory,
    append: (entries) => around.appendEvidence({directory, key, nowMs, onNotice: around.note}, entries),
    newId: () => {
      const random = flags.deterministic ? sha256(`pipelock deterministic shadow id ${used++}`) : ports.random(10)
      return uuidv7(nowMs, random)
    },
  }
}
