// One rule on the page: a line that says what it is and how sure it is, and, unfolded, what it admits, its figures and the
// commands that act on it.
import {intervalChart} from '../../../lib/page/charts.js'
import {html, type Html} from '../../../lib/page/markup.js'
import {sixDecimals, wilsonLowerBound} from '../compile/confidence.js'
import {REASON_TEXTS} from '../view/decisions.js'
import type {Row} from '../view/rows.js'
import {decidingSessions, supportText} from '../view/family.js'
import {admittedOf} from '../view/forms.js'
import {riskOf} from '../view/flags.js'
import {levelOf, type RuleView} from '../view/rule-view.js'
import {parametersText} from '../view/subject.js'
import type {ReplaySummary} from '../shadow/report.js'
import {breadthOf, type ObservedTraffic} from './breadth.js'
import {command} from '../../../lib/page/commands.js'
import {commandLine} from '../../../lib/shell-words.js'
import type {Names} from './names.js'
import {grouped, plural} from '../../../lib/page/numbers.js'

export interface EntryContext {
  readonly names: Names
  /** The candidate as commands name it. */
  readonly file: string
  readonly isV2: boolean
  /** wilson_lb_v3. */
  readonly isTyped: boolean
  /** Share of sessions that may be hostile. */
  readonly bound: number
  /** Limits of the classes: ε and 0.50, or 0.50 and 0.85 under wilson_lb_v1. */
  readonly marks: readonly number[]
  readonly minEvents: number
  readonly observedOn: (rule: RuleView) => ObservedTraffic
  /** Rules of the same path and method that name an action. */
  readonly actionsOf: (rule: RuleView) => readonly RuleView[]
  readonly replayed: ReadonlyMap<string, ReplaySummary['rules'][number]> | undefined
}

/** Evidence that decides the class of a rule: k of n, sessions, or events under wilson_lb_v1. */
export function evidenceOf(rule: RuleView, isV2: boolean): {readonly k: number; readonly n: number} {
  return {k: isV2 ? decidingSessions(rule) : rule.events, n: rule.opportunities}
}

const TONES: Readonly<Record<string, 'good' | 'fair' | 'poor'>> = {stable: 'good', brittle: 'fair'}

export function toneOf(rule: RuleView): 'good' | 'fair' | 'poor' {
  return TONES[rule.confidence] ?? 'poor'
}

function intervalOf(rule: RuleView, {isV2, marks}: Pick<EntryContext, 'isV2' | 'marks'>): Html {
  const {k, n} = evidenceOf(rule, isV2)
  const low = Number(rule.lower)
  // the interval is symmetric: the upper end for k is what the lower end leaves out for n − k
  const high = n > 0 && k <= n ? 1 - wilsonLowerBound(n - k, n) : 1
  const unit = isV2 ? 'sessions' : 'events'
  return intervalChart({
    low: Number.isFinite(low) ? low : 0,
    high,
    point: n > 0 ? k / n : 0,
    marks,
    tone: toneOf(rule),
    text: `seen ${rule.family && isV2 ? supportText(rule, (prefix) => cut(prefix, 80)) : `in ${k} of ${n} ${unit}`}; 95 % interval ${rule.lower.slice(0, 12)} to ${sixDecimals(high)}; limits ${marks.map((mark) => mark.toFixed(2)).join(' and ')}`,
  })
}

/** Longer texts are cut on a line; unfolded they stand whole up to a bound. */
const LINE = 240
const WHOLE = 8192

export function cut(text: string, max = LINE): string {
  return text.length <= max
    ? text
    : `${text.slice(0, max).toWellFormed()}… (${grouped(text.length - max)} more characters)`
}

