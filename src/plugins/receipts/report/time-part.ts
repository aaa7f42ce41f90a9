// Decisions over time: bars for the eye, figures for everybody else.
import {barChart} from '../../../lib/page/charts.js'
import {html, type Html} from '../../../lib/page/markup.js'
import {grouped, plural} from '../../../lib/page/numbers.js'
import {KINDS, type Facts} from './facts.js'
import {moment, wrapped} from './tables.js'

export function timePart(facts: Facts): Html {
  const {buckets, width} = facts.timeline
  if (buckets.length === 0) return html`<p>No decision was counted.</p>`
  const totals = KINDS.map((_, kind) => buckets.reduce((sum, {counts}) => sum + (counts[kind] ?? 0), 0))
  const [allowed = 0, blocked = 0, other = 0] = totals
  const from = moment(buckets[0]?.from)
  const to = moment((buckets.at(-1)?.from ?? 0) + width)
  const text = `Decisions from ${from} to ${to} UTC in steps of ${widthText(width)}: ${allowed} let through, ${blocked} blocked, ${other} other.`
  const order = [1, 2, 0]
  return html`<p>One bar is ${widthText(width)}; times are UTC.</p>
    ${barChart({
      bars: buckets.map(({counts}) => order.map((kind) => counts[kind] ?? 0)),
      tones: order.map((kind) => KINDS[kind] ?? ''),
      text,
      from,
      to,
    })}
    <p class="note">
      <span class="swatch blocked"></span>blocked ${grouped(blocked)}<span class="swatch other"></span>warned, asked,
      stripped or other ${grouped(other)}<span class="swatch"></span>let through ${grouped(allowed)}
    </p>
    <details data-print>
      <summary>The figures</summary>
      ${wrapped(
        'Decisions over time',
        html`<table>
          <thead>
            <tr>
              <th scope="col">from (UTC)</th>
              <th scope="col" class="n">let through</th>
              <th scope="col" class="n">blocked</th>
              <th scope="col" class="n">other</th>
            </tr>
          </thead>
          <tbody>
            ${buckets
              .filter(({counts}) => counts.some((n) => n > 0))
              .map(
                ({from: at, counts}) =>
                  html`<tr>
                    <th scope="row" class="w">${moment(at)}</th>
                    ${counts.map((n) => html`<td class="n">${grouped(n)}</td>`)}
                  </tr> `,
              )}
          </tbody>
        </table>`,
      )}
    </details>`
}

function widthText(ms: number): string {
  const units = [
    [86_400_000, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
    [1000, 'second'],
  ] as const
  const [size, noun] = units.find(([unit]) => ms % unit === 0) ?? ([1000, 'second'] as const)
  return plural(ms / size, noun)
}
