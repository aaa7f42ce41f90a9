// Rulings: findings gated and decided, with what was established on the way to them.
import {decide, gate, type Action, type Finding, type GateMode} from '../decision.js'
import type {Exchange} from '../exchange.js'
import type {Findings, WarnMatches} from '../plugin.js'
import type {Policy, Ruling} from '../policy.js'
import {createFindingRedactor} from '../redacted-text.js'

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