/** Method and place, as one reads a request. */
export function title(rule: RuleView, names: Names, max = LINE): Html {
  if (rule.kind === 'mcp_tool_call') {
    return html`<span class="meth">tool</span><code>${cut(rule.server, max)} / ${cut(rule.tool, max)}</code>`
  }
  const method = rule.methods.length === 0 ? 'any' : rule.methods.map((name) => cut(name, 40)).join(' ')
  const paths = rule.paths.slice(0, 5).map((path) => cut(names.path(path.value, path.isInternal), max))
  const more = rule.paths.length > 5 ? html` and ${rule.paths.length - 5} more paths` : undefined
  const level = levelOf(rule)
  const rest = level === 'host' ? html` <span class="soft">whole host</span>` : undefined
  const action =
    rule.kind === 'http_action'
      ? html` <span class="soft">action</span> <code>${cut(rule.action, 80)}</code>`
      : undefined
  return html`<span class="meth">${method}</span
    ><code>${cut(names.host(rule), max)}${paths.join(' ')}</code>${rest}${more}${action}`
}

const HOT = 45

export function entry({rule, byDefault, flags}: Row, index: number, context: EntryContext): Html {
  const {k, n} = evidenceOf(rule, context.isV2)
  const replayed = context.replayed?.get(rule.id)
  return html`<details class="item" data-item ${itemData(rule, flags, index, context)}>
    <summary>
      <span class="name"
        >${title(rule, context.names)}<br />${admittedLine(rule)}${flags.map((flag) => html`<span class="chip${flag.weight >= HOT ? ' hot' : ''}">${flag.text}</span>`)}${replayed && replayed.new_blocks > 0 && html`<span class="chip hot">${plural(replayed.new_blocks, 'new block')}</span>`}</span
      >${intervalOf(rule, context)}<span class="what"
        ><strong>${grouped(rule.family ? rule.sessions : k)} of ${grouped(n)}</strong>
        ${context.isV2 ? 'sessions' : 'events'}${rule.family && html`, ${grouped(k)} with prefixes alike`}<br />${plural(rule.events, 'event')},
        ${words(rule.confidence)}</span
      >
    </summary>
    <div class="body">${body(rule, byDefault, context)}</div>
  </details> `
}

/** What the wildcards admit, before anybody unfolds the rule. */
function admittedLine(rule: RuleView): Html | undefined {
  const text = admittedOf(rule)
  return text === '' ? undefined : html`<span class="soft">${cut(text)}</span><br />`
}

/** A rule in one line, where a page has too many: found by the filter, acted on by its id. */
export function briefEntry({rule, flags}: Row, index: number, context: EntryContext): Html {
  const {k, n} = evidenceOf(rule, context.isV2)
  return html`<div class="item brief" data-item ${itemData(rule, flags, index, context)}>
    ${title(rule, context.names)}
    <span class="soft"
      >${grouped(k)}/${grouped(n)} ${words(rule.confidence)} ${flags.map((flag) => flag.text).join(', ')}</span
    >
    <code class="soft">${cut(rule.id, 80)}</code>
  </div> `
}

function itemData(rule: RuleView, flags: Row['flags'], index: number, context: EntryContext): Html {
  const {k, n} = evidenceOf(rule, context.isV2)
  const hasNewBlocks = (context.replayed?.get(rule.id)?.new_blocks ?? 0) > 0
  const keys = [
    ...flags.map((flag) => flag.text.split(' ')[0] ?? ''),
    levelOf(rule),
    ...(hasNewBlocks ? ['new-blocks'] : []),
  ]
  return html`data-flags="${keys.join(' ')}" data-at="${index}" data-risk="${riskOf(flags)}"
  data-events="${rule.events}" data-evidence="${n > 0 ? (k / n).toFixed(6) : '0'}"`
}

export function words(confidence: string): string {
  return cut(confidence.replaceAll('_', ' '), 40)
}

