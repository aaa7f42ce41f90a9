// The contract that is to be promoted: from the history of the store, from a candidate file, or from
// the folder where compile leaves its candidates. What comes from outside is checked as a whole before it is installed.
import {readdirSync} from 'node:fs'
import {join} from 'node:path'
import {isErrno, PipelockError} from '../../core/errors.js'
import {decodeContract, type ContractBody} from '../../formats/documents/contract.js'
import {formatOfPath} from '../../formats/documents/decode.js'
import type {Roster} from '../../formats/documents/roster.js'
import type {SelectorTarget} from '../../formats/documents/active-manifest.js'
import {isObject} from '../../lib/json/reader.js'
import {agentGlob} from '../../formats/selector.js'
import {readFileSecurely} from '../../core/key-source.js'
import {verifyStoredContract} from './documents.js'
import type {ContractStore} from './store.js'

const MAX_CONTRACT_BYTES = 8 * 1024 * 1024

export interface ContractSource {
  readonly body: ContractBody
  /** Text to install in the history; undefined when it is there already. */
  readonly install: string | undefined
}

export interface ContractRequest {
  readonly hash: string
  /** `--candidate` */
  readonly candidate: string | undefined
  /** `<base>/contracts/candidates` */
  readonly candidates: string
}

/** The contract with all its checks, wherever it is. Throws `contract_history` when it is nowhere. */
export function findContract(
  store: ContractStore,
  request: ContractRequest,
  roster: Roster,
  nowMs: number,
): ContractSource {
  const {hash, candidate, candidates} = request
  if (store.hasContract(hash)) return {body: store.contract(hash), install: undefined}
  const path = candidate ?? candidateByHash(candidates, hash)
  if (path === undefined) {
    throw new PipelockError('contract_history', `contract ${hash} is neither in the store nor in ${candidates}`, {
      hint: 'give the candidate file with --candidate',
    })
  }
  const bytes = readFileSecurely(path, {maxBytes: MAX_CONTRACT_BYTES})
  const body = verifyStoredContract(bytes, {hash, path}, roster, nowMs)
  return {body, install: `${bytes.toString('utf8').trim()}\n`}
}

/** The candidate that states this hash; it is verified afterwards. Files that are no contracts are none of our business. */
function candidateByHash(directory: string, hash: string): string | undefined {
  let names: string[]
  try {
    names = readdirSync(directory)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
  return names
    .filter((name) => /\.(ya?ml|json)$/i.test(name))
    .sort()
    .map((name) => join(directory, name))
    .find((path) => statedHash(path) === hash)
}

function statedHash(path: string): string | undefined {
  try {
    return decodeContract(readFileSecurely(path, {maxBytes: MAX_CONTRACT_BYTES}), formatOfPath(path)).body.contract_hash
  } catch (error) {
    if (error instanceof PipelockError) return undefined
    throw error
  }
}

/** Refuses a contract that must not be promoted as it is; gives the warnings about one that may. */
export function checkPromotable(
  body: ContractBody,
  target: SelectorTarget,
  waivers: {readonly acceptTail: boolean; readonly forceSelector: boolean},
): readonly string[] {
  const rules = body.rules ?? []
  const hasTail = rules.some(
    ({observation}) => isObject(observation ?? undefined) && observation?.['tail_promotion_block'] === true,
  )
  if (hasTail && !waivers.acceptTail) {
    throw new PipelockError('tail_promotion_block', 'too much of the observed traffic is in paths that got no rule', {
      hint: 'observe longer, or give --accept-tail',
    })
  }
  if (!covers(target, body.selector) && !waivers.forceSelector) {
    throw new PipelockError('bad_selector', 'the contract was learned for an agent that this selector does not cover', {
      hint: 'choose another --selector, or give --force-selector',
    })
  }
  if (rules.some((rule) => rule.lifecycle_state === 'enforce')) return []
  return ['the contract enforces no rule: it has no jurisdiction, all traffic stays with the scanners']
}

/** Whether the target selects the agent that the contract was made for. */
function covers(target: SelectorTarget, learned: ContractBody['selector']): boolean {
  if (target.kind === 'default' || learned.default) return true
  if (learned.agent_glob !== undefined) {
    if (target.kind === 'glob') return target.glob === learned.agent_glob
    return agentGlob(learned.agent_glob)?.(target.agent) === true
  }
  if (target.kind === 'agent') return target.agent === learned.agent
  return learned.agent !== undefined && agentGlob(target.glob)?.(learned.agent) === true
}
