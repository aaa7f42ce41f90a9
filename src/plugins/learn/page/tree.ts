// Hosts and paths as a map that unfolds: one list per host, segments below each other, chains without a fork in one line. Who
// sends requests chooses paths, so depth and number are bounded, and what is left out is counted.
import {html, type Html} from '../../../lib/page/markup.js'
import {FEW_EVENTS, isEnforced, type Row} from '../view/rows.js'
import {riskOf} from '../view/flags.js'
import {isPattern} from '../view/copies.js'
import {wildcardWords} from '../view/forms.js'
import {levelOf, type RuleView} from '../view/rule-view.js'
import {cut, evidenceOf, toneOf, words, type EntryContext} from './entry.js'
import {grouped, plural} from '../../../lib/page/numbers.js'

interface Node {
  readonly children: Map<string, Node>
  /** Values that a wildcard stands for. */
  distinct: number
  /** What it admits; empty where nothing says. */
  admits: string
  readonly ends: Row[]
}

const MAX_DEPTH = 16
const MAX_PATTERNS = 20_000
/** Hosts with more patterns than this are folded at first. */
const OPEN_PATTERNS = 12
const OPEN_HOSTS = 6

function emptyNode(): Node {
  return {children: new Map(), distinct: 0, admits: '', ends: []}
}

export function hostMap(rows: readonly Row[], context: EntryContext): Html {
  const hosts = new Map<string, Row[]>()
  for (const row of rows) {
    if (row.rule.host === undefined || levelOf(row.rule) === 'action') continue
    const label = context.names.host(row.rule)
    const known = hosts.get(label)
    if (known) known.push(row)
    else hosts.set(label, [row])
  }
  const risk = (list: readonly Row[]): number => list.reduce((most, {flags}) => Math.max(most, riskOf(flags)), 0)
  const sorted = [...hosts].sort((a, b) => risk(b[1]) - risk(a[1]) || (a[0] < b[0] ? -1 : 1))
  const isFew = (list: readonly Row[]): boolean =>
    list.every((row) => !isEnforced(row) && row.rule.events <= FEW_EVENTS)
  const few = sorted.filter(([, list]) => isFew(list))
  let left = MAX_PATTERNS
  let omitted = 0
  const blocks = sorted
    .filter(([, list]) => !isFew(list))
    .map(([label, list], i) => {
      const patterns = list.filter(({rule}) => levelOf(rule) === 'method')
      const shown = patterns.slice(0, Math.max(0, left))
      omitted += patterns.length - shown.length
      left -= shown.length
      return hostBlock(label, list, shown, i < OPEN_HOSTS && shown.length <= OPEN_PATTERNS, context)
    })
  return html`${blocks}${toolBlocks(rows, context)}${fewBlock(few, context)}${omitted > 0 && html`<p class="note">${plural(omitted, 'more pattern')} not drawn.</p>`}`
}

const MAX_FEW_HOSTS = 2000

/** Hosts to which a request or two went, with a line each: as trees they would be most of the page. */
function fewBlock(
  hosts: readonly (readonly [label: string, rows: readonly Row[]])[],
  {names}: EntryContext,
): Html | undefined {
  if (hosts.length === 0) return undefined
  const more = hosts.length - MAX_FEW_HOSTS
  const requestsOf = (rows: readonly Row[]): readonly string[] =>
    rows
      .filter(({rule}) => isPattern(rule))
      .slice(0, FEW_EVENTS)
      .map(({rule}) =>
        [...rule.methods, ...rule.paths.map((path) => cut(names.path(path.value, path.isInternal), 120))].join(' '),
      )
  return html`<div class="tree">
    <details data-print>
      <summary>
        ${plural(hosts.length, 'host')} with requests made once or twice<span class="ends">not enforced</span>
      </summary>
      <ul>
        ${hosts.slice(0, MAX_FEW_HOSTS).map(([label, rows]) => html`<li class="leaf"><code>${cut(label)}</code> <span class="soft">${requestsOf(rows).join(', ')}</span></li>`)}
      </ul>
      ${more > 0 && html`<p class="note">and ${grouped(more)} more.</p>`}
    </details>
  </div> `
}

function hostBlock(
  label: string,
  all: readonly Row[],
  patterns: readonly Row[],
  open: boolean,
  context: EntryContext,
): Html {
  const root = emptyNode()
  for (const row of patterns) insert(root, row, context)
  const wide = all.filter(({rule}) => levelOf(rule) === 'host' || levelOf(rule) === 'tunnel')
  const enforced = all.filter(({byDefault}) => byDefault.decision === 'enforce').length
  const internal = all.some(({rule}) => rule.isInternal)
  const summary = html`<code>${cut(label)}</code> ${internal && html`<span class="chip">internal</span>`}<span
      class="ends"
      >${plural(all.filter(({rule}) => isPattern(rule)).length, 'request pattern')}, ${grouped(enforced)} enforced by
      default</span
    >`
  const inner = html`<ul>
    ${wide.map((row) => html`<li class="leaf">${levelOf(row.rule) === 'host' ? 'whole host' : 'CONNECT'}${end(row, context)}</li>`)}${branches(root, 0, context)}
  </ul>`
  return html`<div class="tree">
    ${
      open
        ? html`<details open data-print>
            <summary>${summary}</summary>
            ${inner}
          </details>`
        : html`<details data-print>
            <summary>${summary}</summary>
            ${inner}
          </details>`
    }
  </div> `
}

