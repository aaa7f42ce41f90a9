// The inspection stages `requires`, `rewrite`, `inspect` and `watch`, run over heads, bodies and events. A throw, a
// rejection, a missing or late result is a blocking finding. A `strip` finding without replacements is treated as a
// block.
import {after} from '../lib/awaitable.js'
import {Buffer} from 'node:buffer'
import type {Finding, Replacement} from './decision.js'
import type {Exchange, Header, Unit} from './exchange.js'
import type {Awaitable, Bound, EventVerdict, Findings, Hooks} from './plugin.js'
import {isContentType} from './content-type.js'
import type {Rewrite, ShieldSummary, Requirements, Watcher} from './plugin.js'
import type {Content, ContentRead, JudgedBody} from './policy.js'
import {trimOws} from '../lib/ows.js'
import {createRequires} from './required-content.js'
import {streams, type Routing} from './route.js'

/** No inspector may hold an exchange longer than this. */
const INSPECTION_MS = 30_000

export interface InspectionOptions {
  readonly requires: readonly Bound<'requires'>[]
  readonly rewrite: readonly Bound<'rewrite'>[]
  readonly inspect: readonly Bound<'inspect'>[]
  readonly expects: readonly Bound<'expects'>[]
  readonly watch: readonly Bound<'watch'>[]
  readonly routing?: Routing | undefined
  /** The finding for a failed hook. */
  readonly broken: (plugin: string, hook: keyof Hooks, error: unknown) => Finding
  readonly blocks: (findings: Findings) => boolean
}

export interface InspectedRequest {
  readonly findings: Findings
  readonly body?: JudgedBody
}

export interface WatchedEvent {
  readonly findings: Findings
  readonly open: boolean
}

export interface Inspection {
  /** Inspects the head and, where a plugin wants it, the body of a request. `before` are the findings so far. */
  request(x: Exchange, content: Content | undefined, before: Findings): Awaitable<InspectedRequest>
  unit(x: Exchange, unit: Unit): Awaitable<Findings>
  /** The body of a response as it may be handed on, if no finding blocks. */
  rewrite(x: Exchange, unit: Unit): Awaitable<Rewrite>
  expects(x: Exchange): boolean
  requires(x: Exchange, head: Unit): Requirements | undefined
  watch(x: Exchange, head: Unit): readonly WatcherOf[]
}

export interface WatcherOf {
  readonly layer: string
  readonly maxEventBytes: number
  feed(event: Unit): Awaitable<WatchedEvent>
  feedAll(events: readonly Unit[]): Awaitable<Pick<WatchedEvent, 'open'> | undefined>
  unreadable(why: 'size' | 'encoding'): Finding
}

const NOTHING: Findings = []
const EMPTY = Buffer.alloc(0)
const RESPONSE = {direction: 'response'} as const

