// What commands do with evidence without a running firewall: make a receipt key, and append evidence receipts to a log.
import {join, dirname} from 'node:path'
import {PipelockError} from '../../core/errors.js'
import {privateKeyFileText} from '../../core/formats/key-file.js'
import {loadPrivateKey} from '../../core/key-source.js'
import type {Ports} from '../../core/ports.js'
import {makeDirectory, writeFileAtomic} from '../../lib/atomic-file.js'
import {privateKeyFromSeed, type PrivateKey} from '../../lib/ed25519.js'
import {tryLock} from '../../lib/lockfile.js'
import {openLogDirectory} from '../../lib/log-directory.js'
import {pathExists} from '../../lib/secure-read.js'
import type {EvidenceEntry} from './recorder.js'
import {SESSION} from './running.js'
import {openSession} from './serve-writer.js'

export interface EvidenceTarget {
  readonly directory: string
  /** Default `proxy`. */
  readonly session?: string
  readonly key: PrivateKey
  readonly onNotice: (text: string) => void
}

export interface RecorderTools {
  /** The receipt key at this path, made when there is none. */
  ensureKey(path: string): {readonly publicKeyHex: string; readonly created: boolean}
  /** Appends to the log of a recorder that is not running, and seals it again. */
  appendEvidence(target: EvidenceTarget, entries: readonly EvidenceEntry[]): void
}

const CHECKPOINT_INTERVAL = 1000
const MAX_ENTRIES_PER_FILE = 10_000

export function recorderTools(ports: Ports): RecorderTools {
  return {
    ensureKey(path) {
      if (pathExists(path))
        return {publicKeyHex: loadPrivateKey(path, 'receipt-signing').private.public.hex, created: false}
      makeDirectory(dirname(path), 0o700)
      const key = privateKeyFromSeed(ports.random(32))
      writeFileAtomic(path, privateKeyFileText(key), {mode: 0o600, exclusive: true})
      return {publicKeyHex: key.public.hex, created: true}
    },

    appendEvidence({directory, session = SESSION, key, onNotice}, entries) {
      makeDirectory(directory)
      const result = tryLock(join(directory, `evidence-${session}.lock`))
      if (!result.held) throw new PipelockError('recorder_locked', `the evidence directory ${directory} is in use`)
      try {
        const recorder = openSession(openLogDirectory(directory), {
          session,
          key,
          onNotice,
          onSync: () => {},
          nowMs: ports.clock.now(),
          checkpointInterval: CHECKPOINT_INTERVAL,
          maxEntriesPerFile: MAX_ENTRIES_PER_FILE,
          signCheckpoints: true,
        })
        for (const entry of entries) recorder.evidence(entry)
        recorder.close(ports.clock.now())
      } finally {
        result.lock.release()
      }
    },
  }
}
