// Positions of a rule's matches in a text, and the view of the text in which each one matched. A match is identified by
// a short digest under a key that is forgotten with the run: equal matches of one run can be recognised, and the digest
// reveals nothing.
import type {Subject, Surface} from '../../core/explanation.js'
import {createHmac} from 'node:crypto'
import {readingsOf} from '../../lib/body/readings.js'
import type {Judge} from './judge.js'

export interface Place {
  readonly rule: string
  readonly view: string
  /** UTF-16 offsets, and the line and column of the start, from 1. */
  readonly start?: number
  readonly end?: number
  readonly line?: number
  readonly column?: number
  readonly digest?: string
}

const ENCODED: Readonly<Record<string, string>> = {'': 'as written', env: 'a value of the environment'}
const PASSES: Readonly<Record<string, string>> = {primary: 'as written, normalised'}

/** By rule, for the content of a subject. */
export function placesOf(
  {dlp, injection}: Judge['services'],
  {content}: Subject,
  surface: Surface,
  key: Uint8Array,
): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>()
  if (content === undefined || surface === 'url') return places
  const {mediaType, bytes} = content
  const [text = ''] = readingsOf(bytes, mediaType).texts
  const note = (rule: string, view: string, start: number, end: number): void => {
    if (places.has(rule)) return
    places.set(
      rule,
      start < 0 ? {rule, view} : {rule, view, ...spot(text, start, end), digest: digest(text, start, end)},
    )
  }
  const digest = (whole: string, start: number, end: number): string =>
    createHmac('sha256', key).update(whole.slice(start, end)).digest('hex').slice(0, 12)
  const secrets = dlp.text(text, {surface: surface === 'request' ? 'body' : 'response', all: true})
  for (const {rule, encoded, start, end} of [...secrets.matches, ...secrets.informational]) {
    note(rule, ENCODED[encoded] ?? encoded, start, end)
  }
  const injections = injection.scan(text, {source: surface === 'request' ? 'request_body' : 'http_response'})
  for (const {rule, pass, start, end} of injections.matches) note(rule, PASSES[pass] ?? pass, start, end)
  return places
}

function spot(text: string, start: number, end: number): Pick<Required<Place>, 'start' | 'end' | 'line' | 'column'> {
  const before = text.slice(0, start)
  const lineStart = before.lastIndexOf('\n') + 1
  return {start, end, line: before.split('\n').length, column: start - lineStart + 1}
}
