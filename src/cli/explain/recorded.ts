// Recorded decisions, looked up in the evidence by the id in a block response. Signatures are not checked here:
// `pipelock verify-receipt` does that, and the output says so.
import {readdirSync} from 'node:fs'
import {join} from 'node:path'
import {errnoOf, PipelockError} from '../../core/errors.js'
import type {Transport} from '../../core/exchange.js'
import type {Subject} from '../../core/explanation.js'
import {errorText} from '../../lib/error-text.js'
import {splitLines} from '../../lib/line-reader.js'
import {readChunksSecurely} from '../../lib/secure-read.js'
import {printable} from '../../lib/terminal.js'

/** One receipt. */
export interface RecordedDecision {
  readonly requestId: string
  readonly actionId: string
  readonly time: string
  readonly agent: string
  readonly transport: string
  readonly method: string
  readonly target: string
  readonly verdict: string
  readonly layer: string
  readonly pattern: string
  readonly severity: string
  readonly policyHash: string
  readonly contractRule: string
  readonly file: string
  readonly line: number
}

const MAX_LINE_BYTES = 16 * 1024 * 1024
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const SHORT = /^(req-[0-9]+)(?:-([0-9a-f]{6}))?$/

/** `req-17-3f9a2c` as in a block response, `req-17` as in the log, or the whole id of the exchange. */
export type DecisionId =
  | {readonly kind: 'exchange'; readonly actionId: string}
  | {readonly kind: 'request'; readonly requestId: string; readonly tail: string}

/** Throws `usage` for an invalid id. */
export function parseDecisionId(text: string): DecisionId {
  const id = text.trim().toLowerCase()
  if (UUID.test(id)) return {kind: 'exchange', actionId: id}
  const [, requestId, tail = ''] = SHORT.exec(id) ?? []
  if (requestId !== undefined) return {kind: 'request', requestId, tail}
  throw new PipelockError('usage', `"${printable(text)}" is not the id of a request`, {
    hint: 'it has the form req-17-3f9a2c, as in the header X-Pipelock-Request-Id, or is the action_id of a receipt',
  })
}

/** All receipts of one exchange, in order. Throws when there is none, or when a short id matches several exchanges. */
export function findDecision(directory: string, id: DecisionId): readonly RecordedDecision[] {
  const decisions: RecordedDecision[] = []
  const isNamed = ({requestId, actionId}: RecordedDecision): boolean =>
    id.kind === 'exchange' ? actionId === id.actionId : requestId === id.requestId && actionId.endsWith(id.tail)
  const needle = id.kind === 'exchange' ? id.actionId : `"${id.requestId}"`
  for (const file of evidenceFiles(directory)) {
    for (const {line, bytes} of splitLines(readChunksSecurely(join(directory, file)), MAX_LINE_BYTES)) {
      if (!bytes.includes(needle)) continue
      const decision = readDecision(bytes.toString('utf8'), file, line)
      if (decision && isNamed(decision)) decisions.push(decision)
    }
  }
  const exchanges = new Map<string, RecordedDecision>()
  for (const one of decisions) if (!exchanges.has(one.actionId)) exchanges.set(one.actionId, one)
  if (exchanges.size > 1) throw ambiguous(id, [...exchanges.values()])
  if (exchanges.size === 0) throw unknown(directory, id)
  return decisions
}

const TRANSPORTS: readonly Transport[] = ['forward', 'connect', 'intercept', 'fetch', 'websocket', 'reverse']

/** The recorded request as a question; undefined where the evidence holds only part of its URL. */
export function subjectOf({target, method, transport}: RecordedDecision): Subject | undefined {
  if (target.includes('[redacted')) return undefined
  const known = TRANSPORTS.find((one) => one === transport)
  return {
    url: method === 'CONNECT' ? `https://${target}/` : target,
    ...(method !== '' && {method}),
    ...(known && {transport: known}),
  }
}

function evidenceFiles(directory: string): readonly string[] {
  try {
    const sequence = (name: string): number => Number(/-([0-9]+)\.jsonl$/.exec(name)?.[1] ?? 0)
    return readdirSync(directory)
      .filter((name) => name.endsWith('.jsonl'))
      .sort((a, b) => sequence(a) - sequence(b))
  } catch (error) {
    const code = errnoOf(error) === 'ENOENT' ? 'file_not_found' : 'file_unreadable'
    throw new PipelockError(code, `the evidence directory ${directory} cannot be read: ${errorText(error)}`, {
      hint: 'name the flight_recorder.dir of the firewall with --evidence DIR',
      cause: error,
    })
  }
}

function readDecision(text: string, file: string, line: number): RecordedDecision | undefined {
  let entry: unknown
  try {
    entry = JSON.parse(text)
  } catch {
    return undefined // the unfinished end of a log that is being written
  }
  const record = member(member(entry, 'detail'), 'action_record')
  if (record === undefined) return undefined
  const field = (name: string): string => {
    const value = member(record, name)
    return typeof value === 'string' ? value : ''
  }
  return {
    requestId: field('request_id'),
    actionId: field('action_id'),
    time: field('timestamp'),
    agent: field('actor'),
    transport: field('transport'),
    method: field('method'),
    target: field('target'),
    verdict: field('verdict'),
    layer: field('layer'),
    pattern: field('pattern'),
    severity: field('severity'),
    policyHash: field('policy_hash'),
    contractRule: field('contract_rule_id'),
    file,
    line,
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined
}

const MAX_LISTED = 10

function ambiguous(id: DecisionId, rows: readonly RecordedDecision[]): PipelockError {
  const newest = rows.toReversed().slice(0, MAX_LISTED)
  const listed = newest.map((one) => `  ${shortId(one)}  ${one.time}  ${one.verdict}  ${one.method} ${one.target}`)
  const more = rows.length > newest.length ? [`  and ${rows.length - newest.length} earlier ones`] : []
  const message = [
    `${shownAs(id)} names ${rows.length} requests, numbers begin anew with every start:`,
    ...listed,
    ...more,
  ]
  return new PipelockError('usage', message.join('\n'), {hint: 'give one of these ids'})
}

function unknown(directory: string, id: DecisionId): PipelockError {
  return new PipelockError('file_not_found', `no receipt of ${shownAs(id)} is in ${directory}`, {
    hint: 'name the evidence of the firewall that decided it with --evidence DIR; flight_recorder must be enabled there',
  })
}

function shownAs(id: DecisionId): string {
  if (id.kind === 'exchange') return id.actionId
  return id.tail === '' ? id.requestId : `${id.requestId}-${id.tail}`
}

export function shortId({requestId, actionId}: Pick<RecordedDecision, 'requestId' | 'actionId'>): string {
  return `${requestId}-${actionId.slice(-6)}`
}
