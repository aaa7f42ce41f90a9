// What a replay says: what the contract would have blocked, most frequent first, and how each rule fared. Both pages show
// it; the places in a report are redacted where it was made.
import {html, type Html} from '../../../lib/page/markup.js'
import {adviceOn} from '../view/advice.js'
import {percent} from '../view/code-span.js'
import {admittedOf} from '../view/forms.js'
import type {RuleView} from '../view/rule-view.js'
import type {ReplaySummary} from '../shadow/report.js'
import {cut, title} from './entry.js'
import type {Names} from './names.js'
import {grouped, plural} from '../../../lib/page/numbers.js'
import {toolbar} from '../../../lib/page/toolbar.js'

const MAX_PLACES = 2000
const MAX_RULES = 5000

export function wouldBeBlocked(report: ReplaySummary): Html {
  const rows = report.unmatched.slice(0, MAX_PLACES)
  const omitted = report.unmatched.slice(MAX_PLACES).reduce((sum, row) => sum + row.events, 0)
  if (rows.length === 0) return html`<p>None of what was replayed.</p>`
  return html`<div id="blocked-places">
      ${toolbar({id: 'places', scope: 'blocked-places', label: 'Filter what would be blocked', flags: [], sorts: []})}
      <div class="wrap" tabindex="0" role="region" aria-label="Requests that would be blocked">
        <table>
          <thead>
            <tr>
              <th scope="col">method</th>
              <th scope="col">host and path</th>
              <th scope="col" class="n">records</th>
              <th scope="col" class="n">not blocked before</th>
            </tr>
          </thead>
          <tbody data-group>
            ${rows.map(
              (row) =>
                html`<tr data-item data-flags="" data-at="0">
                  <td><code>${cut(row.method, 40)}</code></td>
                  <td>
                    <code
                      >${cut(`${row.host}${row.path === '' || row.path.startsWith('/') ? '' : ' / '}${row.path}`)}</code
                    >
                  </td>
                  <td class="n">${grouped(row.events)}</td>
                  <td class="n">${grouped(row.new_blocks)}</td>
                </tr> `,
            )}
          </tbody>
        </table>
      </div>
    </div>
    ${omitted > 0 && html`<p class="note">${plural(report.unmatched.length - MAX_PLACES, 'more place')} with ${plural(omitted, 'record')} are in the JSON report.</p>`}`
}

export function ruleOutcomes(report: ReplaySummary, rules: readonly RuleView[], names: Names): Html {
  if (report.rules.length === 0) return html`<p>No rule decided anything.</p>`
  const known = new Map(rules.map((rule) => [rule.id, rule]))
  const sorted = report.rules.toSorted((a, b) => b.new_blocks - a.new_blocks || b.evaluations - a.evaluations)
  const shown = sorted.slice(0, MAX_RULES)
  return html`<div class="wrap" tabindex="0" role="region" aria-label="Outcome of each rule">
      <table>
        <thead>
          <tr>
            <th scope="col">rule</th>
            <th scope="col" class="n">records</th>
            <th scope="col" class="n">new blocks</th>
            <th scope="col" class="n">share</th>
            <th scope="col">advice</th>
          </tr>
        </thead>
        <tbody>
          ${shown.map((row) => {
            const rule = known.get(row.rule_id)
            const name = rule
              ? title(rule, names)
              : row.rule_id === 'default_deny'
                ? html`no rule covers it: ${grouped(report.default_denies)} denied by default,
                  ${grouped(Math.max(0, row.evaluations - report.default_denies))} blocked by the scanners`
                : undefined
            return html`<tr>
              <th scope="row">
                ${name}${rule && admittedNote(rule)}${rule === undefined && row.rule_id === 'default_deny' ? '' : html` <code class="soft">${cut(row.rule_id, 80)}</code>`}
              </th>
              <td class="n">${grouped(row.evaluations)}</td>
              <td class="n">${grouped(row.new_blocks)}</td>
              <td class="n">${percent(row.new_blocks, row.evaluations)} %</td>
              <td class="t">${cut(adviceOn(row), 100)}</td>
            </tr> `
          })}
        </tbody>
      </table>
    </div>
    ${sorted.length > shown.length && html`<p class="note">${plural(sorted.length - shown.length, 'more rule')} are in the JSON report.</p>`}`
}

function admittedNote(rule: RuleView): Html | undefined {
  const text = admittedOf(rule)
  return text === '' ? undefined : html` <span class="soft">${cut(text)}</span>`
}

export function replayFacts(report: ReplaySummary): Html {
  const unreadable = report.malformed + report.dropped
  return html`<dl class="facts">
      <div>
        <dt>Replayed</dt>
        <dd>${grouped(report.replayed)}<small>of ${plural(report.total_records, 'record')}</small></dd>
      </div>
      <div>
        <dt>New blocks</dt>
        <dd>
          ${grouped(report.new_blocks)}<small
            >let through when
            observed${report.decided_blocks !== undefined && `; ${grouped(report.decided_blocks)} decided before`}</small
          >
        </dd>
      </div>
      <div>
        <dt>No rule covers it</dt>
        <dd>${grouped(report.default_denies)}<small>records denied by default</small></dd>
      </div>
      <div>
        <dt>Known, not enforced</dt>
        <dd>${grouped(report.capture_only_matches)}<small>only a rule for information covers them</small></dd>
      </div>
      <div>
        <dt>Not judged</dt>
        <dd>
          ${grouped(report.summary_only + report.evidence_only)}<small
            >records whose content was not
            kept${unreadable > 0 && `; ${grouped(unreadable)} dropped or unreadable`}</small
          >
        </dd>
      </div>
    </dl>
    <p class="note">
      ${report.assumption === 'enforce' ? `Replayed as if the default decisions of ratify were in force (level ${report.level}).` : 'Replayed as the contract is written.'}${!report.verified && ' The signature of the contract was not verified.'}
    </p>`
}
