// Makes the declared paths of a configuration absolute (core/key-facts.ts).
import {isAbsolute, resolve} from 'node:path'
import {factsAt, type KeyFacts} from '../../core/key-facts.js'
import {isUnderHome, underHome} from '../../core/home-path.js'

export interface PathBase {
  /** Folder of the configuration file. */
  readonly directory: string
  /** Replaces `<home>`; undefined: such paths stay unchanged. */
  readonly home: string | undefined
}

/** The same configuration with absolute paths. */
export function withPaths<Config>(config: Config, facts: KeyFacts, {directory, home}: PathBase): Config {
  const absolute = (path: string): string => {
    if (isUnderHome(path)) return home === undefined ? path : underHome(path, home)
    return path === '' || isAbsolute(path) ? path : resolve(directory, path)
  }
  return mapPaths(config, facts, absolute) as Config
}

function mapPaths(value: unknown, facts: KeyFacts | undefined, change: (path: string) => string): unknown {
  if (facts === undefined) return value
  if (typeof value === 'string') return facts.path ? change(value) : value
  if (Array.isArray(value)) return value.map((one) => mapPaths(one, facts.each, change))
  if (!isPlain(value)) return value
  const members = Object.entries(value)
  return Object.fromEntries(members.map(([key, inner]) => [key, mapPaths(inner, factsAt(facts, key), change)]))
}

/** A schema may turn its mapping into an object of a class, which a copy would break. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
