// One outside plugin as an instance of the pipeline: its hooks with checked results, its samples under its own prefix.
import {PipelockError} from '../../core/errors.js'
import type {Hooks, Instance, Requirement, Watcher} from '../../core/plugin.js'
import type {PluginContext, PluginHooks, PluginInstance} from '../../core/plugin-api.js'
import type {Ports} from '../../core/ports.js'
import {errorText} from '../../lib/error-text.js'
import {findingOf, findingsOf, layerOf} from './findings.js'
import {inTime} from './in-time.js'
import type {OutsidePlugin} from './load.js'
import {samplesOf} from './samples.js'

const CREATE_MS = 30_000
const MAX_BODY_BYTES = 64 * 1024 * 1024
const MAX_EVENT_BYTES = 16 * 1024 * 1024
const HOOKS: readonly string[] = [
  'admit',
  'requires',
  'inspect',
  'expects',
  'watch',
  'observe',
] satisfies (keyof PluginHooks)[]
const MEMBERS: readonly string[] = ['hooks', 'samples', 'close'] satisfies (keyof PluginInstance)[]

export interface OutsideContext {
  readonly config: Readonly<Record<string, unknown>>
  readonly ports: Ports
  readonly state: unknown
  readonly warn: (field: string, message: string) => void
  /** A failure that blocks nothing: of `observe`, of samples. */
  readonly onFault: (hook: string, error: unknown) => void
}

/** Throws config_invalid when the plugin cannot be built: the start is refused, and a reload keeps the running policy. */
export async function createOutside(outside: OutsidePlugin, given: OutsideContext): Promise<Instance<object>> {
  const {name, plugin, schemas} = outside
  const {config, ports, onFault} = given
  const context: PluginContext<unknown> = {
    state: given.state,
    now: () => ports.clock.now(),
    warn: (field, message) => given.warn(String(field), String(message).slice(0, 500)),
    log: (message) => ports.log.info('plugin', {plugin: name, message: String(message).slice(0, 1000)}),
  }
  const own = Object.fromEntries(Object.keys(schemas).map((section) => [section, config[section]]))
  let instance: PluginInstance
  try {
    instance = await inTime(plugin.create(own, context), CREATE_MS)
    requireMembers(instance)
  } catch (error) {
    throw new PipelockError('config_invalid', `plugin ${name} cannot be built: ${errorText(error)}`)
  }
  const hooks = hooksOf(name, instance.hooks, onFault)
  return {
    service: {},
    hooks: () => hooks,
    samples: () => samplesOf(name, instance, (error) => onFault('samples', error)),
    close: async () => void (await inTime(instance.close?.(), CREATE_MS)),
  }
}

function requireMembers(instance: PluginInstance): void {
  const {hooks} = instance as {readonly hooks?: unknown}
  if (typeof hooks !== 'object' || hooks === null) throw new TypeError('create() must return an object with hooks')
  const member = Object.keys(instance).find((key) => !MEMBERS.includes(key))
  if (member !== undefined) throw new TypeError(`create() returned the unknown member ${member}`)
  for (const [key, run] of Object.entries(hooks)) {
    if (!HOOKS.includes(key)) throw new TypeError(`there is no hook ${key} for outside plugins (${HOOKS.join(', ')})`)
    if (typeof run !== 'function') throw new TypeError(`the hook ${key} must be a function`)
  }
  for (const key of ['samples', 'close'] as const) {
    if (instance[key] !== undefined && typeof instance[key] !== 'function')
      throw new TypeError(`${key} must be a function`)
  }
}

function hooksOf(plugin: string, hooks: PluginHooks, onFault: OutsideContext['onFault']): Partial<Hooks> {
  const checked = (result: unknown) => findingsOf(plugin, result)
  return {
    ...(hooks.admit && {admit: (x) => checked(hooks.admit?.(x))}),
    ...(hooks.inspect && {
      inspect(x, unit) {
        const result: unknown = hooks.inspect?.(x, unit)
        return isThenable(result) ? Promise.resolve(result).then(checked) : checked(result)
      },
    }),
    ...(hooks.requires && {
      requires(x, head): Requirement | undefined {
        const want = hooks.requires?.(x, head)
        if (want === undefined) return undefined
        const {maxBytes} = want
        if (!Number.isSafeInteger(maxBytes) || maxBytes < 1 || maxBytes > MAX_BODY_BYTES)
          throw new TypeError(`maxBytes of requires() must be 1 to ${MAX_BODY_BYTES}`)
        return {
          maxBytes,
          over(extent) {
            const finding = want.over(extent)
            return finding === undefined ? undefined : findingOf(plugin, finding)
          },
        }
      },
    }),
    ...(hooks.expects && {
      expects(x) {
        const result: unknown = hooks.expects?.(x)
        if (typeof result !== 'boolean') throw new TypeError('expects() must return true or false')
        return result
      },
    }),
    ...(hooks.watch && {
      watch(x, head): Watcher | undefined {
        const watcher = hooks.watch?.(x, head)
        if (watcher === undefined) return undefined
        const {maxEventBytes} = watcher
        if (!Number.isSafeInteger(maxEventBytes) || maxEventBytes < 1 || maxEventBytes > MAX_EVENT_BYTES)
          throw new TypeError(`maxEventBytes of watch() must be 1 to ${MAX_EVENT_BYTES}`)
        return {
          layer: layerOf(plugin),
          maxEventBytes,
          feed(event) {
            const result: unknown = watcher.feed(event)
            const verdict = (findings: unknown) => ({findings: checked(findings), open: false})
            return isThenable(result) ? Promise.resolve(result).then(verdict) : verdict(result)
          },
          unreadable: (why) => findingOf(plugin, watcher.unreadable(why)),
        }
      },
    }),
    ...(hooks.observe && {
      observe(x, ruling, end) {
        const result: unknown = hooks.observe?.(x, ruling, end)
        // a rejection that nobody handles would end the process
        if (isThenable(result)) Promise.resolve(result).catch((error: unknown) => onFault('observe', error))
      },
    }),
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
