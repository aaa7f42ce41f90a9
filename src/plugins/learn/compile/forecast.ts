// How many further sessions would turn literal values of one position into a wildcard, by the decision of the compile itself.
import {resolveInference} from './settings.js'
import {TypedElectorate} from './electorate.js'
import {openForms} from './open-position.js'
import {emptyNode, type TypedNode} from './typed-node.js'

interface Floors {
  readonly sessions: number
  readonly windows: number
  readonly bound: number
  readonly isFirst: boolean
}

const HOUR_MS = 3_600_000

/**
 * Each further session brings one new value like the last. A contract does not say which sessions brought which value, so they
 * are taken to be as many different ones as the counts allow. undefined beyond `most` sessions.
 */
export function sessionsToOpen(
  values: readonly {readonly text: string; readonly sessions: number}[],
  known: number,
  {sessions: min_sessions, windows: min_windows, bound, isFirst}: Floors,
  most: number,
): number | undefined {
  const inference = resolveInference('wilson_lb_v3', {floors: {min_sessions, min_windows}, contamination_bound: bound})
  const nodes: [string, TypedNode][] = []
  let next = 0
  const bring = (text: string, sessions: readonly number[]): void => {
    const node = emptyNode()
    // siblings have the same below them
    node.children.set('', emptyNode())
    for (const session of sessions) node.sessions.add(session)
    nodes.push([text, node])
  }
  const n = Math.max(1, known)
  for (const {text, sessions} of values)
    bring(
      text,
      Array.from({length: sessions}, () => next++ % n),
    )
  const last = values.at(-1)?.text ?? ''
  for (let more = 1; more <= most; more++) {
    const total = known + more
    bring(another(last, more), [total - 1])
    const usable = new Set(Array.from({length: total}, (_, session) => session))
    const sessions = {
      at: (index: number) => index,
      hourOf: (session: number) => session,
      machineOf: () => 0,
      count: total,
    }
    const electorate = new TypedElectorate(inference, sessions, usable)
    const observed = {firstMs: 0, lastMs: total * HOUR_MS}
    if (openForms(nodes, {prefix: isFirst ? '' : '/?', above: []}, {electorate, observed})) return more
  }
  return undefined
}

/** A value of the same form: its digits count on; a word gets other letters. */
function another(text: string, number: number): string {
  const digits = text.replace(/[^0-9]/g, '')
  if (digits === '') return text + String(number).replace(/[0-9]/g, (digit) => 'abcdefghij'[Number(digit)] ?? 'a')
  const counted = String((BigInt(digits) + BigInt(number)) % 10n ** BigInt(digits.length)).padStart(digits.length, '0')
  let at = 0
  return text.replace(/[0-9]/g, () => counted[at++] ?? '0')
}
