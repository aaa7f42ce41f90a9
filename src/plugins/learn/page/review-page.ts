// The page of `learn review --html`: the verdict first, then the map, each rule by risk, growth, what stays
// closed, and the commands. Everything is read from the candidate, the coverage file beside it and a shadow report.
import type {ContractBody} from '../../../formats/documents/contract.js'
import {pageText} from '../../../lib/page/document.js'
import {html, type Html} from '../../../lib/page/markup.js'
import {isPattern} from '../view/copies.js'
import {distanceText, floorsOf, type ConfirmationFloors} from '../compile/confirmation.js'
import {countsSessions} from '../compile/settings.js'
import type {Signature} from '../review/operator.js'
import {judge} from '../view/verdict.js'
import {riskOf} from '../view/flags.js'
import {eventFloor, FEW_EVENTS, hostGaps, isEnforced, rowsOf, type Row} from '../view/rows.js'
import {levelOf, type RuleView} from '../view/rule-view.js'
import type {ReplaySummary} from '../shadow/report.js'
import {blockedTraffic} from './blocked-traffic.js'
import type {ObservedTraffic} from './breadth.js'
import {command} from '../../../lib/page/commands.js'
import {commandLine} from '../../../lib/shell-words.js'
import type {KnownCoverage} from './coverage-record.js'
import {briefEntry, cut, entry, type EntryContext, title} from './entry.js'
import {growthSection} from './growth.js'
import {legend} from './legend.js'
import type {Names} from './names.js'
import {grouped, plural, share} from '../../../lib/page/numbers.js'
import {replayFacts, ruleOutcomes, wouldBeBlocked} from './replayed.js'
import {toolbar} from '../../../lib/page/toolbar.js'
import {hostMap} from './tree.js'

export interface ReviewPage {
  readonly body: ContractBody
  readonly candidate: string
  readonly signature: Signature
  readonly names: Names
  readonly coverage: KnownCoverage
  readonly shadow: ReplaySummary | undefined
}

/**
 * Rules with everything about them: enforced, or requested often enough to be missed. All others, and those beyond this number,
 * have a line, and beyond that a count.
 */
const MAX_ENTRIES = 1500
const MAX_LINED = 20_000
/** A file of decisions for more rules than this is better made by a program. */
const MAX_DECISIONS = 10_000

export function reviewPage(page: ReviewPage): string {
  const {body, names, coverage, shadow} = page
  const rows = rowsOf(body).map((row) => ({...row, rule: page.names.view(row.rule)}))
  const context = contextOf(page, rows)
  const {verdict, reasons} = judge(body, rows, page.signature.isVerified)
  const agent = body.selector.agent ?? ''
  return pageText({
    title: `Review of ${cut(agent, 60)}: ${verdict}`,
    body: html`<header>
        <p class="over">Contract review · agent <code>${cut(agent, 120)}</code></p>
        <div class="verdict ${verdict === 'ready' ? 'go' : verdict === 'not promotable' ? 'stop' : 'look'}">
          <h1>${VERDICTS[verdict]}</h1>
          ${
            reasons.length > 0 &&
            html`<ul>
              ${reasons.map((reason) => html`<li>${reason}</li>`)}
            </ul>`
          }
        </div>
        ${facts(page, rows, context)}
        <nav aria-label="Sections">
          <ul>
            <li><a href="#map">Map</a></li>
            <li><a href="#rules">Rules</a></li>
            <li><a href="#growth">Is everything seen?</a></li>
            ${shadow && html`<li><a href="#replay">Replay</a></li>`}
            <li><a href="#closed">What stays closed</a></li>
            <li><a href="#commands">Commands</a></li>
            <li><a href="#legend">How to read this</a></li>
          </ul>
        </nav>
      </header>
      <section id="map" aria-labelledby="map-title">
        <h2 id="map-title">Hosts and paths</h2>
        ${hostMap(rows, context)}
      </section>
      ${rulesSection(rows, context)} ${growthSection(coverage, context.isV2)}
      ${
        shadow &&
        html`<section id="replay" aria-labelledby="replay-title">
          <h2 id="replay-title">Replayed: what would have been blocked</h2>
          ${replayFacts(shadow)}${wouldBeBlocked(shadow)}
          <details>
            <summary>Outcome of each rule</summary>
            ${ruleOutcomes(
              shadow,
              rows.map(({rule}) => rule),
              names,
            )}
          </details>
        </section>`
      }
      ${closedSection(rows, page)} ${commandSection(rows, context)}
      ${legend(context.isV2, context.isTyped, context.bound, context.marks)}
      <footer class="note">
        <p>Contract <code class="hash">${cut(body.contract_hash, 80)}</code> ${page.signature.text}.</p>
        ${learnedHow(page, context)}
        ${names.redacted ? html`<p>Made to be shared: internal hosts and their paths stand as digests.</p>` : html`<p>Not redacted: this page names internal hosts and paths. Add <code>--redact</code> for one to hand on.</p>`}
      </footer>`,
  })
}

