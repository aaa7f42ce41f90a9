// The growth section: how many request patterns came with each session, and what that says about those not seen yet. Words
// before figures, since each estimate is easily taken for more than it is.
import {growthChart} from '../../../lib/page/charts.js'
import {html, type Html} from '../../../lib/page/markup.js'
import {averagedGrowth, chao2, newPerSession, unseenShare} from '../compile/coverage.js'
import type {KnownCoverage, CoverageRecord} from './coverage-record.js'
import {grouped, plural, roughly, share} from '../../../lib/page/numbers.js'

const MAX_SESSION_ROWS = 400

export function growthSection(coverage: KnownCoverage, isV2: boolean): Html {
  return html`<section id="growth" aria-labelledby="growth-title">
    <h2 id="growth-title">Is everything seen?</h2>
    ${content(coverage, isV2)}
  </section>`
}

function content(coverage: KnownCoverage, isV2: boolean): Html {
  if (coverage.kind === 'found') return grown(coverage.record, coverage.earlier)
  const why = !isV2
    ? 'The profile wilson_lb_v1 does not count sessions, so there is no growth to show.'
    : coverage.kind === 'other'
      ? 'The coverage file beside the candidate belongs to another contract. Compile again to have its growth here.'
      : 'No coverage file lies beside the candidate, so growth over sessions is unknown. Compile writes it; it stays on the machine where it was made.'
  return html`<p>${why}</p>`
}

function grown(record: CoverageRecord, earlier: boolean): Html {
  const {sessions, frequencies, keys} = record
  const n = sessions.length
  if (n === 0) return html`<p>No session had a request that was let through.</p>`
  const average = averagedGrowth(frequencies, n)
  const unseen = unseenShare(frequencies)
  const requests = record.events === 0 ? 1 : record.singletonEvents / record.events
  const perSession = newPerSession(frequencies, n)
  const {unseen: missing, interval} = chao2(frequencies, n)
  const half = average[Math.floor((n - 1) / 2)] ?? keys
  const text = `Request patterns over ${n} sessions: on average ${roughly(average[0] ?? 0)} after one, ${roughly(half)} after half of them, ${keys} after all; about ${roughly(keys + missing)} expected to exist.`
  return html`${earlier && html`<p class="note">Counted for the version of this candidate from which it was edited.</p>`}
    <p>
      <strong>About ${share(unseen)} of the request patterns of a further session would be new</strong>,
      ${roughly(perSession)} on average, and ${share(requests)} of its requests. A new pattern is one that no rule of
      this contract covers: it would be blocked.
    </p>
    ${growthChart({average, observed: sessions.map((session) => session.total), expected: keys + missing, text, axis: {x: 'sessions', y: 'request patterns'}})}
    <p class="note">
      <span class="key"></span>averaged over every order of the sessions &ensp; <span class="key observed"></span>as it
      happened &ensp; <span class="key expected"></span>expected to exist
    </p>
    <dl class="facts">
      <div>
        <dt>Seen</dt>
        <dd>${grouped(keys)}<small>patterns in ${plural(n, 'session')}</small></dd>
      </div>
      <div>
        <dt>Not seen yet, at least</dt>
        <dd>
          ${roughly(missing)}<small
            >${interval ? `95 % interval ${roughly(interval.low)} to ${roughly(interval.high)}` : 'no interval: too little was rare'}</small
          >
        </dd>
      </div>
      <div>
        <dt>New in a session</dt>
        <dd>${roughly(perSession)}<small>patterns expected in the next</small></dd>
      </div>
      <div>
        <dt>Share that is new</dt>
        <dd>${share(unseen)}<small>of patterns; ${share(requests)} of requests</small></dd>
      </div>
    </dl>
    <details data-print>
      <summary>What these figures mean, and what they do not</summary>
      <ul>
        <li>
          A <em>pattern</em> is what a rule can be made for: a method on a path with its wildcards, a tunnel, a tool.
          Whatever happens many times inside one session counts once.
        </li>
        <li>
          The curve is the number of different patterns after so many sessions. While it climbs, further sessions bring
          new ones; when it lies flat, most of what this agent does has been seen. Averaging over every order takes the
          luck of the order out of it.
        </li>
        <li>
          The share of new patterns is the Good–Turing estimate: what was seen in one session only, divided by all pairs
          of a session and a pattern. It is what would have been missing on average if each session in turn had been
          left out.
        </li>
        <li>
          The number not seen yet is the Chao2 estimate. It reads from what was seen once and twice how much was not
          seen at all, and is a lower bound.
        </li>
        <li>
          Both assume that further sessions are like these. They do not foresee a new task, a new version of the agent,
          a season or an attack, and wildcards are taken as found, which flatters them a little.
        </li>
        <li>Seen is not confirmed: a pattern seen in few sessions has a rule that is not enforced by default.</li>
      </ul>
    </details>
    <details>
      <summary>Session by session</summary>
      <div class="wrap" tabindex="0" role="region" aria-label="Session by session">
        <table>
          <thead>
            <tr>
              <th scope="col">began</th>
              <th scope="col" class="n">patterns</th>
              <th scope="col" class="n">new</th>
              <th scope="col" class="n">in all</th>
            </tr>
          </thead>
          <tbody>
            ${sessions.slice(-MAX_SESSION_ROWS).map(
              (session) =>
                html`<tr>
                  <td>${session.start.slice(0, 40)}</td>
                  <td class="n">${grouped(session.keys)}</td>
                  <td class="n">${grouped(session.new)}</td>
                  <td class="n">${grouped(session.total)}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
      ${n > MAX_SESSION_ROWS && html`<p class="note">The last ${MAX_SESSION_ROWS} of ${grouped(n)} sessions.</p>`}
    </details>`
}
