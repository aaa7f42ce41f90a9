// Tables of a report: what was counted by name, and what happened one by one.
import {grouped, plural} from '../../../lib/page/numbers.js'
import {html, type Html} from '../../../lib/page/markup.js'
import {toolbar} from '../../../lib/page/toolbar.js'
import type {Counted, Tally} from './tally.js'
import {formatSeconds} from '../../../lib/timestamp.js'
import {isAllowed, isBlocked} from './decision.js'
import type {Intervention} from './facts.js'

const MAX_ROWS = 100
const MAX_INTERVENTIONS = 200

/** A UTC time that a person reads, to the second. */
export function moment(ms: number | undefined): string {
  return ms === undefined ? '' : formatSeconds(ms).replace('T', ' ').replace('Z', '')
}

/** A region that scrolls sideways by itself, reachable by keys. */
export function wrapped(label: string, table: Html): Html {
  return html`<div class="wrap" tabindex="0" role="region" aria-label="${label}">${table}</div>`
}

export interface CountTable {
  readonly label: string
  readonly tally: Tally
  /** Heads of the columns that the name fills. */
  readonly heads: readonly string[]
  readonly cells: (name: string) => readonly string[]
  /** Without a column of blocks: all of them are, or none can be. */
  readonly plain?: boolean
  /** The first column is the verdict of a decision. */
  readonly mark?: boolean
  readonly none: string
}

export function countTable({label, tally, heads, cells, plain = false, mark = false, none}: CountTable): Html {
  const {entries} = tally
  if (entries.length === 0) return html`<p>${none}</p>`
  const shown = entries.slice(0, MAX_ROWS)
  return html`${wrapped(
    label,
    html`<table>
      <thead>
        <tr>
          ${heads.map((head) => html`<th scope="col">${head}</th>`)}
          <th scope="col" class="n">decisions</th>
          ${!plain && html`<th scope="col" class="n">blocked</th>`}
          <th scope="col">first (UTC)</th>
          <th scope="col">last (UTC)</th>
        </tr>
      </thead>
      <tbody>
        ${shown.map(([name, counted]) => countRow(cells(name), counted, {plain, mark}))}
      </tbody>
    </table>`,
  )}${entries.length > shown.length && html`<p class="note">and ${grouped(entries.length - shown.length)} more in the JSON report.</p>`}${
    tally.overflowed &&
    html`<p class="note">
      There are more names than are kept: rare ones are missing, and each figure may be too low by up to
      ${grouped(tally.missed)}.
    </p>`
  }`
}

function countRow(
  cells: readonly string[],
  {count, marked, first, last}: Counted,
  {plain = false, mark = false}: Pick<CountTable, 'plain' | 'mark'>,
): Html {
  const [name = '', ...others] = cells
  return html`<tr>
    <th scope="row" class="${cellClass(name)}">${mark ? verdictMark(name) : value(name)}</th>
    ${others.map(valueCell)}
    <td class="n">${grouped(count)}</td>
    ${!plain && html`<td class="n">${grouped(marked)}</td>`} ${timeCell(first)} ${timeCell(last)}
  </tr> `
}

const HASH = /^(?:sha256:)?[0-9a-f]{64}$/

/** Text from evidence; a hash is cut on the screen and can be copied. */
export function value(text: string): Html {
  if (text === '') return html`<span class="soft">–</span>`
  return HASH.test(text) ? html`<code class="hash">${text}</code>` : html`<code>${text}</code>`
}

/** Texts up to this length stay in one line. */
const MAX_WORD = 24

/** A short text is never broken, a long one has a minimal width: a cell out of sight must not make its row tall. */
function cellClass(text: string): 'w' | 'h' | 't' {
  if (HASH.test(text)) return 'h'
  return text.length <= MAX_WORD ? 'w' : 't'
}

export function valueCell(text: string): Html {
  return html`<td class="${cellClass(text)}">${value(text)}</td>`
}

export function timeCell(ms: number | undefined): Html {
  return html`<td class="w">${moment(ms)}</td>`
}

/** A word with a shape and a colour that say the same. */
export function markedWord(tone: 'go' | 'look' | 'stop', word: string): Html {
  return html`<span class="mark ${tone}">${word}</span>`
}

function verdictMark(verdict: string): Html {
  return markedWord(isBlocked(verdict) ? 'stop' : isAllowed(verdict) ? 'go' : 'look', verdict)
}

export function interventionTable(items: readonly Intervention[], total: number): Html {
  const shown = items.slice(0, MAX_INTERVENTIONS)
  if (shown.length === 0) return html`<p>Everything was let through as it was.</p>`
  const verdicts = [...new Set(shown.map(({verdict}) => verdict))].filter((v) => /^[a-z]{1,16}$/.test(v)).sort()
  return html`<div id="stopped-list">
    ${toolbar({id: 'stopped', scope: 'stopped-list', label: 'Filter what was stopped', flags: verdicts, sorts: []})}
    ${wrapped(
      'What was not let through as it was',
      html`<table>
        <thead>
          <tr>
            <th scope="col">time (UTC)</th>
            <th scope="col">verdict</th>
            <th scope="col">agent</th>
            <th scope="col">what</th>
            <th scope="col">why</th>
            <th scope="col">record</th>
          </tr>
        </thead>
        <tbody data-group>
          ${shown.map(interventionRow)}
        </tbody>
      </table>`,
    )}
    ${total > shown.length && html`<p class="note">The latest ${grouped(shown.length)} of ${plural(total, 'such decision')}.</p>`}
  </div>`
}

function interventionRow(item: Intervention): Html {
  const {timeMs, verdict, agent, transport, method, target, layer, pattern, seq, session, place, isSigned} = item
  const flag = /^[a-z]{1,16}$/.test(verdict) ? verdict : ''
  return html`<tr data-item data-flags="${flag}" data-at="0">
    ${timeCell(timeMs)}
    <td class="${cellClass(verdict)}">${verdictMark(verdict)}</td>
    ${valueCell(agent)}
    <td class="t">
      ${method !== '' && html`<span class="meth">${method}</span>`}${value(target)}
      <span class="soft">${transport}</span>
    </td>
    <td class="t">${value(layer)}${pattern !== '' && html` <code>${pattern}</code>`}</td>
    <td class="t">
      <code>${session}</code> seq ${String(seq)}<span class="soft"
        >, line ${place.line} of <code>${baseName(place.file)}</code></span
      >${!isSigned && html` <span class="chip hot">unsigned</span>`}
    </td>
  </tr> `
}

/** Without the folder: where it lay is said once. */
export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
}
