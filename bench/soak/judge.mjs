// The verdict on a soak. Levels of the second and of the last quarter are compared, since the first one warms
// up: medians, and of memory the lowest sample, which is what remains when the collector has run.
import {quantile} from '../lib/stats.mjs'

/** Growth from the second to the last quarter that a level may show. */
const LIMITS = {residentMb: 1.15, heapMb: 1.15, descriptors: 1.1, handles: 1.1, p99: 2}
const IN_MEMORY = new Set(['residentMb', 'heapMb'])
/** Below this a level is too small for a share of it to mean anything. */
const FLOORS = {residentMb: 20, heapMb: 10, descriptors: 10, handles: 10, p99: 5}
/** Clients that meet the end of a reload or of a connection may fail now and then. */
const MAX_FAILED = 0.001

export function judge({samples, idle, kinds, exit, verified}) {
  const quarter = Math.floor(samples.length / 4)
  const checks = Object.keys(LIMITS).map((name) => {
    const level = (part) =>
      quantile(
        part.map((sample) => sample[name]).sort((a, b) => a - b),
        IN_MEMORY.has(name) ? 0 : 0.5,
      )
    const [early, late] = [level(samples.slice(quarter, 2 * quarter)), level(samples.slice(-quarter))]
    const ok = late <= early * LIMITS[name] || late - early <= FLOORS[name]
    return {name, ok, detail: `${early.toFixed(1)} in the second quarter, ${late.toFixed(1)} in the last`}
  })
  const all = Object.values(kinds)
  const done = all.reduce((sum, kind) => sum + kind.done, 0)
  const failed = all.reduce((sum, kind) => sum + kind.failed, 0)
  checks.push(
    {name: 'traffic', ok: all.every((kind) => kind.done > 0), detail: `${done} exchanges of ${all.length} kinds`},
    {name: 'failures', ok: failed <= done * MAX_FAILED, detail: `${failed} of ${done + failed}`},
    {name: 'idle descriptors', ok: idle.descriptors <= 80, detail: `${idle.descriptors} once the clients left`},
    {name: 'end', ok: exit === 0, detail: `exit status ${exit}`},
    {name: 'evidence', ok: verified === 0, detail: verified === 0 ? 'verifies' : `verification failed (${verified})`},
  )
  return {ok: checks.every(({ok}) => ok), checks}
}
