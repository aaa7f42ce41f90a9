// The rotation ceremony: the old key says that a new one continues its chain. The old key's word is all
// that a verifier will have, so it is given only for a chain that was verified to its end, with nobody writing to it.
import {lstatSync} from 'node:fs'
import {isAbsolute, join} from 'node:path'
import {isErrno, PipelockError} from '../../../core/errors.js'
import type {ActionRecord} from '../../../formats/action-record.js'
import {EvidenceFault} from '../../../formats/evidence-fault.js'
import {loadAnyKey, loadPrivateKey} from '../../../core/key-source.js'
import {writeFileAtomic} from '../../../lib/atomic-file.js'
import type {PublicKey} from '../../../lib/ed25519.js'
import {LockWatch} from '../../../lib/lock-watch.js'
import {takeLock} from '../../../lib/lockfile.js'
import {formatSeconds} from '../../../lib/timestamp.js'
import {endorsementText, parseEndorsement, type Endorsement} from '../../../formats/endorsement.js'
import {filesOfSession} from '../verify/evidence-files.js'
import {readDocument} from '../verify/read-document.js'
import {readStatedHead} from '../verify/stated-head.js'
import {resolveTrustedKeys} from '../verify/trusted-key.js'
import type {LogFile} from '../verify/log-verdict.js'
import {verifyLog} from '../verify/log.js'

export interface EndorseRequest {
  readonly chain: string
  readonly session: string
  readonly priorKeyFile: string
  /** The new key; its public half is enough. */
  readonly newKeyFile: string
  readonly rootKeys: readonly string[]
  /** Endorsements of earlier rotations of this chain. */
  readonly endorsements: readonly string[]
  readonly out: string
  readonly nowMs: number
}

export async function endorseRotation(request: EndorseRequest): Promise<Endorsement & {readonly out: string}> {
  const {chain, session, out} = request
  if (!isAbsolute(out)) throw new PipelockError('usage', '--out must be an absolute path')
  if (lstatSync(out, {throwIfNoEntry: false})) throw exists(out)
  const trusted = resolveTrustedKeys(request.rootKeys)
  if (trusted.length === 0)
    throw new PipelockError('usage', '--root-key is empty: a chain is endorsed only under a trusted key')
  const prior = loadPrivateKey(request.priorKeyFile, 'receipt-signing').private
  const next = newKey(request.newKeyFile)
  const files = filesOfSession(chain, session)
  const lock = await takeLock(join(chain, `evidence-${session}.lock`), {watch: new LockWatch()})
  if (!lock.held) {
    throw new PipelockError('recorder_locked', `the recorder of session ${session} in ${chain} is running`, {
      hint: 'stop the firewall first: what it would still write is not endorsed',
    })
  }
  try {
    const tail = await verifiedTail(request, files, trusted)
    if (tail.signer !== prior.public.hex)
      throw refused(
        'signer_key_mismatch',
        `the last segment is signed by ${tail.signer}, not by the key of --prior-key-file`,
      )
    if (tail.signers.includes(next.hex))
      throw refused('key_transition_invalid', 'the new key has signed in this chain before')
    const statement: Endorsement = {
      session_id: session,
      prior_signer_key: prior.public.hex,
      prior_final_seq: tail.seq,
      prior_tail_hash: tail.hash,
      new_signer_key: next.hex,
      rotated_at: formatSeconds(request.nowMs),
    }
    write(out, endorsementText(statement, prior))
    return {...statement, out}
  } finally {
    lock.lock.release()
  }
}

function newKey(path: string): PublicKey {
  const {public: key, purpose} = loadAnyKey(path)
  if (purpose === undefined || purpose === 'receipt-signing') return key
  throw new PipelockError('wrong_key_purpose', `${path}: the key is for ${purpose}, receipt-signing is needed`)
}

interface Tail {
  readonly signer: string
  readonly signers: readonly string[]
  readonly seq: Endorsement['prior_final_seq']
  readonly hash: string
}

/** The end of the chain, once everything before it is known to be what a verifier with the endorsement will accept. */
async function verifiedTail(
  request: EndorseRequest,
  files: readonly LogFile[],
  trusted: readonly PublicKey[],
): Promise<Tail> {
  const {session} = request
  const opens = new OpenRule(session)
  const {failure, v1, tornTail} = await verifyLog(files, {
    level: 'integrity',
    session,
    entrySession: session,
    trusted,
    // a tail that was cut off at the end of an earlier session looks whole: the head file beside the log may know better
    ...readStatedHead(request.chain, session),
    endorsements: request.endorsements.map(readEndorsement),
    observer: {line: ignore, entry: ignore, evidence: ignore, receipt: (record) => opens.see(record)},
  })
  if (failure) throw refused(failure.reason, failure.message)
  const [last] = v1.segments.slice(-1)
  if (!last || v1.finalSeq === undefined) throw refused('no_receipts', 'the session has no action receipts')
  if (tornTail) throw refused('recorder_torn_record', 'the last line of the log was cut short')
  const problem = opens.problem()
  if (problem !== undefined) {
    throw refused('session_state_invalid', problem, {
      hint: 'logs without session receipts are rotated without an endorsement: give verifiers both keys',
    })
  }
  return {signer: last.signer_key, signers: v1.signerKeys, seq: v1.finalSeq, hash: v1.rootHash}
}

function ignore(): void {}

function readEndorsement(path: string): Endorsement {
  try {
    return parseEndorsement(readDocument(path))
  } catch (error) {
    if (error instanceof EvidenceFault) throw refused(error.reason, `${path}: ${error.message}`)
    throw error
  }
}

/** What an endorsement needs of the control receipts; without them no verifier would ever accept it. */
class OpenRule {
  readonly #session: string
  #isRootSegment = true
  #opened = false
  #foreign = false
  #closed = false

  constructor(session: string) {
    this.#session = session
  }

  see({session_control: control, key_transition: transition}: ActionRecord): void {
    if (transition) this.#isRootSegment = false
    this.#closed = control?.close !== undefined
    if (!control?.open) return
    if (control.open.recorder_session !== this.#session) this.#foreign = true
    else if (this.#isRootSegment) this.#opened = true
  }

  problem(): string | undefined {
    if (this.#foreign) return 'a session open names another recorder session'
    if (!this.#opened) return 'the first segment has no session open'
    return this.#closed ? undefined : 'the chain does not end with a session close: the run was not stopped cleanly'
  }
}

function write(out: string, text: string): void {
  try {
    writeFileAtomic(out, text, {mode: 0o644, exclusive: true})
  } catch (error) {
    if (isErrno(error, 'EEXIST')) throw exists(out)
    throw error
  }
}

const exists = (out: string): PipelockError =>
  new PipelockError('file_exists', `${out} exists`, {hint: 'an endorsement is never replaced: name another file'})

function refused(reason: string, message: string, options: {readonly hint?: string} = {}): PipelockError {
  return new PipelockError('evidence_invalid', `${reason}: ${message}`, options)
}
