// A directory of append-only files in memory with fault injection for every call, and helpers that hand the written
// files to the verifier.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {LogDirectory, LogFile} from '../../src/lib/log-directory.js'
import type {PublicKey} from '../../src/lib/ed25519.js'
import {findSessions} from '../../src/plugins/receipts/verify/evidence-files.js'
import type {Level, LogVerdict} from '../../src/plugins/receipts/verify/log-verdict.js'
import {verifyLog} from '../../src/plugins/receipts/verify/log.js'

export type Operation =
  | 'write'
  | 'sync'
  | 'truncate'
  | 'close'
  | 'create'
  | 'append'
  | 'store'
  | 'replace'
  | 'cut'
  | 'rewrite'
  | 'remove'
  | 'directory-sync'
  | 'ensure'

/** Decides about one call: run it, fail it, or (writes) accept only so many bytes. */
export type Fault = (operation: Operation, name: string) => 'fail' | number | undefined

export class MemoryDirectory implements LogDirectory {
  readonly files = new Map<string, Buffer>()
  /** Modification times, where a test sets them. */
  readonly times = new Map<string, number>()
  fault: Fault = () => undefined
  readonly calls: Operation[] = []

  constructor(files: ReadonlyMap<string, Buffer> = new Map()) {
    for (const [name, bytes] of files) this.files.set(name, bytes)
  }

  #call(operation: Operation, name: string): number | undefined {
    this.calls.push(operation)
    const outcome = this.fault(operation, name)
    if (outcome === 'fail') throw Object.assign(new Error(`EIO: ${operation} ${name}`), {code: 'EIO'})
    return outcome
  }

  names = (): readonly string[] => [...this.files.keys()]
  size = (name: string): number => this.#get(name).length
  modifiedMs = (name: string): number => {
    this.#get(name)
    return this.times.get(name) ?? 0
  }
  read = (name: string, position: number, length: number): Buffer =>
    this.#get(name).subarray(position, position + length)

  create(name: string): LogFile {
    this.#call('create', name)
    if (this.files.has(name)) throw Object.assign(new Error(`EEXIST: ${name}`), {code: 'EEXIST'})
    this.files.set(name, Buffer.alloc(0))
    return this.#file(name)
  }

  append(name: string): LogFile {
    this.#call('append', name)
    this.#get(name)
    return this.#file(name)
  }

  store(name: string, bytes: Uint8Array): void {
    this.#call('store', name)
    if (this.files.has(name)) throw Object.assign(new Error(`EEXIST: ${name}`), {code: 'EEXIST'})
    this.files.set(name, Buffer.from(bytes))
  }

  replace(name: string, bytes: Uint8Array): void {
    this.#call('replace', name)
    this.files.set(name, Buffer.from(bytes))
  }

  cut(name: string, length: number): void {
    this.#call('cut', name)
    this.files.set(name, this.#get(name).subarray(0, length))
  }

  rewrite(name: string, position: number, bytes: Uint8Array): void {
    const old = this.#get(name)
    this.#call('rewrite', name)
    this.files.set(name, Buffer.concat([old.subarray(0, position), bytes]))
  }

  remove(name: string): void {
    this.#call('remove', name)
    this.files.delete(name)
  }

  sync = (): void => void this.#call('directory-sync', '')
  ensure = (): void => void this.#call('ensure', '')

  #get(name: string): Buffer {
    const bytes = this.files.get(name)
    if (bytes === undefined) throw Object.assign(new Error(`ENOENT: ${name}`), {code: 'ENOENT'})
    return bytes
  }

  #file(name: string): LogFile {
    let here = this.files.get(name)
    const set = (bytes: Buffer): void => {
      if (this.files.get(name) === here) this.files.set(name, bytes)
      here = bytes
    }
    return {
      write: (bytes) => {
        const taken = this.#call('write', name) ?? bytes.length
        set(Buffer.concat([here ?? Buffer.alloc(0), bytes.subarray(0, taken)]))
        return taken
      },
      sync: () => void this.#call('sync', name),
      truncate: (length) => {
        this.#call('truncate', name)
        set((here ?? Buffer.alloc(0)).subarray(0, length))
      },
      close: () => void this.#call('close', name),
      linked: () => this.files.get(name) === here,
    }
  }
}

/** All lines of a session's files in order. */
export function entriesOf(directory: MemoryDirectory, session = 'proxy'): readonly Record<string, unknown>[] {
  const prefix = `evidence-${session}-`
  return [...directory.files]
    .filter(([name]) => name.startsWith(prefix) && name.endsWith('.jsonl'))
    .map(([name, bytes]) => ({first: Number(name.slice(prefix.length, -6)), bytes}))
    .sort((a, b) => a.first - b.first)
    .flatMap(({bytes}) => bytes.toString('utf8').split('\n').slice(0, -1))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

/** The verdict of the evidence verifier on the directory. */
export async function verdictOn(
  directory: MemoryDirectory,
  trusted: readonly PublicKey[],
  level: Level = 'integrity',
  session = 'proxy',
): Promise<LogVerdict> {
  const path = mkdtempSync(join(tmpdir(), 'pipelock-log-'))
  try {
    for (const [name, bytes] of directory.files) writeFileSync(join(path, name), bytes)
    return await verifyDirectory(path, trusted, level, session)
  } finally {
    rmSync(path, {recursive: true})
  }
}

export function verifyDirectory(
  path: string,
  trusted: readonly PublicKey[],
  level: Level = 'integrity',
  session = 'proxy',
): Promise<LogVerdict> {
  return verifyLog(findSessions(path).get(session) ?? [], {level, session, entrySession: session, trusted})
}
