// The hooks of all plugins by stage, in registry order.
import type {Bound} from '../inspection.js'
import type {Hooks} from '../plugin.js'

/** Hooks in registry order, each with its plugin's name. */
export type PluginHooks = readonly {readonly plugin: string; readonly hooks: Partial<Hooks>}[]

/** Every hook of one stage. */
export function stageOf<Name extends keyof Hooks>(plugins: PluginHooks, name: Name): readonly Bound<Name>[] {
  return plugins.flatMap(({plugin, hooks}) => {
    const run = hooks[name]
    return run ? [{plugin, run: run as Hooks[Name]}] : []
  })
}

/** The hook of a stage that allows one. Throws for two. */
export function singleStageOf<Name extends keyof Hooks>(plugins: PluginHooks, name: Name): Bound<Name> | undefined {
  const owners = stageOf(plugins, name)
  if (owners.length > 1) throw new Error(`stage ${name} has two owners: ${owners.map((f) => f.plugin).join(', ')}`)
  return owners[0]
}
