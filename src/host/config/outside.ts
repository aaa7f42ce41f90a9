// Plugins of the operator as part of a configuration: loaded before its sections are validated, since they own some.
import {z} from 'zod'
import {sections as core} from '../../core/config.js'
import {errorText} from '../../lib/error-text.js'
import type {EffectiveConfig} from '../../plugins/effective-config.js'
import type {OutsidePlugin} from '../outside/load.js'
import {UNSUPPORTED_SECTIONS} from './names.js'
import {fieldPath, type Problem} from './problem.js'
import type {Schemas} from './schemas.js'
import type {ConfigTree} from './tree.js'

export interface OutsideSource {
  /** Folder of the configuration file. */
  readonly directory: string
  readonly home: string | undefined
  /** Names of the built-in plugins. */
  readonly names: readonly string[]
}

type Result =
  | {readonly ok: true; readonly plugins: readonly OutsidePlugin[]}
  | {readonly ok: false; readonly problems: readonly Problem[]}

const NONE: Result = {ok: true, plugins: []}

/** Loads nothing for a list that is not valid: validation reports that. */
export async function outsidePlugins(tree: ConfigTree, builtIn: Schemas, source: OutsideSource): Promise<Result> {
  if (tree.problems.length > 0 || typeof tree.value !== 'object' || tree.value === null) return NONE
  const parsed = z.object({plugins: core.plugins}).safeParse(tree.value)
  if (!parsed.success || parsed.data.plugins.length === 0) return NONE
  const at = (field: string, message: string): Problem => ({field, ...tree.place(fieldPath(field)), message})
  const {directory, home, names} = source
  if (home === undefined)
    return {ok: false, problems: [at('plugins', 'need a home directory (--home or PIPELOCK_HOME)')]}
  const {loadOutsidePlugins} = await import('../outside/load.js')
  const result = await loadOutsidePlugins(parsed.data.plugins, {
    directory,
    home,
    sections: new Set([...Object.keys(builtIn), ...UNSUPPORTED_SECTIONS]),
    names: new Set(names),
  })
  return result.ok ? result : {ok: false, problems: result.problems.map(({field, message}) => at(field, message))}
}

/** Checks of the plugins themselves. A check that fails to check is a problem. */
export function outsideChecks(
  config: EffectiveConfig,
  tree: ConfigTree,
  plugins: readonly OutsidePlugin[],
): readonly Problem[] {
  const members = config as unknown as Readonly<Record<string, unknown>>
  return plugins.flatMap(({name, plugin, schemas}) => {
    const own = Object.fromEntries(Object.keys(schemas).map((section) => [section, members[section]]))
    try {
      return checkResult(plugin.check?.(own)).map(({field, message}) => ({
        field,
        ...tree.place(fieldPath(field)),
        message: `${message} (plugin ${name})`,
      }))
    } catch (error) {
      const field = Object.keys(schemas)[0] ?? 'plugins'
      return [{field, ...tree.place([field]), message: `the check of plugin ${name} failed: ${errorText(error)}`}]
    }
  })
}

type CheckResult = ReturnType<NonNullable<OutsidePlugin['plugin']['check']>>

function checkResult(result: unknown): CheckResult {
  const problems = result ?? []
  const isProblem = (one: unknown): boolean =>
    typeof one === 'object' &&
    one !== null &&
    ['field', 'message'].every((key) => typeof (one as Readonly<Record<string, unknown>>)[key] === 'string')
  if (Array.isArray(problems) && problems.every(isProblem)) return problems as CheckResult
  throw new TypeError('it must return a list of {field, message}')
}
