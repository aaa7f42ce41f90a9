// One generation of the firewall: every plugin built from one configuration, and the pipelines composed of them. Built
// completely or not at all; state that must outlive it is in the plugins' states.
import {PipelockError} from '../core/errors.js'
import type {Context, Hooks, Instance} from '../core/plugin.js'
import {composePolicy} from '../core/pipeline.js'
import type {Policy} from '../core/policy.js'
import type {Ports} from '../core/ports.js'
import type {Services} from '../core/services/index.js'
import type {ReadSettings} from '../core/services/settings.js'
import type {PluginName} from '../plugins/registry.js'
import {type LoadedConfig, loadPlugin, pluginNames} from './config/load.js'
import {readSettings} from './config/settings.js'
import {hookProblem} from './plugin-checks.js'

export interface Warning {
  readonly field: string
  readonly message: string
}

export interface PluginHealth {
  readonly name: string
  /** 'ok', or a description of the fault, for the log. */
  readonly state: string
  /** The fault as a code that may be shown to the agent. */
  readonly reason: string | undefined
}

export interface Generation {
  readonly loaded: LoadedConfig
  readonly services: Services
  readonly settings: ReadSettings
  /** Warnings of plugins from their construction. */
  readonly warnings: readonly Warning[]
  /** Health of every plugin that monitors itself. */
  health(): readonly PluginHealth[]
  compose(generation: number): Policy
  /** Plugins in reverse order; every one is closed even when one fails. */
  close(): Promise<void>
}

/** States by plugin, of outside ones by name and digest; made once per firewall. */
export type States = Map<string, unknown>

export interface GenerationOptions {
  readonly loaded: LoadedConfig
  readonly ports: Ports
  readonly states: States
  /** Called when a plugin needs a new pipeline of the same instances. */
  readonly changed: () => void
  readonly onFault: (plugin: string, hook: string, error: unknown) => void
  /** Only these plugins, for a pipeline that judges without serving; default all. */
  readonly only?: readonly PluginName[]
  /** Of these, plugins that only serve others and do not judge. */
  readonly silent?: readonly PluginName[]
}

interface Built {
  readonly name: string
  readonly instance: Instance<unknown>
}

export async function buildGeneration(options: GenerationOptions): Promise<Generation> {
  const {loaded, ports, states} = options
  const built: Built[] = []
  const services: Partial<Record<PluginName, unknown>> = {}
  const warnings: Warning[] = []
  const settings = await readSettings(loaded.config)
  const context: Context<Services> = {
    ports,
    hashes: loaded.hashes,
    service: (name) => services[name] as Services[typeof name],
    settings,
    changed: options.changed,
    warn: (field, message) => void warnings.push({field, message}),
    samples: () => built.flatMap(({instance}) => instance.samples?.() ?? []),
  }
  const close = async (): Promise<void> => {
    const failures: unknown[] = []
    for (const {instance} of built.toReversed())
      await instance.close?.().catch((error: unknown) => failures.push(error))
    if (failures.length > 0) throw failures[0]
  }
  try {
    for (const name of options.only ?? pluginNames()) {
      const plugin = await loadPlugin(name)
      if (!states.has(name)) states.set(name, plugin.state(ports))
      const instance = await plugin.create(loaded.config as never, states.get(name), context)
      built.push({name, instance})
      services[name] = instance.service
    }
    for (const outside of loaded.plugins) {
      const {createOutside} = await import('./outside/instance.js')
      const {name, digest, plugin} = outside
      const key = `${name} ${digest}`
      if (!states.has(key)) states.set(key, plugin.state?.())
      const instance = await createOutside(outside, {
        config: loaded.config as unknown as Readonly<Record<string, unknown>>,
        ports,
        state: states.get(key),
        warn: context.warn,
        onFault: (hook, error) => options.onFault(name, hook, error),
      })
      built.push({name, instance})
    }
  } catch (error) {
    await close().catch(() => undefined) // the error of building takes precedence
    throw error
  }
  const {suppress, dlp, injection} = services as Partial<Services>
  if (suppress && dlp && injection) warnings.push(...suppress.idle([...dlp.ruleNames, ...injection.ruleNames]))
  const {config, hashes} = loaded
  const silent = new Set<string>(options.silent)
  return {
    loaded,
    services: services as Services,
    settings,
    warnings,
    health: () =>
      built.flatMap(({name, instance}) =>
        instance.health ? [{name, state: instance.health(), reason: instance.reason?.()}] : [],
      ),
    compose: (generation) =>
      composePolicy({
        generation,
        mode: config.mode,
        enforce: config.enforce,
        explainBlocks: config.explain_blocks,
        configHash: hashes.raw,
        policyHash: hashes.policy,
        isClean: (text) => (services as Services).dlp.isClean(text),
        routing: (services as Partial<Services>).routes?.routing,
        hooks: built.flatMap(({name, instance}) =>
          instance.hooks && !silent.has(name) ? [{plugin: name, hooks: checked(name, instance.hooks())}] : [],
        ),
        onFault: options.onFault,
      }),
    close,
  }
}

function checked(name: string, hooks: Partial<Hooks>): Partial<Hooks> {
  const problem = hookProblem(name, hooks)
  if (problem !== undefined) throw new PipelockError('internal_error', problem)
  return hooks
}