const MAX_TOOLS = 5000

function toolBlocks(rows: readonly Row[], context: EntryContext): Html {
  const servers = new Map<string, Row[]>()
  for (const row of rows.filter(({rule}) => levelOf(rule) === 'tool').slice(0, MAX_TOOLS)) {
    const known = servers.get(row.rule.server)
    if (known) known.push(row)
    else servers.set(row.rule.server, [row])
  }
  return html`${[...servers].map(
    ([server, list]) =>
      html`<div class="tree">
        <details open data-print>
          <summary>
            <code>${cut(server)}</code> <span class="chip">MCP server</span
            ><span class="ends">${plural(list.length, 'tool')}</span>
          </summary>
          <ul>
            ${list.map((row) => html`<li class="leaf"><code>${cut(row.rule.tool, 120)}</code>${row.rule.args.length > 0 && html` <span class="chip">${plural(row.rule.args.length, 'fixed argument')}</span>`}${end(row, context)}</li>`)}
          </ul>
        </details>
      </div>`,
  )}`
}

function insert(root: Node, row: Row, {names}: EntryContext): void {
  for (const path of row.rule.paths) {
    const text = names.path(path.value, path.isInternal)
    // a digest stands for the whole path
    const segments = text.startsWith('/')
      ? text
          .slice(1)
          .split('/')
          .map((segment) => `/${segment}`)
      : [text]
    const steps =
      segments.length > MAX_DEPTH
        ? [...segments.slice(0, MAX_DEPTH - 1), segments.slice(MAX_DEPTH - 1).join('')]
        : segments
    let node = root
    for (const [i, segment] of steps.entries()) {
      let child = node.children.get(segment)
      if (!child) node.children.set(segment, (child = emptyNode()))
      if (segment === '/*') {
        const wildcard = path.collapsed.find(({index}) => index === i + 1)
        child.distinct = Math.max(child.distinct, wildcard?.distinct ?? 0)
        if (wildcard?.forms) child.admits = wildcardWords(wildcard)
      }
      node = child
    }
    node.ends.push(row)
  }
}

function branches(node: Node, depth: number, context: EntryContext): Html {
  return html`${[...node.children].map(([segment, child]) => branch(segment, child, depth, context))}`
}

function branch(segment: string, start: Node, depth: number, context: EntryContext): Html {
  const labels: Html[] = [label(segment, start)]
  let node = start
  // a chain without a fork is one line
  while (node.ends.length === 0 && node.children.size === 1) {
    for (const [next, child] of node.children) {
      labels.push(label(next, child))
      node = child
    }
  }
  const text = html`${labels}${node.ends.map((row) => end(row, context))}`
  if (node.children.size === 0) return html`<li class="leaf">${text}</li>`
  const inner = html`<ul>
    ${branches(node, depth + 1, context)}
  </ul>`
  return depth < 2
    ? html`<li>
        <details open>
          <summary>${text}</summary>
          ${inner}
        </details>
      </li>`
    : html`<li>
        <details>
          <summary>${text}</summary>
          ${inner}
        </details>
      </li>`
}

function label(segment: string, node: Node): Html {
  if (segment !== '/*') return html`<code>${cut(segment, 120)}</code>`
  const words = node.admits === '' ? '' : `${cut(node.admits, 120)}, `
  return html`<code class="wild">/*</code> <span class="chip">${words}${plural(node.distinct, 'value')}</span>`
}

/** A rule that ends here: method, evidence, how sure, what becomes of it. */
function end({rule, byDefault}: Row, {isV2}: EntryContext): Html {
  const {k, n} = evidenceOf(rule, isV2)
  const alike = rule.family && html` with prefixes alike`
  const state = rule.state === 'enforce' || byDefault.decision === 'enforce' ? 'enforced' : 'not enforced'
  return html` <span class="ends"
    ><span class="dot ${toneOf(rule)}"></span>${methodsOf(rule)}${grouped(k)}/${grouped(n)}${alike}
    ${words(rule.confidence)}, ${state}</span
  >`
}

function methodsOf(rule: RuleView): string {
  return rule.methods.length === 0 || levelOf(rule) === 'tunnel'
    ? ''
    : `${rule.methods.map((name) => cut(name, 40)).join(' ')} `
}
