// What the figures must reach, and the guarantees that a single figure breaks.

const percent = (value) => `${(value * 100).toFixed(2)} %`

/** Only targets whose figures were measured. */
export function judge({parts}) {
  const targets = []
  const add = (name, figure, met, guarantee = false) => targets.push({name, figure, met, guarantee})
  const at = (rows, n) => rows?.find(({sessions, ratified}) => ratified && sessions === n)
  const allow = (rows, n, least, name) => {
    const row = at(rows, n)
    if (row)
      add(`hold-out allow rate, ${name}, ${n} sessions ≥ ${percent(least)}`, percent(row.allow), row.allow >= least)
  }
  allow(parts.stable, 5, 0.97, 'stable')
  allow(parts.stable, 10, 0.99, 'stable')
  allow(parts.mixed, 100, 0.98, 'mixed')
  const ten = at(parts.stable, 10)
  if (ten) add('endpoint F1, stable, 10 sessions ≥ 0.95', ten.f1.toFixed(3), ten.f1 >= 0.95)
  const hundred = at(parts.mixed, 100)
  if (hundred)
    add(
      'endpoint F1, mixed, stable endpoints, 100 sessions ≥ 0.95',
      hundred.f1Stable.toFixed(3),
      hundred.f1Stable >= 0.95,
    )
  judgeNested(parts.nested, add)
  const rows = [...(parts.stable ?? []), ...(parts.mixed ?? [])].filter(({ratified}) => ratified)
  if (rows.length > 0) {
    const passed = (kinds) =>
      rows.reduce((sum, {escapes}) => sum + kinds.reduce((n, kind) => n + escapes[kind].passed, 0), 0)
    const hard = passed(['host', 'method', 'reserved', 'encoded', 'case'])
    add('escapes by host, method and reserved noun (encoded, in capitals) = 0', String(hard), hard === 0, true)
    const kinds = Object.keys(rows[0].escapes).filter((kind) => kind !== 'word')
    const others = passed(kinds.filter((kind) => kind !== 'argument'))
    add('escapes of every kind but MCP argument = 0', String(others), others === 0, true)
    const all = passed(kinds) / rows.reduce((sum, {escape}) => sum + escape.tried, 0)
    const worst = Math.max(...rows.map(({escape}) => escape.rate))
    add('escape rate, all kinds ≤ 1 %', `${percent(all)} (worst contract set ${percent(worst)})`, all <= 0.01, true)
    const untold = rows.reduce((sum, {refused}) => sum + refused.untold, 0)
    add('refused hold-out requests that the review had not told of = 0', String(untold), untold === 0, true)
  }
  if (parts.poisoning) {
    const within = parts.poisoning.filter((row) => row.within)
    const sum = (keep) =>
      within.reduce(
        (total, {kinds}) =>
          total +
          Object.entries(kinds)
            .filter(([kind]) => keep(kind))
            .reduce((n, [, {gained, widened}]) => n + gained + widened, 0),
        0,
      )
    const http = sum((kind) => kind !== 'MCP argument')
    add('rules gained or widened within the bound, but for arguments = 0', String(http), http === 0, true)
    // a constant has no floor of its own: what the bound allows is what it withstands
    const bounded = within.filter(({poisoned, sessions}) => poisoned <= sessions / 10)
    const args = bounded.reduce((n, {kinds}) => n + kinds['MCP argument'].gained + kinds['MCP argument'].widened, 0)
    add('tool rules that lost a constant argument within the bound = 0', String(args), args === 0, true)
  }
  const one = parts['one-session']
  if (one) add('positions that one session collapses = 0', String(one.positions), one.positions === 0, true)
  const {determinism} = parts
  if (determinism) {
    add('compiles with other bytes = 0', String(determinism.different), determinism.different === 0, true)
    add("contracts with another agent's traffic = 0", String(determinism.foreign), determinism.foreign === 0, true)
  }
  return targets
}

/** Endpoints of nested agents that are used in every session. */
const EVERY_SESSION = ['stable', 'calendar']
/** With those that are used somewhere in most sessions: which is below which prefix differs, and five sessions are too few for them. */
const REGULAR = [...EVERY_SESSION, 'nested']

function judgeNested(rows = [], add) {
  const least = (row, classes, share, name) => {
    const of = classes.map((one) => row.mass[one])
    const sum = (figure) => of.reduce((total, each) => total + each[figure], 0)
    const rate = sum('allowed') / sum('requests')
    add(`hold-out allow rate, nested agents, ${name} ≥ ${percent(share)}`, percent(rate), rate >= share)
  }
  for (const row of rows.filter(({ratified}) => ratified)) {
    const when = row.isQuarter ? `a quarter after ${row.sessions} sessions` : `${row.sessions} sessions`
    const share = {5: 0.97, 10: 0.99}[row.sessions] ?? 0.995
    if (row.sessions < 10) least(row, EVERY_SESSION, share, `endpoints of every session, ${when}`)
    else least(row, REGULAR, share, `regular endpoints, ${when}`)
    if (row.sessions < 30 || row.isQuarter) continue
    least(row, ['occasional'], 0.95, `occasional endpoints, ${when}`)
    add(`endpoint F1, nested agents, ${when} ≥ 0.95`, row.f1.toFixed(3), row.f1 >= 0.95)
    const {requests, allowed} = row.unknown
    add(`unknown paths let through, ${when} = 0`, `${allowed} of ${requests}`, allowed === 0)
  }
}
