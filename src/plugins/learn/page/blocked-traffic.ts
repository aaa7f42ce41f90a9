// What the scanners blocked while the agent was observed. It supports no rule, so the coverage file is the only place that
// has it. On a page to be shared a host is shown only if the candidate says that it is public: unknown ones are hidden.
import {html, type Html} from '../../../lib/page/markup.js'
import {spanHost, spanText} from '../view/code-span.js'
import type {Row} from '../view/rows.js'
import type {KnownCoverage} from './coverage-record.js'
import {cut} from './entry.js'
import type {Names} from './names.js'
import {grouped, plural} from '../../../lib/page/numbers.js'

export function blockedTraffic(coverage: KnownCoverage, rows: readonly Row[], names: Names): Html {
  if (coverage.kind !== 'found') {
    return html`<h3>Blocked while observing</h3>
      <p class="note">Unknown here: the review that compile writes beside the candidate lists it.</p>`
  }
  const {blocked, blockedMore} = coverage.record
  if (blocked.length === 0)
    return html`<h3>Blocked while observing</h3>
      <p>Nothing.</p>`
  const publicHosts = new Set(
    rows.flatMap(({rule}) => (rule.host !== undefined && !rule.isInternal ? [spanHost(rule.host, rule.ports[0])] : [])),
  )
  const shown = (text: string): string => (names.redacted ? shareable(text, publicHosts) : text)
  return html`<h3>Blocked while observing</h3>
    <div class="wrap" tabindex="0" role="region" aria-label="Blocked while observing">
      <table>
        <thead>
          <tr>
            <th scope="col">request</th>
            <th scope="col" class="n">events</th>
            <th scope="col" class="n">sessions</th>
          </tr>
        </thead>
        <tbody>
          ${blocked.map(
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
    ${blockedMore > 0 && html`<p class="note">${plural(blockedMore, 'more kind')} of request.</p>`}`
}

/** The texts are spans of `METHOD host[:port]pattern`, without blanks inside. */
function shareable(text: string, publicHosts: ReadonlySet<string>): string {
  const [method = '', place = ''] = text.split(' ')
  if (place === spanText('[redacted-target]')) return text
  // no rule says of a tool that was only blocked whether its name is internal
  if (method === 'tool') return 'tool [hidden]'
  const slash = place.indexOf('/')
  const host = slash === -1 ? place : place.slice(0, slash)
  return publicHosts.has(host) ? text : `${method} [hidden]`
}
