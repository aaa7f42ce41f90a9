// Judges a request: admission, the layers of its destination, its head and body, and the contract, in this order.
import {after, attempt} from '../../lib/awaitable.js'
import type {Exchange} from '../exchange.js'
import type {Bound, InspectedRequest, Inspection} from '../inspection.js'
import type {Awaitable, ContractVerdict, DestinationVerdict, Findings} from '../plugin.js'
import type {Content, Policy, Ruling} from '../policy.js'
import type {Broken} from './faults.js'
import type {Rulings} from './rulings.js'

export interface JudgeParts {
  readonly admit: readonly Bound<'admit'>[]
  readonly destination: Bound<'destination'> | undefined
  readonly contract: Bound<'contract'> | undefined
  readonly inspection: Inspection
  readonly rulings: Rulings
  readonly broken: Broken
}

export function createJudge({admit, destination, contract, ...parts}: JudgeParts): Policy['judge'] {
  const {inspection, rulings, broken} = parts

  const admitted = (x: Exchange): Findings => {
    let findings: Findings = []
    for (const {plugin, run} of admit) {
      try {
        findings = [...findings, ...run(x)]
      } catch (error) {
        findings = [...findings, broken(plugin, 'admit', error)]
      }
    }
    return findings
  }

  const destinationFailed = (error: unknown): DestinationVerdict => ({
    findings: destination ? [broken(destination.plugin, 'destination', error)] : [],
    addresses: [],
  })

  /** A finding that does not block in this mode must not spare the exchange the later layers. */
  const judgeRest = (
    x: Exchange,
    verdict: DestinationVerdict,
    before: Findings,
    content: Content | undefined,
  ): Awaitable<Ruling> => {
    const {rest} = verdict
    const findings = before.length === 0 ? verdict.findings : [...before, ...verdict.findings]
    if (findings.length > 0 && rulings.actionOf(findings) === 'block') return judgeContract(x, verdict, {findings})
    if (rest === undefined) {
      return after(inspection.request(x, content, findings), (inspected) => judgeContract(x, verdict, inspected))
    }
    return after(attempt(rest, destinationFailed), (later) => {
      const warnMatches = later.warnMatches ?? verdict.warnMatches
      const all = [...verdict.findings, ...later.findings]
      return judgeRest(x, {...later, findings: all, ...(warnMatches && {warnMatches})}, before, content)
    })
  }

  /** Runs after the scanners with their decision as input; its verdict outvotes none of theirs. */
  const judgeContract = (
    x: Exchange,
    {addresses, warnMatches}: DestinationVerdict,
    {findings, body}: InspectedRequest,
  ): Ruling => {
    const established = {addresses, ...(warnMatches && {warnMatches}), ...(body && {body})}
    const soFar = rulings.rule(findings, established)
    if (!contract) return soFar
    let verdict: ContractVerdict
    try {
      verdict = contract.run(x, soFar.decision)
    } catch (error) {
      verdict = {findings: [broken(contract.plugin, 'contract', error)], outcome: undefined}
    }
    if (verdict.findings.length === 0) return {...soFar, contract: verdict.outcome}
    return rulings.rule([...findings, ...verdict.findings], {...established, contract: verdict.outcome})
  }

  return (x, content) => {
    const before = admitted(x)
    if (before.some((f) => f.action === 'block')) {
      const refused = rulings.unjudged(x, before)
      if (refused.decision.action === 'block') return refused
    }
    if (!destination) return judgeRest(x, {findings: [], addresses: []}, before, content)
    return after(
      attempt(() => destination.run(x), destinationFailed),
      (verdict) => judgeRest(x, verdict, before, content),
    )
  }
}