const VERDICTS = {ready: 'Ready', 'needs attention': 'Needs attention', 'not promotable': 'Not promotable'} as const

function contextOf({body, candidate, names, shadow}: ReviewPage, rows: readonly Row[]): EntryContext {
  const isV2 = countsSessions(body.compile.inference_algorithm)
  const isTyped = body.compile.inference_algorithm === 'wilson_lb_v3'
  const stated = Number(body.defaults.confidence?.['contamination_bound'] ?? 0)
  const bound = Number.isFinite(stated) ? stated : 0
  const patterns = new Map<string, Set<string>>()
  const methods = new Map<string, Set<string>>()
  const actions = new Map<string, RuleView[]>()
  const put = <T>(map: Map<string, Set<T>>, key: string, value: T): void => {
    map.set(key, (map.get(key) ?? new Set<T>()).add(value))
  }
  for (const {rule} of rows) {
    const level = levelOf(rule)
    if (level === 'path' || level === 'method') put(patterns, place(rule), pathsOf(rule))
    if (level === 'method') for (const method of rule.methods) put(methods, `${place(rule)} ${pathsOf(rule)}`, method)
    if (level === 'action') {
      const key = requestOf(rule)
      const known = actions.get(key)
      if (known) known.push(rule)
      else actions.set(key, [rule])
    }
  }
  return {
    names,
    file: names.file(candidate),
    isV2,
    isTyped,
    bound,
    marks: isTyped ? [0.5] : isV2 ? [bound, 0.5] : [0.5, 0.85],
    minEvents: eventFloor(body),
    observedOn: (rule): ObservedTraffic => ({
      patterns: patterns.get(place(rule))?.size ?? 0,
      methods: [...(methods.get(`${place(rule)} ${pathsOf(rule)}`) ?? [])].slice(0, 20),
    }),
    actionsOf: (rule) => (levelOf(rule) === 'method' ? (actions.get(requestOf(rule)) ?? []) : []),
    replayed: shadow && new Map(shadow.rules.map((row) => [row.rule_id, row])),
  }
}

function place(rule: RuleView): string {
  return JSON.stringify([rule.host, rule.ports])
}

function pathsOf(rule: RuleView): string {
  return JSON.stringify(rule.paths.map((path) => path.value))
}

function requestOf(rule: RuleView): string {
  return `${place(rule)} ${pathsOf(rule)} ${JSON.stringify(rule.methods)}`
}

function facts({body, shadow}: ReviewPage, rows: readonly Row[], {isV2}: EntryContext): Html {
  const window = body.observation_window
  const enforced = rows.filter(isEnforced)
  const sum = (list: readonly Row[]): number => list.reduce((total, {rule}) => total + rule.events, 0)
  const all = sum(rows.filter(({rule}) => ['host', 'tunnel', 'tool'].includes(levelOf(rule))))
  const allowed = all === 0 ? '–' : share(Math.min(1, sum(enforced) / all))
  const patterns = rows.filter(({rule}) => isPattern(rule)).length
  return html`<dl class="facts">
    <div>
      <dt>${isV2 ? 'Usable sessions' : 'Sessions'}</dt>
      <dd>
        ${isV2 ? `${grouped(rows[0]?.rule.opportunities ?? 0)} of ${grouped(Number(window.session_count))}` : grouped(Number(window.session_count))}<small
          >${window.start.slice(0, 16).replace('T', ' ')} to ${window.end.slice(0, 16).replace('T', ' ')} UTC</small
        >
      </dd>
    </div>
    <div>
      <dt>Enforced by default</dt>
      <dd>
        ${grouped(enforced.length)} of ${grouped(patterns)}<small
          >${patterns === 1 ? 'request pattern' : 'request patterns'}; ${grouped(rows.length - enforced.length)} of
          ${plural(rows.length, 'rule')} for information</small
        >
      </dd>
    </div>
    <div>
      <dt>Learned traffic allowed</dt>
      <dd>${allowed}<small>of ${plural(all, 'event')}, by default decisions</small></dd>
    </div>
    ${
      shadow &&
      html`<div>
        <dt>Would be newly blocked</dt>
        <dd>${grouped(shadow.new_blocks)}<small>of ${plural(shadow.replayed, 'replayed record')}</small></dd>
      </div>`
    }
  </dl>`
}

