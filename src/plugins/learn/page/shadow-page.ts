// The page of `learn shadow --html`: would anything be blocked that was let through? Then what, by which rule,
// and what the broad rules let pass. Like every output of shadow it is made to be shared.
import type {ContractBody} from '../../../formats/documents/contract.js'
import {pageText} from '../../../lib/page/document.js'
import {html, type Html} from '../../../lib/page/markup.js'
import {admittedOf} from '../view/forms.js'
import {viewsOf} from '../view/rule-view.js'
import type {BroadRule} from '../shadow/coverage.js'
import type {ReplaySummary} from '../shadow/report.js'
import {command} from '../../../lib/page/commands.js'
import {commandLine, shellWord} from '../../../lib/shell-words.js'
import {cut, title} from './entry.js'
import type {Names} from './names.js'
import {grouped, plural} from '../../../lib/page/numbers.js'
import {replayFacts, ruleOutcomes, wouldBeBlocked} from './replayed.js'

export interface ShadowPage {
  readonly report: ReplaySummary
  readonly broad: readonly BroadRule[]
  readonly body: ContractBody
  /** Rules taken as enforced. */
  readonly enforced: number
  readonly contract: string
  readonly names: Names
}

export function shadowPage({report, broad, body, enforced, contract, names}: ShadowPage): string {
  const rules = viewsOf(body).map(names.view)
  const agent = body.selector.agent ?? ''
  const {verdict, tone, reasons} = judgeReplay(report, enforced)
  return pageText({
    title: `Shadow replay of ${cut(agent, 60)}: ${verdict}`,
    body: html`<header>
        <p class="over">
          Shadow replay · agent <code>${cut(agent, 120)}</code> · ${report.generated_at.slice(0, 16).replace('T', ' ')}
          UTC
        </p>
        <div class="verdict ${tone}">
          <h1>${verdict}</h1>
          <ul>
            ${reasons.map((reason) => html`<li>${reason}</li>`)}
          </ul>
        </div>
        ${replayFacts(report)}
        <nav aria-label="Sections">
          <ul>
            <li><a href="#blocked">Would be blocked</a></li>
            <li><a href="#rules">Rules</a></li>
            <li><a href="#broad">Broad rules</a></li>
            <li><a href="#commands">Commands</a></li>
          </ul>
        </nav>
      </header>
      <section id="blocked" aria-labelledby="blocked-title">
        <h2 id="blocked-title">Would be blocked by the contract</h2>
        <p class="soft">Most frequent first; what the scanners blocked already is included.</p>
        ${wouldBeBlocked(report)}
      </section>
      <section id="rules" aria-labelledby="rules-title">
        <h2 id="rules-title">Rules</h2>
        ${ruleOutcomes(report, rules, names)}
      </section>
      <section id="broad" aria-labelledby="broad-title">
        <h2 id="broad-title">What broad rules let through</h2>
        ${broadRules(
          broad.map((result) => ({...result, rule: names.view(result.rule)})),
          names,
        )}
      </section>
      <section id="commands" aria-labelledby="commands-title">
        <h2 id="commands-title">Commands</h2>
        ${commands(contract, names)}
      </section>
      <footer class="note">
        <p>
          Contract <code class="hash">${cut(report.contract_hash, 80)}</code> Internal hosts and their paths stand as
          digests.
        </p>
      </footer>`,
  })
}

function judgeReplay(
  report: ReplaySummary,
  enforced: number,
): {readonly verdict: string; readonly tone: 'go' | 'look' | 'stop'; readonly reasons: readonly string[]} {
  const reasons: string[] = []
  if (!report.verified) reasons.push('the signature of the contract was not verified')
  if (report.malformed + report.dropped > 0) {
    reasons.push(`${plural(report.malformed + report.dropped, 'record')} dropped or unreadable: not in these figures`)
  }
  if (enforced === 0) {
    return {
      verdict: 'The contract decides nothing',
      tone: 'stop',
      reasons: ['no rule is enforced in this replay', ...reasons],
    }
  }
  if (report.replayed === 0) {
    return {verdict: 'Nothing was replayed', tone: 'stop', reasons: ['no record could be judged', ...reasons]}
  }
  const decided = report.decided_blocks ?? 0
  if (decided > 0) {
    reasons.unshift(
      `${plural(decided, 'new block')} of requests that were decided when the contract in force was ratified`,
    )
  }
  if (report.new_blocks > decided) {
    const part = `${grouped(report.new_blocks)} of ${plural(report.replayed, 'replayed record')} would be newly blocked`
    return {verdict: 'It would block what was let through', tone: 'look', reasons: [part, ...reasons]}
  }
  const rest = decided === 0 ? 'none would be newly blocked' : 'no other would be newly blocked'
  const all = `${plural(report.replayed, 'record')} replayed, ${rest}`
  return {
    verdict: 'Nothing new would be blocked',
    tone: reasons.length > (decided > 0 ? 1 : 0) ? 'look' : 'go',
    reasons: [all, ...reasons],
  }
}

const MAX_BROAD = 1000

function broadRules(broad: readonly BroadRule[], names: Names): Html {
  if (broad.length === 0) return html`<p>No enforced rule covers a whole host, a tunnel or a wildcard.</p>`
  return html`<div class="wrap" tabindex="0" role="region" aria-label="Broad rules">
      <table>
        <thead>
          <tr>
            <th scope="col">rule</th>
            <th scope="col">kind</th>
            <th scope="col" class="n">different paths</th>
          </tr>
        </thead>
        <tbody>
          ${broad.slice(0, MAX_BROAD).map(
            ({rule, kind, paths, more}) =>
              html`<tr>
                <th scope="row">${title(rule, names)}</th>
                <td>${admittedOf(rule) || kind}</td>
                <td class="n">${kind === 'tunnel' ? 'not visible' : `${more ? 'more than ' : ''}${grouped(paths)}`}</td>
              </tr> `,
          )}
        </tbody>
      </table>
    </div>
    ${broad.length > MAX_BROAD && html`<p class="note">and ${grouped(broad.length - MAX_BROAD)} more.</p>`}`
}

function commands(contract: string, names: Names): Html {
  const file = names.file(contract)
  return html`<p class="note">Run them in the folder of the contract.</p>
    ${command('See the rules with this replay beside them (shadow.json is the report of --out-json)', `pipelock learn review --html --shadow shadow.json --out review.html -- ${shellWord(file)}`)}
    ${command('Allow what is missing: decide on one request pattern after the other', `${commandLine('learn ratify', ['--candidate', file], ['--out', 'contract.yaml'])} --interactive`)}
    ${command('Gate a pipeline on it: status 1 when something would be newly blocked', `${commandLine('learn shadow', ['--candidate', file], ['--config', 'pipelock.yaml'])} --fail-on-new-blocks`)}`
}
