// Findings of each layer on a URL or a text, and for each finding the one setting that would change it. A setting is
// only named after the question was judged again with it and had another verdict.
import type {Action, Exemption, Finding} from '../../core/decision.js'
import type {Change, Facts, Subject, Surface} from '../../core/explanation.js'
import type {Ports} from '../../core/ports.js'
import {parseTarget} from '../../core/target.js'
import type {EffectiveConfig} from '../../plugins/effective-config.js'
import type {LoadedConfig} from '../../host/config/load.js'
import {changedConfig} from './change.js'
import {loadExplanations, type Explanations} from './explanations.js'
import type {Hint} from './hint.js'
import {openJudge, type Judge, type Judged, type Rewritten} from './judge.js'
import {placesOf, type Place} from './places.js'
import {OUTSIDE_LAYER} from '../../host/outside/findings.js'
import {rewritesIn, type RewriteReport} from './rewrites.js'

export type LayerState = 'clean' | 'fired' | 'rewrote' | 'off' | 'not reached' | 'not inspected'

export interface FindingReport {
  readonly layer: string
  /** Action under this configuration; `off`: its layer is switched off. */
  readonly action: Action | 'off'
  readonly reason: string
  readonly detail: string
  readonly severity: string
  readonly matches: readonly Place[]
  /** The exemption under which it only warns. */
  readonly exemption?: Exemption
  readonly hint?: Hint
  /** Why no setting changes it. */
  readonly fixed?: string
}

export interface LayerReport {
  readonly layer: string
  readonly state: LayerState
  readonly about: string
  /** The setting that switches it off, or the reason why it was skipped. */
  readonly note?: string
}

export interface SurfaceReport {
  readonly surface: Surface
  /** The decision under this configuration. */
  readonly action: Action
  readonly decidedBy: string
  readonly layers: readonly LayerReport[]
  readonly findings: readonly FindingReport[]
  /** Report-only patterns that matched. */
  readonly reported: readonly string[]
  /** Rules that an entry of `suppress` accepts for this subject. */
  readonly suppressed: readonly string[]
  /** The route that the question takes; absent where none matches. */
  readonly route?: string
  /** The rewritten message, where it would not continue unchanged. */
  readonly rewritten?: Rewritten
  /** The parts that are replaced, removed or added. */
  readonly rewrites: readonly RewriteReport[]
}

export interface ExamineOptions {
  readonly surfaces: readonly Surface[]
  readonly resolve: boolean
  /** Search for the setting that changes each finding. */
  readonly hints: boolean
}

export async function examine(
  loaded: LoadedConfig,
  ports: Ports,
  subject: Subject,
  options: ExamineOptions,
): Promise<readonly SurfaceReport[]> {
  const key = ports.random(32)
  const explanations = await loadExplanations(loaded)
  const reports: SurfaceReport[] = []
  for (const surface of options.surfaces) {
    const open = (config: LoadedConfig): Promise<Judge> => openJudge(config, ports, surface, options.resolve)
    reports.push(await examineSurface({loaded, subject, surface, options, key, open, explanations}))
  }
  return reports
}

interface Examination {
  readonly loaded: LoadedConfig
  readonly subject: Subject
  readonly surface: Surface
  readonly options: ExamineOptions
  readonly key: Uint8Array
  readonly open: (loaded: LoadedConfig) => Promise<Judge>
  readonly explanations: Explanations
}