function body(rule: RuleView, byDefault: Row['byDefault'], context: EntryContext): Html {
  const {names, file} = context
  const decision =
    byDefault.decision === 'enforce'
      ? 'By default ratify enforces it.'
      : `By default ratify keeps it for information only: ${byDefault.reason === undefined ? '' : REASON_TEXTS[byDefault.reason]}.`
  const isLong =
    rule.paths.some((path) => path.value.length > LINE) || rule.tool.length > LINE || rule.server.length > LINE
  return html`<p>
      ${decision} Rule <code>${cut(rule.id, 80)}</code>, state ${cut(rule.state, 40)}, ${plural(rule.windows, 'hour')},
      lower bound ${cut(rule.lower, 12)}${rule.isInternal && ', internal host'}.
    </p>
    ${
      rule.family &&
      html`<p>Its class rests on what prefixes alike have in common: ${supportText(rule, (prefix) => cut(prefix))}.</p>`
    }
    ${isLong && html`<p>${title(rule, names, WHOLE)}</p>`} ${breadthOf(rule, context.observedOn(rule), names)}
    ${
      rule.args.length > 0 &&
      html`<h3>Arguments</h3>
        <ul>
          ${rule.args.slice(0, 50).map((arg) => html`<li><code>${cut(arg)}</code></li>`)}
        </ul>`
    }
    ${
      rule.parameters &&
      html`<h3>Query parameters</h3>
        <p>${cut(parametersText(rule.parameters))}</p>`
    }
    ${actions(context.actionsOf(rule))} ${budgets(rule, context.minEvents)}
    ${
      rule.tail &&
      html`<h3>Tail</h3>
        <p>
          ${grouped(rule.tail.pairs)} of ${grouped(rule.tail.pairsObserved)} pairs of a session and a pattern lie beyond
          the cap of patterns for this host and got no
          rule.${rule.tail.block && ' That is too much to promote: raise cardinality_cap_per_host, or accept it with --accept-tail.'}
        </p>`
    }
    ${commands(rule, file)}`
}

function actions(rules: readonly RuleView[]): Html | undefined {
  if (rules.length === 0) return undefined
  return html`<h3>By action</h3>
    <ul>
      ${rules.slice(0, 20).map((rule) => html`<li><code>${cut(rule.action, 80)}</code>: ${plural(rule.events, 'event')} in ${plural(rule.sessions, 'session')}, ${words(rule.confidence)} (<code>${cut(rule.id, 80)}</code>)</li>`)}
    </ul>`
}

function budgets(rule: RuleView, floor: number): Html | undefined {
  if (rule.budgets.length === 0) return undefined
  return html`<h3>Sizes in bytes</h3>
    <p class="note">Advice: nothing enforces it.</p>
    <div class="wrap" tabindex="0" role="group" aria-label="Sizes in bytes">
      <table>
        <thead>
          <tr>
            <th scope="col">of</th>
            <th scope="col" class="n">median</th>
            <th scope="col" class="n">95 %</th>
            <th scope="col" class="n">99 %</th>
            <th scope="col" class="n">advice</th>
            <th scope="col" class="n">samples</th>
          </tr>
        </thead>
        <tbody>
          ${rule.budgets.slice(0, 10).map(
            (budget) =>
              html`<tr>
                <th scope="row">${cut(budget.name, 60)}</th>
                <td class="n">${cut(budget.median, 24)}</td>
                <td class="n">${cut(budget.p95, 24)}</td>
                <td class="n">${cut(budget.p99, 24)}</td>
                <td class="n">${cut(budget.advice, 24)}</td>
                <td class="n">${grouped(budget.samples)}${budget.samples < floor && ' (thin)'}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`
}

function commands(rule: RuleView, file: string): Html {
  const isCollapsed = rule.paths.some((path) => path.collapsed.length > 0)
  return html`<h3>Act on it</h3>
    ${command('Decide otherwise: its line in a file for ratify --decisions (enforce, capture_only or reject)', `${JSON.stringify(rule.id)}: "reject"`)}
    ${isCollapsed && command('Split the wildcard into the values that were seen', commandLine('learn split', ['--candidate', file], ['--rule', rule.id]))}
    ${isCollapsed && command('Keep one segment out of its wildcards (put the segment for SEGMENT)', commandLine('learn pin', ['--candidate', file], ['--rule', rule.id], ['--segment', 'SEGMENT']))}
    ${command('Forget the rule, with a tombstone (put the reason for REASON)', commandLine('learn forget', ['--candidate', file], ['--rule', rule.id], ['--reason', 'REASON']))}`
}
