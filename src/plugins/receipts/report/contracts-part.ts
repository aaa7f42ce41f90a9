// Contracts and configurations that decisions were made under, and the steps of contracts and keys between them.
import {html, type Html} from '../../../lib/page/markup.js'
import {grouped} from '../../../lib/page/numbers.js'
import {partsOf, type Facts, type LifecycleEvent} from './facts.js'
import {countTable, timeCell, value, valueCell, wrapped} from './tables.js'

export function contractsPart(facts: Facts): Html {
  return html`${countTable({
      label: 'Contracts in force',
      tally: facts.contracts,
      heads: ['contract', 'active manifest', 'generation', 'selector'],
      cells: partsOf,
      none: 'No decision was made under a contract.',
    })}
    <h3>Configurations in force</h3>
    ${countTable({
      label: 'Configurations in force',
      tally: facts.policies,
      heads: ['policy hash'],
      cells: (name) => [name],
      none: 'No record names its configuration.',
    })}
    <h3>Steps of contracts and keys</h3>
    ${lifecycle(facts.lifecycle.items.slice(0, 200), facts.lifecycle.observed)}`
}

function lifecycle(items: readonly LifecycleEvent[], total: number): Html {
  if (items.length === 0) return html`<p>No evidence receipt tells of any.</p>`
  return html`${wrapped(
    'Steps of contracts and keys',
    html`<table>
      <thead>
        <tr>
          <th scope="col">time (UTC)</th>
          <th scope="col">step</th>
          <th scope="col">session</th>
          <th scope="col">what it says</th>
        </tr>
      </thead>
      <tbody>
        ${items.map(
          ({timeMs, kind, session, facts}) =>
            html`<tr>
              ${timeCell(timeMs)}
              <th scope="row" class="w">${kind.replaceAll('_', ' ')}</th>
              ${valueCell(session)}
              <td class="wide">
                ${facts.map(([name, text]) => html`<span class="soft">${name.replaceAll('_', ' ')}</span> ${value(text)}<br />`)}
              </td>
            </tr> `,
        )}
      </tbody>
    </table>`,
  )}${total > items.length && html`<p class="note">The latest ${grouped(items.length)} of ${grouped(total)}.</p>`}`
}
