// What commands do with evidence without a running firewall: append evidence receipts to a log.
import {join} from 'node:path'
import {PipelockError} from '../../core/errors.js'
import type {Ports} from '../../core/ports.js'
import {makeDirectory} from '../../lib/atomic-file.js'
import type {PrivateKey} from '../../lib/ed25519.js'
import {tryLock} from '../../lib/lockfile.js'
import {openLogDirectory} from '../../lib/log-directory.js'
import type {EvidenceEntry} from './recorder.js'
import {SESSION} from './running.js'
import {openSession} from './serve-writer.js'

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
}

const CHECKPOINT_INTERVAL = 1000
const MAX_ENTRIES_PER_FILE = 10_000

export function recorderTools(ports: Ports): RecorderTools {
  return {
    appendEvidence({directory, session = SESSION, key, nowMs = ports.clock.now(), onNotice}, entries) {
      makeDirectory(directory)
      const result = tryLock(join(directory, `evidence-${session}.lock`))
      if (!result.held) throw new PipelockError('recorder_locked', `the evidence directory ${directory} is in use`)
      try {
        const recorder = openSession(openLogDirectory(directory), {
          session,
          key,
          onNotice,
          onSync: () => {},
          nowMs,
          checkpointInterval: CHECKPOINT_INTERVAL,
          maxEntriesPerFile: MAX_ENTRIES_PER_FILE,
          signCheckpoints: true,
        })
        for (const entry of entries) recorder.evidence(entry)
        recorder.close(nowMs)
      } finally {
        result.lock.release()
      }
    },
  }
}
