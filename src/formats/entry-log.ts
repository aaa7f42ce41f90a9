// Writes one session's log: numbering, hash links, rotation, and recovery from a failed write. Entries are staged in
// memory and flushed in one write; the head that counts is the one that reached the file. Sequence numbers that may be
// on disk are never used again.
import {errorText} from '../lib/error-text.js'
import type {LogDirectory, LogFile} from '../lib/log-directory.js'
import {formatTimestamp} from '../lib/timestamp.js'
import {GENESIS, writeEntry, type NewEntry} from './entry.js'

/** Fields set by the caller; numbers, time and links are set by the log. */
export type EntryFields = Pick<NewEntry, 'type' | 'event_kind' | 'transport' | 'summary' | 'trace_id' | 'raw_ref'>

/** Where the next entry goes. */
export interface LogHead {
  readonly seq: number
  readonly prevHash: string
  /** Milliseconds of the last entry; time never goes back within a chain. */
  readonly atMs: number
}

export interface OpenFile {
  readonly name: string
  readonly bytes: number
  readonly lines: number
}

/** The last file of the log and its length. */
export type LogPosition = Pick<OpenFile, 'name' | 'bytes'>

export const FIRST: LogHead = {seq: 0, prevHash: GENESIS, atMs: 0}

/**
 * `unwritten`: staged entries are not on disk. `lost`: nor are those flushed since the last sync. `stopped`: as lost,
 * and the log accepts nothing more, because the content of its file is unknown.
 */
export type LogFaultKind = 'unwritten' | 'lost' | 'stopped'

export class LogFault extends Error {
  readonly kind: LogFaultKind
  constructor(kind: LogFaultKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : {cause})
    this.name = 'LogFault'
    this.kind = kind
  }
}

export interface EntryLogOptions {
  readonly session: string
  readonly maxEntriesPerFile: number
  /**
   * Keep entries that no sync has covered, so that `resume` can write them again: only for a log that is synced
   * regularly.
   */
  readonly keepUnsynced?: boolean
  /** Called after each successful sync of the file. */
  readonly onSync?: () => void
  /**
   * Called with the end of the log before anything is written, synced or cut. Throws when the log belongs to another
   * writer.
   */
  readonly guard?: (end: LogPosition | undefined) => void
}

function logFileName(session: string, firstSeq: number): string {
  return `evidence-${session}-${firstSeq}.jsonl`
}

export class EntryLog {
  readonly session: string
  /** Set when the file vanished under the writer: the last entry that is lost with it. The owner records it and clears it. */
  lostThrough: number | undefined
  maxEntriesPerFile: number
  readonly #directory: LogDirectory
  readonly #onSync: () => void
  readonly #keepUnsynced: boolean
  readonly #guard: (end: LogPosition | undefined) => void
  #written: LogHead
  #head: LogHead
  #staged: string[] = []
  #stagedLength = 0
  #file: LogFile | undefined
  #reopen: OpenFile | undefined
  /** The last file when the log was opened, until another one is written. */
  #resumed: LogPosition | undefined
  #bytes = 0
  #lines = 0
  #name = ''
  #newName = false
  #unsynced = false
  /** State at the last sync, and the lines written since: a stopped log resumes from there. */
  #synced: {readonly head: LogHead; readonly bytes: number; readonly lines: number}
  #since: Buffer[] = []
  #stopped: string | undefined

  /** Continues after `head`, in `file` when it has room. */
  constructor(directory: LogDirectory, options: EntryLogOptions, head: LogHead = FIRST, file?: OpenFile) {
    this.#directory = directory
    this.session = options.session
    this.maxEntriesPerFile = options.maxEntriesPerFile
    this.#onSync = options.onSync ?? (() => {})
    this.#keepUnsynced = options.keepUnsynced === true
    this.#guard = options.guard ?? (() => {})
    this.#resumed = file
    this.#written = this.#head = head
    this.#synced = {head, bytes: 0, lines: 0}
    if (file !== undefined && file.lines < options.maxEntriesPerFile) {
      this.#reopen = file
      this.#lines = file.lines
    }
  }

  /** The head with everything staged. */
  get head(): LogHead {
    return this.#head
  }