export function createInspection(options: InspectionOptions): Inspection {
  const {broken, blocks, routing} = options

  const notInspected = (plugin: string, error: unknown): Findings => [broken(plugin, 'inspect', error)]
  const notRewritten = (plugin: string, unit: Unit, error: unknown): Rewrite => ({
    unit,
    changed: false,
    findings: [broken(plugin, 'rewrite', error)],
  })

  // hooks return synchronously as a rule: waiting is kept out of these loops, which run for every unit, so that they
  // allocate nothing that only a wait would need
  const inspectFrom = (x: Exchange, unit: Unit, index: number, findings: Findings): Awaitable<Findings> => {
    for (let i = index; i < options.inspect.length; i++) {
      const bound = options.inspect[i]
      if (!bound) break
      let result: Awaitable<Findings>
      try {
        result = bound.run(x, unit)
        if (result instanceof Promise) return inspectLater(x, unit, i, findings, result)
        if (!isList(result)) result = notInspected(bound.plugin, noVerdict())
      } catch (error) {
        result = notInspected(bound.plugin, error)
      }
      if (result.length > 0) findings = [...findings, ...result.map(stripsOrBlocks)]
    }
    return findings
  }

  const inspectLater = async (
    x: Exchange,
    unit: Unit,
    index: number,
    findings: Findings,
    waited: Promise<Findings>,
  ): Promise<Findings> => {
    const plugin = options.inspect[index]?.plugin ?? ''
    const result = await settled(waited, isList, (error) => notInspected(plugin, error))
    return inspectFrom(x, unit, index + 1, [...findings, ...result.map(stripsOrBlocks)])
  }

  interface Rewritten {
    readonly unit: Unit
    readonly findings: Findings
    readonly body: JudgedBody
    readonly shield?: ShieldSummary
  }

  const withRewrite = (state: Rewritten, result: Rewrite): Rewritten => {
    const {unit, findings, changed, redaction, shield = state.shield} = result
    if (unit === state.unit && !changed && findings.length === 0 && shield === state.shield) return state
    return {
      ...(shield && {shield}),
      unit,
      findings: findings.length === 0 ? state.findings : [...state.findings, ...findings],
      body: changed
        ? {bytes: unit.bytes, changed, ...retyping(state, unit), ...(redaction && {redaction})}
        : state.body,
    }
  }

  const retyping = ({unit: before, body}: Rewritten, after: Unit): Pick<JudgedBody, 'retyped'> => {
    const {headers, mediaType, contentType} = after
    if (contentType !== before.contentType) return {retyped: {headers, mediaType, contentType}}
    return body.retyped ? {retyped: body.retyped} : {}
  }

  const rewriteFrom = (x: Exchange, first: Rewritten, index: number): Awaitable<Rewritten> => {
    let state = first
    for (let i = index; i < options.rewrite.length; i++) {
      const bound = options.rewrite[i]
      if (!bound || (state.findings.length > 0 && blocks(state.findings))) break
      let result: Awaitable<Rewrite>
      try {
        result = bound.run(x, state.unit)
        if (result instanceof Promise) return rewriteLater(x, state, i, result)
        if (!isRewrite(result)) result = notRewritten(bound.plugin, state.unit, noVerdict())
      } catch (error) {
        result = notRewritten(bound.plugin, state.unit, error)
      }
      state = withRewrite(state, result)
    }
    return state
  }

  const rewriteLater = async (
    x: Exchange,
    state: Rewritten,
    index: number,
    waited: Promise<Rewrite>,
  ): Promise<Rewritten> => {
    const plugin = options.rewrite[index]?.plugin ?? ''
    const result = await settled(waited, isRewrite, (error) => notRewritten(plugin, state.unit, error))
    return rewriteFrom(x, withRewrite(state, result), index + 1)
  }

  const requires = createRequires({...options, hooks: options.requires})

  const body = (x: Exchange, head: Unit, content: Content, before: Findings): Awaitable<InspectedRequest> => {
    const want = requires(x, head)
    if (!want) return {findings: before}
    const unread = (error: unknown): ContentRead => ({kind: 'failed', finding: broken('proxy', 'inspect', error)})
    return content
      .read(want.maxBytes)
      .catch(unread)
      .then((read) => {
        if (read.kind === 'failed') return {findings: [...before, read.finding]}
        if (read.kind === 'over' && want.isOptional) return {findings: before}
        if (read.kind === 'over' || read.bytes.length > want.maxBytes) {
          const over = want.over({beginning: EMPTY, bytes: want.maxBytes + 1})
          if (over.length === 0) over.push(broken('proxy', 'requires', new Error('no finding for an oversized body')))
          return {
            findings: [...before, ...over.map((one) => ({...one, action: 'block' as const, hard: true as const}))],
          }
        }
        const {bytes} = read
        const whole: JudgedBody = {bytes, changed: false}
        const first = {unit: {...head, kind: 'body' as const, bytes}, findings: before, body: whole}
        return after(rewriteFrom(x, first, 0), (state) =>
          blocks(state.findings)
            ? {findings: state.findings, body: state.body}
            : after(inspectFrom(x, state.unit, 0, state.findings), (findings) => ({findings, body: state.body})),
        )
      })
  }

  return {
    unit: (x, unit) => inspectFrom(x, unit, 0, NOTHING),
    requires,

    rewrite(x, unit) {
      const whole: JudgedBody = {bytes: unit.bytes, changed: false}
      return after(rewriteFrom(x, {unit, findings: NOTHING, body: whole}, 0), ({findings, body, shield}) => ({
        ...(shield && {shield}),
        unit: body.changed ? {...unit, ...body.retyped, bytes: body.bytes} : unit,
        changed: body.changed,
        findings,
      }))
    },

    request(x, content, before) {
      if (x.headers.length === 0 && !content) return {findings: before}
      if (options.inspect.length === 0 && options.requires.length === 0) return {findings: before}
      const head = headUnit('request', x.headers)
      const ofHead = inspectFrom(x, head, 0, before)
      if (!content) return after(ofHead, asInspectedRequest)
      return after(ofHead, (findings) => (blocks(findings) ? {findings} : body(x, head, content, findings)))
    },

    expects: (x) =>
      !streams(routing?.of(x), RESPONSE) &&
      options.expects.some(({plugin, run}) => {
        try {
          return run(x)
        } catch (error) {
          broken(plugin, 'expects', error)
          return true // an unknown is treated as inspected: an uncoded response costs nothing
        }
      }),

    watch(x, head) {
      const watchers: WatcherOf[] = []
      if (streams(routing?.of(x), head)) return watchers
      for (const {plugin, run} of options.watch) {
        let watcher: Watcher | undefined
        try {
          watcher = run(x, head)
        } catch (error) {
          const finding = broken(plugin, 'watch', error)
          watchers.push({
            layer: 'context',
            maxEventBytes: 0,
            feed: () => ({findings: [finding], open: false}),
            feedAll: () => undefined,
            unreadable: () => finding,
          })
        }
        if (watcher) watchers.push(guardedWatcher(plugin, watcher))
      }
      return watchers
    },
  }

  function guardedWatcher(plugin: string, watcher: Watcher): WatcherOf {
    return {
      layer: watcher.layer,
      maxEventBytes: watcher.maxEventBytes,
      feed(event) {
        const failed = (error: unknown): EventVerdict => ({findings: [broken(plugin, 'watch', error)], open: false})
        try {
          const result = watcher.feed(event)
          if (result instanceof Promise) return settled(result, isVerdict, failed)
          return isVerdict(result) ? result : failed(noVerdict())
        } catch (error) {
          return failed(error)
        }
      },
      feedAll(events) {
        // a failure here occurs again, and is reported, when the events are fed one by one
        try {
          const verdict = watcher.feedAll?.(events)
          return verdict instanceof Promise
            ? settled(
                verdict,
                () => true,
                () => undefined,
              )
            : verdict
        } catch {
          return undefined
        }
      },
      unreadable(why) {
        try {
          return watcher.unreadable(why)
        } catch (error) {
          return broken(plugin, 'watch', error)
        }
      },
    }
  }
}

