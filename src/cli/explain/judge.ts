// Judges one question under one configuration with the pipeline that serves traffic, without recording, counting or
// sending anything. The same text can be a request body or a response body.
import type {Decision, Finding} from '../../core/decision.js'
import {PipelockError} from '../../core/errors.js'
import type {Exchange, Header, Unit} from '../../core/exchange.js'
import {headUnit} from '../../core/inspection.js'
import {BEGINNING_BYTES, type RedactionSummary, type ShieldSummary, type WarnMatches} from '../../core/plugin.js'
import type {Policy, Ruling} from '../../core/policy.js'
import type {Log, Ports, Resolve} from '../../core/ports.js'
import type {Subject, Surface} from '../../core/explanation.js'
import {framingOf, createFramer} from '../../core/stream-framing.js'
import {parseTarget} from '../../core/target.js'
import type {Services} from '../../core/services/index.js'

import {errorText} from '../../lib/error-text.js'
import {uuidv7} from '../../lib/uuid.js'
import {plugins, type PluginName} from '../../plugins/registry.js'
import type {LoadedConfig} from '../../host/config/load.js'
import {buildGeneration, type Warning} from '../../host/generation.js'

export interface Judged {
  readonly decision: Decision
  /** Matches of report-only patterns. */
  readonly reported: WarnMatches
  /** Rules accepted by an entry of `suppress`. */
  readonly suppressed: readonly string[]
  /** Name of its route; undefined where none matches. */
  readonly route: string | undefined
  /** The checked addresses of its host. */
  readonly addresses: readonly string[]
  /** The content to send instead; undefined: unchanged, or nothing. */
  readonly rewritten?: Rewritten
  readonly redaction?: RedactionSummary
  readonly shield?: ShieldSummary
}

/** Lengths in bytes. */
export interface Rewritten {
  readonly from: number
  readonly to: number
}

export interface Judge {
  readonly services: Pick<Services, 'dlp' | 'injection'>
  readonly warnings: readonly Warning[]
  ask(subject: Subject): Promise<Judged>
  close(): Promise<void>
}

/** Any public address: without look-ups, the address layers judge only literals and host overrides. */
const ASSUMED: Resolve = () => Promise.resolve(['1.1.1.1'])

const SCANNERS: readonly PluginName[] = ['proxy', 'routes', 'suppress', 'dlp', 'injection']

/** A text is judged without its destination: the assumed host could be one that is always refused. */
const PLUGINS: Readonly<Record<Surface, readonly PluginName[]>> = {
  url: [...SCANNERS, 'destination'],
  request: [...SCANNERS, 'destination', 'redaction', 'request-scanning', 'media', 'a2a'],
  response: [...SCANNERS, 'destination', 'shield', 'media', 'a2a', 'response-scanning'],
}
/** Plugins that judge the addresses in a text, but not its destination. */
const CONSULTED: Readonly<Record<Surface, readonly PluginName[]>> = {
  url: [],
  request: ['destination'],
  response: ['destination'],
}

const SILENT = (): void => undefined
const DEADLINE_MS = 30_000

/** Builds the scanners, which also detects faults that only compiling shows: an invalid expression, a missing file. */
export function openJudge(loaded: LoadedConfig, ports: Ports, surface: Surface, lookUp = false): Promise<Judge> {
  return open(loaded, ports, surface, lookUp, PLUGINS[surface])
}

export interface JudgedUrl {
  /** undefined without a URL: the scanners were only built. */
  readonly judged: Judged | undefined
  readonly warnings: readonly Warning[]
  readonly dlpPatterns: number
}

/** Judges one URL with the plugins that it needs: half of the program is rules for injections in texts. */
export async function judgeUrl(
  loaded: LoadedConfig,
  ports: Ports,
  url: string | undefined,
  lookUp = false,
): Promise<JudgedUrl> {
  const {needsInjection} = await plugins.destination().then(({default: destination}) => destination.tools(ports))
  const isNeeded = url !== undefined && needsInjection(url)
  const only = PLUGINS.url.filter((name) => name !== 'injection' || isNeeded)
  const judge = await open(loaded, ports, 'url', lookUp, only)
  try {
    const judged = url === undefined ? undefined : await judge.ask({url})
    return {judged, warnings: judge.warnings, dlpPatterns: judge.services.dlp.patternCount}
  } finally {
    await judge.close()
  }
}

