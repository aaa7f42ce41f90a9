// Reading captures (learn §4): one streaming pass over verified chains, a line at a time; only the aggregate stays.
// Groups of files are read in any order with the same result: each chain is checked on its own.
import {createHash} from 'node:crypto'
import {PipelockError} from '../../../core/errors.js'
import {isObject} from '../../../lib/json/reader.js'
import {splitLines} from '../../../lib/line-reader.js'
import {addEvent, createAggregate, type Aggregate} from './aggregate.js'
import {decodeCapture} from './capture-record.js'
import {createChain, MAX_LINE_BYTES, type RecorderEntry} from './chain.js'
import {eventOf} from './event.js'
import type {Inference} from './settings.js'

/** One file of a chain. */
export interface Source {
  /** As it is named in the compile manifest. */
  readonly path: string
  chunks(): Iterable<Uint8Array>
}

/** Files that hold one recorder chain, in sequence order. */
export type SourceChain = readonly Source[]

export interface InputSummary {
  readonly path: string
  readonly sha256: string
  readonly lines: number
}

export interface IngestOptions {
  readonly agent: string
  readonly inference: Inference
  readonly allowTruncatedChains: boolean
}

export interface Ingested {
  readonly aggregate: Aggregate
  /** In the order of the sources. */
  readonly inputs: readonly InputSummary[]
  /** First files of chains whose beginning is missing. */
  readonly truncated: readonly string[]
}

/** Throws PipelockError for a broken chain, an unknown entry version or an overlong line. */
export function ingest(chains: readonly SourceChain[], options: IngestOptions): Ingested {
  const aggregate = createAggregate()
  const inputs: InputSummary[] = []
  const truncated: string[] = []
  for (const sources of chains) {
    const chain = createChain(options.allowTruncatedChains)
    let dropped = 0
    for (const source of sources) {
      const hash = createHash('sha256')
      let number = 0
      for (const line of linesOf(source, hash)) {
        number++
        const entry = chain.next(line, {path: source.path, line: number})
        if (!entry) aggregate.malformed++
        else if (entry.type === 'capture') addCapture(aggregate, entry, options)
        else if (entry.type === 'capture_drop') dropped = Math.max(dropped, dropCount(entry))
      }
      inputs.push({path: source.path, sha256: `sha256:${hash.digest('hex')}`, lines: number})
    }
    if (chain.truncated) truncated.push(sources[0]?.path ?? '')
    aggregate.dropped += dropped
  }
  return {aggregate, inputs, truncated}
}

/** The lines of a source; what is read also goes into the hash. Throws `payload_too_large`. */
export function* linesOf(source: Source, hash?: ReturnType<typeof createHash>): Generator<Buffer> {
  function* hashed(): Generator<Uint8Array> {
    for (const chunk of source.chunks()) {
      hash?.update(chunk)
      yield chunk
    }
  }
  for (const {line, bytes, tooLong} of splitLines(hashed(), MAX_LINE_BYTES)) {
    if (tooLong) {
      throw new PipelockError(
        'payload_too_large',
        `${source.path}: line ${line} is longer than ${MAX_LINE_BYTES} bytes`,
      )
    }
    yield bytes
  }
}

function addCapture(aggregate: Aggregate, entry: RecorderEntry, options: IngestOptions): void {
  const {profile, floors} = options.inference
  const decoded = decodeCapture(entry.detail)
  if (decoded.kind === 'redacted' && profile === 'wilson_lb_v2') {
    aggregate.redacted++
    return
  }
  if (decoded.kind !== 'capture') {
    aggregate.malformed++
    return
  }
  if (decoded.record.agent !== '' && decoded.record.agent !== options.agent) {
    aggregate.foreign++
    return
  }
  const event = eventOf(profile, entry, decoded.record)
  if (event) addEvent(aggregate, event, floors.events)
  else aggregate.malformed++
}

/** The count of a drop sentinel, which is cumulative over its chain. */
export function dropCount(entry: RecorderEntry): number {
  const count = isObject(entry.detail) ? entry.detail['count'] : undefined
  return typeof count === 'number' && count > 0 ? count : 0
}