/** How it was learned: for who wants to check it, not for who decides. */
function learnedHow({body, coverage}: ReviewPage, {isV2, bound}: EntryContext): Html {
  const unclassified = coverage.kind === 'found' ? coverage.record : undefined
  return html`<p>
    Learned by
    <code>${cut(body.compile.inference_algorithm, 40)}</code
    >${isV2 ? `, contamination bound ε ${bound.toFixed(2)}` : ', which counts events, not sessions'}.${
      unclassified &&
      unclassified.unclassifiedEvents > 0 &&
      ` ${share(unclassified.unclassifiedEvents / Math.max(1, unclassified.allEvents))} of the events have no action class.`
    }
  </p>`
}

interface Group {
  readonly name: string
  readonly says: string
  readonly open: boolean
  readonly rows: readonly (readonly [row: Row, index: number])[]
  /** Copies that only the candidate has. */
  readonly hidden: number
}

/** Nobody decides on a request that was made once or twice, nor on another level of one that has a rule of its own. */
function isDecided(row: Row): boolean {
  return isEnforced(row) || (!row.isCopy && row.rule.events > FEW_EVENTS)
}

function groupsOf(rows: readonly Row[]): readonly Group[] {
  const own = rows.map((row, index) => [row, index] as const)
  const isLost = (row: Row): boolean => !isEnforced(row) && row.byDefault.reason !== 'level'
  const part = (requested: (row: Row) => boolean): Group['rows'] =>
    own.filter(([row]) => requested(row)).sort(([a], [b]) => riskOf(b.flags) - riskOf(a.flags))
  const others = part((row) => !isEnforced(row) && !isLost(row))
  // nobody opens a whole host for a request or two
  const shown = others.filter(([{rule, isCopy}]) => !isCopy || (levelOf(rule) === 'host' && rule.events > FEW_EVENTS))
  return [
    {name: 'Enforced by default', says: 'what the agent may do', open: true, rows: part(isEnforced), hidden: 0},
    {
      name: 'Seen in too few sessions',
      says: 'would be blocked unless you decide otherwise',
      open: true,
      rows: part(isLost),
      hidden: 0,
    },
    {
      name: 'The same requests at other levels, for information',
      says: 'whole hosts, every method on a path, single actions: enforced only if you decide so',
      open: false,
      rows: shown,
      hidden: others.length - shown.length,
    },
  ]
}

function rulesSection(rows: readonly Row[], context: EntryContext): Html {
  const flags = new Set(rows.flatMap((row) => row.flags.map((flag) => flag.text.split(' ')[0] ?? '')))
  if (context.replayed && [...context.replayed.values()].some((row) => row.new_blocks > 0)) flags.add('new-blocks')
  let left = MAX_ENTRIES
  let lined = MAX_LINED
  const groups = groupsOf(rows).map((group) => {
    const shown = group.rows.filter(([row]) => isDecided(row)).slice(0, Math.max(0, left))
    const inFull = new Set(shown)
    const brief = group.rows.filter((row) => !inFull.has(row)).slice(0, lined)
    left -= shown.length
    lined -= brief.length
    return {...group, shown, brief, omitted: group.hidden + group.rows.length - shown.length - brief.length}
  })
  return html`<section id="rules" aria-labelledby="rules-title">
    <h2 id="rules-title">Rules</h2>
    <p class="soft">The riskiest first. Unfold one for what it admits, its figures and its commands.</p>
    ${toolbar({
      id: 'rule',
      scope: 'rules',
      label: 'Filter by host, path, method, rule',
      flags: [...flags].sort(),
      sorts: [
        ['risk down', 'risk'],
        ['evidence up', 'least evidence'],
        ['events down', 'events'],
        ['at up', 'host and path'],
      ],
    })}
    ${groups.map(
      (group) =>
        group.rows.length > 0 &&
        html`<details class="group" data-group data-print${group.open && html` open`}>
          <summary>${group.name} <span class="soft">${grouped(group.rows.length)} · ${group.says}</span></summary>
          <div class="list">${group.shown.map(([row, index]) => entry(row, index, context))}</div>
          ${
            group.brief.length > 0 &&
            html`<p class="note">
                ${plural(group.brief.length, 'rule')} with a line each: the commands above work with their ids.
              </p>
              <div class="list">${group.brief.map(([row, index]) => briefEntry(row, index, context))}</div>`
          }
          ${group.omitted > 0 && html`<p class="note">${plural(group.omitted, 'rule')} not shown here; the candidate has them all.</p>`}
        </details>`,
    )}
  </section>`
}

