// What all plugins tell `explain` about themselves, joined: layers in the order of the registry, which is the order of
// their hooks, and remedies by the label of a finding.
import type {Finding} from '../../core/decision.js'
import type {Change, Explanation, Facts, Layer, Proposals, Remedy, Rewrites, Surface} from '../../core/explanation.js'
import {set} from '../../core/explanation.js'
import type {EffectiveConfig} from '../../plugins/effective-config.js'
import {loadPlugin, type LoadedConfig, pluginNames} from '../../host/config/load.js'

type Config = EffectiveConfig

export interface Explanations {
  layers(surface: Surface): readonly Layer<Config>[]
  readonly rewrites: readonly Rewrites<Config>[]
  /** Settings under which a blocked finding may do less. */
  loosened(facts: Facts<Config>): Proposals
  /** Settings under which a finding that only warns would block. */
  tightened(finding: Finding, config: Config): Proposals
  /** Settings that switch the layer of a finding on. */
  switchedOn(label: string): Proposals
  /** Why no setting changes a finding. */
  fixed(finding: Finding): string | undefined
  /** The setting of a recorded finding; '' where none changes it; undefined where judging again shows more. */
  recorded(label: string): string | undefined
  /** The configuration under which no match ends the scan early, and content is inspected. */
  everything(config: Config): Config
}

/** Findings of transports and of the pipeline, which no setting changes. */
const UNCHANGEABLE: ReadonlySet<string> = new Set([
  'http_head',
  'method',
  'target',
  'first_bytes',
  'tls_authority_mismatch',
  'connection_limit',
])

/** Of all plugins, those of the configuration included. */
export async function loadExplanations(
  {plugins: outside}: Pick<LoadedConfig, 'plugins'> = {plugins: []},
): Promise<Explanations> {
  const loaded = await Promise.all(
    pluginNames().map(async (name) => {
      const plugin = await loadPlugin(name)
      return plugin.explain?.()
    }),
  )
  const own = loaded.filter((one) => one !== undefined)
  if (outside.length === 0) return joinExplanations(own)
  const {explanationOf} = await import('../../host/outside/explain.js')
  return joinExplanations([...own, ...outside.map(explanationOf)])
}

export function joinExplanations(all: readonly Explanation<Config>[]): Explanations {
  const remedies = (label: string): readonly Remedy<Config>[] =>
    all.flatMap(({remedies: own = {}}) => (Object.hasOwn(own, label) ? [own[label] ?? {}] : []))
  return {
    layers: (surface) => all.flatMap(({layers = []}) => layers.filter((layer) => layer.surface === surface)),
    rewrites: all.flatMap(({rewrites}) => rewrites ?? []),
    loosened(facts) {
      const own = remedies(facts.finding.layer)
      const isAcceptable = own.some((remedy) => remedy.isAcceptable)
      return [
        ...(isAcceptable ? all.flatMap((one) => one.accept?.(facts) ?? []) : []),
        ...own.flatMap((remedy) => remedy.loosen?.(facts) ?? []),
      ]
    },
    tightened(finding, config) {
      const changes: Change[] = []
      if (config.mode === 'audit') changes.push(set('mode', 'balanced', 'set mode to balanced: audit never blocks'))
      if (!config.enforce) changes.push(set('enforce', true, 'set enforce to true'))
      for (const {stricter} of remedies(finding.layer)) {
        if (stricter !== undefined) changes.push(set(stricter, 'block', `set ${stricter} to block`))
      }
      return changes
    },
    switchedOn: (label) =>
      remedies(label).flatMap(({switches = []}) => switches.map((field) => set(field, true, `set ${field} to true`))),
    fixed(finding) {
      for (const {fixed} of all) {
        const reason = fixed?.(finding)
        if (reason !== undefined) return reason
      }
      return undefined
    },
    recorded(label) {
      if (UNCHANGEABLE.has(label)) return ''
      return remedies(label).find(({recorded}) => recorded !== undefined)?.recorded
    },
    everything: (config) =>
      Object.assign({...config, enforce: false}, ...all.map((one) => one.inspectAll?.(config))) as Config,
  }
}
