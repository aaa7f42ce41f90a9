// Judges units of a response, and messages to a server, under the ruling of their request: rewrites, inspects what was
// received and what would be sent, strips, and asks.
import {after} from '../../lib/awaitable.js'
import {gate, type Finding, type GateMode} from '../decision.js'
import type {Exchange, Unit} from '../exchange.js'
import {stripped, type Inspection} from '../inspection.js'
import type {Awaitable, Bound, Findings} from '../plugin.js'
import type {Inspected, Policy, Ruling} from '../policy.js'
import type {Broken} from './faults.js'
import {isNewIn, passes, type Rulings} from './judge.js'

export interface ContentParts {
  readonly mode: GateMode
  readonly ask: Bound<'ask'> | undefined
  readonly inspection: Inspection
  readonly rulings: Rulings
  readonly broken: Broken
}

export function createContentJudge(parts: ContentParts): Pick<Policy, 'inspect' | 'rewrite'> {
  const {mode, ask, inspection, rulings, broken} = parts

  /** The part of a unit that may be sent under its findings. */
  const settle = (x: Exchange, unit: Unit, prior: Ruling, findings: Findings): Awaitable<Inspected> => {
    if (findings.length === 0) return {ruling: prior, unit}
    const ruling = rulings.conclude(x, findings, prior)
    const {action} = ruling.decision
    if (passes(action)) return {ruling, unit}
    if (action === 'ask') return settleAsked(x, unit, prior, findings)
    if (action === 'strip') return strip(x, unit, ruling, findings)
    return {ruling, unit: undefined}
  }

  const settleAsked = (x: Exchange, unit: Unit, prior: Ruling, findings: Findings): Awaitable<Inspected> => {
    const unapproved = findings.map(blockUnapproved)
    if (!ask) return settle(x, unit, prior, unapproved)
    return ask.run(x, unit, findings).then(
      (resolved) => settle(x, unit, prior, resolved.map(blockUnapproved)),
      (error: unknown) => settle(x, unit, prior, [...unapproved, broken(ask.plugin, 'ask', error)]),
    )
  }

  /** Stripped bytes are inspected again: a cut can join the text on its two sides. */
  const strip = (x: Exchange, unit: Unit, ruling: Ruling, findings: Findings): Awaitable<Inspected> => {
    const clean = {...unit, bytes: stripped(unit.bytes, gate(findings, mode))}
    return after(inspection.unit(x, clean), (again) => {
      const left = again.filter((f) => !passes(f.action))
      if (left.length === 0) return {ruling, unit: clean}
      const blocked = left.map((f): Finding => ({...f, action: 'block'}))
      return {ruling: rulings.conclude(x, blocked, ruling), unit: undefined}
    })
  }

  const inspectUnit = (
    x: Exchange,
    unit: Unit,
    prior: Ruling,
    select: (findings: Findings) => Findings,
  ): Awaitable<Inspected> => after(inspection.unit(x, unit), (findings) => settle(x, unit, prior, select(findings)))

  const rewrite = (x: Exchange, unit: Unit, prior: Ruling): Awaitable<Inspected> =>
    after(inspection.rewrite(x, unit), ({findings, unit: rewritten, shield}) => {
      const concluded = findings.length === 0 ? prior : rulings.conclude(x, findings, prior)
      const ruling = shield ? {...concluded, shield} : concluded
      return {ruling, unit: rulings.actionOf(findings) === 'block' ? undefined : rewritten}
    })

  /** Inspects both the received unit and its replacement: a cut must neither hide a match nor create one. */
  const inspectBoth = (x: Exchange, unit: Unit, {ruling, unit: shown}: Inspected): Awaitable<Inspected> => {
    // evidence names what else was wrong with a response that is refused, too
    if (!shown)
      return after(inspection.unit(x, unit), (findings) => ({ruling: refused(x, findings, ruling), unit: undefined}))
    if (shown === unit) return inspectUnit(x, unit, ruling, all)
    return after(inspectUnit(x, unit, ruling, all), (first) =>
      first.unit
        ? inspectUnit(x, shown, first.ruling, (findings) => findings.filter((f) => isNewIn(first.ruling, f)))
        : first,
    )
  }

  /** What is sent to a server is inspected as it leaves: redaction has removed what must not. */
  const inspectSent = (x: Exchange, {ruling, unit}: Inspected): Awaitable<Inspected> =>
    unit ? inspectUnit(x, unit, ruling, all) : {ruling, unit}

  const refused = (x: Exchange, findings: Findings, ruling: Ruling): Ruling => {
    const others = findings.filter((f) => isNewIn(ruling, f))
    return others.length === 0 ? ruling : rulings.conclude(x, others, ruling)
  }

  return {
    rewrite,
    inspect(x, unit, prior) {
      if (unit.kind !== 'body' || unit.part !== undefined) return inspectUnit(x, unit, prior, all)
      return after(rewrite(x, unit, prior), (rewritten) =>
        unit.direction === 'request' ? inspectSent(x, rewritten) : inspectBoth(x, unit, rewritten),
      )
    },
  }
}

const all = (findings: Findings): Findings => findings

/** Turns an unresolved `ask` into a block: nobody has approved it. */
function blockUnapproved(finding: Finding): Finding {
  return finding.action === 'ask' ? {...finding, action: 'block'} : finding
}
