// A contract file that a command is about to replace. An unedited candidate of the same agent is made anew from the same
// captures by the next compile, as a pipeline does at every run; a decision, a pin or a split is a person's work, and a file
// of another kind is a mistyped name. Those are replaced only on request.
import {resolve} from 'node:path'
import {decodeContract, type ContractBody} from '../../../formats/documents/contract.js'
import {formatOfPath} from '../../../formats/documents/decode.js'
import {MAX_CONTRACT_BYTES} from '../../../formats/documents/strict-json.js'
import {PipelockError} from '../../../core/errors.js'
import {readFileSecurely} from '../../../core/key-source.js'
import {pathExists} from '../../../lib/secure-read.js'
import {quoted} from '../../../lib/terminal.js'
import {editsOf} from './base.js'

export interface Replacement {
  readonly path: string
  readonly agent: string | undefined
  readonly force: boolean
  /** Hash of the contract that takes its place; one that is there already loses nothing. */
  readonly contractHash?: string | undefined
}

/** Throws `file_exists` when the file holds what nobody could make again. */
export function refuseLoss({path, agent, force, contractHash}: Replacement): void {
  if (force || !pathExists(path)) return
  const existing = contractIn(path)
  if (existing === 'empty') return
  if (existing === undefined) throw refusal(path, 'is not a contract', 'name another file, or replace it with --force')
  if (existing.contract_hash === contractHash) return
  const loss = lossOf(existing, agent)
  if (loss !== undefined) throw refusal(path, loss.text, loss.hint)
}

/** What a file holds of an agent, signed by whomever; undefined where there is nothing that can be read. */
export function previousCandidate(path: string, agent: string): ContractBody | undefined {
  try {
    const existing = pathExists(path) ? contractIn(path) : undefined
    return existing === undefined || existing === 'empty' || existing.selector.agent !== agent ? undefined : existing
  } catch (error) {
    if (error instanceof PipelockError) return undefined
    throw error
  }
}

/** The same for a file of decisions: `text` is what takes its place, undefined while nobody knows yet. */
export function refuseOtherDecisions(path: string, text: string | undefined, force: boolean): void {
  if (force || !pathExists(path)) return
  const existing = readFileSecurely(path, {maxBytes: MAX_CONTRACT_BYTES}).toString('utf8')
  if (existing === '' || existing === text) return
  throw refusal(path, 'holds other decisions', 'name another file, or replace it with --force')
}

function contractIn(path: string): ContractBody | 'empty' | undefined {
  const bytes = readFileSecurely(path, {maxBytes: MAX_CONTRACT_BYTES})
  if (bytes.length === 0) return 'empty'
  try {
    return decodeContract(bytes, formatOfPath(path)).body
  } catch (error) {
    if (error instanceof PipelockError) return undefined
    throw error
  }
}

function lossOf(
  body: ContractBody,
  agent: string | undefined,
): {readonly text: string; readonly hint: string} | undefined {
  const owner = body.selector.agent
  if (owner !== agent) {
    return {text: `is a contract of ${quoted(owner ?? '')}`, hint: 'name another file, or replace it with --force'}
  }
  if ((body.rules ?? []).some((rule) => rule.lifecycle_state !== 'capture_only')) {
    return {
      text: 'is ratified: the decisions in it would be lost',
      hint: 'name another file, or replace it with --force',
    }
  }
  const {pins, splits} = editsOf(body)
  if (pins.size + splits.size === 0) return undefined
  return {
    text: 'has pins or splits, which would be lost',
    hint: 'name another file and keep them with --base, or discard them with --force',
  }
}

function refusal(path: string, text: string, hint: string): PipelockError {
  return new PipelockError('file_exists', `${resolve(path)} exists and ${text}`, {hint})
}
