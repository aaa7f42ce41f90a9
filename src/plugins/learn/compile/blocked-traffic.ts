// What was blocked while observing, or answered with an error, for the review: it supports no destination rule, so this list
// is the only place where an operator sees it.
import {compareCodePoints} from '../../../lib/json/writer.js'
import type {Aggregate, HttpShape, ToolShape} from './aggregate.js'
import {spanHost, spanText} from '../view/code-span.js'
import type {BlockedTraffic} from './rule-draft.js'
import type {Tally} from './tally.js'

/** One row per distinct text of the chosen shapes, in byte order. `patterns` has the pattern of each with a path. */
export function trafficRows(
  aggregate: Aggregate,
  patterns: ReadonlyMap<HttpShape, string>,
  sessionAt: (index: number) => number,
  isChosen: (shape: HttpShape | ToolShape) => boolean,
): readonly BlockedTraffic[] {
  const rows = new Map<string, {events: number; readonly sessions: Set<number>}>()
  const add = (text: string, sessions: Tally): void => {
    let row = rows.get(text)
    if (!row) rows.set(text, (row = {events: 0, sessions: new Set()}))
    for (const [index, events] of sessions.entries()) {
      row.events += events
      row.sessions.add(sessionAt(index))
    }
  }
  for (const shape of aggregate.http.values())
    if (isChosen(shape)) add(httpText(shape, patterns.get(shape)), shape.sessions)
  for (const shape of aggregate.tools.values()) {
    if (isChosen(shape)) add(`tool ${spanText(shape.server)}/${spanText(shape.tool)}`, shape.sessions)
  }
  return [...rows]
    .sort(([a], [b]) => compareCodePoints(a, b))
    .map(([text, row]) => ({text, events: row.events, sessions: row.sessions.size}))
}

function httpText(shape: HttpShape, pattern: string | undefined): string {
  const method = spanText(shape.method)
  if (shape.host === undefined) return `${method} ${spanText('[redacted-target]')}`
  const place = `${method} ${spanHost(shape.host, shape.port)}`
  return shape.method === 'CONNECT' ? place : `${place}${spanText(pattern ?? '/[redacted-path]')}`
}
