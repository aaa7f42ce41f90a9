// What a configuration does to the recorder: it starts one, or changes the running one once the new policy is published. A
// change that needs a restart is refused with a warning, and the old value stays.
import {resolve} from 'node:path'
import type {Context} from '../../core/plugin.js'
import {escrowPublicKey} from '../../core/escrow-key.js'
import type {Services} from '../../core/services/index.js'
import type {OtherEntry} from '../../core/services/recorder.js'
import {failingDirty} from '../../formats/sanitise.js'
import type {PrivateKey} from '../../lib/ed25519.js'
import {redactedEntry, UNNAMED, type Redactor} from './clean.js'
import {receiptKey, startRecorder, writerSettings, type RecorderSection, type Running} from './running.js'
import {MAX_FORMER_KEYS} from './segments.js'

export interface RecorderUse {
  readonly running: Running
  readonly redactor: Redactor
  /** Takes credentials out of an entry that another part gives. */
  readonly redacted: (entry: OtherEntry) => OtherEntry
  /** Applies settings and key; called when the policy made from this configuration is composed. */
  readonly publish: () => void
}

/** undefined while the recorder is off. */
export async function prepare(
  section: RecorderSection,
  running: Running | undefined,
  context: Context<Services>,
): Promise<RecorderUse | undefined> {
  const scanner = context.service('dlp')
  const isClean = failingDirty((text) => scanner.isClean(text))
  const namesIn = (text: string): readonly string[] => {
    try {
      const names = scanner.namesIn(text)
      return names.length === 0 ? UNNAMED : names
    } catch {
      return UNNAMED
    }
  }
  const redactor: Redactor = {isClean, namesIn}
  const redacted = (entry: OtherEntry): OtherEntry =>
    section.redact ? redactedEntry(entry, redactor, section.raw_escrow) : entry
  if (section.enabled && section.raw_escrow)
    escrowPublicKey('flight_recorder.escrow_public_key', section.escrow_public_key)
  if (running === undefined) {
    if (!section.enabled) return undefined
    const warn = (message: string): void => context.warn('flight_recorder', message)
    const started = await startRecorder(section, context.ports, warn)
    if (started.key === undefined) {
      const unsigned = section.sign_checkpoints ? ', and checkpoints are UNSIGNED' : ''
      context.warn(
        'flight_recorder.signing_key_path',
        `no signing key: decisions are recorded without receipts${unsigned}`,
      )
    }
    return {running: started, redactor, redacted, publish: () => {}}
  }
  if (!section.enabled) restart(context, 'enabled')
  if (section.enabled && resolve(section.dir) !== running.directory) restart(context, 'dir')
  if (section.signing_key_path !== running.keyPath) restart(context, 'signing_key_path')
  const key = receiptKey(running.keyPath)
  const settings = writerSettings(section)
  const publish = (): void => {
    if (JSON.stringify(settings) !== JSON.stringify(running.settings)) {
      running.settings = settings
      running.client.configure(settings)
    }
    if (key === undefined || key.public.hex === running.key?.public.hex) return
    const before = running.key
    running.key = key
    void running.client.useKey(key.seed).then((problem) => {
      if (problem === undefined) return tookOver(running, before, context.ports.clock.now())
      running.key = before
      context.ports.log.error('recorder', {message: `the new signing key is not used: ${problem}`})
    })
  }
  return {running, redactor, redacted, publish}
}

function tookOver(running: Running, before: PrivateKey | undefined, nowMs: number): void {
  if (before) {
    const former = {key: before.public, sinceMs: running.keySince, untilMs: nowMs}
    running.formerKeys = [...running.formerKeys, former].slice(-MAX_FORMER_KEYS)
  }
  running.keySince = nowMs
}

function restart(context: Context<Services>, key: string): void {
  context.warn(`flight_recorder.${key}`, 'restart required; the old value stays')
}
