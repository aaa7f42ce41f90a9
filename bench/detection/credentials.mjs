// Credentials by kind × place × disguise, and with the generic rule alone.
import {credentialTables, PLACES} from './kinds.mjs'
import {digestOf} from './harvest.mjs'

export async function credentials({pool, scale, seed, list, progress}) {
  const {kinds} = await credentialTables()
  const taken = kinds
    .toSorted(([a], [b]) => (digestOf(`${seed} ${a}`) < digestOf(`${seed} ${b}`) ? -1 : 1))
    .slice(0, scale.kinds)
    .map(([kind, text]) => ({kind, text}))
  const results = []
  await pool.run('credentials', taken, (result) => {
    results.push(result)
    if (results.length % 20 === 0) progress(`${results.length} of ${taken.length} kinds of credentials`)
  })
  results.sort((a, b) => (a.kind < b.kind ? -1 : 1))
  const places = Object.keys(PLACES)
  const disguises = {}
  for (const {kind, disguised} of results) {
    for (const [name, row] of Object.entries(disguised)) {
      for (const [place, outcome] of Object.entries(row)) {
        const cell = ((disguises[name] ??= {})[place] ??= {n: 0, found: 0, stopped: 0})
        cell.n++
        if (outcome !== 'passed') cell[outcome]++
        if (outcome !== 'found') list({section: 'credentials', kind, disguise: name, place, outcome})
      }
    }
  }
  return {
    places,
    kinds: results.map(({kind, hasPrefix, plain, generic, named, disguised}) => ({
      kind,
      hasPrefix,
      named: named === 'found',
      plain: places.filter((place) => plain[place] === 'found'),
      generic: places.filter((place) => generic[place] === 'found'),
      disguised: Object.fromEntries(places.map((place) => [place, tally(Object.values(disguised), place)])),
    })),
    disguises: Object.fromEntries(
      Object.entries(disguises)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, row]) => [
          name,
          Object.fromEntries(places.flatMap((place) => (row[place] ? [[place, row[place]]] : []))),
        ]),
    ),
  }
}

/** How many of the disguises a place can carry, and their outcomes. */
function tally(rows, place) {
  const outcomes = rows.flatMap((row) => row[place] ?? [])
  const count = (outcome) => outcomes.filter((one) => one === outcome).length
  return {n: outcomes.length, found: count('found'), stopped: count('stopped')}
}
