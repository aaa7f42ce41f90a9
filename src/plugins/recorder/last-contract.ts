// The last contract that the receipts of a log name: what was in force is evidence outside the contract store.
import type {LastContract} from '../../core/services/recorder.js'
import {PipelockError} from '../../core/errors.js'
import {DamagedLog, judge, linesBackward, sessionFiles} from '../../formats/entry-tail.js'
import type {LogDirectory} from '../../lib/log-directory.js'
import {RECEIPT, verifiedReceipt} from './verified-receipt.js'

const GENERATION = Buffer.from('"contract_generation":')
/** Requests of agents without a contract may stand between; beyond these lines nobody looks. */
const MAX_LINES = 10_000

/** Of the sessions of one firewall, newest first: one that was begun after damage may name none yet. */
export function lastContractOf(directory: LogDirectory, sessions: readonly string[]): LastContract | undefined {
  for (const session of sessions) {
    const contract = lastContract(directory, session)
    if (contract !== undefined) return contract
  }
  return undefined
}

/** Damage is reported elsewhere: here it only ends the search. */
export function lastContract(directory: LogDirectory, session: string): LastContract | undefined {
  let lines = 0
  for (const name of sessionFiles(directory.names(), session).toReversed()) {
    try {
      for (const {bytes} of linesBackward(directory, name, directory.size(name))) {
        if (++lines > MAX_LINES) return undefined
        if (!bytes.includes(RECEIPT) || !bytes.includes(GENERATION)) continue
        const entry = judge(name, bytes, session)
        const generation = Number(verifiedReceipt(name, entry)?.record.contract_generation ?? 0)
        if (generation > 0) return {generation, where: `entry ${entry.head.seq} of ${name}`}
      }
    } catch (error) {
      if (error instanceof DamagedLog || error instanceof PipelockError) return undefined
      throw error
    }
  }
  return undefined
}
