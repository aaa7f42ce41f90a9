// A setting as written in the configuration file, and the configuration with it applied.
import {PipelockError} from '../../core/errors.js'
import type {Change, SettingValue} from '../../core/explanation.js'
import type {EffectiveConfig} from '../../plugins/effective-config.js'
import {revalidated, type LoadedConfig} from '../../host/config/load.js'

/** The lines to write. Values are in JSON, which is valid YAML. */
export function settingLines({field, value}: Pick<Change, 'field' | 'value'>): readonly string[] {
  const names = field.split('.')
  const lines = names.map((name, i) => `${'  '.repeat(i)}${name}:`)
  if (!Array.isArray(value)) return [...lines.slice(0, -1), `${lines.at(-1) ?? ''} ${JSON.stringify(value)}`]
  if (value.length === 0) return [...lines.slice(0, -1), `${lines.at(-1) ?? ''} []`]
  const indent = '  '.repeat(names.length)
  return [...lines, ...value.map((one) => `${indent}- ${JSON.stringify(one)}`)]
}

/** The configuration with a changed setting; undefined where it would be refused. */
export async function withChange(loaded: LoadedConfig, {field, value}: Change): Promise<LoadedConfig | undefined> {
  const [section = '', ...path] = field.split('.')
  const tree: Record<string, unknown> = {...loaded.config}
  tree[section] = replaced(tree[section], path, value)
  return revalidated(loaded, section, tree)
}

/** The same; undefined also when its scanners cannot be built. */
export async function changedConfig(loaded: LoadedConfig, change: Change): Promise<LoadedConfig | undefined> {
  try {
    return await withChange(loaded, change)
  } catch (error) {
    if (error instanceof PipelockError) return undefined
    throw error
  }
}

function replaced(tree: unknown, [name, ...rest]: readonly string[], value: SettingValue): unknown {
  if (name === undefined) return value
  const members = typeof tree === 'object' && tree !== null ? (tree as Record<string, unknown>) : {}
  return {...members, [name]: replaced(members[name], rest, value)}
}

export function settingOf(config: EffectiveConfig, field: string): unknown {
  let value: unknown = config
  for (const name of field.split('.')) {
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
  }
  return value
}
