// Where a compile or an aggregate takes its counts from: captures found by agent or by pattern, or the
// aggregate files of other machines; and the warnings and refusals about what is missing.
import {hostText} from '../../../formats/target.js'
import {resolve} from 'node:path'
import {PipelockError} from '../../../core/errors.js'
import {loadAnyKey} from '../../../core/key-source.js'
import type {PublicKey} from '../../../lib/ed25519.js'
import {expandGlob, isGlob} from '../../../lib/file-glob.js'
import type {Privacy} from '../privacy/privacy.js'
import {percent} from '../view/code-span.js'
import type {Aggregate} from './aggregate.js'
import {readAggregates} from './aggregate-read.js'
import type {AggregateHeader} from './aggregate-lines.js'
import {discoverByAgent, discoverByPattern, manifestPath} from './discover.js'
import type {Ingested} from './ingest.js'
import {readFiles} from './read-files.js'
import {setNames} from './sent-names.js'
import {requestLimitOf, type Inference} from './settings.js'

export interface AggregateSources {
  /** Files or patterns. */
  readonly patterns: readonly string[]
  /** Public key files of machines whose aggregates are taken, besides the agent's own compile key. */
  readonly keyFiles: readonly string[]
  /** Keys by the id that signs with them: the agent's own compile key. */
  readonly keys: ReadonlyMap<string, PublicKey>
  readonly allowUnsigned: boolean
}

export interface GatherRequest {
  readonly agent: string
  readonly privacy: Privacy
  /** `learn.capture_dir`; may be empty when an input is given. */
  readonly captureDir: string
  readonly input: string | undefined
  readonly fromAggregates: AggregateSources | undefined
  readonly sinceMs: number
  readonly allowTruncatedChains: boolean
  /** See IngestOptions. */
  readonly escrowKey?: Uint8Array | undefined
  /** Captures, or those an aggregate was made from, must be covered by signed checkpoints. */
  readonly requireCheckpoints: boolean
  /** See IngestOptions; set where captures are read and checkpoints required. */
  readonly checkpointKeys: readonly Uint8Array[] | undefined
  readonly now: () => number
  /** Reading threads at most. */
  readonly threads: number
  readonly progress: (readBytes: number, totalBytes: number) => void
}

export interface Gathered {
  /** Absolute paths of what is read. */
  readonly files: readonly string[]
  readonly warnings: readonly string[]
  read(inference: Inference): Promise<Ingested>
}

/** Finds the inputs; they are read by `read`, after the caller has held its outputs against them. */
export function gather(request: GatherRequest): Gathered {
  if (request.fromAggregates) return gatherAggregates(request, request.fromAggregates)
  const discovered =
    request.input === undefined
      ? discoverByAgent(requiredCaptureDir(request), request.agent, request.now() - request.sinceMs)
      : discoverByPattern(request.input)
  const chains = discovered.chains.map((chain) =>
    chain.map((path) => ({path, name: manifestPath(resolve(path), request.captureDir)})),
  )
  const {agent, allowTruncatedChains, escrowKey, checkpointKeys, threads, progress} = request
  const {plain: privacy} = request.privacy
  return {
    files: discovered.chains.flat().map((path) => resolve(path)),
    warnings: discovered.skipped.map((reason) => `left out: ${reason}`),
    read: (inference) =>
      readFiles(
        chains,
        {agent, inference, privacy, allowTruncatedChains, escrowKey, checkpointKeys},
        {threads, progress},
      ),
  }
}

export function headerOf(agent: string, inference: Inference, checkpointsRequired = false): AggregateHeader {
  return {agent, profile: inference.profile, requestLimit: requestLimitOf(inference), checkpointsRequired}
}

