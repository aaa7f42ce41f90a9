// What the figures are held against. Rows of the gate decide the exit code; the other targets are only reported.
import {percent, wilson} from '../lib/tables.mjs'

const RESPONSES = 0.0001
const OTHERS = 0.0005

/**
 * A full run meets a limit with its share. A sample cannot show so small a share: it fails when the lower end of its interval
 * is above the limit, which few refusals do not bring about by chance.
 */
function atMost(name, {n, refused}, limit, isSample, gate = true) {
  const [low, high] = wilson(refused, n)
  const met = (isSample ? low : refused / Math.max(1, n)) <= limit
  const figure = `${refused} of ${n}: ${percent(refused / Math.max(1, n), 3)} (${percent(low, 3)} to ${percent(high, 3)})`
  return {name: `${name} ≤ ${percent(limit)}`, figure, met, gate}
}

function atLeast(name, count, n, limit) {
  return {
    name: `${name} ≥ ${percent(limit, 0)}`,
    figure: `${count} of ${n}: ${percent(count / Math.max(1, n), 1)}`,
    met: n > 0 && count / n >= limit,
    gate: false,
  }
}

export function judge({size, sections}) {
  const {responses, bodies, urls, corpora, credentials, tokens, cases, traffic} = sections
  const isSample = size !== 'full'
  const rows = []
  if (responses) rows.push(atMost('responses refused', responses, RESPONSES, isSample))
  if (bodies) {
    const json = bodies.kinds.JSON ?? {n: 0, refused: 0}
    const others = {n: bodies.n - json.n, refused: bodies.refused - json.refused}
    rows.push(atMost('JSON bodies refused', json, OTHERS, isSample))
    rows.push(atMost('other bodies refused', others, OTHERS, isSample))
  }
  if (urls) rows.push(atMost('URLs refused', urls, OTHERS, isSample))
  if (!isSample && responses) rows.push(count('documents', responses.n, 20_000))
  if (!isSample && urls) rows.push(count('URLs', urls.n, 10_000))
  if (traffic) rows.push(atMost('made-up and recorded traffic refused', traffic, 0.001, isSample, false))
  if (tokens) {
    const sum = (key) => Object.values(tokens).reduce((all, row) => all + row[key], 0)
    rows.push({
      name: 'matches of the generic rule in identifiers, slugs, digests and file names = 0',
      figure: `${sum('generic')} of ${sum('n')}`,
      met: sum('generic') === 0,
      gate: false,
    })
  }
  if (credentials) {
    const {kinds, places} = credentials
    const everywhere = kinds.filter(({plain}) => plain.length === places.length).length
    rows.push(atLeast('kinds of credentials found in every place, as written', everywhere, kinds.length, 1))
    const cells = kinds.flatMap(({disguised}) => Object.values(disguised))
    const sum = (key) => cells.reduce((all, cell) => all + cell[key], 0)
    rows.push(atLeast('credentials found under disguises', sum('found'), sum('n'), 1))
    const generic = (list) => list.filter((one) => one.generic.length === places.length).length
    const prefixed = kinds.filter(({hasPrefix}) => hasPrefix)
    rows.push(atLeast('kinds found by the generic rule alone, in every place', generic(kinds), kinds.length, 0.7))
    rows.push(atLeast('of these, kinds with a prefix before _ or -', generic(prefixed), prefixed.length, 0.7))
    const named = kinds.filter((one) => one.named).length
    rows.push(atLeast('kinds found by the generic rule alone, under the name api_key', named, kinds.length, 0.7))
  }
  if (cases) {
    rows.push(atLeast('public cases contained', cases.contained, cases.attacks, 1))
    rows.push(atLeast('disguised public cases contained', cases.containedDisguised, cases.disguised, 0.97))
    rows.push(
      atMost('benign public cases refused', {n: cases.benign, refused: cases.benignStopped}, 0, isSample, false),
    )
  }
  if (corpora) {
    const {groups, auc} = corpora
    const placed = groups['attacks in documents, bare orders apart']
    const plain = groups['plain attacks']
    const benign = groups['benign rows']
    const own = groups['ordinary documents that trained nothing']
    rows.push(atLeast('attacks in documents found, bare orders apart', placed.both, placed.n, 0.8))
    rows.push(atLeast('plain attacks found', plain.both, plain.n, 0.8))
    rows.push(atMost('benign rows refused', {n: benign.n, refused: benign.both}, 0.01, isSample, false))
    if (own)
      rows.push(
        atMost('documents that trained nothing refused', {n: own.n, refused: own.both}, OTHERS, isSample, false),
      )
    const name = 'rules and classifier, bare orders apart'
    rows.push({
      name: 'area under the curve, rules and classifier, bare orders apart ≥ 0.95',
      figure: auc[name] === undefined ? 'none' : auc[name].toFixed(3),
      met: auc[name] >= 0.95,
      gate: false,
    })
  }
  return rows
}

function count(name, n, least) {
  return {name: `${name} ≥ ${least}`, figure: String(n), met: n >= least, gate: true}
}