  /** Why the log accepts nothing more. */
  get stopped(): string | undefined {
    return this.#stopped
  }

  /** Characters staged. */
  get stagedLength(): number {
    return this.#stagedLength
  }

  /** Something was flushed and not yet synced. */
  get unsynced(): boolean {
    return this.#unsynced
  }

  /** The staged entries fill the file: flush and close it before staging more. */
  get full(): boolean {
    return this.#lines + this.#staged.length >= this.maxEntriesPerFile
  }

  /**
   * Adds an entry to the next write and returns its hash. Throws EvidenceFault for one that has no line; nothing
   * changes then.
   */
  stage(fields: EntryFields, detail: string, nowMs: number): string {
    const {seq, prevHash, atMs} = this.#head
    const at = Math.max(atMs, nowMs)
    const {line, hash} = writeEntry(
      {...fields, seq, ts: formatTimestamp(at), session_id: this.session, prev_hash: prevHash},
      detail,
    )
    this.#staged.push(line)
    this.#stagedLength += line.length
    this.#head = {seq: seq + 1, prevHash: hash, atMs: at}
    return hash
  }

  /** Discards the staged entries. */
  discard(): void {
    this.#staged = []
    this.#stagedLength = 0
    this.#head = this.#written
  }

  /** Writes what is staged in one call. Throws LogFault; nothing is staged then. */
  flush(): void {
    if (this.#staged.length === 0) return
    try {
      this.requireOwn()
      this.#write(Buffer.from(this.#staged.join(''), 'utf8'))
    } catch (error) {
      this.discard()
      throw error instanceof LogFault
        ? error
        : this.#fault(this.#stopped === undefined ? 'unwritten' : 'stopped', error)
    }
    this.#lines += this.#staged.length
    this.#unsynced = true
    this.#written = this.#head
    this.#staged = []
    this.#stagedLength = 0
  }

  /**
   * Makes everything flushed durable. After a failure the file is not trusted again: its pages may be gone from memory.
   */
  sync(): void {
    if (this.#stopped !== undefined) throw this.#fault('stopped', undefined)
    const file = this.#file
    if (!this.#unsynced || file === undefined) return
    try {
      this.requireOwn()
    } catch (error) {
      this.#stopped = errorText(error)
      throw this.#fault('stopped', error)
    }
    try {
      file.sync()
      if (this.#newName) this.#directory.sync()
    } catch (error) {
      this.#stopped = `sync failed: ${errorText(error)}`
      throw this.#fault('stopped', error)
    }
    this.#newName = false
    this.#mark()
    if (!file.linked()) throw this.#vanished(file)
    this.#onSync()
  }

  /**
   * Accepts entries again after a stop: the file is cut to the last sync, so that no number that may be on disk is used
   * twice. `keepWritten` writes the lines since then again. A failure leaves the log stopped.
   */
  resume(keepWritten: boolean): void {
    if (this.#stopped === undefined) return
    this.requireOwn()
    this.discard()
    this.#abandon()
    const {head, bytes, lines} = this.#synced
    const again = keepWritten ? Buffer.concat(this.#since) : Buffer.alloc(0)
    const inFile = this.#restoreFile(again)
    if (!keepWritten) this.#written = this.#head = head
    this.#bytes = bytes + again.length
    this.#lines = 0
    const whole = lines + this.#written.seq - head.seq
    if (inFile && whole < this.maxEntriesPerFile) {
      this.#reopen = {name: this.#name, bytes: this.#bytes, lines: whole}
      this.#lines = whole
    }
    this.#mark()
    this.#stopped = undefined
  }

  /** Syncs and closes the file temporarily: the next write continues it. */
  park(): void {
    const lines = this.#lines
    const name = this.#name
    const open = this.#file !== undefined
    this.close()
    if (open && this.#stopped === undefined && lines < this.maxEntriesPerFile) {
      this.#reopen = {name, bytes: this.#bytes, lines}
      this.#lines = lines
    }
  }

  /** Syncs and closes the file. The next staged entry begins another one. */
  close(): void {
    const file = this.#file
    try {
      if (file !== undefined) this.sync()
    } finally {
      if (file !== undefined && this.#file !== undefined) file.close()
      this.#file = this.#reopen = undefined
      this.#lines = 0
    }
  }

  /** The last file, and the length at which this writer left it. */
  get #end(): LogPosition | undefined {
    return this.#name === '' ? this.#resumed : {name: this.#name, bytes: this.#bytes}
  }

  /** Throws when another writer has taken over the log. */
  requireOwn(): void {
    this.#guard(this.#end)
  }

  #mark(): void {
    this.#unsynced = false
    this.#synced = {head: this.#written, bytes: this.#bytes, lines: this.#lines}
    this.#since = []
  }

  /** Releases the descriptor; the result of closing says nothing about a file that is not trusted. */
  #abandon(): void {
    try {
      this.#file?.close()
    } catch {
      // released in either case
    }
    this.#file = undefined
  }

  /** True when the file can be continued. A file that no sync covered is removed and created again. */
  #restoreFile(again: Buffer): boolean {
    const name = this.#name
    const {bytes, head} = this.#synced
    if (name === '') return false
    try {
      if (again.length > 0) {
        this.#directory.rewrite(name, bytes, again)
        if (this.#newName) this.#directory.sync()
      } else if (this.#newName) {
        this.#directory.remove(name)
        this.#directory.sync()
      } else this.#directory.cut(name, bytes)
    } catch (error) {
      if (!isMissing(error)) throw error
      // removed in the meantime, by another process unless no sync ever covered it
      if (!this.#newName || again.length > 0) this.lostThrough = (again.length > 0 ? this.#written : head).seq - 1
      this.#name = ''
      this.#newName = false
      return false
    }
    const isThere = again.length > 0 || !this.#newName
    this.#newName = false
    return isThere
  }

  #write(bytes: Buffer): void {
    if (this.#stopped !== undefined) throw new Error(this.#stopped)
    if (this.#file !== undefined && !this.#file.linked()) {
      const fault = this.#vanished(this.#file)
      if (this.#unsynced) {
        this.#unsynced = false
        throw fault
      }
    }
    const file = (this.#file ??= this.#openFile())
    let written = 0
    let reason: unknown
    try {
      written = file.write(bytes)
    } catch (error) {
      reason = error
    }
    if (written !== bytes.length) {
      this.#cutBack(file)
      throw reason instanceof Error ? reason : new Error(`short write: ${written} of ${bytes.length} bytes`)
    }
    this.#bytes += bytes.length
    if (this.#keepUnsynced) this.#since.push(bytes)
  }

  #cutBack(file: LogFile): void {
    try {
      file.truncate(this.#bytes)
    } catch (error) {
      this.#stopped = `a failed write could not be undone: ${errorText(error)}`
    }
  }

  #openFile(): LogFile {
    const again = this.#reopen
    this.#reopen = undefined
    if (again !== undefined) {
      try {
        const file = this.#directory.append(again.name)
        this.#bytes = again.bytes
        this.#name = again.name
        this.#synced = {head: this.#written, bytes: again.bytes, lines: again.lines}
        return file
      } catch (error) {
        if (!isMissing(error)) throw error
        this.lostThrough = this.#written.seq - 1
      }
    }
    this.#resumed = undefined
    this.#directory.ensure()
    this.#name = logFileName(this.session, this.#written.seq)
    const file = this.#directory.create(this.#name)
    this.#bytes = 0
    this.#lines = 0
    this.#newName = true
    this.#synced = {head: this.#written, bytes: 0, lines: 0}
    return file
  }

  /**
   * The name is gone, and with it the entries written under it: later entries go to a new file, and the chain shows the
   * hole.
   */
  #vanished(file: LogFile): LogFault {
    this.#file = this.#resumed = undefined
    this.#name = ''
    this.#newName = false
    this.#lines = 0
    this.#since = []
    this.lostThrough = this.#written.seq - 1
    file.close()
    return new LogFault('lost', 'the log file was removed while it was being written')
  }

  #fault(kind: LogFaultKind, cause: unknown): LogFault {
    return new LogFault(kind, `cannot write evidence: ${this.#stopped ?? errorText(cause)}`, cause)
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