async function examineSurface(work: Examination): Promise<SurfaceReport> {
  const {loaded, subject, surface, options, key} = work
  const judgeWith = (under: LoadedConfig): Promise<Judged> => judgedWith(work, under)
  const judge = await work.open(loaded)
  try {
    const base = await judge.ask(subject)
    const wide = await judgeWith(everything(work))
    const behind = wide.decision.findings.filter((one) => !base.decision.findings.some((f) => isSame(f, one)))
    const places = placesOf(judge.services, subject, surface, key)
    const all = [...base.decision.findings, ...behind]
    const isHidden = all.some(({inHost}) => inHost === true)
    const shown = quoting(all, parseTarget(subject.url).target?.host ?? '')
    const {isClean} = judge.services.dlp
    const findings: FindingReport[] = []
    for (const finding of all) {
      const isBehind = behind.includes(finding)
      const off = isBehind ? offBy(work, finding.layer) : undefined
      const {layer, reason, severity, detail} = finding
      const reported: ReportedFinding = {
        finding,
        judged: isBehind ? wide : base,
        state: off ? 'off' : isBehind ? 'behind' : 'acting',
      }
      const hint = options.hints ? await hintFor(work, reported, (text) => !isHidden && isClean(text)) : {}
      findings.push({
        layer,
        reason,
        severity,
        action: off === undefined ? (isBehind ? 'block' : finding.action) : 'off',
        detail: shown(detail),
        matches: matchesOf(finding, places),
        ...(finding.exemption && {exemption: finding.exemption}),
        ...hint,
      })
    }
    const {cause, action} = base.decision
    const rewrites = await rewritesIn(base, {
      loaded,
      subject,
      explanations: work.explanations,
      hints: options.hints,
      judgeWith,
      verdictOf,
    })
    return {
      surface,
      action,
      decidedBy: cause?.layer ?? 'all',
      layers: layersOf(work, all, rewrites),
      findings,
      reported: base.reported.map(({pattern_name}) => pattern_name),
      suppressed: base.suppressed,
      ...(base.route !== undefined && {route: base.route}),
      ...(base.rewritten && {rewritten: base.rewritten}),
      rewrites,
    }
  } finally {
    await judge.close()
  }
}

/** Redacts names that are or hold a credential: the text of one finding may quote the subject of another. */
function quoting(findings: readonly Finding[], host: string): (detail: string) => string {
  if (!findings.some(({reason}) => reason === 'dlp_match')) return (detail) => detail
  const isInHost = host !== '' && findings.some(({inHost}) => inHost === true)
  return (detail) => {
    const unquoted = detail.replace(/"[^"]*"/g, '"…"')
    return isInHost ? unquoted.replaceAll(host, '[host]') : unquoted
  }
}

function everything({loaded, explanations}: Examination): LoadedConfig {
  return {...loaded, config: explanations.everything(loaded.config)}
}

async function judgedWith({open, subject}: Examination, loaded: LoadedConfig): Promise<Judged> {
  const judge = await open(loaded)
  try {
    return await judge.ask(subject)
  } finally {
    await judge.close()
  }
}

function isSame(a: Finding, b: Finding): boolean {
  if (a.layer === 'core_response') return isSame({...a, layer: 'response_scan'}, b)
  return a.layer === b.layer && a.rule === b.rule
}

function offBy({surface, loaded, explanations}: Examination, label: string): string | undefined {
  return explanations
    .layers(surface)
    .find((layer) => layer.label === label)
    ?.off?.(loaded.config)
}

/** `acting`: part of the verdict; `behind`: an earlier finding ended the scan; `off`: its layer is switched off. */
interface ReportedFinding {
  readonly finding: Finding
  readonly judged: Judged
  readonly state: 'acting' | 'behind' | 'off'
}

