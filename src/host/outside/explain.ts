// What an outside plugin tells `explain`: its layer, and settings of its own sections. A fault in it hides its hints only.
import {NONE, type Explanation, type Layer} from '../../core/explanation.js'
import type {EffectiveConfig} from '../../plugins/effective-config.js'
import {layerOf} from './findings.js'
import type {OutsidePlugin} from './load.js'

type Config = EffectiveConfig

export function explanationOf({name, plugin, schemas}: OutsidePlugin): Explanation<Config> {
  const {explain} = plugin
  if (explain === undefined) return {}
  const label = layerOf(name)
  const own = (config: Config): Readonly<Record<string, unknown>> => {
    const members = config as unknown as Readonly<Record<string, unknown>>
    return Object.fromEntries(Object.keys(schemas).map((section) => [section, members[section]]))
  }
  const isOwn = (field: string): boolean => Object.hasOwn(schemas, field.split('.')[0] ?? '')
  const {stricter} = explain
  return {
    layers: explain.surfaces.map((surface): Layer<Config> => ({
      surface,
      label,
      about: explain.about,
      off: (config) => quietly(() => explain.off?.(own(config)), undefined),
    })),
    remedies: {
      [label]: {
        loosen: (facts) =>
          quietly(() => explain.loosen?.({...facts, config: own(facts.config)}), NONE)?.filter(({field}) =>
            isOwn(field),
          ) ?? NONE,
        ...(stricter !== undefined && isOwn(stricter) && {stricter}),
      },
    },
  }
}

function quietly<T>(run: () => T, otherwise: T): T {
  try {
    return run()
  } catch {
    return otherwise
  }
}
