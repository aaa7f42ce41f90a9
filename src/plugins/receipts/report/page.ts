// The page of `pipelock report --html`: for an auditor who has the page, perhaps the evidence, and no reason to trust
// either. Verdict and limits first; then what happened. All values come from evidence: hostile until proven otherwise.
import {barChart} from '../../../lib/page/charts.js'
import {pageText} from '../../../lib/page/document.js'
import {html, type Html} from '../../../lib/page/markup.js'
import {grouped, plural} from '../../../lib/page/numbers.js'
import {gapsPart, keysPart, limitsPart, sessionTable} from './chains.js'
import {cut} from './decision.js'
import {KINDS, partsOf, type Facts, type LifecycleEvent} from './facts.js'
import {RECHECK} from './recheck-script.js'
import type {EvidenceReport} from './run.js'
import {baseName, countTable, interventionTable, moment, value, wrapped} from './tables.js'

const SECTIONS = [
  ['check', 'Checked in this browser'],
  ['time', 'Over time'],
  ['stopped', 'Stopped'],
  ['agents', 'Agents and hosts'],
  ['contracts', 'Contracts'],
  ['sessions', 'Chains'],
  ['gaps', 'Gaps'],
  ['keys', 'Keys'],
  ['limits', 'Limits'],
] as const

/** `verifier`: the linked offline verifier, without its exports. */
export function reportPage(report: EvidenceReport, verifier: string): string {
  const {facts} = report
  const {verdict, tone, reasons} = judge(report)
  const embedded = embeddedIn(report)
  return pageText({
    title: `Evidence report: ${verdict}`,
    scripts: [{text: verifier, id: 'verifier'}, {text: RECHECK}],
    data: {id: 'evidence', value: embeddedData(report)},
    body: html`<header>
        <p class="over">
          Evidence report · <code>${cut(report.path, 200)}</code> · made
          ${report.generatedAt.slice(0, 16).replace('T', ' ')} UTC
        </p>
        <div class="verdict ${tone}">
          <h1>${verdict}</h1>
          <ul>
            ${reasons.map((reason) => html`<li>${reason}</li>`)}
          </ul>
        </div>
        ${figures(report)}
        <nav aria-label="Sections">
          <ul>
            ${SECTIONS.map(([id, text]) => link(id, text))}
          </ul>
        </nav>
      </header>
      ${section('check', checkPart(embedded))} ${section('time', timePart(facts))}
      ${section(
        'stopped',
        html`${countTable({
            label: 'Blocks and other interventions by reason',
            tally: facts.reasons,
            heads: ['verdict', 'layer', 'pattern or reason'],
            cells: partsOf,
            plain: true,
            none: 'No decision was anything but to let through.',
          })}
          <h3>One by one, the latest first</h3>
          ${interventionTable(facts.interventions.items, facts.interventions.seen)}`,
      )}
      ${section(
        'agents',
        html`${counts(facts, 'agents', 'agent', 'No record names an agent.')}
          <h3>Hosts</h3>
          ${counts(facts, 'hosts', 'host', 'No record names a host.')}
          <h3>Transports</h3>
          ${counts(facts, 'transports', 'transport', 'No decision was counted.')}`,
      )}
      ${section('contracts', contractsPart(facts))} ${section('sessions', sessionTable(report))}
      ${section('gaps', gapsPart(report))} ${section('keys', keysPart(report))} ${section('limits', limitsPart(report))}`,
  })
}

/** Links are fixed texts: no value may stand in an address. */
function link(id: (typeof SECTIONS)[number][0], text: string): Html {
  const links: Readonly<Record<typeof id, Html>> = {
    check: html`<a href="#check">${text}</a>`,
    time: html`<a href="#time">${text}</a>`,
    stopped: html`<a href="#stopped">${text}</a>`,
    agents: html`<a href="#agents">${text}</a>`,
    contracts: html`<a href="#contracts">${text}</a>`,
    sessions: html`<a href="#sessions">${text}</a>`,
    gaps: html`<a href="#gaps">${text}</a>`,
    keys: html`<a href="#keys">${text}</a>`,
    limits: html`<a href="#limits">${text}</a>`,
  }
  return html`<li>${links[id]}</li>`
}

function section(id: (typeof SECTIONS)[number][0], content: Html): Html {
  const title = SECTIONS.find(([name]) => name === id)?.[1] ?? id
  return html`<section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    ${content}
  </section>`
}

