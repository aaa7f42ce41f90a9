// How to read the page: the interval, the classes, the flags. In the words of the guide.
import {intervalChart} from '../../../lib/page/charts.js'
import {html, type Html} from '../../../lib/page/markup.js'

const FLAGS: readonly (readonly [flag: string, means: string])[] = [
  ['host-wide', 'the whole host: every path, every method, tunnels'],
  ['tunnel', 'a CONNECT: host and port only, not the traffic inside'],
  ['any-method', 'a path with every method'],
  ['typed', 'a * for identifiers of a known form, with the number of values that it stands for'],
  ['any-word', 'a * for any word of the stated letters'],
  ['collapsed', 'a * for any value'],
  ['first-segment', 'such a * in the first segment: new parts of the API are allowed'],
  ['credential-path', 'a reserved segment such as admin, users or tokens'],
  ['non-default-port, internal-host', 'the address is unusual'],
  ['thin', 'few requests: figures of size mean little'],
  ['tail', 'much traffic in paths that got no rule'],
  ['blocked-only', 'everything that supports it was blocked'],
]

/** `bound`: the share of sessions that may be hostile. */
export function legend(isV2: boolean, isTyped: boolean, bound: number, marks: readonly number[]): Html {
  const [low = 0, high = 0] = marks
  const classes = isTyped
    ? html`<dt>stable</dt>
        <dd>confirmed, and the whole interval lies above 0.50</dd>
        <dt>brittle</dt>
        <dd>confirmed, and rarer than that</dd>
        <dt>never confirmed</dt>
        <dd>
          too few sessions or hours are left without ε, the share of sessions that may be hostile (${bound.toFixed(2)}).
          The lower end of the interval leaves them out, too.
        </dd>`
    : isV2
      ? html`<dt>stable</dt>
          <dd>the whole interval lies above 0.50</dd>
          <dt>brittle</dt>
          <dd>it lies above ε, the share of sessions that may be hostile (${low.toFixed(2)}), but not above 0.50</dd>
          <dt>never confirmed</dt>
          <dd>it reaches down to ε, or too few sessions or hours have it</dd>`
      : html`<dt>stable</dt>
          <dd>the whole interval lies above ${high.toFixed(2)}</dd>
          <dt>brittle</dt>
          <dd>above ${low.toFixed(2)}</dd>
          <dt>never confirmed</dt>
          <dd>below, or too little was seen</dd>`
  return html`<section id="legend" aria-labelledby="legend-title">
    <h2 id="legend-title">How to read this</h2>
    ${intervalChart({low: 0.59585, high: 0.982132, point: 0.9, marks, tone: 'good', text: 'Example of an interval: the point at 0.9, the bar from 0.60 to 0.98'})}
    <p>
      The scale goes from 0 to 1. The point is the share of ${isV2 ? 'usable sessions' : 'events'} that had the request;
      the bar is where the true share lies with 95 % confidence (Wilson); the dashed lines are the limits of the
      classes.
    </p>
    <div class="wrap">
      <table>
        <thead>
          <tr>
            <th scope="col">flag</th>
            <th scope="col">means</th>
          </tr>
        </thead>
        <tbody>
          ${FLAGS.map(
            ([flag, means]) =>
              html`<tr>
                <th scope="row">${flag}</th>
                <td>${means}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <dl class="terms">${classes}</dl>
  </section>`
}
