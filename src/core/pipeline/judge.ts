// Judges a request: admission, the layers of its destination, its head and body, and the contract, in this order. Every
// ruling, also of a response, is made here: findings without credentials in their texts, gated and decided.
import {after, attempt} from '../../lib/awaitable.js'
import {decide, gate, type Action, type Finding, type GateMode} from '../decision.js'
import type {Exchange} from '../exchange.js'
import type {InspectedRequest, Inspection} from '../inspection.js'
import type {Awaitable, Bound, ContractVerdict, DestinationVerdict, Findings, WarnMatches} from '../plugin.js'
import type {Content, Policy, Ruling} from '../policy.js'
import {createFindingRedactor} from '../redacted-text.js'
import type {Routing} from '../route.js'
import type {Broken} from './faults.js'

export interface JudgeParts {
  readonly admit: readonly Bound<'admit'>[]
  readonly destination: Bound<'destination'> | undefined
  readonly contract: Bound<'contract'> | undefined
  readonly inspection: Inspection
  readonly routing?: Routing | undefined
  readonly rulings: Rulings
  readonly broken: Broken
}

const NONE: Findings = []

export function createJudge({admit, destination, contract, routing, ...parts}: JudgeParts): Policy['judge'] {
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
      const refusals = routing?.judge(x) ?? NONE
      const all = refusals.length === 0 ? findings : [...findings, ...refusals]
      if (refusals.length > 0 && rulings.actionOf(all) === 'block') return judgeContract(x, verdict, {findings: all})
      return after(inspection.request(x, content, all), (inspected) => judgeContract(x, verdict, inspected))
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

/** What a ruling carries beside its decision. */
export type Established = Partial<Pick<Ruling, 'addresses' | 'contract' | 'warnMatches' | 'body' | 'shield'>>

export interface Rulings {
  rule(findings: Findings, established: Established): Ruling
  /** A refusal before any layer inspected the URL. */
  unjudged(x: Exchange, findings: Findings): Ruling
  /** The prior ruling with more findings; without one, the exchange is unjudged. */
  conclude(x: Exchange, findings: Findings, prior: Ruling | undefined): Ruling
  /** The action that the findings alone lead to. */
  actionOf(findings: Findings): Action
}

export interface RulingOptions {
  readonly mode: GateMode
  /** Whether a text is free of credentials; without it the texts of findings stay unchanged. */
  readonly isClean: ((text: string) => boolean) | undefined
  /** The policy that rules. */
  readonly policy: () => Policy
}

export function createRulings({mode, isClean, policy}: RulingOptions): Rulings {
  const redactor = isClean && createFindingRedactor(isClean)

  const rule: Rulings['rule'] = (given, {addresses = [], contract, warnMatches, body, shield}) => {
    const findings = redactor && given.length > 0 ? redactor.texts(given) : given
    const deciding = findings.some(isReport) ? findings.filter((f) => !isReport(f)) : findings
    const reported = deciding === findings ? warnMatches : withReports(warnMatches, findings.filter(isReport))
    return {
      decision: decide(gate(deciding, mode)),
      contract,
      addresses,
      ...(reported === undefined ? {} : {warnMatches: reported}),
      ...(body === undefined ? {} : {body}),
      ...(shield === undefined ? {} : {shield}),
      policy: policy(),
    }
  }

  const actionOf = (findings: Findings): Action => decide(gate(findings, mode)).action

  const unjudged: Rulings['unjudged'] = (x, findings) => ({
    ...rule(redactor ? redactor.unjudged(x, findings) : findings, {}),
    isUnjudged: true,
  })

  return {
    rule,
    unjudged,
    conclude(x, findings, prior) {
      if (!prior) return unjudged(x, findings)
      const next = rule([...prior.decision.findings, ...findings], prior)
      return prior.isUnjudged ? {...next, isUnjudged: true} : next
    },
    actionOf,
  }
}

export function passes(action: Action): boolean {
  return action === 'allow' || action === 'warn'
}

/** True when the ruling does not yet have the finding. */
export function isNewIn({decision}: Ruling, {layer, rule}: Finding): boolean {
  return !decision.findings.some((one) => passes(one.action) && one.layer === layer && one.rule === rule)
}

/**
 * Report-only patterns of content: they produce no finding, since nothing may outvote a block, but are reported beside
 * every outcome.
 */
function isReport({action}: Finding): boolean {
  return action === 'allow'
}

function withReports(before: WarnMatches = [], reports: Findings): WarnMatches {
  const byName = new Map(before.map((match) => [match.pattern_name, match]))
  for (const {matches = []} of reports) {
    for (const match of matches) if (!byName.has(match.pattern_name)) byName.set(match.pattern_name, match)
  }
  return [...byName.values()]
}