function isList(value: Findings): boolean {
  return Array.isArray(value)
}

function isRewrite({unit, findings}: Rewrite): boolean {
  return Buffer.isBuffer(unit.bytes) && Array.isArray(findings)
}

function isVerdict({findings}: EventVerdict): boolean {
  return Array.isArray(findings)
}

function noVerdict(): Error {
  return new Error('no result')
}

/** The result in time; any failure is converted by `failed`. */
function settled<T>(value: Promise<T>, isResult: (value: T) => boolean, failed: (error: unknown) => T): Promise<T> {
  return inTime(value)
    .then((result) => (isResult(result) ? result : failed(noVerdict())))
    .catch(failed)
}

function asInspectedRequest(findings: Findings): InspectedRequest {
  return {findings}
}

/** Rejects when the inspector has not finished in time. */
function inTime<T>(value: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no result in ${INSPECTION_MS} ms`)), INSPECTION_MS)
    value.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** A `strip` finding without replacements becomes a block. */
function stripsOrBlocks(finding: Finding): Finding {
  if (finding.action !== 'strip' || (finding.replace && finding.replace.length > 0)) return finding
  return {...finding, action: 'block'}
}

/** The head of a message as a unit. */
export function headUnit(direction: Unit['direction'], headers: readonly Header[], status?: number): Unit {
  const contentType = headers.find(([name]) => isContentType(name))?.[1] ?? ''
  const end = contentType.indexOf(';')
  const mediaType = trimOws(end < 0 ? contentType : contentType.slice(0, end)).toLowerCase()
  return {kind: 'head', direction, headers, mediaType, contentType, bytes: EMPTY, ...(status !== undefined && {status})}
}

/** The bytes with every replacement applied; overlapping ones are merged and keep the text of the first. */
export function stripped(bytes: Buffer, findings: Findings): Buffer {
  const spans: Replacement[] = findings.flatMap((f) => (f.action === 'strip' ? (f.replace ?? []) : []))
  spans.sort((a, b) => a.start - b.start || b.end - a.end)
  const parts: Buffer[] = []
  let at = 0
  for (const {start, end, text} of spans) {
    if (start < at) {
      at = Math.max(at, end)
      continue
    }
    parts.push(bytes.subarray(at, start), Buffer.from(text, 'utf8'))
    at = end
  }
  parts.push(bytes.subarray(at))
  return Buffer.concat(parts)
}
