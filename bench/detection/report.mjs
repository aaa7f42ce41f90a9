// The figures as tables, for a terminal and for docs/detection-quality.md: the same rows in both, and nothing in them that is
// not in the JSON.
import {markdownTable, percent, textTable, wilson} from '../lib/tables.mjs'
import {judge} from './targets.mjs'

/** Shares of refused ordinary traffic at the first measurement. */
const BEFORE = {responses: '0.175 %', bodies: '0.898 %', urls: '0.529 %'}
const NAMES = {responses: 'responses', bodies: 'request bodies', urls: 'URLs'}
const METHODS = ['rules', 'classifier', 'both']

const share = (count, n) => (n === 0 ? '–' : count === 0 ? '0 %' : percent(count / n, count / n < 0.01 ? 3 : 1))
const interval = (count, n, digits = 3) => {
  if (n === 0) return '–'
  const [low, high] = wilson(count, n)
  return `${percent(low, digits)} to ${percent(high, digits)}`
}

/** Blocks of the page by name: lists of tables. A section that was not measured has none. */
export function blocksOf(result) {
  const {sections} = result
  return {
    targets: targets(result),
    ordinary: ordinary(sections),
    cases: publicCases(sections),
    corpora: corpora(sections.corpora),
    credentials: credentials(sections),
    fresh: fresh(sections.fresh),
  }
}

function targets(result) {
  const rows = judge(result).map(({name, figure, met, gate}) => [
    gate ? `${name} (gate)` : name,
    figure,
    met ? 'yes' : '**no**',
  ])
  return rows.length === 0 ? [] : [{title: 'Targets', head: ['target', 'reached', 'met'], rows}]
}

function ordinary(sections) {
  const ids = Object.keys(NAMES).filter((id) => sections[id])
  if (ids.length === 0) return []
  const {responses, bodies, urls, traffic} = sections
  const kinds = [...new Set([responses, bodies].flatMap((one) => Object.keys(one?.kinds ?? {})))].sort()
  const cells = (row) =>
    row ? [row.n, row.refused, share(row.refused, row.n), interval(row.refused, row.n)] : Array(4).fill('–')
  const rules = (title, counts) =>
    Object.keys(counts).length === 0 ? [] : [{title, head: ['rule', 'documents'], rows: Object.entries(counts)}]
  return [
    {
      title: 'Ordinary traffic refused',
      head: ['as', 'before', 'now', '95 % interval', 'refused', 'of'],
      rows: ids.map((id) => {
        const {n, refused} = sections[id]
        return [NAMES[id], BEFORE[id], share(refused, n), interval(refused, n), refused, n]
      }),
    },
    ...[
      ['Responses by kind of document', responses],
      ['Request bodies by kind of document', bodies],
    ].flatMap(([title, one]) =>
      one
        ? [
            {
              title,
              head: ['kind', 'documents', 'refused', 'share', '95 % interval'],
              rows: kinds.map((kind) => [kind, ...cells(one.kinds[kind])]),
            },
          ]
        : [],
    ),
    ...rules('Responses refused, by rule', responses?.rules ?? {}),
    ...rules('Request bodies refused, by rule', bodies?.rules ?? {}),
    ...rules('URLs refused, by rule', urls?.rules ?? {}),
    ...rules('Request bodies reported and not refused, by rule', bodies?.warned ?? {}),
    ...rules('URLs reported and not refused, by rule', urls?.warned ?? {}),
    ...(traffic
      ? [
          {
            title: 'Recorded and made-up traffic through a running firewall',
            head: ['items', 'refused', 'share', '95 % interval'],
            rows: [
              [traffic.n, traffic.refused, share(traffic.refused, traffic.n), interval(traffic.refused, traffic.n)],
            ],
          },
        ]
      : []),
  ]
}

