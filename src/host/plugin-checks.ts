// Rules of the plugin interface that types cannot express: one owner per section, known hooks, reasons of the closed
// set. A plugin that breaks one stops the start with its name.
import {HOOK_NAMES, type Hooks} from '../core/plugin.js'
import {REASONS} from '../core/reasons.js'
import type {AnyPlugin} from '../plugins/registry.js'

/** The problem of a plugin and its declared schemas; `owners` collects sections across plugins. */
export function pluginProblem(
  plugin: AnyPlugin,
  schemaKeys: readonly string[],
  owners: Map<string, string>,
): string | undefined {
  for (const key of plugin.sections) {
    if (!schemaKeys.includes(key)) return `plugin ${plugin.name} names section ${key} without a schema`
  }
  for (const key of schemaKeys) {
    const owner = owners.get(key)
    if (owner !== undefined) return `section ${key} has two owners: ${owner}, ${plugin.name}`
    if (!plugin.sections.includes(key)) return `plugin ${plugin.name} has a schema for ${key} without naming it`
    owners.set(key, plugin.name)
  }
  const unknown = plugin.reasons.find((reason) => !Object.hasOwn(REASONS, reason))
  return unknown === undefined ? undefined : `plugin ${plugin.name} has the unknown reason ${unknown}`
}

export function hookProblem(name: string, hooks: Partial<Hooks>): string | undefined {
  const known: readonly string[] = HOOK_NAMES
  const unknown = Object.keys(hooks).find((key) => !known.includes(key))
  return unknown === undefined ? undefined : `plugin ${name} has the unknown hook ${unknown}`
}