const MAX_LINES = 500

function lostText(rule: RuleView, floors: ConfirmationFloors | undefined): string {
  return `seen in too few sessions${floors ? ` (${distanceText(rule, floors)})` : ''}`
}

function closedSection(rows: readonly Row[], {body, names, coverage}: ReviewPage): Html {
  const all = rows.filter(({byDefault}) => byDefault.reason !== undefined && byDefault.reason !== 'level')
  const lost = all.filter(({rule}) => rule.events > FEW_EVENTS)
  const few = all.length - lost.length
  const gaps = hostGaps(rows, names.host)
  const floors = floorsOf(body)
  const lines = [
    ...lost.map(
      ({rule, byDefault}) =>
        html`<li>
          ${title(rule, names)}:
          ${byDefault.reason === 'blocked_only' ? 'seen only in blocked events' : lostText(rule, floors)}
        </li> `,
    ),
    ...(few > 0 ? [html`<li>${plural(few, 'request')} made once or twice</li> `] : []),
    ...gaps.map(([host, gap]) =>
      gap === 'only_blocked'
        ? html`<li><code>${cut(host)}</code>: only blocked requests were seen, nothing is allowed</li> `
        : html`<li>CONNECT to <code>${cut(host)}</code>: no tunnel was observed</li> `,
    ),
  ]
  return html`<section id="closed" aria-labelledby="closed-title">
    <h2 id="closed-title">What stays closed</h2>
    <p>Everything without an enforced rule. Of what was observed:</p>
    ${
      lines.length === 0
        ? html`<p>nothing that was observed.</p>`
        : html`<ul>
            ${lines.slice(0, MAX_LINES)}
          </ul>`
    }${lines.length > MAX_LINES && html`<p class="note">and ${grouped(lines.length - MAX_LINES)} more.</p>`}
    ${blockedTraffic(coverage, rows, names)}
  </section>`
}

function commandSection(rows: readonly Row[], {file, names}: EntryContext): Html {
  const base = file.replace(/\.(?:candidate\.)?(?:ya?ml|json)$/i, '')
  const decisions = rows.length <= MAX_DECISIONS && rows.length > 0
  const json = decisions
    ? `{\n${rows.map(({rule, byDefault}) => `  ${asciiJson(rule.id)}: "${byDefault.decision}"`).join(',\n')}\n}`
    : ''
  return html`<section id="commands" aria-labelledby="commands-title">
    <h2 id="commands-title">Commands</h2>
    ${names.redacted && html`<p class="note">Run them in the folder of the candidate.</p>`}
    ${command('Try it on recorded traffic first', commandLine('learn shadow', ['--candidate', file], ['--config', 'pipelock.yaml'], ['--html', `${base}.shadow.html`]))}
    ${command('Ratify with the default decisions', commandLine('learn ratify', ['--candidate', file], ['--out', `${base}.contract.yaml`]))}
    ${command('Ratify one request pattern after the other, in a terminal', `${commandLine('learn ratify', ['--candidate', file], ['--out', `${base}.contract.yaml`])} --interactive`)}
    ${command('Ratify with your own decisions', commandLine('learn ratify', ['--candidate', file], ['--out', `${base}.contract.yaml`], ['--decisions', 'decisions.json']))}
    ${
      decisions &&
      html`<details>
        <summary>decisions.json to begin with: the default decision of each rule</summary>
        ${command('Save it as decisions.json and change what you decide otherwise', json, 'tall')}
      </details>`
    }
  </section>`
}

/** A JSON string of ASCII only, so that what is copied is what is seen. */
function asciiJson(text: string): string {
  return JSON.stringify(text).replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