function gatherAggregates(request: GatherRequest, sources: AggregateSources): Gathered {
  const {agent, allowTruncatedChains, progress} = request
  const files = [...new Set(sources.patterns.flatMap(filesOf))].sort()
  const trusted = sources.keyFiles.map((path) => loadAnyKey(path).public)
  return {
    files,
    warnings: sources.allowUnsigned
      ? ['unsigned aggregates are taken: whoever can write them decides what is learned']
      : [],
    async read(inference) {
      const ingested = await readAggregates(files, {
        header: headerOf(agent, inference, request.requireCheckpoints),
        keysOf: (id) => [sources.keys.get(id) ?? [], trusted].flat(),
        allowUnsigned: sources.allowUnsigned,
        allowTruncatedChains,
        progress,
      })
      refuseRegulated(ingested.aggregate, request.privacy)
      return ingested
    },
  }
}

/** Counts cannot be taken apart any more: a machine that counted without these patterns must count again. */
function refuseRegulated({http, tools}: Aggregate, {filter, isRegulated, isSensitive}: Privacy): void {
  const empty = {agent: '', surface: '', actionClass: '', effectiveAction: '', outcome: '', mcpMethod: ''}
  const unused = {statusClass: '', sessionIdOriginal: ''}
  const sizes = {payloadBytes: 0, scannerBytes: 0}
  const refuse = (): never => {
    throw new PipelockError('regulated_field', 'an aggregate holds values that learn.privacy keeps out of contracts', {
      hint: 'count the captures again with the same learn.privacy',
    })
  }
  for (const {host = '', path = '', method, parameters} of http.values()) {
    const url = `http://${hostText(host)}${path}`
    const record = {...empty, ...unused, ...sizes, method, url, mcpServer: '', toolName: '', toolArgs: undefined}
    const filtered = filter(record)
    if (isRegulated(path) || filtered.kind !== 'kept' || (host !== '' && filtered.record.url !== url)) refuse()
    for (const set of parameters?.sets.values() ?? []) {
      if (setNames(set)?.some((name) => isRegulated(name) || isSensitive(name))) refuse()
    }
  }
  for (const {server, tool, args} of tools.values()) {
    const kept = new Set([...args.values()].flat())
    const toolArgs = kept.size === 0 ? undefined : `[${[...kept].join(',')}]`
    const record = {...empty, ...unused, ...sizes, method: '', url: '', mcpServer: server, toolName: tool, toolArgs}
    const filtered = filter(record)
    if (filtered.kind !== 'kept' || filtered.record.toolArgs !== toolArgs) refuse()
  }
}

function filesOf(pattern: string): readonly string[] {
  if (!isGlob(pattern)) return [resolve(pattern)]
  const discovered = expandGlob(pattern)
  if (discovered.length === 0) throw new PipelockError('no_captures', `no aggregate matches ${pattern}`)
  return discovered
}

function requiredCaptureDir(request: GatherRequest): string {
  if (request.captureDir !== '') return request.captureDir
  throw new PipelockError('usage', 'neither --input nor learn.capture_dir says where the captures are', {
    hint: 'give --input GLOB, or --config with learn.capture_dir',
  })
}

/** Warnings about what was read, or a refusal: what was lost may be exactly what an attacker wanted unseen. */
export function judgeInput(ingested: Ingested, acceptDrops: boolean): readonly string[] {
  const {events, malformed, redacted, dropped, regulated, sensitive} = ingested.aggregate
  const missing = ingested.chains.reduce((sum, {missingSidecars = 0}) => sum + missingSidecars, 0)
  const warnings = ingested.chains
    .filter(({truncated}) => truncated)
    .map(({files}) => `${files[0]?.path}: the chain does not begin at genesis; what came before is unknown`)
  const all = events + malformed + redacted + dropped
  if (dropped * 100 > all) {
    const share = `${dropped} of ${all} captures were dropped (${percent(dropped, all)} %)`
    if (dropped * 10 > all && !acceptDrops) {
      throw new PipelockError('captures_dropped', share, {
        hint: 'observe again, or accept the loss with --accept-drops',
      })
    }
    warnings.push(share)
  }
  if (missing > 0) warnings.push(`${missing} captures name a sidecar that is not there; they count without it`)
  if (regulated > 0)
    warnings.push(`${regulated} captures hold regulated data (learn.privacy) and are left out: delete them`)
  if (sensitive > 0) warnings.push(`${sensitive} captures of sensitive names (learn.privacy) are left out`)
  return warnings
}
