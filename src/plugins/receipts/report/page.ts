// The page of `pipelock report --html`: for an auditor who has the page, perhaps the evidence, and no reason to trust
// either. Verdict and limits first; then what happened. All values come from evidence: hostile until proven otherwise.
import {pageText} from '../../../lib/page/document.js'
import {html, type Html} from '../../../lib/page/markup.js'
import {gapsPart, keysPart, limitsPart, sessionTable} from './chains.js'
import {checkPart, embeddedData, embeddedIn} from './check-part.js'
import {contractsPart} from './contracts-part.js'
import {cut} from './decision.js'
import {partsOf, type Facts} from './facts.js'
import {RECHECK} from './recheck-script.js'
import type {EvidenceReport} from './run.js'
import {countTable, interventionTable} from './tables.js'
import {timePart} from './time-part.js'
import {figures, judge} from './verdict-part.js'

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
            mark: true,
            none: 'No decision was anything but to let through.',
          })}
          <h3>One by one, the latest first</h3>
          ${interventionTable(facts.interventions.items, facts.interventions.observed)}`,
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

function counts(facts: Facts, table: 'agents' | 'hosts' | 'transports', head: string, none: string): Html {
  return countTable({label: `Decisions by ${head}`, tally: facts[table], heads: [head], cells: (name) => [name], none})
}
