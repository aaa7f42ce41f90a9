// Rules of an action record beyond the declared types of its members. Their order decides the reported code and is part
// of the format.
import {parseTimestamp} from '../lib/timestamp.js'
import {ACTION_TYPES, type ActionRecord} from './action-record.js'
import {EvidenceFault} from './evidence-fault.js'

/** Members that must be present and valid. */
export type RequiredMembers = Readonly<
  Record<'action_id' | 'action_type' | 'timestamp' | 'target' | 'verdict' | 'transport', string> & {version: number}
>

/** Identifiers that reach headers and log lines must not carry control characters. */
const HEADER_SAFE = [
  'action_id',
  'parent_action_id',
  'principal',
  'actor',
  'session_id',
  'session_task_id',
  'request_id',
  'policy_hash',
  'run_nonce',
] as const satisfies readonly (keyof ActionRecord)[]

const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/

/** Checks all rules. Throws EvidenceFault. */
export function checkRecord(record: ActionRecord): void {
  checkRequired(record)
  for (const name of HEADER_SAFE) {
    const value = record[name]
    if (value !== undefined && CONTROL.test(value)) throw injection(name)
  }
  if (record.delegation_chain?.some((item) => CONTROL.test(item))) throw injection('delegation_chain')
}

/** Checks required members: sufficient where no string holds a control character. Throws EvidenceFault. */
export function checkRequired(record: RequiredMembers): void {
  if (record.version !== 1) {
    throw new EvidenceFault(
      'unsupported_version',
      `unsupported action record version ${String(record.version)} (expected 1)`,
    )
  }
  nonEmpty(record.action_id, 'action_id')
  if (!ACTION_TYPES.has(record.action_type)) {
    throw new EvidenceFault(
      'invalid_action_type',
      `action_type ${JSON.stringify(record.action_type)} is not in the list`,
    )
  }
  if (parseTimestamp(record.timestamp) === undefined) {
    throw new EvidenceFault('invalid_field', 'timestamp is not a canonical UTC timestamp')
  }
  nonEmpty(record.target, 'target')
  nonEmpty(record.verdict, 'verdict')
  nonEmpty(record.transport, 'transport')
}

const injection = (name: string) => new EvidenceFault('header_injection', `${name} contains a control character`)

function nonEmpty(value: string, name: string): void {
  if (value === '') throw new EvidenceFault('missing_required_field', `${name} is empty`)
}
