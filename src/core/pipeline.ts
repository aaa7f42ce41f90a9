// The one pipeline: hooks composed once per policy, then gate and decide. A throw, a rejection or a missing result is a
// blocking finding; only `observe` may fail quietly.
import {decide, gate, type Action, type Finding, type GateMode} from './decision.js'
import type {Exchange, Unit} from './exchange.js'
import {createInspection, stripped, type Bound, type InspectedRequest, type WatchedEvent} from './inspection.js'
import type {
  Awaitable,
  ContractVerdict,
  DestinationVerdict,
  ExchangeEnd,
  Findings,
  Hooks,
  Meter,
  Rewrite,
  ShieldSummary,
  WarnMatches,
} from './plugin.js'
import type {Content, Fed, Inspected, JudgedBody, Policy, Ruling, StreamWatch} from './policy.js'
import {createFindingRedactor} from './redacted-text.js'
import {framingOf} from './stream-framing.js'
import {WorkBudgetError, type BudgetOf} from './work.js'

export interface PipelineOptions extends GateMode {
  readonly generation: number
  readonly explainBlocks: boolean
  readonly configHash: string
  readonly policyHash: string
  /**
   * Whether a text is free of credentials. Without it the texts of findings stay unchanged: they are then not shown to
   * anybody.
   */
  readonly isClean?: (text: string) => boolean
  /** Hooks in registry order, each with its plugin's name. */
  readonly hooks: readonly {readonly plugin: string; readonly hooks: Partial<Hooks>}[]
  /** Called for a failure of `observe` and for the cause of an internal_error finding; for logs and metrics. */
  readonly onFault: (plugin: string, hook: keyof Hooks, error: unknown) => void
}