function publicCases({cases}) {
  if (!cases) return []
  const row = (name, count, n) => [name, count, n, share(count, n), interval(count, n, 1)]
  return [
    {
      title: 'Public egress cases',
      head: ['figure', 'count', 'of', 'share', '95 % interval'],
      rows: [
        row('attacks contained, as recorded', cases.contained, cases.attacks),
        row('of these, for a reason that fits the case', cases.detected, cases.contained),
        row('attacks contained, disguised', cases.containedDisguised, cases.disguised),
        row('benign cases refused', cases.benignStopped, cases.benign),
        row('refusals with a verified receipt', cases.evidenced, cases.refusals),
      ],
    },
  ]
}

function byMethod(title, first, groups) {
  return {
    title,
    head: [first, 'n', ...METHODS],
    rows: Object.entries(groups).map(([name, row]) => [
      name,
      row.n,
      ...METHODS.map((method) => withInterval(row[method], row.n)),
    ]),
  }
}

function withInterval(count, n) {
  if (n === 0) return '–'
  const digits = count / n < 0.01 ? 2 : 1
  const [low, high] = wilson(count, n).map((end) => (end * 100).toFixed(digits))
  return `${share(count, n)} (${low} to ${high})`
}

const areas = (auc) => ({
  title: 'Area under the curve',
  head: ['of', 'area'],
  rows: Object.entries(auc).map(([name, value]) => [
    name,
    value === undefined || value === null ? '–' : value.toFixed(3),
  ]),
})

const isAttack = ([name]) => name.endsWith(', injection')
const isBenign = ([name]) => name.endsWith(', benign')
const only = (groups, test) => Object.fromEntries(Object.entries(groups).filter(test))

function corpora(one) {
  if (!one) return []
  const {groups, auc, sources, kinds, variants, languages, curve, threshold, shortThreshold} = one
  const missed = Object.entries({...only(sources, isAttack), ...variants})
    .map(([name, row]) => [name, row.n - row.both, row.n, share(row.n - row.both, row.n)])
    .filter(([, count]) => count > 0)
    .sort((a, b) => b[1] - a[1])
  return [
    byMethod('Development sets and documents that trained nothing', 'texts', groups),
    areas(auc),
    byMethod('Attacks by source', 'source', only(sources, isAttack)),
    byMethod('Benign rows by source', 'source', only(sources, isBenign)),
    byMethod('By kind of text', 'kind', kinds),
    byMethod('Attacks by variant', 'variant', variants),
    byMethod('Attacks by language', 'language', only(languages, isAttack)),
    byMethod('Benign rows by language', 'language', only(languages, isBenign)),
    {
      title: 'The classifier alone, by threshold',
      head: [
        'threshold',
        'attacks in documents, bare orders apart',
        'plain attacks',
        'benign rows',
        'ordinary documents',
      ],
      rows: curve.map(({threshold: at, ...parts}) => [
        at === threshold ? `${at} (default)` : at === shortThreshold ? `${at} (default for short texts)` : at,
        ...['placed', 'plain', 'benign', 'documents'].map((name) => share(parts[name].found, parts[name].n)),
      ]),
    },
    {title: 'Attacks missed by rules and classifier together', head: ['class', 'missed', 'of', 'share'], rows: missed},
  ]
}

