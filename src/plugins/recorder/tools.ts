// What commands do with evidence without a running firewall: append evidence receipts to a log, open what was sealed.
import {isUtf8} from 'node:buffer'
import {basename, join} from 'node:path'
import {PipelockError} from '../../core/errors.js'
import {readFileSecurely} from '../../core/key-source.js'
import type {Ports} from '../../core/ports.js'
import type {EvidenceEntry} from '../../core/services/recorder.js'
import {makeDirectory} from '../../lib/atomic-file.js'
import type {PrivateKey} from '../../lib/ed25519.js'
import {NOBODY, ownerName} from '../../lib/lock-owner.js'
import {tryLock} from '../../lib/lockfile.js'
import {openLogDirectory} from '../../lib/log-directory.js'
import {quoted} from '../../lib/terminal.js'
import {SESSION} from './running.js'
import {LogOwnership} from './ownership.js'
import {openSession, owned} from './open-session.js'

export interface EvidenceTarget {
  readonly directory: string
  /** Default `proxy`. */
  readonly session?: string
  readonly key: PrivateKey
  /** Time of the seal; default: now. */
  readonly nowMs?: number
  readonly onNotice: (text: string) => void
}

export interface RecorderTools {
  /** Appends to the log of a recorder that is not running, and seals it again. */
  appendEvidence(target: EvidenceTarget, entries: readonly EvidenceEntry[]): void
  /** The plaintext of a sidecar, whose name says which construction it is. */
  openEscrow(keyFile: string, path: string): Promise<{readonly bytes: number; readonly text: string}>
}

const CHECKPOINT_INTERVAL = 1000
const MAX_ENTRIES_PER_FILE = 10_000
const MAX_SIDECAR_BYTES = 64 * 1024 * 1024

export function recorderTools(ports: Ports): RecorderTools {
  return {
    appendEvidence({directory, session = SESSION, key, nowMs = ports.clock.now(), onNotice}, entries) {
      makeDirectory(directory)
      const result = tryLock(join(directory, `evidence-${session}.lock`))
      if (!result.held) {
        const who = ownerName(result.owner ?? NOBODY)
        throw new PipelockError('recorder_locked', `the evidence directory ${directory} is in use by ${who}`, {
          hint: `if that process has ended, remove ${join(directory, `evidence-${session}.lock`)}`,
        })
      }
      try {
        const log = openLogDirectory(directory)
        const ownership = new LogOwnership(log, result.lock.name)
        const recorder = openSession(owned(log, ownership), {
          session,
          key,
          onNotice,
          onSync: () => {},
          nowMs,
          checkpointInterval: CHECKPOINT_INTERVAL,
          maxEntriesPerFile: MAX_ENTRIES_PER_FILE,
          signCheckpoints: true,
          escrowKey: '',
          retentionDays: 0,
          random: (count) => ports.random(count),
          ownership,
        })
        for (const entry of entries) recorder.evidence(entry)
        recorder.close(nowMs)
      } finally {
        result.lock.release()
      }
    },
    async openEscrow(keyFile, path) {
      const name = basename(path)
      const isSealed = /^\d{6,}\.payload\.enc$/.test(name)
      if (!isSealed && !name.endsWith('.raw.enc')) {
        throw new PipelockError('usage', `${quoted(name)} is neither NNNNNN.payload.enc nor ….raw.enc`)
      }
      const [{loadEscrowPrivateKey}, {openSealed, openWithNonce}] = await Promise.all([
        import('../../core/escrow-key.js'),
        import('../../lib/sealed-box.js'),
      ])
      const key = loadEscrowPrivateKey(keyFile)
      const bytes = readFileSecurely(path, {maxBytes: MAX_SIDECAR_BYTES})
      const plain = isSealed ? openSealed(key, bytes) : openWithNonce(key, bytes)
      if (plain === undefined || !isUtf8(plain)) {
        throw new PipelockError('escrow_authentication_failed', `${path} was not sealed to this key, or was changed`)
      }
      return {bytes: plain.length, text: plain.toString('utf8')}
    },
  }
}