/** Builds the pipeline. Throws when two plugins own a stage that allows one. */
export function composePolicy(options: PipelineOptions): Policy {
  const stage = <Name extends keyof Hooks>(name: Name): readonly Bound<Name>[] =>
    options.hooks.flatMap(({plugin, hooks}) => {
      const run = hooks[name]
      return run ? [{plugin, run: run as Hooks[Name]}] : []
    })
  const single = <Name extends keyof Hooks>(name: Name): Bound<Name> | undefined => {
    const owners = stage(name)
    if (owners.length > 1) throw new Error(`stage ${name} has two owners: ${owners.map((f) => f.plugin).join(', ')}`)
    return owners[0]
  }
  const admit = stage('admit')
  const destination = single('destination')
  const contract = single('contract')
  const ask = single('ask')
  const meter = single('meter')
  const commits = stage('commit')
  const observers = stage('observe')
  const [attestor] = stage('outbound')
  // a hook that no transport calls would be an attestation that never happens
  if (attestor) throw new Error(`plugin ${attestor.plugin} has the hook outbound, which no transport runs yet`)

  const broken = (plugin: string, hook: keyof Hooks, error: unknown): Finding => {
    if (error instanceof WorkBudgetError) return overWorkBudget(plugin, error)
    options.onFault(plugin, hook, error)
    return {
      plugin,
      authority: hook === 'commit' ? 'evidence' : hook === 'contract' ? 'contract' : 'scanner',
      layer: hook === 'contract' ? 'contract' : hook === 'commit' ? 'receipts' : 'context',
      reason: hook === 'commit' ? 'receipt_emission_failed' : 'parse_error',
      action: 'block',
      severity: 'critical',
      hard: true,
      order: 0,
      detail: hook === 'commit' ? 'required receipt could not be written' : 'internal error',
    }
  }

  const redactor = options.isClean && createFindingRedactor(options.isClean)

  const ruling = (
    given: readonly Finding[],
    addresses: readonly string[],
    outcome: Ruling['contract'],
    warnMatches?: WarnMatches,
    body?: JudgedBody,
    shield?: ShieldSummary,
  ): Ruling => {
    const findings = redactor && given.length > 0 ? redactor.texts(given) : given
    const deciding = findings.some(isReport) ? findings.filter((f) => !isReport(f)) : findings
    const reported = deciding === findings ? warnMatches : withReports(warnMatches, findings.filter(isReport))
    return {
      decision: decide(gate(deciding, options)),
      contract: outcome,
      addresses,
      ...(reported === undefined ? {} : {warnMatches: reported}),
      ...(body === undefined ? {} : {body}),
      ...(shield === undefined ? {} : {shield}),
      policy,
    }
  }

  /** A refusal before any layer inspected the URL. */
  const unjudged = (x: Exchange, findings: Findings): Ruling => ({
    ...ruling(redactor ? redactor.unjudged(x, findings) : findings, [], undefined),
    isUnjudged: true,
  })

  const blocks = (findings: Findings): boolean => decide(gate(findings, options)).action === 'block'
  const inspection = createInspection({
    requires: stage('requires'),
    rewrite: stage('rewrite'),
    inspect: stage('inspect'),
    expects: stage('expects'),
    watch: stage('watch'),
    broken,
    blocks,
  })

  const destinationFailed = (error: unknown): DestinationVerdict => ({
    findings: destination ? [broken(destination.plugin, 'destination', error)] : [],
    addresses: [],
  })

  /** A finding that does not block in this mode must not spare the exchange the later layers. */
  const runRest = (
    x: Exchange,
    verdict: DestinationVerdict,
    before: Findings,
    content?: Content,
  ): Awaitable<Ruling> => {
    const {rest} = verdict
    const findings = before.length === 0 ? verdict.findings : [...before, ...verdict.findings]
    if (findings.length > 0 && blocks(findings)) return runContract(x, verdict, {findings})
    if (rest === undefined) {
      const request = inspection.request(x, content, findings)
      return request instanceof Promise
        ? request.then((all) => runContract(x, verdict, all))
        : runContract(x, verdict, request)
    }
    let next: Awaitable<DestinationVerdict>
    try {
      next = rest()
    } catch (error) {
      next = destinationFailed(error)
    }
    const merge = (later: DestinationVerdict): Awaitable<Ruling> => {
      const warnMatches = later.warnMatches ?? verdict.warnMatches
      const findings = [...verdict.findings, ...later.findings]
      return runRest(x, {...later, findings, ...(warnMatches === undefined ? {} : {warnMatches})}, before, content)
    }
    return next instanceof Promise ? next.catch(destinationFailed).then(merge) : merge(next)
  }

  /** Runs after the scanners with their decision as input; its verdict outvotes none of theirs. */
  const runContract = (
    x: Exchange,
    {addresses, warnMatches}: DestinationVerdict,
    {findings, body}: InspectedRequest,
  ): Ruling => {
    const soFar = ruling(findings, addresses, undefined, warnMatches, body)
    if (!contract) return soFar
    let verdict: ContractVerdict
    try {
      verdict = contract.run(x, soFar.decision)
    } catch (error) {
      verdict = {findings: [broken(contract.plugin, 'contract', error)], outcome: undefined}
    }
    if (verdict.findings.length === 0) return {...soFar, contract: verdict.outcome}
    return ruling([...findings, ...verdict.findings], addresses, verdict.outcome, warnMatches, body)
  }

  /**
   * The part of a unit that may be sent. Stripped bytes are inspected again: a cut can join the text on its two sides.
   */
  const inspected = (x: Exchange, unit: Unit, prior: Ruling, findings: Findings): Awaitable<Inspected> => {
    if (findings.length === 0) return {ruling: prior, unit}
    const concluded = policy.conclude(x, findings, prior)
    const {action} = concluded.decision
    if (passesWhole(concluded)) return {ruling: concluded, unit}
    if (action === 'ask') {
      if (!ask) return inspected(x, unit, prior, findings.map(blockUnapproved))
      return ask.run(x, unit, findings).then(
        (resolved) => inspected(x, unit, prior, resolved.map(blockUnapproved)),
        (error: unknown) =>
          inspected(x, unit, prior, [...findings.map(blockUnapproved), broken(ask.plugin, 'ask', error)]),
      )
    }
    if (action !== 'strip') return {ruling: concluded, unit: undefined}
    const clean = {...unit, bytes: stripped(unit.bytes, gate(findings, options))}
    const settle = (again: Findings): Inspected => {
      const left = again.filter((f) => f.action !== 'allow' && f.action !== 'warn')
      if (left.length === 0) return {ruling: concluded, unit: clean}
      return {
        ruling: policy.conclude(
          x,
          left.map((f) => ({...f, action: 'block' as const})),
          concluded,
        ),
        unit: undefined,
      }
    }
    const again = inspection.unit(x, clean)
    return again instanceof Promise ? again.then(settle) : settle(again)
  }

  const inspectUnit = (
    x: Exchange,
    unit: Unit,
    prior: Ruling,
    select: (findings: Findings) => Findings,
  ): Awaitable<Inspected> => {
    const findings = inspection.unit(x, unit)
    return findings instanceof Promise
      ? findings.then((all) => inspected(x, unit, prior, select(all)))
      : inspected(x, unit, prior, select(findings))
  }

  const rewritten = (x: Exchange, unit: Unit, prior: Ruling): Awaitable<Inspected> => {
    const settle = (result: Rewrite): Inspected => {
      const concluded = result.findings.length === 0 ? prior : policy.conclude(x, result.findings, prior)
      const ruling = result.shield ? {...concluded, shield: result.shield} : concluded
      return {ruling, unit: blocks(result.findings) ? undefined : result.unit}
    }
    const result = inspection.rewrite(x, unit)
    return result instanceof Promise ? result.then(settle) : settle(result)
  }

  /** Inspects both the received unit and its replacement: a cut must neither hide a match nor create one. */
  const inspectBoth = (x: Exchange, unit: Unit, {ruling, unit: shown}: Inspected): Awaitable<Inspected> => {
    if (!shown || shown === unit) return shown ? inspectUnit(x, unit, ruling, all) : {ruling, unit: undefined}
    const second = (first: Inspected): Awaitable<Inspected> => {
      if (!first.unit) return first
      return inspectUnit(x, shown, first.ruling, (findings) => findings.filter((f) => isNewIn(first.ruling, f)))
    }
    const first = inspectUnit(x, unit, ruling, all)
    return first instanceof Promise ? first.then(second) : second(first)
  }

  /** Attaches the active contract to early blocks too, so that their receipts name it. */
  const bound = (x: Exchange, r: Ruling): Ruling => {
    if (!contract || r.contract || r.decision.action !== 'block') return r
    try {
      return {...r, contract: contract.run(x, r.decision).outcome}
    } catch (error) {
      options.onFault(contract.plugin, 'contract', error)
      return r // already a block, and stays one
    }
  }

  const policy: Policy = {
    mode: options.mode,
    enforce: options.enforce,
    generation: options.generation,
    explainBlocks: options.explainBlocks,
    configHash: options.configHash,
    policyHash: options.policyHash,

    judge(x, content) {
      let before: readonly Finding[] = []
      for (const {plugin, run} of admit) {
        try {
          before = [...before, ...run(x)]
        } catch (error) {
          before = [...before, broken(plugin, 'admit', error)]
        }
      }
      if (before.some((f) => f.action === 'block')) {
        const refused = unjudged(x, before)
        if (refused.decision.action === 'block') return refused
      }
      if (!destination) return runRest(x, {findings: [], addresses: []}, before, content)
      let verdict: Awaitable<DestinationVerdict>
      try {
        verdict = destination.run(x)
      } catch (error) {
        verdict = destinationFailed(error)
      }
      if (!(verdict instanceof Promise)) return runRest(x, verdict, before, content)
      return verdict.catch(destinationFailed).then((v) => runRest(x, v, before, content))
    },

    conclude(x, findings, prior) {
      if (!prior) return unjudged(x, findings)
      const all = [...prior.decision.findings, ...findings]
      const next = ruling(all, prior.addresses, prior.contract, prior.warnMatches, prior.body, prior.shield)
      return prior.isUnjudged ? {...next, isUnjudged: true} : next
    },

    expects: (x) => inspection.expects(x),
    requires: (x, head) => inspection.requires(x, head),

    rewrite: (x, body, prior) => rewritten(x, body, prior),

    inspect(x, unit, prior) {
      if (unit.kind !== 'body' || unit.part !== undefined) return inspectUnit(x, unit, prior, all)
      const result = rewritten(x, unit, prior)
      return result instanceof Promise ? result.then((one) => inspectBoth(x, unit, one)) : inspectBoth(x, unit, result)
    },

    watch(x, head, prior) {
      const framing = framingOf(head)
      const watchers = inspection.watch(x, head)
      const [first] = watchers
      if (!first || !framing) return undefined
      x.work?.streams()
      /** Findings from the joined pieces, beyond those of one piece. */
      const joined = (unit: Unit, before: Ruling): ReturnType<StreamWatch['feed']> => {
        const verdicts = watchers.map((w) => w.feed(unit))
        const verdict = (all: readonly WatchedEvent[]): Fed => {
          const findings = all.flatMap((one) => one.findings).filter((f) => before === prior || isNewIn(before, f))
          const ruling = findings.length === 0 ? before : policy.conclude(x, findings, before)
          const isPassed = findings.length === 0 || passes(decide(gate(findings, options)).action)
          return {ruling, unit: isPassed ? unit : undefined, open: all.some((one) => one.open)}
        }
        const ready = verdicts.filter(isReady)
        return ready.length === verdicts.length
          ? verdict(ready)
          : Promise.all(verdicts.map(async (one) => one)).then(verdict)
      }
      const asBody = ({ruling, unit}: Inspected): ReturnType<StreamWatch['feed']> =>
        unit ? joined({...unit, kind: 'event'}, ruling) : {ruling, unit, open: false}
      return {
        framing,
        layer: first.layer,
        maxEventBytes: Math.min(...watchers.map((w) => w.maxEventBytes)),
        unreadable: (why) => policy.conclude(x, [first.unreadable(why)], prior),
        // batching is only safe with a single watcher: the memory of another one could not be undone
        feedAll: (events) => (framing === 'events' && watchers.length === 1 ? first.feedAll(events) : undefined),
        feed(event) {
          if (framing === 'events') return joined(event, prior)
          const result = policy.inspect(x, {...event, kind: 'body'}, prior)
          return result instanceof Promise ? result.then(asBody) : asBody(result)
        },
      }
    },

    meter(x) {
      if (!meter) return undefined
      const failed = (error: unknown): Finding => broken(meter.plugin, 'meter', error)
      try {
        const counting = meter.run(x)
        return counting && {take: (bytes) => takeSafely(counting, bytes, failed)}
      } catch (error) {
        const finding = failed(error)
        return {take: () => finding}
      }
    },

    commit(x, ruled) {
      const r = bound(x, ruled)
      const waits: Promise<void>[] = []
      const faults: Finding[] = []
      for (const {plugin, run} of commits) {
        try {
          const wait = run(x, r)
          if (wait instanceof Promise)
            waits.push(wait.catch((error: unknown) => void faults.push(broken(plugin, 'commit', error))))
        } catch (error) {
          faults.push(broken(plugin, 'commit', error))
        }
      }
      const result = (): Ruling =>
        faults.length === 0
          ? r
          : ruling([...r.decision.findings, ...faults], r.addresses, r.contract, r.warnMatches, r.body, r.shield)
      return waits.length === 0 ? result() : Promise.all(waits).then(result)
    },

    observe(x, r, end: ExchangeEnd) {
      for (const {plugin, run} of observers) {
        try {
          run(x, r, end)
        } catch (error) {
          options.onFault(plugin, 'observe', error)
        }
      }
    },
  }
  return Object.freeze(policy)
}