async function hintFor(
  work: Examination,
  {finding, judged, state}: ReportedFinding,
  isShown: (text: string) => boolean,
): Promise<Pick<FindingReport, 'hint' | 'fixed'>> {
  const {loaded, subject, explanations} = work
  const {config} = loaded
  const facts: Omit<Facts<EffectiveConfig>, 'finding'> = {
    config,
    subject,
    judged,
    target: parseTarget(subject.url).target,
  }
  const proposals = (f: Finding): readonly Change[] => {
    if (state === 'off') return explanations.switchedOn(f.layer)
    return state === 'behind' || f.action === 'block' || f.action === 'strip' || f.action === 'ask'
      ? explanations.loosened({...facts, finding: f})
      : explanations.tightened(f, config)
  }
  const under = state === 'behind' ? everything(work) : loaded
  const before = state === 'off' ? 0 : RANK[finding.action]
  let isWithheld = false
  for (const first of proposals(finding)) {
    let change: Change | undefined = first
    // another value may exceed the raised threshold: measure again, a few times
    for (let i = 0; change !== undefined && i < MAX_ROUNDS; i++) {
      isWithheld ||= !isShown(change.says)
      if (isWithheld) break
      const changed = await changedConfig(under, change)
      if (changed === undefined) break
      const after = await judgedWith(work, changed)
      const left = after.decision.findings.find((one) => isSame(finding, one))
      const isChanged = left === undefined ? before > 0 : RANK[left.action] !== before && state !== 'behind'
      if (isChanged) return {hint: {...change, then: verdictOf(state === 'behind' ? judged : after, state)}}
      const field: string = change.field
      const next: Change | undefined = left && proposals(left).find((one) => one.field === field)
      change = next === undefined || JSON.stringify(next.value) === JSON.stringify(change.value) ? undefined : next
    }
  }
  return {fixed: isWithheld ? 'no setting is named: it would hold a credential' : reasonFixed(finding, explanations)}
}

const MAX_ROUNDS = 8
const RANK: Readonly<Record<Action, number>> = {allow: 1, warn: 2, strip: 3, redirect: 4, ask: 5, block: 6}

function verdictOf({decision: {action, cause}}: Judged, state: ReportedFinding['state'] = 'acting'): string {
  if (state === 'behind') return `no longer matches; the first finding (${cause?.layer ?? 'nothing'}) still decides`
  if (cause === undefined) return 'allowed'
  return `${action === 'block' ? 'blocked' : action === 'warn' ? 'allowed with a warning' : action} by ${cause.layer}`
}

function reasonFixed(finding: Finding, explanations: Explanations): string {
  const {layer, hard, inHost, class: kind} = finding
  if (layer.startsWith('core_')) return 'the core floor: no setting changes it'
  if (inHost === true) return 'the host name itself holds it: no setting changes it'
  if (kind === 'infrastructure_error') return 'the look-up failed: no setting provides an address'
  const own = explanations.fixed(finding)
  if (own !== undefined) return own
  if (hard === true) return 'it cannot be read safely, in any mode: no setting changes it'
  return 'no setting changes it'
}

const ELSEWHERE = 'only in a decoded, joined or unpacked form'

function matchesOf({layer, matches, rule, view}: Finding, places: ReadonlyMap<string, Place>): readonly Place[] {
  // plugins of operators name no places
  if (layer.startsWith(OUTSIDE_LAYER)) return []
  const rules = matches?.map(({pattern_name}) => pattern_name) ?? (rule === undefined ? [] : [rule])
  return rules.map((name) => places.get(name) ?? {rule: name, view: view ?? ELSEWHERE})
}

function layersOf(
  {surface, loaded, options, subject, explanations}: Examination,
  findings: readonly Finding[],
  rewrites: readonly RewriteReport[],
): readonly LayerReport[] {
  const layers = explanations.layers(surface)
  const fired = new Set(findings.map(({layer}) => layer))
  // a hard finding ends the scan in every mode
  const last = layers.findIndex(({label}) => findings.some((f) => f.layer === label && f.hard === true))
  return layers.map(({label, about, off, skipped}, i): LayerReport => {
    const row = {layer: label, about}
    const offNote = off?.(loaded.config)
    const rewrote = rewrites.some(({layer}) => layer === label)
    // part of a layer acts also where its section is off
    if (offNote !== undefined && !rewrote) return {...row, state: 'off', note: offNote}
    if (fired.has(label)) return {...row, state: 'fired'}
    if (rewrote) return {...row, state: 'rewrote'}
    if (last >= 0 && i > last) return {...row, state: 'not reached'}
    const skip = skipped?.({lookedUp: options.resolve, mediaType: subject.content?.mediaType ?? ''})
    return skip === undefined ? {...row, state: 'clean'} : {...row, state: 'not inspected', note: skip}
  })
}