function judge(report: EvidenceReport): {
  readonly verdict: string
  readonly tone: 'go' | 'look' | 'stop'
  readonly reasons: readonly Html[]
} {
  const {failed, units, facts, isPinned, notJudged, filter} = report
  const reasons: Html[] = []
  const [first] = failed
  if (first) {
    const {place, reason} = first.failure
    reasons.push(
      html`first failure: session <code>${first.unit.id}</code>,
        <code>${reason}</code>${place && html`, line ${place.line} of <code>${baseName(place.file)}</code>`}`,
    )
  }
  if (notJudged > 0) {
    reasons.push(
      html`${plural(notJudged, 'receipt')} behind a failure ${notJudged === 1 ? 'was' : 'were'} not judged and
      ${notJudged === 1 ? 'is' : 'are'} in no figure`,
    )
  }
  if (facts.unsigned > 0) reasons.push(html`${plural(facts.unsigned, 'decision')} stand in entries that nobody signed`)
  if (facts.captures > 0)
    reasons.push(
      html`${plural(facts.captures, 'capture')} of the learner stand in the logs: what it saw, not decisions`,
    )
  if (facts.gaps.seen > 0) reasons.push(html`the logs tell of ${plural(facts.gaps.seen, 'gap')}`)
  const unproven = units.filter(({verdict}) => verdict.completeness === 'not_proven').length
  if (failed.length === 0 && unproven > 0) {
    reasons.push(
      html`nothing proves that
      ${unproven === units.length ? 'the logs are' : `${plural(unproven, 'log')} of ${grouped(units.length)} are`}
      complete to the end`,
    )
  }
  const filters = [
    filter.sinceMs === undefined ? '' : `from ${moment(filter.sinceMs)} on`,
    filter.untilMs === undefined ? '' : `until ${moment(filter.untilMs)}`,
  ].filter((text) => text !== '')
  if (filters.length > 0 || filter.agent !== undefined) {
    reasons.push(
      html`counted:
      decisions${filters.length > 0 && ` ${filters.join(', ')} (UTC)`}${filter.agent !== undefined && html` of agent <code>${cut(filter.agent)}</code>`};
      ${plural(facts.leftOut, 'decision')} left out. Verified: everything`,
    )
  }
  const files = plural(
    units.reduce((sum, unit) => sum + unit.files.length, 0),
    'file',
  )
  const all = html`${plural(report.receipts, 'receipt')} and
  ${plural(report.entries, 'entry').replace(/entrys$/, 'entries')} in ${plural(units.length, 'session')}, ${files}`
  if (failed.length > 0) {
    const verdict =
      units.length === 1
        ? 'The evidence does not verify'
        : `${failed.length} of ${plural(units.length, 'session')} ${failed.length === 1 ? 'does' : 'do'} not verify`
    return {verdict, tone: 'stop', reasons: [...reasons, all]}
  }
  if (report.receipts === 0)
    return {verdict: 'Intact, but nothing in it is signed', tone: 'look', reasons: [all, ...reasons]}
  if (!isPinned) {
    const unpinned = html`no key was given${report.roster && ' for action receipts'}: receipts agree with the keys that
    they name, which anybody can make`
    return {verdict: 'Intact, under keys that nobody vouched for', tone: 'look', reasons: [unpinned, all, ...reasons]}
  }
  return {verdict: 'Every chain verifies', tone: reasons.length > 0 ? 'look' : 'go', reasons: [all, ...reasons]}
}

function figures({facts, units, receipts, failed}: EvidenceReport): Html {
  const figure = (name: string, number: string | number, small: string): Html =>
    html`<div>
      <dt>${name}</dt>
      <dd>${number}<small>${small}</small></dd>
    </div>`
  return html`<dl class="facts">
    ${figure('Decisions', grouped(facts.decisions), `${grouped(facts.blocked)} blocked`)}
    ${figure('Receipts', grouped(receipts), 'signed records')}
    ${figure('Sessions', grouped(units.length), failed.length === 0 ? 'none failed' : `${grouped(failed.length)} failed`)}
    ${figure('Agents', grouped(facts.agents.names), `${grouped(facts.hosts.names)} hosts`)}
    ${figure('First', moment(facts.firstMs).slice(0, 10) || '–', moment(facts.firstMs).slice(11))}
    ${figure('Last', moment(facts.lastMs).slice(0, 10) || '–', moment(facts.lastMs).slice(11))}
  </dl>`
}

function checkPart({lines, receipts, of}: Embedded): Html {
  return html`<p id="check-static">
      This page can verify receipts by itself when JavaScript is allowed. It did not run, so all that stands here is
      what the command found that wrote the page.
    </p>
    ${checkPanel(
      html`<p class="note">
        ${plural(lines, 'line')} of the evidence with ${grouped(receipts)} of ${plural(of, 'accepted receipt')} stand in
        this page: those around the first failures, and the first and the last of each session. They are verified here,
        with nothing but this page; no request is made.
      </p>`,
    )}`
}