function takeSafely(meter: Meter, bytes: number, failed: (error: unknown) => Finding): Finding | undefined {
  try {
    return meter.take(bytes)
  } catch (error) {
    return failed(error)
  }
}

const all = (findings: Findings): Findings => findings

const BUDGET_KEYS: Readonly<Record<BudgetOf, string>> = {
  exchange: 'work_budget.exchange_seconds',
  stream: 'work_budget.stream_seconds_per_minute',
  client: 'work_budget.client_seconds_per_minute',
}

/** The rest of the content was not inspected, so it is refused in every mode. */
function overWorkBudget(plugin: string, error: WorkBudgetError): Finding {
  return {
    plugin,
    authority: 'scanner',
    layer: 'work_budget',
    reason: 'parse_error',
    action: 'block',
    severity: 'critical',
    hard: true,
    order: 0,
    detail: error.message,
    hint: `${BUDGET_KEYS[error.of]} sets it`,
  }
}

function passesWhole({decision: {action}}: Ruling): boolean {
  return passes(action)
}

function passes(action: Action): boolean {
  return action === 'allow' || action === 'warn'
}

/** True when the ruling does not yet have the finding. */
function isNewIn({decision}: Ruling, {layer, rule}: Finding): boolean {
  return !decision.findings.some(
    (one) => (one.action === 'warn' || one.action === 'allow') && one.layer === layer && one.rule === rule,
  )
}

/**
 * Report-only patterns of content: they produce no finding, since nothing may outvote a block, but are reported beside
 * every outcome.
 */
function isReport({action}: Finding): boolean {
  return action === 'allow'
}

function withReports(before: WarnMatches = [], reports: Findings): WarnMatches {
  const byName = new Map(before.map((match) => [match.pattern_name, match]))
  for (const {matches = []} of reports) {
    for (const match of matches) if (!byName.has(match.pattern_name)) byName.set(match.pattern_name, match)
  }
  return [...byName.values()]
}

function isReady<T extends object>(value: Awaitable<T>): value is T {
  return !(value instanceof Promise)
}

/** Turns an unresolved `ask` into a block: nobody has approved it. */
function blockUnapproved(finding: Finding): Finding {
  return finding.action === 'ask' ? {...finding, action: 'block'} : finding
}
