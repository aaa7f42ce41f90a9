// What supports no rule: what the scanners blocked while the agent was observed, and what the origin answered with an error.
// The coverage file is the only place that has it.
import {html, type Html} from '../../../lib/page/markup.js'
import {publicHostsOf} from '../privacy/redact.js'
import type {Row} from '../view/rows.js'
import type {CoverageRecord, KnownCoverage} from './coverage-record.js'
import {cut} from './entry.js'
import type {Names} from './names.js'
import {grouped, plural} from '../../../lib/page/numbers.js'

export function blockedTraffic(coverage: KnownCoverage, rows: readonly Row[], names: Names): Html {
  if (coverage.kind !== 'found') {
    return html`<h3>Blocked while observing</h3>
      <p class="note">Unknown here: the review that compile writes beside the candidate lists it.</p>`
  }
  const hosts = publicHostsOf(rows.map(({rule}) => rule))
  const shown = (text: string): string => names.traffic(text, hosts)
  const {blocked, blockedMore, unserved, unservedMore} = coverage.record
  return html`<h3>Blocked while observing</h3>
    ${blocked.length === 0 ? html`<p>Nothing.</p>` : trafficTable('Blocked while observing', blocked, blockedMore, shown)}
    ${
      unserved.length > 0 &&
      html`<h3>Asked, not served</h3>
        <p class="note">The origin answered with an error, so these requests support no rule.</p>
        ${trafficTable(
          'Asked, not served',
          unserved.toSorted((a, b) => b.sessions - a.sessions || b.events - a.events),
          unservedMore,
          shown,
        )}`
    }`
}

function trafficTable(
  label: string,
  rows: CoverageRecord['blocked'],
  more: number,
  shown: (text: string) => string,
): Html {
  return html`<div class="wrap" tabindex="0" role="region" aria-label="${label}">
      <table>
        <thead>
          <tr>
            <th scope="col">request</th>
            <th scope="col" class="n">events</th>
            <th scope="col" class="n">sessions</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr>
                <td><code>${cut(shown(row.text))}</code></td>
                <td class="n">${grouped(row.events)}</td>
                <td class="n">${grouped(row.sessions)}</td>
              </tr> `,
          )}
        </tbody>
      </table>
    </div>
    ${more > 0 && html`<p class="note">${plural(more, 'more kind')} of request.</p>`}`
}
