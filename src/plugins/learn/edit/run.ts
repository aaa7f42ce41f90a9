// `learn split` and `learn pin` behind their flags: verify the candidate, change one rule, sign anew. The ledger
// of the result is written for the new hash, so that the next split needs no compile in between.
import {rmSync} from 'node:fs'
import {resolve} from 'node:path'
import {signContract, type Contract, type Rule} from '../../../formats/documents/contract.js'
import {literalSegment} from '../../../formats/path-pattern.js'
import {PipelockError} from '../../../core/errors.js'
import {quoted} from '../../../lib/terminal.js'
import {candidateText, readVerified, storedSignerKey, type CandidateKeys, type SigningKey} from '../candidate.js'
import {
  ledgerPath,
  ledgerText,
  pendingLedgerPath,
  readLedger,
  type Ledger,
  type LedgerEntry,
} from '../compile/ledger.js'
import {checkOutputs, stageOutputs, type Output} from '../outputs.js'
import {pathsOf, withPaths, type PathEntry} from '../compile/path-entry.js'
import {pinSegment} from './pin.js'
import {splitPaths, type Edited} from './split.js'

export interface EditRequest {
  readonly candidate: string
  readonly rule: string
  /** Default: the candidate is rewritten. */
  readonly out?: string | undefined
  readonly keystore?: string | undefined
  readonly 'compile-key-agent'?: string | undefined
}

export interface EditResult {
  readonly ruleId: string
  readonly contractHash: string
  readonly priorContractHash: string
  readonly out: string
  readonly changed: number
  readonly signerKeyId: string
  readonly agent: string | undefined
  readonly warnings: readonly string[]
}

export interface SplitRequest extends EditRequest {
  readonly index: number
  readonly 'accept-reserved': boolean
}

export function runSplit(request: SplitRequest, keys: CandidateKeys): EditResult {
  return edit(request, keys, (entries, ledger) =>
    splitPaths(entries, () => ledger(true), {index: request.index, acceptReserved: request['accept-reserved']}),
  )
}

export interface PinRequest extends EditRequest {
  readonly segment: string
}

export interface PinResult extends EditResult {
  /** In canonical form. */
  readonly segment: string
}

export function runPin(request: PinRequest, keys: CandidateKeys): PinResult {
  const segment = literalSegment(request.segment)
  if (segment === undefined) {
    throw new PipelockError('usage', `--segment ${quoted(request.segment)} is not one path segment`, {
      hint: '1 to 256 bytes, percent-encoded where needed, none of / * ? [ ]',
    })
  }
  const result = edit(request, keys, (entries, ledger) => {
    const pinned = pinSegment(entries, segment, () => ledger(false))
    const paths = pinned.split.map((pattern) => quoted(pattern)).join(', ')
    const observed = `${quoted(segment)} was observed and stays allowed as a path of its own: ${paths}`
    const hasWildcard = entries.some(({collapsed}) => collapsed.length > 0)
    const later = 'the rule has no wildcard: the pin changes nothing here, only in a later compile with --base'
    const warnings = [...(paths === '' ? [] : [observed]), ...(hasWildcard ? [] : [later])]
    return {...pinned, warnings}
  })
  return {...result, segment}
}

type Change = (entries: readonly PathEntry[], ledger: (isNeeded: boolean) => readonly LedgerEntry[]) => Edited

function edit(request: EditRequest, keys: CandidateKeys, change: Change): EditResult {
  const candidate = resolve(request.candidate)
  const out = resolve(request.out ?? request.candidate)
  const incoming = readVerified(candidate, (id) => storedSignerKey(keys, request.keystore, id))
  const {body} = incoming
  // a missing key is found before anything is written
  const signer = keys.compileKey(request.keystore, request['compile-key-agent'] ?? body.signer_key_id)
  checkPlaces(candidate, out, signer)

  const rule = (body.rules ?? []).find(({rule_id}) => rule_id === request.rule)
  if (!rule) {
    throw new PipelockError('rule_not_found', `the candidate has no rule ${quoted(request.rule)}`, {
      hint: 'learn review names the rules with merged segments; the candidate itself has the rule_id of every rule',
    })
  }
  const ledger = readLedger(candidate, body.contract_hash)
  const warnings: string[] = []
  const edited = change(pathsOf(rule), (isNeeded) => {
    if (ledger?.contractHash === body.contract_hash) return ledger.rules.get(rule.rule_id) ?? []
    const what = ledger ? 'is of another contract' : 'is missing'
    const text = `the segment ledger ${ledgerPath(candidate)} ${what}`
    if (isNeeded)
      throw new PipelockError('ledger_mismatch', text, {hint: 'compile again: the values are not in the contract'})
    warnings.push(`${text}: a value that was merged gets no path of its own`)
    return []
  })
  const contract =
    edited.changed === 0
      ? incoming
      : signed(incoming, withPaths(rule, edited.entries, body.compile.normalization_algorithm), signer)
  const own = ledger?.contractHash === body.contract_hash ? ledger : undefined
  if (edited.changed > 0 || out !== candidate) {
    const outputs: Output[] = [{path: out, text: candidateText(contract, out)}]
    if (own) {
      const text = textAfter(own, contract, edited.changed === 0 ? undefined : [rule.rule_id, edited.ledger])
      // a candidate without its ledger could not be split again: at no moment is there one
      outputs.unshift({path: pendingLedgerPath(out), text})
      outputs.push({path: ledgerPath(out), text})
    }
    stageOutputs(outputs).publish()
    if (own) rmSync(pendingLedgerPath(out), {force: true})
  }
  return {
    ruleId: rule.rule_id,
    contractHash: contract.body.contract_hash,
    priorContractHash: body.contract_hash,
    out,
    changed: edited.changed,
    signerKeyId: contract.body.signer_key_id,
    agent: body.selector.agent,
    warnings: [...warnings, ...edited.warnings],
  }
}

/** The candidate and its ledger may be rewritten in place; no other input and no key may. */
function checkPlaces(candidate: string, out: string, signer: SigningKey): void {
  const keys = signer.path === undefined ? [] : [signer.path]
  const inputs = out === candidate ? [] : [candidate, ledgerPath(candidate)]
  checkOutputs([out, ledgerPath(out), pendingLedgerPath(out)], [...inputs, ...keys])
}

function signed({body}: Contract, rule: Rule, signer: SigningKey): Contract {
  return signContract(
    {
      ...body,
      prior_contract_hash: body.contract_hash,
      signer_key_id: signer.keyId,
      rules: (body.rules ?? []).map((each) => (each.rule_id === rule.rule_id ? rule : each)),
    },
    signer.key,
  )
}

function textAfter(
  ledger: Ledger,
  {body}: Contract,
  edited: readonly [string, readonly LedgerEntry[]] | undefined,
): string {
  const rules = new Map(ledger.rules)
  if (edited && edited[1].length > 0) rules.set(...edited)
  else if (edited) rules.delete(edited[0])
  return ledgerText({contractHash: body.contract_hash, rules})
}