async function open(
  loaded: LoadedConfig,
  real: Ports,
  surface: Surface,
  lookUp: boolean,
  only: readonly PluginName[],
): Promise<Judge> {
  const suppressed = new Set<string>()
  const log: Log = {debug: SILENT, warn: SILENT, error: SILENT, info: (_event, fields) => note(fields, suppressed)}
  const ports: Ports = {...real, log, ...(!lookUp && {resolve: ASSUMED})}
  let fault: unknown
  const isOutside = (name: string): boolean => loaded.plugins.some((plugin) => plugin.name === name)
  const generation = await buildGeneration({
    loaded,
    ports,
    states: new Map(),
    changed: SILENT,
    onFault: (plugin, hook, error) => (fault = isOutside(plugin) ? failure(plugin, hook, error) : error),
    only,
    silent: CONSULTED[surface],
  })
  const policy = generation.compose(1)

  return {
    services: generation.services,
    warnings: generation.warnings,
    async ask(subject) {
      suppressed.clear()
      fault = undefined
      const {ruling, rewritten, route} = await judgeBy(policy, ports, subject, surface)
      if (fault !== undefined) throw fault instanceof Error ? fault : new Error(String(fault))
      const {decision, addresses, warnMatches = [], body, shield} = ruling
      return {
        decision,
        addresses,
        reported: warnMatches,
        suppressed: [...suppressed],
        route,
        ...(rewritten && {rewritten}),
        ...(body?.redaction && {redaction: body.redaction}),
        ...(shield && {shield}),
      }
    },
    close: () => generation.close(),
  }
}

function failure(plugin: string, hook: string, error: unknown): PipelockError {
  return new PipelockError('plugin_failed', `plugin ${plugin}: ${hook}() failed: ${errorText(error)}`, {cause: error})
}

function note(fields: Readonly<Record<string, unknown>> | undefined, suppressed: Set<string>): void {
  if (fields?.['suppressed'] !== true || !Array.isArray(fields['patterns'])) return
  for (const name of fields['patterns']) if (typeof name === 'string') suppressed.add(name)
}

interface JudgedRuling {
  readonly ruling: Ruling
  readonly rewritten?: Rewritten
}

async function judgeBy(
  policy: Policy,
  ports: Ports,
  subject: Subject,
  surface: Surface,
): Promise<JudgedRuling & {readonly route: string | undefined}> {
  const x = exchangeOf(ports, subject, surface)
  const judged = await judgeExchange(policy, x, subject, surface)
  return {...judged, route: policy.route(x)?.name}
}

function exchangeOf(ports: Ports, subject: Subject, surface: Surface): Exchange {
  const {url, content, method, transport} = subject
  const now = ports.clock.now()
  return {
    id: uuidv7(now, ports.random(10)),
    requestId: 'req-0',
    transport: transport ?? (surface === 'url' ? 'fetch' : 'forward'),
    purpose: 'check',
    agent: {name: 'anonymous', basis: 'self-declared'},
    clientIp: '127.0.0.1',
    rawTarget: url,
    target: parseTarget(url).target,
    method: method ?? (surface === 'request' ? 'POST' : 'GET'),
    headers: surface === 'request' ? headersOf(content) : [],
    startedAtMs: now,
    signal: AbortSignal.timeout(DEADLINE_MS),
  }
}

async function judgeExchange(policy: Policy, x: Exchange, {content}: Subject, surface: Surface): Promise<JudgedRuling> {
  if (surface === 'url' || content === undefined) return {ruling: await policy.judge(x)}
  const {bytes} = content
  if (surface === 'request') {
    const ruling = await policy.judge(x, {
      read: (maxBytes) => Promise.resolve(bytes.length > maxBytes ? {kind: 'over'} : {kind: 'whole', bytes}),
    })
    const {body} = ruling
    return body?.changed === true && ruling.decision.action !== 'block'
      ? {ruling, rewritten: {from: bytes.length, to: body.bytes.length}}
      : {ruling}
  }
  return judgeResponse(policy, x, headUnit('response', headersOf(content), 200), bytes)
}

function headersOf(content: Subject['content']): readonly Header[] {
  return content ? [['Content-Type', content.mediaType]] : []
}

/** Judges a response as the transports do: complete where a plugin requires it, event by event where it is a stream. */
async function judgeResponse(policy: Policy, x: Exchange, head: Unit, bytes: Buffer): Promise<JudgedRuling> {
  const {ruling: none, unit: passed} = await policy.inspect(x, head, policy.conclude(x, []))
  if (!passed) return {ruling: none}
  const framing = framingOf(head)
  const watch = framing === 'events' || (framing && !policy.requires(x, head)) ? policy.watch(x, head, none) : undefined
  if (watch) {
    const framer = createFramer(watch.framing, watch.maxEventBytes)
    const findings: Finding[] = []
    for (const item of [...framer.push(bytes), ...framer.end()]) {
      if (item.kind === 'rest') continue
      const {decision} =
        item.kind === 'unreadable'
          ? watch.unreadable(item.why)
          : (await watch.feed({...head, kind: 'event', bytes: item.bytes})).ruling
      findings.push(...decision.findings.filter((one) => !findings.some((f) => f.detail === one.detail)))
    }
    return {ruling: policy.conclude(x, findings, none)}
  }
  const want = policy.requires(x, head)
  if (want === undefined) return {ruling: none}
  const beginning = bytes.subarray(0, BEGINNING_BYTES)
  if (bytes.length > want.maxBytesOf(beginning)) {
    const over = want.over({beginning, bytes: bytes.length})
    return {ruling: policy.conclude(x, over, none)}
  }
  const {ruling, unit} = await policy.inspect(x, {...head, kind: 'body', bytes}, none)
  return unit === undefined || unit.bytes === bytes
    ? {ruling}
    : {ruling, rewritten: {from: bytes.length, to: unit.bytes.length}}
}
