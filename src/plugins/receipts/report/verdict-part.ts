// The verdict on a whole folder of evidence, with what limits it, and the figures beside it.
import {html, type Html} from '../../../lib/page/markup.js'
import {grouped, plural} from '../../../lib/page/numbers.js'
import {cut} from './decision.js'
import type {EvidenceReport} from './run.js'
import {baseName, moment} from './tables.js'

export function judge(report: EvidenceReport): {
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
  if (facts.unsigned > 0)
    reasons.push(
      html`${plural(facts.unsigned, 'decision')} ${facts.unsigned === 1 ? 'stands' : 'stand'} in entries that nobody
      signed`,
    )
  if (facts.captures > 0)
    reasons.push(
      html`${plural(facts.captures, 'capture')} of the learner ${facts.captures === 1 ? 'stands' : 'stand'} in the logs:
      what it saw, not decisions`,
    )
  if (facts.gaps.observed > 0) reasons.push(html`the logs tell of ${plural(facts.gaps.observed, 'gap')}`)
  const unproven = units.filter(({verdict}) => verdict.completeness === 'not_proven').length
  if (failed.length === 0 && unproven > 0) {
    reasons.push(html`nothing proves that ${logsThatAre(unproven, units.length)} complete to the end`)
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
  const all = html`${plural(report.receipts, 'receipt')} and ${plural(report.entries, 'entry', 'entries')} in
  ${plural(units.length, 'session')}, ${files}`
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
    return {verdict: 'Consistent, but no trusted key was given', tone: 'look', reasons: [unpinned, all, ...reasons]}
  }
  return {verdict: 'Every chain verifies', tone: reasons.length > 0 ? 'look' : 'go', reasons: [all, ...reasons]}
}

/** "the log is", "1 log of 3 is", "2 logs of 3 are". */
function logsThatAre(n: number, of: number): string {
  const logs = n < of ? `${plural(n, 'log')} of ${grouped(of)}` : of === 1 ? 'the log' : 'the logs'
  return `${logs} ${n === 1 ? 'is' : 'are'}`
}

export function figures({facts, units, receipts, failed}: EvidenceReport): Html {
  const figure = (name: string, number: string | number, small: string): Html =>
    html`<div>
      <dt>${name}</dt>
      <dd>${number}<small>${small}</small></dd>
    </div>`
  return html`<dl class="facts">
    ${figure('Decisions', grouped(facts.decisions), `${grouped(facts.blocked)} blocked`)}
    ${figure('Receipts', grouped(receipts), 'signed records')}
    ${figure('Sessions', grouped(units.length), failed.length === 0 ? 'none failed' : `${grouped(failed.length)} failed`)}
    ${figure('Agents', grouped(facts.agents.names), plural(facts.hosts.names, 'host'))}
    ${figure('First', moment(facts.firstMs).slice(0, 10) || '–', moment(facts.firstMs).slice(11))}
    ${figure('Last', moment(facts.lastMs).slice(0, 10) || '–', moment(facts.lastMs).slice(11))}
  </dl>`
}
