// A recorder in operation: its directory is writable and locked, its key is read, its writer runs. Whatever is wrong with
// any of these is an error at start, never a recorder that silently records nothing.
import {closeSync, openSync, unlinkSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {PipelockError} from '../../core/errors.js'
import {loadPrivateKey} from '../../core/key-source.js'
import type {Ports} from '../../core/ports.js'
import {makeDirectory} from '../../lib/atomic-file.js'
import {parsePublicKeyHex, type PrivateKey, type PublicKey} from '../../lib/ed25519.js'
import {errorText} from '../../lib/error-text.js'
import {NOBODY, ownerName} from '../../lib/lock-owner.js'
import {LockWatch, STALE_MS} from '../../lib/lock-watch.js'
import {takeLock, type Lock} from '../../lib/lockfile.js'
import {RecorderClient} from './client.js'
import type {RecorderConfig} from './config.js'
import {decodeFacts} from './facts.js'
import type {Item, WriterSettings} from './protocol.js'

export type RecorderSection = RecorderConfig['flight_recorder']

/** Recorder session of the firewall; one chain per session. */
export const SESSION = 'proxy'

export interface FormerKey {
  readonly key: PublicKey
  readonly sinceMs: number | undefined
  readonly untilMs: number
}

export interface Running {
  readonly client: RecorderClient
  readonly directory: string
  readonly keyPath: string
  key: PrivateKey | undefined
  /** Unix ms at which `key` took over from another one; undefined when it signed from the start. */
  keySince: number | undefined
  /** Keys that signed before it, the oldest first. */
  formerKeys: readonly FormerKey[]
  settings: WriterSettings
  /** Receipts whose detail was withheld. */
  withheld: number
  close(): Promise<void>
}

export function writerSettings(section: RecorderSection): WriterSettings {
  return {
    checkpointInterval: section.checkpoint_interval,
    maxEntriesPerFile: section.max_entries_per_file,
    signCheckpoints: section.sign_checkpoints,
    fsync: section.fsync,
    escrowKey: section.raw_escrow ? section.escrow_public_key : '',
    retentionDays: section.retention_days,
  }
}

export function receiptKey(path: string): PrivateKey | undefined {
  return path === '' ? undefined : loadPrivateKey(path, 'receipt-signing').private
}

/** `warn` takes what an operator must read at start; later notices go to the log. */
export async function startRecorder(
  section: RecorderSection,
  ports: Ports,
  warn: (message: string) => void,
): Promise<Running> {
  const directory = resolve(section.dir)
  const key = receiptKey(section.signing_key_path)
  prepareDirectory(directory, ports)
  const lockPath = join(directory, `evidence-${SESSION}.lock`)
  const lock = await lockLog(lockPath, directory, ports, warn)
  let started = false
  const onNotice = (text: string): void => {
    if (started) ports.log.error('recorder', {message: text})
    else warn(text)
  }
  const settings = writerSettings(section)
  const init = {directory, session: SESSION, lock: lock.name, seed: key?.seed, settings, nowMs: ports.clock.now()}
  let client: RecorderClient
  try {
    client = await RecorderClient.start(init, {
      now: () => ports.clock.now(),
      onNotice,
      onFailure: (message, items) => logFailures(ports, message, items),
    })
  } catch (error) {
    lock.release()
    throw error
  }
  started = true
  const {signers} = client
  return {
    client,
    directory,
    keyPath: section.signing_key_path,
    key,
    keySince: signers.sinceMs,
    // what is no key signed nothing that verifies
    formerKeys: signers.former.flatMap(({keyHex, ...time}) => {
      const former = parsePublicKeyHex(keyHex)
      return former ? [{key: former, ...time}] : []
    }),
    settings,
    withheld: 0,
    async close() {
      try {
        await client.close()
      } finally {
        lock.release()
      }
    },
  }
}

/** Creates the directory and proves that it can be written. */
function prepareDirectory(directory: string, ports: Ports): void {
  const probe = join(directory, `.pipelock-writability-probe-${Buffer.from(ports.random(8)).toString('hex')}`)
  try {
    makeDirectory(directory)
    closeSync(openSync(probe, 'wx', 0o600))
    unlinkSync(probe)
  } catch (error) {
    const why = errorText(error)
    throw new PipelockError('recorder_unwritable', `the evidence directory ${directory} cannot be written: ${why}`, {
      hint: 'give flight_recorder.dir a directory that this user can write',
    })
  }
}

async function lockLog(path: string, directory: string, ports: Ports, warn: (message: string) => void): Promise<Lock> {
  const result = await takeLock(path, {
    watch: new LockWatch(() => ports.clock.monotonic()),
    onWait: (owner) =>
      ports.log.info('recorder', {
        message: `waiting up to ${STALE_MS / 1000} s for a sign of life of ${ownerName(owner ?? NOBODY)}, which holds ${path}`,
      }),
  })
  if (!result.held) {
    throw new PipelockError(
      'recorder_locked',
      `the evidence directory ${directory} is in use by ${ownerName(result.owner ?? NOBODY)}`,
      {hint: 'two writers would fork the chain: give each firewall a directory of its own'},
    )
  }
  if (result.takenFrom) {
    warn(`took the evidence log over from ${ownerName(result.takenFrom)}: no sign of life for ${STALE_MS / 1000} s`)
  }
  return result.lock
}

function logFailures(ports: Ports, message: string, items: readonly Item[]): void {
  for (const item of items) {
    if (typeof item !== 'string') {
      const type = 'draft' in item ? item.draft.payload_kind : item.type
      ports.log.error('evidence_write_failed', {error: message, type})
      continue
    }
    const f = decodeFacts(item)
    ports.log.error('receipt_emission_failed', {
      error: message,
      action_id: f.actionId,
      verdict: f.verdict,
      layer: f.layer,
      pattern: f.pattern,
      transport: f.transport,
      method: f.method,
      target: f.target,
      agent: f.actor,
    })
  }
}
