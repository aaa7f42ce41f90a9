// Captures as part of a running firewall: the writer lives as long as some generation uses its directory, so a reload ends
// no session.
import {accessSync, constants, lstatSync} from 'node:fs'
import {PipelockError} from '../../../core/errors.js'
import {escrowPublicKey} from '../../../core/escrow-key.js'
import {loadPrivateKey} from '../../../core/key-source.js'
import type {Exchange} from '../../../core/exchange.js'
import {payloadText} from '../../../formats/capture-payload.js'
import type {Context, ExchangeEnd, Hooks} from '../../../core/plugin.js'
import type {Services} from '../../../core/services/index.js'
import {failingDirty, type IsClean, REDACTED_AGENT} from '../../../formats/sanitise.js'
import {makeDirectory} from '../../../lib/atomic-file.js'
import {errorText} from '../../../lib/error-text.js'
import type {Settings} from '../../../core/services/settings.js'
import type {LearnConfig} from '../config.js'
import type {Privacy} from '../privacy/privacy.js'
import {captureOf, payloadOf} from './record.js'
import type {OpenPayload} from './sidecar.js'
import {CaptureWriter, type CaptureCounts, type Checkpoints, type RegulatedPart} from './writer.js'

const HOUR_MS = 3_600_000

interface Shared {
  readonly writer: CaptureWriter
  maxAgeMs: number
  machine: string
  checkpoints: Checkpoints | undefined
  users: number
}

/** Writers by directory. */
export type CaptureState = Map<string, Shared>

export interface Captures {
  readonly observe: Hooks['observe']
  readonly directory: string
  readonly counts: () => CaptureCounts
  readonly close: () => void
}

export function attachCaptures(
  config: LearnConfig,
  privacy: Privacy,
  state: CaptureState,
  context: Context<Services>,
): Captures {
  const {ports} = context
  const recorder = context.settings('recorder')
  const attestation = checkpointsOf(recorder)
  const {capture_dir: directory, session_max_age_hours: hours, capture_escrow_public_key: escrow} = config.learn
  const recipient = escrow === '' ? undefined : escrowPublicKey('learn.capture_escrow_public_key', escrow)
  const shared = state.get(directory) ?? open(directory, context)
  state.set(directory, shared)
  shared.maxAgeMs = hours * HOUR_MS
  shared.machine = config.learn.sessions.machine
  shared.checkpoints = attestation
  shared.users++
  const {writer} = shared
  const scanner = context.service('dlp')
  const isClean = recorder.redacts ? failingDirty((text) => scanner.isClean(text)) : undefined
  const options = {isClean, build: ports.build}
  const shownName = nameFilter(isClean)
  const payload = (x: Exchange, end: ExchangeEnd): OpenPayload | undefined => {
    if (recipient === undefined || x.target === undefined) return undefined
    // what may stand in no capture may not stand sealed in one either
    if (!holdsRegulated(x.headers.flat(), privacy)) return {text: payloadText(payloadOf(x, x.target, end)), recipient}
    writer.refuseSidecar()
    return undefined
  }
  return {
    directory,
    counts: () => writer.counts,
    observe(x, ruling, end) {
      // only what an agent did is learned from, not what somebody asked about
      if (x.purpose === 'check' || x.purpose === 'replay') return
      const {clientIp, transport, requestId} = x
      // judged as received: what the sanitiser leaves may not show any more what it was
      const regulated = regulatedPart(x, privacy)
      if (regulated !== undefined) {
        writer.refuse(regulated)
        return
      }
      const agent = shownName(x.agent.name)
      const detail = captureOf(x, agent, ruling, end, options)
      if (detail === undefined) return
      const atMs = ports.clock.now()
      writer.add({atMs, agent, client: clientIp, transport, requestId, detail, payload: payload(x, end)})
    },
    close() {
      if (--shared.users > 0) return
      state.delete(directory)
      writer.close()
    },
  }
}

/** Where something stands that no capture may hold. */
function regulatedPart(
  {agent, method, rawTarget, target}: Exchange,
  {isRegulated}: Privacy,
): RegulatedPart | undefined {
  try {
    if (isRegulated(agent.name)) return 'agent'
    return isRegulated(method) || isRegulated(target?.raw ?? rawTarget) ? 'url' : undefined
  } catch {
    return 'unknown' // an engine that gives up has not said that it is clean
  }
}

/** As the recorder's: signed with the receipt key, or not at all. */
function checkpointsOf({
  signsCheckpoints,
  signingKeyPath: path,
  checkpointInterval: interval,
}: Settings['recorder']): Checkpoints | undefined {
  return signsCheckpoints && path !== '' ? {key: loadPrivateKey(path, 'receipt-signing').private, interval} : undefined
}

function holdsRegulated(texts: readonly string[], {isRegulated}: Privacy): boolean {
  try {
    return texts.some(isRegulated)
  } catch {
    return true // an engine that gives up has not said that it is clean
  }
}

/** A client chooses its name, and the name becomes a directory: one that holds a credential is not written down. */
function nameFilter(isClean: IsClean | undefined): (name: string) => string {
  let lastClean = ''
  return (name) => {
    if (isClean === undefined || name === lastClean) return name
    if (!isClean(name)) return REDACTED_AGENT
    lastClean = name
    return name
  }
}

function open(directory: string, {ports}: Context<Services>): Shared {
  // captures hold what an agent did: a link would lead them where whoever made it can read them
  if (lstatSync(directory, {throwIfNoEntry: false})?.isSymbolicLink()) {
    throw new PipelockError('file_not_regular', `the capture directory ${directory} is a link`, {
      hint: 'name the directory that it leads to',
    })
  }
  try {
    makeDirectory(directory, 0o700)
    accessSync(directory, constants.W_OK | constants.X_OK)
  } catch (error) {
    const why = errorText(error)
    throw new PipelockError('recorder_unwritable', `the capture directory ${directory} cannot be written: ${why}`)
  }
  const shared: Shared = {
    writer: new CaptureWriter({
      directory,
      maxAgeMs: () => shared.maxAgeMs,
      machine: () => shared.machine,
      now: () => ports.clock.now(),
      checkpoints: () => shared.checkpoints,
      random: (bytes) => ports.random(bytes),
      onFailure: (message, what) => ports.log.error(`${what}_dropped`, {error: message}),
    }),
    maxAgeMs: 0,
    machine: '',
    checkpoints: undefined,
    users: 0,
  }
  return shared
}
