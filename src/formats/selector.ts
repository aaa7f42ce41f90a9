// Selects the contract of an agent: an exact name precedes a glob, a glob precedes the default, and within a class the
// manifest's order decides.
import {checkGlob, compileGlob} from '../lib/glob.js'

/** The target of a manifest selector; exactly one member is set in a valid manifest. */
export interface SelectorTarget {
  readonly agent?: string | undefined
  readonly agent_glob?: string | undefined
  readonly default?: boolean | undefined
}

/** A function from agent name to the value of its selector; undefined where no selector matches. */
export function selectorIndex<T>(entries: readonly (readonly [SelectorTarget, T])[]): (agent: string) => T | undefined {
  const exact = new Map<string, T>()
  const globs: (readonly [(agent: string) => boolean, T])[] = []
  let otherwise: T | undefined
  for (const [target, bound] of entries) {
    if (target.agent) {
      if (!exact.has(target.agent)) exact.set(target.agent, bound)
    } else if (target.agent_glob) {
      const matches = agentGlob(target.agent_glob)
      if (matches) globs.push([matches, bound])
    } else if (target.default) {
      otherwise ??= bound
    }
  }
  return (agent) => exact.get(agent) ?? globs.find(([matches]) => matches(agent))?.[1] ?? otherwise
}

const SELECTOR = {dialect: 'selector', crosses: false} as const

/** Whether the name of an agent matches a glob of a selector; undefined when the glob is malformed. */
export function agentGlob(glob: string): ((agent: string) => boolean) | undefined {
  return checkGlob(glob, SELECTOR.dialect) === undefined ? compileGlob(glob, SELECTOR) : undefined
}
