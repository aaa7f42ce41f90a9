// The one pipeline: hooks composed once per policy, then gate and decide. A throw, a rejection or a missing answer is a
// blocking finding; only `observe` may fail quietly.
import {decide, gate, type Finding, type GateMode} from './decision.js'
import type {Exchange} from './exchange.js'
import type {Awaitable, ContractVerdict, DestinationVerdict, ExchangeEnd, Hooks, WarnMatches} from './plugin.js'
import type {Policy, Ruling} from './policy.js'

export interface PipelineOptions extends GateMode {
  readonly generation: number
  readonly explainBlocks: boolean
  readonly configHash: string
  readonly policyHash: string
  /** Hooks in registry order, each with its plugin's name. */
  readonly hooks: readonly {readonly plugin: string; readonly hooks: Partial<Hooks>}[]
  /** A failure of `observe`, or the reason behind an internal_error finding; for logs and metrics. */
  readonly onFault: (plugin: string, hook: keyof Hooks, error: unknown) => void
}

type Bound<Name extends keyof Hooks> = {readonly plugin: string; readonly run: Hooks[Name]}

/** Builds the pipeline. Throws when two plugins own a stage that allows one. */
export function composePolicy(options: PipelineOptions): Policy {
  const stage = <Name extends keyof Hooks>(name: Name): readonly Bound<Name>[] =>
    options.hooks.flatMap(({plugin, hooks}) => {
      const run = hooks[name]
      return run ? [{plugin, run: run as Hooks[Name]}] : []
    })
  const single = <Name extends keyof Hooks>(name: Name): Bound<Name> | undefined => {
    const found = stage(name)
    if (found.length > 1) throw new Error(`stage ${name} has two owners: ${found.map((f) => f.plugin).join(', ')}`)
    return found[0]
  }
  const admit = stage('admit')
  const destination = single('destination')
  const contract = single('contract')
  const commits = stage('commit')
  const observers = stage('observe')
  for (const name of NOT_RUN) {
    // a hook that no transport calls would be a check that never happens
    const owner = stage(name)[0]
    if (owner) throw new Error(`plugin ${owner.plugin} has the hook ${name}, which no transport runs yet`)
  }

  const broken = (plugin: string, hook: keyof Hooks, error: unknown): Finding => {
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

  const ruling = (
    findings: readonly Finding[],
    addresses: readonly string[],
    outcome: Ruling['contract'],
    warnMatches?: WarnMatches,
  ): Ruling => ({
    decision: decide(gate(findings, options)),
    contract: outcome,
    addresses,
    ...(warnMatches === undefined ? {} : {warnMatches}),
    policy,
  })

  const destinationFailed = (error: unknown): DestinationVerdict => ({
    findings: destination ? [broken(destination.plugin, 'destination', error)] : [],
    addresses: [],
  })

  /** A finding that does not block in this mode must not spare the exchange the layers behind it. */
  const runRest = (x: Exchange, verdict: DestinationVerdict, before: readonly Finding[]): Awaitable<Ruling> => {
    const {rest} = verdict
    if (rest === undefined || ruling([...before, ...verdict.findings], [], undefined).decision.action === 'block') {
      return runContract(x, verdict, before)
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
      return runRest(x, {...later, findings, ...(warnMatches === undefined ? {} : {warnMatches})}, before)
    }
    return next instanceof Promise ? next.catch(destinationFailed).then(merge) : merge(next)
  }

  const runContract = (x: Exchange, verdict: DestinationVerdict, before: readonly Finding[]): Ruling => {
    const scanners = before.length === 0 ? verdict.findings : [...before, ...verdict.findings]
    const soFar = ruling(scanners, verdict.addresses, undefined, verdict.warnMatches)
    if (!contract) return soFar
    let said: ContractVerdict
    try {
      said = contract.run(x, soFar.decision)
    } catch (error) {
      said = {findings: [broken(contract.plugin, 'contract', error)], outcome: undefined}
    }
    if (said.findings.length === 0) return {...soFar, contract: said.outcome}
    return ruling([...scanners, ...said.findings], verdict.addresses, said.outcome, verdict.warnMatches)
  }

  /** A block from before the contract's turn is bound to it all the same, so that its evidence names what was in force (learn §19.7). */
  const bound = (x: Exchange, r: Ruling): Ruling => {
    if (!contract || r.contract || r.decision.action !== 'block') return r
    try {
      return {...r, contract: contract.run(x, r.decision).outcome}
    } catch (error) {
      options.onFault(contract.plugin, 'contract', error)
      return r // it is a block already, and stays one
    }
  }

  const policy: Policy = {
    mode: options.mode,
    enforce: options.enforce,
    generation: options.generation,
    explainBlocks: options.explainBlocks,
    configHash: options.configHash,
    policyHash: options.policyHash,

    judge(x) {
      let before: readonly Finding[] = []
      for (const {plugin, run} of admit) {
        try {
          before = [...before, ...run(x)]
        } catch (error) {
          before = [...before, broken(plugin, 'admit', error)]
        }
      }
      if (before.some((f) => f.action === 'block')) {
        const refused = ruling(before, [], undefined)
        if (refused.decision.action === 'block') return refused
      }
      if (!destination) return runContract(x, {findings: [], addresses: []}, before)
      let verdict: Awaitable<DestinationVerdict>
      try {
        verdict = destination.run(x)
      } catch (error) {
        verdict = destinationFailed(error)
      }
      if (!(verdict instanceof Promise)) return runRest(x, verdict, before)
      return verdict.catch(destinationFailed).then((v) => runRest(x, v, before))
    },

    conclude(_x, findings, prior) {
      const all = prior ? [...prior.decision.findings, ...findings] : findings
      return ruling(all, prior?.addresses ?? [], prior?.contract, prior?.warnMatches)
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
        faults.length === 0 ? r : ruling([...r.decision.findings, ...faults], r.addresses, r.contract, r.warnMatches)
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

/** Stages of bodies, messages and attestations: they come with the transports that carry them. */
const NOT_RUN = ['rewrite', 'inspect', 'outbound'] as const
