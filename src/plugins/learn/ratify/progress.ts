// Answers that survive the session: one small file beside the output, replaced whole after every answer. It
// is bound to the candidate by its hash, so answers given to one candidate are never applied to another.
import {renameSync, unlinkSync} from 'node:fs'
import {dirname} from 'node:path'
import {decodeDocument} from '../../../formats/documents/decode.js'
import {int, map, object, string} from '../../../formats/documents/schema.js'
import {MAX_CONTRACT_BYTES} from '../../../formats/documents/strict-json.js'
import {indentedText} from '../../../formats/documents/text.js'
import {isErrno, PipelockError} from '../../../core/errors.js'
import {readFileSecurely} from '../../../core/key-source.js'
import {makeDirectory, writeFileAtomic} from '../../../lib/atomic-file.js'
import {pathExists} from '../../../lib/secure-read.js'
import type {RuleView} from '../review/rule-view.js'
import {isDecision, type Decisions, type RuleDecision} from './choose.js'

export interface Progress {
  readonly path: string
  /** Answers of an earlier session over this candidate. */
  readonly kept: Decisions | undefined
  /** Where a file went that does not belong to this candidate, and why. */
  readonly setAside: {readonly path: string; readonly why: string} | undefined
  save(decisions: Decisions): void
  /** The decision is signed: nothing is left to go on with. */
  clear(): void
}

const VERSION = 1
const FILE = object({progress_version: int, contract_hash: string, decisions: map(string)})

export function progressPath(out: string): string {
  return `${out}.progress.json`
}

/** Reads what an earlier session left. Throws when the file is there and cannot be opened safely (a link, a folder). */
export function openProgress(path: string, contractHash: string, rules: readonly RuleView[]): Progress {
  let kept: Decisions | undefined
  let setAside: Progress['setAside']
  if (pathExists(path)) {
    const bytes = readFileSecurely(path, {maxBytes: MAX_CONTRACT_BYTES})
    try {
      kept = parseProgress(bytes, contractHash, rules)
    } catch (error) {
      if (!(error instanceof PipelockError)) throw error
      setAside = {path: moveAside(path), why: error.message}
    }
  }
  return {
    path,
    kept,
    setAside,
    save(decisions) {
      makeDirectory(dirname(path))
      const content = {
        progress_version: VERSION,
        contract_hash: contractHash,
        decisions: Object.fromEntries(decisions),
      }
      writeFileAtomic(path, indentedText(content))
    },
    clear() {
      try {
        unlinkSync(path)
      } catch (error) {
        if (!isErrno(error, 'ENOENT')) throw error
      }
    },
  }
}

function parseProgress(bytes: Uint8Array, contractHash: string, rules: readonly RuleView[]): Decisions {
  const file = decodeDocument(bytes, 'json', FILE, {maxBytes: MAX_CONTRACT_BYTES, name: 'progress'})
  if (file.progress_version !== VERSION) throw new PipelockError('decision_invalid', 'it has another version')
  if (file.contract_hash !== contractHash) {
    throw new PipelockError('decision_invalid', 'it belongs to another candidate')
  }
  const known = new Set(rules.map((rule) => rule.id))
  const decisions = new Map<string, RuleDecision>()
  for (const [id, decision] of Object.entries(file.decisions ?? {})) {
    if (!known.has(id)) throw new PipelockError('decision_invalid', 'it names a rule that the candidate does not have')
    if (!isDecision(decision)) throw new PipelockError('decision_invalid', 'it has a decision that does not exist')
    decisions.set(id, decision)
  }
  return decisions
}

/** Nothing of a person's work is overwritten: the first free name. */
function moveAside(path: string): string {
  let n = 1
  while (pathExists(`${path}.${n}`)) n++
  renameSync(path, `${path}.${n}`)
  return `${path}.${n}`
}