function credentials({credentials: one, tokens}) {
  if (!one) return []
  const {kinds, places, disguises} = one
  const sum = (row, key) => Object.values(row).reduce((all, cell) => all + cell[key], 0)
  const byPlace = places.map((place) => {
    const cells = Object.values(disguises).flatMap((row) => (row[place] ? [row[place]] : []))
    const of = (key) => cells.reduce((all, cell) => all + cell[key], 0)
    const count = (list) => kinds.filter((kind) => kind[list].includes(place)).length
    return [
      place,
      `${count('plain')} of ${kinds.length}`,
      `${count('generic')} of ${kinds.length}`,
      of('n'),
      share(of('found'), of('n')),
      share(of('stopped'), of('n')),
      share(of('n') - of('found') - of('stopped'), of('n')),
    ]
  })
  const gaps = Object.entries(disguises)
    .map(([name, row]) => [name, row])
    .filter(([, row]) => sum(row, 'found') < sum(row, 'n'))
    .sort(([, a], [, b]) => sum(a, 'found') / sum(a, 'n') - sum(b, 'found') / sum(b, 'n'))
  const whole = Object.keys(disguises).filter((name) => !gaps.some(([gap]) => gap === name))
  const inPlaces = (list) => (list.length === places.length ? 'everywhere' : list.join(', ') || 'nowhere')
  return [
    {
      title: 'Credentials by place',
      head: [
        'place',
        'kinds, as written',
        'generic rule alone',
        'disguised',
        'found',
        'stopped for another reason',
        'passed',
      ],
      rows: byPlace,
    },
    {
      title: 'Disguises under which not every credential is found',
      head: ['disguise', ...places],
      rows: gaps.map(([name, row]) => [
        name,
        ...places.map((place) => (row[place] ? share(row[place].found, row[place].n) : '–')),
      ]),
    },
    {
      title: 'Disguises under which every credential is found in every place',
      text: `${whole.length}: ${whole.join('; ')}.`,
    },
    {
      title: 'Credentials by kind, and the share of disguises under which they are found',
      head: ['kind', 'as written', 'generic rule alone', ...places],
      rows: kinds.map(({kind, plain, generic, disguised}) => [
        kind,
        inPlaces(plain),
        inPlaces(generic),
        ...places.map((place) => share(disguised[place].found, disguised[place].n)),
      ]),
    },
    ...(tokens
      ? [
          {
            title: 'Credentials found in tokens of ordinary documents that are none',
            head: ['tokens', 'number', 'by the generic rule', '95 % interval', 'by other rules'],
            rows: Object.entries(tokens).map(([name, {n, generic, others}]) => [
              name,
              n,
              generic,
              interval(generic, n),
              others,
            ]),
          },
        ]
      : []),
  ]
}

function fresh(one) {
  if (!one) return []
  return [
    byMethod('Fresh set', 'texts', one.groups),
    {
      title: 'Fresh set by the form of the response, rules and classifier together',
      head: ['texts', ...Object.keys(Object.values(one.forms)[0] ?? {})],
      rows: Object.entries(one.forms).map(([name, row]) => [
        name,
        ...Object.values(row).map(({both, n}) => share(both, n)),
      ]),
    },
    {...areas(one.auc), title: 'Fresh set: area under the curve'},
    byMethod('Fresh set by kind', 'kind', one.kinds),
    byMethod('Fresh set by language', 'language', one.languages),
  ]
}

const headOf = ({version, seed, size}) => `pipelock ${version}, seed ${seed}${size === 'full' ? '' : `, ${size}`}\n`

export function textOf(result) {
  const tables = Object.values(blocksOf(result)).flat()
  return `${headOf(result)}${tables.map(textTable).join('')}`
}

const BEGIN = (name) => `<!-- figures: ${name}, written by npm run bench:detection -- --write -->\n`
const END = '<!-- end of figures -->\n'

/** The page with each block between its marks replaced; the text around them is written by hand. */
export function withFigures(page, result) {
  let out = page
  for (const [name, tables] of Object.entries(blocksOf(result))) {
    const from = out.indexOf(BEGIN(name))
    const to = out.indexOf(END, from)
    if (from < 0 || to < 0) throw new Error(`docs/detection-quality.md has lost the marks of ${name}`)
    const text = tables.length === 0 ? '\nNot measured yet.\n' : tables.map(markdownTable).join('')
    const head = name === 'targets' ? `\nVersion ${result.version}, seed \`${result.seed}\`.\n` : ''
    out = `${out.slice(0, from + BEGIN(name).length)}${head}${text}\n${out.slice(to)}`
  }
  return out
}
