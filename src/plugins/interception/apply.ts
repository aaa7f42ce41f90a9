// Carries out the actions of a trust store, in their order, and stops at the first that fails. Programs run without a shell.
import {execFile} from 'node:child_process'
import {X509Certificate} from 'node:crypto'
import {unlinkSync} from 'node:fs'
import {dirname} from 'node:path'
import {PipelockError} from '../../core/errors.js'
import {makeDirectory, writeFileAtomic} from '../../lib/atomic-file.js'
import {readSecurely, ReadFault} from '../../lib/secure-read.js'
import {argumentLine} from '../../lib/shell-words.js'
import {MAX_PEM_BYTES} from './authority-files.js'
import type {CertificateFile} from './ca-files.js'
import type {Action, Invocation, Presence, StorePlan} from './trust-stores.js'

/** `left`: what is there was not made by install-ca. */
export type Outcome = 'done' | 'unchanged' | 'absent' | 'left'

export interface AppliedAction {
  readonly action: Action
  readonly outcome: Outcome
}

type Environment = Readonly<Record<string, string | undefined>>

interface Ended {
  readonly status: number | string
  readonly out: string
  readonly err: string
}

const TIMEOUT_MS = 60_000
/** How certutil and keytool report a name that the store does not have. */
const ABSENT = /could not find|does not exist/i
const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/**
 * The actions with their outcomes. Inspections are left out, since they change nothing, and so is the removal of another
 * certificate where there is none. Rejects with `trust_store_failed`.
 */
export async function applyPlan(
  {actions}: StorePlan,
  file: CertificateFile,
  env: Environment,
): Promise<readonly AppliedAction[]> {
  const applied: AppliedAction[] = []
  let presence: Presence = 'absent'
  for (const action of actions) {
    if (action.kind === 'inspect') {
      presence = await inspect(action, file, env)
      continue
    }
    if (action.kind === 'run' && isNeedless(action, presence)) continue
    const outcome = action.kind === 'run' ? await runWhen(action, presence, env) : change(action, file)
    applied.push({action, outcome})
    // the store is then not what the actions behind it expect
    if (outcome === 'left') break
  }
  return applied
}

async function inspect(invocation: Invocation, file: CertificateFile, env: Environment): Promise<Presence> {
  const ended = await run(invocation, env)
  if (ended.status !== 0) {
    // a store that cannot be read may hold the certificate: it is not taken for a store without it
    if (ABSENT.test(reportOf(ended))) return 'absent'
    throw programFailed(invocation, ended)
  }
  const [first, ...others] = ended.out.match(PEM_CERTIFICATE) ?? []
  if (first === undefined) return 'absent'
  return [first, ...others].every((pem) => isSame(pem, file)) ? 'same' : 'other'
}

function isNeedless({when}: Extract<Action, {kind: 'run'}>, presence: Presence): boolean {
  return when?.join() === 'other' && presence !== 'other'
}

async function runWhen(action: Extract<Action, {kind: 'run'}>, presence: Presence, env: Environment): Promise<Outcome> {
  if (action.when && !action.when.includes(presence)) {
    if (action.when.includes('same')) return presence === 'other' ? 'left' : 'absent'
    return 'unchanged'
  }
  const ended = await run(action, env)
  if (ended.status === 0) return 'done'
  throw programFailed(action, ended)
}

function programFailed({program, args}: Invocation, ended: Ended): PipelockError {
  const report = reportOf(ended)
  return failed(
    `${argumentLine(program, args)} ended with ${ended.status}${report === '' ? '' : `: ${report}`}`,
    'correct the cause, then repeat the command: completed actions are safe to repeat',
  )
}

/** keytool reports its errors on standard output. */
function reportOf({out, err}: Ended): string {
  return (err.trim() === '' ? out : err).trim()
}

function run({program, args}: Invocation, env: Environment): Promise<Ended> {
  return new Promise((done) => {
    const options = {timeout: TIMEOUT_MS, windowsHide: true, env: {...env, LC_ALL: 'C'}, encoding: 'utf8'} as const
    const child = execFile(program, args, options, (error, out, err) => {
      if (!error) return done({status: 0, out, err})
      const status = error.killed === true ? `no result after ${TIMEOUT_MS / 1000} s` : (error.code ?? 'a signal')
      done({status: typeof status === 'number' ? `status ${status}` : status, out, err})
    })
    // a program that asks a question gets an end of input instead of the terminal
    child.stdin?.end()
  })
}

function change(action: Exclude<Action, Invocation>, file: CertificateFile): Outcome {
  const path = action.kind === 'remove' ? action.path : action.to
  const expected = action.kind === 'copy' ? undefined : action.text
  const presence = presenceOf(path, expected, file)
  try {
    if (action.kind === 'remove') {
      if (presence !== 'same') return presence === 'other' ? 'left' : 'absent'
      unlinkSync(path)
      return 'done'
    }
    if (presence === 'same') return 'unchanged'
    if (action.kind === 'write') makeDirectory(dirname(path), 0o700)
    writeFileAtomic(path, action.kind === 'write' ? action.text : file.pem, {mode: 0o644})
    return 'done'
  } catch (error) {
    if (!(error instanceof Error)) throw error
    throw failed(`${path} cannot be ${action.kind === 'remove' ? 'removed' : 'written'}: ${error.message}`)
  }
}

/** Of a file: with `expected` its whole text counts, else its certificate. */
function presenceOf(path: string, expected: string | undefined, file: CertificateFile): Presence {
  try {
    const text = readSecurely(path, {maxBytes: MAX_PEM_BYTES}).toString('utf8')
    return (expected === undefined ? isSame(text, file) : text === expected) ? 'same' : 'other'
  } catch (error) {
    if (!(error instanceof ReadFault)) throw error
    return error.kind === 'missing' ? 'absent' : 'other'
  }
}

function isSame(pem: string, {certificate}: CertificateFile): boolean {
  try {
    return new X509Certificate(pem).fingerprint256 === certificate.fingerprint256
  } catch {
    return false // something else is there
  }
}

function failed(message: string, hint = 'run the command as the owner of the file, then repeat'): PipelockError {
  return new PipelockError('trust_store_failed', message, {hint})
}