function checkPanel(note: Html): Html {
  return html`<div id="panel" class="panel" hidden>
    <div id="check-result"></div>
    <progress id="check-progress" aria-label="Progress of the check" value="0" max="1" hidden></progress>
    ${note}
    <div class="screen">
      <label for="keys-given"
        >Public keys that should have signed (64 hexadecimal characters each), from a source you trust</label
      >
      <textarea id="keys-given" spellcheck="false" autocomplete="off" rows="2"></textarea>
      <p><button type="button" id="check-again">Check again with these keys</button></p>
      <label for="check-files">Whole files of evidence from your disk (they stay there)</label>
      <input type="file" id="check-files" multiple accept=".jsonl" />
    </div>
  </div>`
}

/** The verifier with nothing to report: a page for whoever has files of evidence and a key. The build makes it. */
export function verifierPage(verifier: string): string {
  return pageText({
    title: 'Verify files of evidence',
    scripts: [{text: verifier, id: 'verifier'}, {text: RECHECK}],
    data: {id: 'evidence', value: {keys: [], roster: null, receipts: 0, files: [], units: [], failures: []}},
    body: html`<header><h1>Verify files of evidence</h1></header>
      <p id="check-static">This page works by JavaScript, which did not run.</p>
      ${checkPanel(
        html`<p class="note">
          Choose all files of a session at once: <code>evidence-SESSION-N.jsonl</code>. They are read on this machine;
          no request is made. Without a key receipts are held to the keys that they name, which anybody can make.
        </p>`,
      )}
      <p class="note">
        The verifier in this page has the SHA-256 <code id="verifier-hash">(computed when JavaScript runs)</code>. It
        says how a log hangs together and who signed it, not that nothing was removed from its end: compare the last
        receipt with one that was kept elsewhere.
      </p>`,
  })
}

function timePart(facts: Facts): Html {
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
                    <th scope="row">${moment(at)}</th>
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

function counts(facts: Facts, table: 'agents' | 'hosts' | 'transports', head: string, none: string): Html {
  return countTable({label: `Decisions by ${head}`, tally: facts[table], heads: [head], cells: (name) => [name], none})
}

function contractsPart(facts: Facts): Html {
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
    ${lifecycle(facts.lifecycle.items.slice(0, 200), facts.lifecycle.seen)}`
}

function lifecycle(items: readonly LifecycleEvent[], seen: number): Html {
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
              <td>${moment(timeMs)}</td>
              <th scope="row">${kind.replaceAll('_', ' ')}</th>
              <td><code>${session}</code></td>
              <td>
                ${facts.map(([name, text]) => html`<span class="soft">${name.replaceAll('_', ' ')}</span> ${value(text)}<br />`)}
              </td>
            </tr> `,
        )}
      </tbody>
    </table>`,
  )}${seen > items.length && html`<p class="note">The latest ${grouped(items.length)} of ${grouped(seen)}.</p>`}`
}

export interface Embedded {
  readonly lines: number
  readonly receipts: number
  /** Receipts that were accepted in all. */
  readonly of: number
}

export function embeddedIn({excerpts, receipts, notJudged}: EvidenceReport): Embedded {
  const lines = excerpts.flatMap(({runs}) => runs.flatMap((run) => run.lines))
  return {
    lines: lines.length,
    receipts: lines.reduce((sum, line) => sum + line.receipts, 0),
    of: receipts - notJudged,
  }
}

/** What the script of the page reads: lines as bytes in base64, so that not one of them is changed on the way. */
function embeddedData(report: EvidenceReport): object {
  const files: string[] = []
  const indexes = new Map<string, number>()
  const indexOf = (file: string): number => {
    const known = indexes.get(file)
    if (known !== undefined) return known
    indexes.set(file, files.length)
    return files.push(baseName(file)) - 1
  }
  const units = report.excerpts.map(({id, session, isRecorder, runs}) => ({
    id,
    session,
    isRecorder,
    runs: runs.map(({lines}) =>
      lines.map(({file, line, terminated, bytes}) => [
        indexOf(file),
        line,
        terminated ? 1 : 0,
        Buffer.from(bytes).toString('base64'),
      ]),
    ),
  }))
  const failures = report.failed.flatMap(({unit: {verdict}, failure: whole}) => {
    const each = [verdict.recorder?.failure, verdict.v1.failure, verdict.v2.failure].filter((f) => f !== undefined)
    // a fault of a chain as a whole stands at no line
    return (each.length > 0 ? each : [whole]).map(({place, reason}) => ({
      reason,
      ...(place ? {file: baseName(place.file), line: place.line} : {}),
    }))
  })
  return {
    keys: report.keys.map(({hex}) => hex),
    roster: report.roster?.keys ?? null,
    receipts: report.receipts,
    files,
    units,
    failures: failures.slice(0, 200),
  }
}
