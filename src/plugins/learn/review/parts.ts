// What the parts of a review have in common: how a rule and a table are written, and how far a rule is from being enforced.
import {spanText} from '../view/code-span.js'
import {distanceText, type ConfirmationFloors} from '../compile/confirmation.js'
import {REASON_TEXTS} from '../view/decisions.js'
import {supportText} from '../view/family.js'
import type {Row} from '../view/rows.js'
import type {PathView, RuleView} from '../view/rule-view.js'

/** How values are shown; shareable reviews replace internal ones. */
export interface Labels {
  readonly host: (rule: RuleView) => string
  readonly path: (value: string, isInternal: boolean, rule: RuleView) => string
  readonly tool: (rule: RuleView) => string
  /** A prefix of a path of the rule. */
  readonly prefix: (prefix: string, rule: RuleView) => string
  /** What the wildcards of a path admit, as a cell of a table; empty where nothing says. */
  readonly admitted: (path: PathView, rule: RuleView) => string
  /** Arguments that a rule asks for, one text each. */
  readonly args: (rule: RuleView) => readonly string[]
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('')
}

/** A request as one code span. */
export function describe(rule: RuleView, labels: Labels): string {
  if (rule.kind === 'mcp_tool_call') return `tool \`${labels.tool(rule)}\``
  const method = rule.methods.length === 0 ? '' : `${rule.methods.map(spanText).join(',')} `
  const path = rule.paths.map((entry) => labels.path(entry.value, entry.isInternal, rule)).join(' ')
  return `\`${method}${labels.host(rule)}${path}\``
}

/** What the wildcards of a rule admit; empty where nothing says. */
export function admitted(rule: RuleView, labels: Labels): string {
  return rule.paths
    .map((path) => labels.admitted(path, rule))
    .filter((text) => text !== '')
    .join('; ')
}

/** In how many sessions, as a cell of a table or in a line. */
export function supported(rule: RuleView, labels: Labels): string {
  return supportText(rule, (prefix) => `\`${labels.prefix(prefix, rule)}\``)
}

/** Why a rule is not enforced by default; undefined for one that is, or that is left out by design. */
export function whyNot({rule, byDefault}: Row, floors: ConfirmationFloors | undefined): string | undefined {
  if (byDefault.reason === undefined || byDefault.reason === 'level') return undefined
  const why = REASON_TEXTS[byDefault.reason]
  return byDefault.reason === 'low_confidence' && floors ? `${why} (${distanceText(rule, floors)})` : why
}
