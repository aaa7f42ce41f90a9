// A block of the contract in words, for the client, the log and the receipts: the request, and that no rule allows it,
// or which rule refused it. Nothing of a rule's content is shown, and nothing of a credential in the request.
import {capturedUrl} from '../../core/contract/captured-url.js'
import type {ContractOutcome, Finding} from '../../core/decision.js'
import type {Exchange} from '../../core/exchange.js'
import type {IsClean} from '../../formats/sanitise.js'
import {methodName} from '../../core/contract/http-rule.js'
import type {OverrideEvaluation} from '../../core/contract/evaluate.js'
import {quoted} from '../../lib/terminal.js'

/** Stands where a rule would be named that decided. */
export const NO_RULE = 'no contract rule'

const MAX_PATH = 200

export interface BlockFacts {
  readonly findings: readonly Finding[]
  readonly isClean: IsClean | undefined
  /** What was refused, when it was not the request line. */
  readonly override: OverrideEvaluation['override']
}

export function blockText(outcome: ContractOutcome, x: Exchange, facts: BlockFacts): string {
  const {findings, isClean, override} = facts
  const owner = ownerOf(x.agent.name, isClean)
  switch (outcome.reason) {
    case 'contract_default_deny':
      return `${owner} has no rule for this host`
    case 'contract_mcp_default_deny':
      return `${owner} has no rule for this tool`
    case 'contract_non_default_port':
      return `${owner} has no rule for port ${x.target?.port ?? 0} of this host`
    case 'contract_invalid_path':
      return `${owner} allows only canonical paths on this host`
    case 'contract_enforce_default':
      if (override?.isUrl) return `${owner} does not allow what X-Original-URL or X-Rewrite-URL asks for`
      if (outcome.otherParameters && override === undefined)
        return `${owner} allows ${requestText(x, findings, isClean, undefined)} with other parameters only`
      return `${owner} allows no ${requestText(x, findings, isClean, override?.method)}`
    case 'contract_mcp_args_mismatch':
      return `${owner} allows this tool with other arguments only (rule ${outcome.ruleId})`
    default:
      return `${owner} could not judge the request`
  }
}

function ownerOf(agent: string, isClean: IsClean | undefined): string {
  if (agent === '') return 'the contract'
  return isClean?.(agent) === false ? 'the contract of this agent' : `the contract of agent ${quoted(agent)}`
}

function requestText(
  x: Exchange,
  findings: readonly Finding[],
  isClean: IsClean | undefined,
  overriding: string | undefined,
): string {
  if (x.method === 'CONNECT') return 'CONNECT on this host'
  const effective = methodName(overriding ?? x.method)
  const method = /^[A-Z]{1,20}$/.test(effective) ? effective : 'request of this method'
  const how = effective === methodName(x.method) ? '' : ' (requested by a method override)'
  return `${method} ${pathText(x, findings, isClean)} on this host${how}`
}

/** Of the URL as captures show it, so that a credential in the path is not repeated. */
function pathText(x: Exchange, findings: readonly Finding[], isClean: IsClean | undefined): string {
  const url = x.target === undefined ? '' : capturedUrl(x.method, x.target, findings, isClean)
  const path = /^https?:\/\/[^/?#]*([^?#]*)/i.exec(url)?.[1] ?? ''
  const shown = path === '' ? '/' : path.replace(/[^\x21-\x7e]+/g, '?')
  return shown.length <= MAX_PATH ? shown : `${shown.slice(0, MAX_PATH)}…`
}
