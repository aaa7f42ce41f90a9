// Writes captures: one chain for each session, off the request path, never more behind than the queue allows. What does not
// fit or cannot be written is dropped, counted, and the count stands in a chain of its own. Sidecars are
// sealed here too, a few at a time: each costs as much as a signature.
import {mkdirSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {isErrno} from '../../../core/errors.js'
import {captureText, type SealedPayload} from '../../../formats/capture.js'
import {createCheckpoint} from '../../../formats/checkpoint.js'
import type {PrivateKey} from '../../../lib/ed25519.js'
import {EntryLog} from '../../../formats/entry-log.js'
import {makeDirectory} from '../../../lib/atomic-file.js'
import {errorText} from '../../../lib/error-text.js'
import {openLogDirectory} from '../../../lib/log-directory.js'
import {CaptureQueue, type Capture} from './capture-queue.js'
import {DropLog} from './drop-log.js'
import {Sidecars, type OpenPayload, type SidecarCounts} from './sidecar.js'
import {hasEnded, sessionId, sessionName, type SanitiseReason, type Session} from './session.js'

const MAX_ENTRIES_PER_FILE = 10_000
/** Files kept open; the chain of another session is reopened when it is written again. */
const MAX_OPEN = 64
/** Sessions at one time: each has a folder, and a chain in memory. */
const MAX_SESSIONS = 2_048
const WRITE_EVERY_MS = 20
/** Between two of these the firewall gets its turn. */
const SEALED_PER_TURN = 8
const NEXT_TURN_MS = 1
const DIRECTORY_MODE = 0o700

export interface CaptureCounts {
  readonly records: number
  readonly dropped: number
  readonly sessions: number
  readonly sanitised: Readonly<Record<SanitiseReason, number>>
  /** Captures that were not written, since a regulated value stood in them. */
  readonly regulated: Readonly<Record<RegulatedPart, number>>
  readonly sidecars: SidecarCounts
}

/** Where it stood; `unknown` when that could not be found out. */
export type RegulatedPart = 'url' | 'agent' | 'unknown'

interface OpenSession extends Session {
  /** undefined when the id is the name. */
  readonly original: string | undefined
  readonly log: EntryLog
  readonly sidecars: Sidecars
  /** Number of the last checkpoint in the file, and with what is staged; −1 for none. */
  checkpoint: {readonly written: number; readonly staged: number}
  /** Captures staged since the last write. */
  staged: number
}

export interface Checkpoints {
  readonly key: PrivateKey
  /** Entries between two of them. */
  readonly interval: number
}

export interface WriterOptions {
  readonly directory: string
  readonly maxAgeMs: () => number
  /** Name of this machine at the end of the ids of sessions that begin; empty or absent: ids without one. */
  readonly machine?: () => string
  readonly now: () => number
  /** Captures begin to be lost; called again only after one could be written. */
  readonly onFailure: (message: string, what: 'capture' | 'sidecar') => void
  readonly random: (bytes: number) => Uint8Array
  /** Sessions at one time; the captures of further ones are dropped. Default 2,048. */
  readonly maxSessions?: number
  /** How chains are attested; undefined leaves them without checkpoints. */
  readonly checkpoints?: (() => Checkpoints | undefined) | undefined
}

export class CaptureWriter {
  readonly #options: WriterOptions
  readonly #drops: DropLog
  /** By agent and client; the one written last stands last. */
  readonly #sessions = new Map<string, OpenSession>()
  readonly #open = new Set<OpenSession>()
  readonly #sanitised: Record<SanitiseReason, number> = {unsafe_path: 0, overlength: 0, unknown: 0}
  readonly #regulated: Record<RegulatedPart, number> = {url: 0, agent: 0, unknown: 0}
  readonly #queue = new CaptureQueue(() => this.refuseSidecar())
  #timer: NodeJS.Timeout | undefined
  #records = 0
  #begun = 0
  #closed = false
  #failing = false
  #sidecarsFailing = false
  #sidecars = {written: 0, dropped: 0}

  constructor(options: WriterOptions) {
    this.#options = options
    makeDirectory(options.directory, DIRECTORY_MODE)
    this.#drops = new DropLog(options.directory, options.now)
  }

  get counts(): CaptureCounts {
    return {
      records: this.#records,
      dropped: this.#drops.count,
      sessions: this.#begun,
      sanitised: {...this.#sanitised},
      regulated: {...this.#regulated},
      sidecars: {...this.#sidecars},
    }
  }

  /** Takes a capture, or drops it when too many wait. Never blocks, never throws. */
  add(capture: Capture): void {
    if (this.#closed || !this.#queue.add(capture)) {
      this.#drops.add(1)
      return
    }
    this.#timer ??= setTimeout(() => this.#drain(SEALED_PER_TURN), WRITE_EVERY_MS).unref()
  }

  /** Counts a sidecar that may not be written. */
  refuseSidecar(): void {
    this.#sidecars.dropped++
  }

  /** Counts what may not be written. */
  refuse(part: RegulatedPart): void {
    this.#regulated[part]++
  }

  close(): void {
    this.#drain(Infinity)
    this.#closed = true
    for (const session of this.#sessions.values()) this.#end(session)
    this.#sessions.clear()
    this.#drops.close()
  }

  #drain(sealed: number): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const touched = new Set<OpenSession>()
    for (const capture of this.#queue.take(sealed)) {
      const session = this.#stage(capture)
      if (session !== undefined) touched.add(session)
    }
    for (const session of touched) this.#write(session)
    this.#drops.write()
    this.#closeEnded()
    if (!this.#queue.isEmpty) this.#timer = setTimeout(() => this.#drain(SEALED_PER_TURN), NEXT_TURN_MS).unref()
  }

  #stage(capture: Capture): OpenSession | undefined {
    try {
      const session = this.#sessionOf(capture)
      if (session === undefined) return void this.#drops.add(1)
      this.#room(session)
      const {detail, requestId, transport, atMs} = capture
      const fields = {
        type: 'capture',
        event_kind: detail.surface,
        transport,
        summary: `${detail.subsurface}:${detail.effective_action}`,
        trace_id: requestId,
      }
      const payload = capture.payload && this.#seal(session.sidecars, capture.payload)
      session.log.stage(fields, captureText({...detail, payload, session_id_original: session.original ?? ''}), atMs)
      session.staged++
      const checkpoints = this.#options.checkpoints?.()
      if (checkpoints !== undefined && uncovered(session) >= checkpoints.interval)
        this.#attest(session, checkpoints.key)
      return session
    } catch (error) {
      this.#lose(1, error)
      return undefined
    }
  }

  /** Closes a full file, so that what is staged next begins another one. */
  #room(session: OpenSession): void {
    if (!session.log.full) return
    this.#write(session)
    session.log.close()
  }

  #attest(session: OpenSession, key: PrivateKey): void {
    this.#room(session)
    const {log, checkpoint} = session
    const {seq} = log.head
    const {fields, detail} = createCheckpoint(log.head, checkpoint.staged, key)
    log.stage(fields, detail, this.#options.now())
    session.checkpoint = {...checkpoint, staged: seq}
  }

  /** Before its capture, which states its digest. */
  #seal(sidecars: Sidecars, payload: OpenPayload): SealedPayload | undefined {
    try {
      const sealed = sidecars.write(payload)
      if (sealed === undefined) this.#sidecars.dropped++
      else this.#sidecarsFailing = false
      return sealed
    } catch (error) {
      this.#sidecars.dropped++
      if (!this.#sidecarsFailing) this.#options.onFailure(errorText(error), 'sidecar')
      this.#sidecarsFailing = true
      return undefined
    }
  }

  #write(session: OpenSession): void {
    const {staged, sidecars} = session
    const sealed = sidecars.staged
    session.staged = 0
    try {
      session.log.flush()
      this.#records += staged
      this.#sidecars.written += sealed
      sidecars.keep()
      session.checkpoint = {...session.checkpoint, written: session.checkpoint.staged}
      this.#failing = false
      this.#keepOpen(session)
    } catch (error) {
      session.log.discard()
      sidecars.discard()
      session.checkpoint = {...session.checkpoint, staged: session.checkpoint.written}
      this.#sidecars.dropped += sealed
      this.#lose(staged, error)
    }
  }

  #lose(count: number, error: unknown): void {
    if (count === 0) return
    this.#drops.add(count)
    this.#report(error)
  }

  #report(error: unknown): void {
    if (this.#failing) return
    this.#failing = true
    this.#options.onFailure(errorText(error), 'capture')
  }

  /** undefined when there are too many already. */
  #sessionOf({agent, client, atMs}: Capture): OpenSession | undefined {
    const key = `${agent}|${client}`
    const known = this.#sessions.get(key)
    if (known !== undefined && !hasEnded(known, atMs, this.#options.maxAgeMs())) {
      known.lastMs = Math.max(known.lastMs, atMs)
      return known
    }
    if (known !== undefined) this.#end(known)
    else if (this.#sessions.size >= (this.#options.maxSessions ?? MAX_SESSIONS)) return undefined
    const session = this.#begin(agent, client, atMs)
    this.#sessions.delete(key)
    this.#sessions.set(key, session)
    return session
  }

  /** A directory that is there already belongs to a session that began in the same second before a restart: take the next. */
  #begin(agent: string, client: string, atMs: number): OpenSession {
    const machine = this.#options.machine?.()
    for (let startMs = atMs; ; startMs += 1000) {
      const id = sessionId(agent, client, startMs, machine)
      const {name, replaced} = sessionName(id)
      const path = join(this.#options.directory, name)
      if (!makeNew(path)) continue
      if (replaced !== undefined) this.#sanitised[replaced]++
      this.#begun++
      const files = openLogDirectory(path, DIRECTORY_MODE)
      const log = new EntryLog(files, {session: name, maxEntriesPerFile: MAX_ENTRIES_PER_FILE})
      const sidecars = new Sidecars(files, this.#options.random)
      const original = replaced === undefined ? undefined : id
      const checkpoint = {written: -1, staged: -1}
      return {id, startedMs: atMs, lastMs: atMs, original, log, sidecars, checkpoint, staged: 0}
    }
  }

  #keepOpen(session: OpenSession): void {
    this.#open.delete(session)
    this.#open.add(session)
    for (const oldest of this.#open) {
      if (this.#open.size <= MAX_OPEN) return
      this.#open.delete(oldest)
      this.#quietly(() => oldest.log.park())
    }
  }

  #closeEnded(): void {
    const nowMs = this.#options.now()
    for (const [key, session] of this.#sessions) {
      if (!hasEnded(session, nowMs, this.#options.maxAgeMs())) continue
      this.#end(session)
      this.#sessions.delete(key)
    }
  }

  #end(session: OpenSession): void {
    if (session.staged > 0) this.#write(session)
    const checkpoints = this.#options.checkpoints?.()
    if (checkpoints !== undefined && uncovered(session) > 0) {
      this.#quietly(() => this.#attest(session, checkpoints.key))
      this.#write(session)
    }
    this.#open.delete(session)
    this.#quietly(() => session.log.close())
  }

  /** What was written is in the file; that it could not be synced is reported, not counted as dropped. */
  #quietly(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#report(error)
    }
  }
}

/** Entries that no checkpoint covers yet. */
function uncovered({log, checkpoint}: OpenSession): number {
  return log.head.seq - checkpoint.staged - 1
}

/** False when something is there already. */
function makeNew(path: string): boolean {
  makeDirectory(dirname(path), DIRECTORY_MODE)
  try {
    mkdirSync(path, {mode: DIRECTORY_MODE})
    return true
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false
    throw error
  }
}
