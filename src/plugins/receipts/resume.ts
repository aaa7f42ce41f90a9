// Signatures that an earlier run has checked need not be checked again. What is kept is their number and the digest over
// all of them in order, each with its key and message: nothing of the log itself is believed. Links, hashes and trust are
// judged anew, and when the log has other signatures than the digest says, every one of them is checked.
import {createHash, randomBytes, timingSafeEqual} from 'node:crypto'
import {closeSync, fsyncSync, mkdirSync, openSync, writeSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {isErrno, PipelockError} from '../../core/errors.js'
import {writeFileAtomic} from '../../lib/atomic-file.js'
import {hmacSha256Hex} from '../../lib/hash.js'
import {ReadFault, readSecurely} from '../../lib/secure-read.js'
import {checkedHere, type Signatures, type Signed} from './signatures.js'

/** The first `checks` signatures of a log were good. */
export interface Checked {
  readonly checks: number
  readonly digest: string
}

const DOMAIN = 'pipelock-verify-resume-v1\0'
const MAX_BYTES = 4 * 1024 * 1024
/** Signatures between two states on disk: about a second or two of work. */
const STRIDE = 32_768

/**
 * The file of `--resume`. Whoever writes evidence may write this file too, so it counts only under a key that this
 * installation keeps in its home: a forged one is refused, and never makes a bad log good.
 */
export class ResumeFile {
  readonly path: string
  readonly #key: Buffer
  readonly #logs: Map<string, Checked>

  private constructor(path: string, key: Buffer, logs: Map<string, Checked>) {
    this.path = path
    this.#key = key
    this.#logs = logs
  }

  static open(path: string, home: string): ResumeFile {
    const key = resumeKey(join(home, 'verify-resume.key'))
    const bytes = read(path, true)
    return new ResumeFile(path, key, bytes ? parse(bytes, path, key) : new Map())
  }

  of(id: string): Checked | undefined {
    return this.#logs.get(id)
  }

  save(id: string, checked: Checked): void {
    this.#logs.set(id, checked)
    const body = JSON.stringify([...this.#logs].map(([log, {checks, digest}]) => ({log, checks, digest})))
    writeFileAtomic(this.path, Buffer.from(`${body}\n${hmacSha256Hex(this.#key, DOMAIN + body)}\n`))
  }
}

function parse(bytes: Buffer, path: string, key: Buffer): Map<string, Checked> {
  const [body = '', mac = ''] = bytes.toString('utf8').split('\n')
  const expected = Buffer.from(hmacSha256Hex(key, DOMAIN + body))
  const given = Buffer.from(mac)
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new PipelockError('evidence_unreadable', `${path} was not written by this installation, or was changed`, {
      hint: 'remove it to check every signature',
    })
  }
  // authenticated: only ResumeFile.save writes what the key vouches for
  const logs = JSON.parse(body) as readonly (Checked & {readonly log: string})[]
  return new Map(logs.map(({log, checks, digest}) => [log, {checks, digest}]))
}

function read(path: string, followLinks: boolean): Buffer | undefined {
  try {
    return readSecurely(path, {maxBytes: MAX_BYTES, followLinks})
  } catch (error) {
    if (error instanceof ReadFault && error.kind === 'missing') return undefined
    if (error instanceof ReadFault) throw new PipelockError('evidence_unreadable', error.message, {cause: error})
    throw error
  }
}

function resumeKey(path: string): Buffer {
  mkdirSync(dirname(path), {recursive: true, mode: 0o700})
  try {
    const fd = openSync(path, 'wx', 0o600)
    try {
      writeSync(fd, randomBytes(32))
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error
  }
  const key = read(path, false)
  if (key?.length !== 32) {
    throw new PipelockError('evidence_unreadable', `${path} does not hold 32 bytes`, {hint: 'remove it'})
  }
  return key
}

/** Passes over the signatures of an earlier run, and tells how far the good ones reach. */
export class ResumedSignatures implements Signatures {
  readonly #earlier: Checked | undefined
  readonly #save: (checked: Checked) => void
  readonly #hash = createHash('sha256')
  #checks = 0
  #saved: number
  #matched = false
  #failed = false

  constructor(earlier: Checked | undefined, save: (checked: Checked) => void) {
    this.#earlier = earlier
    this.#save = save
    this.#saved = earlier?.checks ?? 0
  }

  /** False when what was passed over is not what the earlier run checked: the verdict must not be used. */
  get isSound(): boolean {
    return this.#earlier === undefined || this.#matched
  }

  get requested(): boolean {
    return this.#checks >= (this.#earlier?.checks ?? 0)
  }

  isGood(signed: Signed): boolean {
    const {signer, digest, signature} = signed
    const head = Buffer.alloc(4)
    head.writeUInt32BE(digest.length)
    this.#hash.update(signer.raw).update(signature).update(head).update(digest)
    this.#checks++
    const earlier = this.#earlier
    if (earlier && this.#checks <= earlier.checks) {
      if (this.#checks === earlier.checks) this.#matched = this.#digest() === earlier.digest
      return true
    }
    const isGood = checkedHere.isGood(signed)
    this.#failed ||= !isGood
    if (this.#checks - this.#saved >= STRIDE) this.save()
    return isGood
  }

  /** Every check requested so far passed. */
  save(): void {
    this.#saved = this.#checks
    if (this.isSound && !this.#failed && this.#checks > 0) this.#save({checks: this.#checks, digest: this.#digest()})
  }

  #digest(): string {
    return this.#hash.copy().digest('hex')
  }
}
