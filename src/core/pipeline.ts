// The one pipeline: hooks composed once per policy, then gate and decide. A throw, a rejection or a missing result is a
// blocking finding; only `observe` may fail quietly.
import type {GateMode} from './decision.js'
import {createInspection} from './inspection.js'
import {createContentJudge} from './pipeline/content.js'
import {createEvidence} from './pipeline/evidence.js'
import {createBroken, type OnFault} from './pipeline/faults.js'
import {createJudge, createRulings} from './pipeline/judge.js'
import {createStreamJudge} from './pipeline/stream.js'
import type {Bound, Hooks, PluginHooks} from './plugin.js'
import type {Policy} from './policy.js'
import {guardedRouting, withExemptions} from './pipeline/routing.js'
import type {Routing} from './route.js'

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
  /** undefined where no route is configured. */
  readonly routing?: Routing | undefined
  readonly hooks: PluginHooks
  readonly onFault: OnFault
}

/** Builds the pipeline. Throws when two plugins own a stage that allows one. */
export function composePolicy(options: PipelineOptions): Policy {
  const {hooks: given, onFault, isClean, routing: routes, ...facts} = options
  const {mode, enforce, generation, explainBlocks, configHash, policyHash} = facts
  const broken = createBroken(onFault)
  const routing = routes && guardedRouting(routes, broken)
  const hooks = routing ? withExemptions(given, routing) : given
  const rulings = createRulings({mode: {mode, enforce}, isClean, policy: () => policy})
  const inspection = createInspection({
    requires: stageOf(hooks, 'requires'),
    rewrite: stageOf(hooks, 'rewrite'),
    inspect: stageOf(hooks, 'inspect'),
    expects: stageOf(hooks, 'expects'),
    watch: stageOf(hooks, 'watch'),
    routing,
    broken,
    blocks: (findings) => rulings.actionOf(findings) === 'block',
  })
  const contract = singleStageOf(hooks, 'contract')
  const parts = {contract, inspection, rulings, broken}
  const content = createContentJudge({...parts, mode: {mode, enforce}, ask: singleStageOf(hooks, 'ask')})
  const policy: Policy = Object.freeze({
    mode,
    enforce,
    generation,
    explainBlocks,
    configHash,
    policyHash,
    judge: createJudge({
      ...parts,
      routing,
      admit: stageOf(hooks, 'admit'),
      destination: singleStageOf(hooks, 'destination'),
    }),
    conclude: (x, findings, prior) => rulings.conclude(x, findings, prior),
    route: (x) => routing?.of(x),
    expects: (x) => inspection.expects(x),
    requires: (x, head) => inspection.requires(x, head),
    rewrite: content.rewrite,
    inspect: content.inspect,
    watch: createStreamJudge({inspection, rulings, inspect: content.inspect}),
    ...createEvidence({
      ...parts,
      onFault,
      meter: singleStageOf(hooks, 'meter'),
      outbound: singleStageOf(hooks, 'outbound'),
      commits: stageOf(hooks, 'commit'),
      observers: stageOf(hooks, 'observe'),
    }),
  } satisfies Policy)
  return policy
}

/** Every hook of one stage. */
function stageOf<Name extends keyof Hooks>(plugins: PluginHooks, name: Name): readonly Bound<Name>[] {
  return plugins.flatMap(({plugin, hooks}) => {
    const run = hooks[name]
    return run ? [{plugin, run: run as Hooks[Name]}] : []
  })
}

/** The hook of a stage that allows one. Throws for two. */
function singleStageOf<Name extends keyof Hooks>(plugins: PluginHooks, name: Name): Bound<Name> | undefined {
  const owners = stageOf(plugins, name)
  if (owners.length > 1) throw new Error(`stage ${name} has two owners: ${owners.map((f) => f.plugin).join(', ')}`)
  return owners[0]
}
