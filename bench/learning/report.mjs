// The figures as text for a terminal and as markdown for docs/learning-quality.md. The same rows in both.
import {markdownTable, percent, textTable} from '../lib/tables.mjs'

const LABELS = {
  host: 'host',
  method: 'method',
  reserved: 'reserved noun',
  sibling: 'sibling path',
  deeper: 'deeper path',
  port: 'port',
  connect: 'CONNECT',
  wildcard: 'wildcard abuse',
  encoded: 'encoded reserved noun',
  dots: 'dot segments',
  case: 'reserved noun in capitals',
  tool: 'MCP tool',
  argument: 'MCP argument',
  word: 'word in place of an identifier (apart)',
}
const CLASSES = ['stable', 'occasional', 'rare', 'seasonal', 'growing']

/** Tables in the order they are shown: title, head, rows of text. */
function tablesOf({parts, targets}) {
  const tables = [
    {
      title: 'Targets',
      head: ['target', 'reached', 'met'],
      rows: targets.map(({name, figure, met}) => [name, figure, met ? 'yes' : '**no**']),
    },
  ]
  const {stable, mixed, nested, bounds, poisoning, determinism} = parts
  if (stable) tables.push(curve('Stable populations by number of sessions', stable))
  if (mixed) {
    tables.push(curve('Mixed populations by number of sessions', mixed), masses(mixed))
  }
  if (nested) tables.push(nestedTable(nested))
  const rows = [...(stable ?? []), ...(mixed ?? [])].filter(({ratified}) => ratified)
  if (rows.length > 0) tables.push(attackTable(rows))
  if (bounds) tables.push(grid('Allow rate by contamination bound and sessions', bounds, ({allow}) => allow))
  if (bounds) tables.push(grid('Escape rate by contamination bound and sessions', bounds, ({escape}) => escape))
  if (poisoning) tables.push(poison(poisoning))
  const one = parts['one-session']
  if (one || determinism) {
    tables.push({
      title: 'One session, and equal bytes',
      head: ['figure', 'value'],
      rows: [
        ...(one
          ? [[`path positions that one hostile session of ten collapses, ${one.agents} agents`, String(one.positions)]]
          : []),
        ...(determinism
          ? [
              [
                `compiles of the same captures with other bytes, of ${determinism.compiles}`,
                String(determinism.different),
              ],
              [`contracts that show another agent's traffic, of ${determinism.compiles}`, String(determinism.foreign)],
            ]
          : []),
      ],
    })
  }
  return tables
}

function curve(title, rows) {
  return {
    title,
    head: [
      'sessions',
      'requests tried',
      'allowed',
      'with noise',
      'refused: unconfirmed',
      'new',
      'not told',
      'escapes',
      'F1',
      'F1 stable',
      'breadth',
    ],
    rows: rows.map((row) =>
      !row.ratified
        ? [row.sessions, 'nothing to ratify', ...Array(9).fill('–')]
        : [
            row.sessions,
            row.requests,
            percent(row.allow),
            percent(row.allowWithNoise),
            row.refused.unconfirmed,
            row.refused.fresh,
            row.refused.untold,
            percent(row.escape.rate),
            row.f1.toFixed(3),
            row.f1Stable.toFixed(3),
            row.breadth.toFixed(3),
          ],
    ),
  }
}

/** How much of the traffic each class of endpoints is, and how much of that passes. */
function masses(rows) {
  return {
    title: 'Mixed populations by class: share of the requests, and allowed of them',
    head: ['sessions', ...CLASSES],
    rows: rows
      .filter(({ratified}) => ratified)
      .map(({sessions, requests, mass}) => [
        sessions,
        ...CLASSES.map((name) => {
          const of = mass[name]
          return of ? `${percent(of.requests / requests)}, ${percent(of.allowed / of.requests, 1)}` : '–'
        }),
      ]),
  }
}

const NESTED_CLASSES = ['stable', 'nested', 'calendar', 'occasional']

/** How much passes of each class of endpoints, and of requests that the origin answered with 404. */
function nestedTable(rows) {
  const rate = ({requests, allowed}) => (requests === 0 ? '–' : percent(allowed / requests, 1))
  return {
    title: 'Nested agents by number of sessions: allowed of each class, and of unknown paths',
    head: ['sessions', ...NESTED_CLASSES, 'unknown paths', 'escapes', 'F1'],
    rows: rows.map((row) => {
      const when = row.isQuarter ? `${row.sessions}, a quarter later` : row.sessions
      return !row.ratified
        ? [when, 'nothing to ratify', ...Array(6).fill('–')]
        : [
            when,
            ...NESTED_CLASSES.map((name) => rate(row.mass[name])),
            rate(row.unknown),
            percent(row.escape.rate),
            row.f1.toFixed(3),
          ]
    }),
  }
}

function attackTable(rows) {
  const total = (kind, name) => rows.reduce((sum, {escapes}) => sum + escapes[kind][name], 0)
  return {
    title: 'Escapes by kind of attack, all contracts of the two tables above',
    head: ['attack', 'tried', 'let through', 'rate'],
    rows: Object.entries(LABELS).map(([kind, label]) => {
      const [tried, passed] = [total(kind, 'tried'), total(kind, 'passed')]
      return [label, tried, passed, tried === 0 ? '–' : percent(passed / tried)]
    }),
  }
}

function grid(title, rows, cell) {
  const sessions = [...new Set(rows.map((row) => row.sessions))]
  const bounds = [...new Set(rows.map((row) => row.bound))]
  return {
    title,
    head: ['bound', ...sessions.map((n) => `${n} sessions`)],
    rows: bounds.map((bound) => [
      bound.toFixed(2),
      ...sessions.map((n) => {
        const row = rows.find((one) => one.bound === bound && one.sessions === n)
        return row.ratified ? percent(cell(row)) : '–'
      }),
    ]),
  }
}

function poison(rows) {
  const kinds = [...new Set(rows.flatMap(({kinds: counts}) => Object.keys(counts)))]
  return {
    title: 'Rules gained + widened by k poisoned sessions of n, bound 0.10',
    head: [
      'poison',
      ...rows.map(
        ({poisoned, sessions, within, agents}) =>
          `${poisoned} of ${sessions}${within ? '' : ' (over)'}${agents > 1 ? `, ${agents} agents` : ''}`,
      ),
    ],
    rows: kinds.map((kind) => [
      kind,
      ...rows.map(({kinds: counts}) => {
        if (counts[kind] === undefined) return '–'
        const {gained, widened, confirmed} = counts[kind]
        const untrue = gained + widened === 0 ? '0' : `${gained} + ${widened}`
        return confirmed === 0 ? untrue : `${untrue} (${confirmed} true)`
      }),
    ]),
  }
}

export function textOf(result) {
  const head = `pipelock ${result.version}, seed ${result.seed}${result.size === 'full' ? '' : `, ${result.size}`}\n`
  return `${head}${tablesOf(result).map(textTable).join('')}`
}

export function markdownOf(result) {
  const head = `Version ${result.version}, seed \`${result.seed}\`.\n`
  return `${head}${tablesOf(result).map(markdownTable).join('')}`
}

const BEGIN = '<!-- figures: written by npm run bench:learning -- --write -->\n'
const END = '<!-- end of figures -->\n'

/** The page with the part between its two marks replaced. */
export function withTables(page, tables) {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (from < 0 || to < from) throw new Error('docs/learning-quality.md has lost its marks')
  return `${page.slice(0, from + BEGIN.length)}\n${tables}\n${page.slice(to)}`
}
