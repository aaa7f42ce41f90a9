// How much of a body must be complete before it moves: the requirements of all plugins together.
import type {Finding} from './decision.js'
import type {Exchange, Unit} from './exchange.js'
import {isCoded} from './content-type.js'
import {BEGINNING_BYTES, type Bound, type Hooks, type Requirement, type Requirements} from './plugin.js'
import {streams, streamsBinary, type Routing} from './route.js'
import {isPlainText} from '../lib/media/sniff.js'

export interface RequiresParts {
  readonly hooks: readonly Bound<'requires'>[]
  readonly routing?: Routing | undefined
  /** The finding for a failed hook. */
  readonly broken: (plugin: string, hook: keyof Hooks, error: unknown) => Finding
}

export function createRequires({
  hooks,
  routing,
  broken,
}: RequiresParts): (x: Exchange, head: Unit) => Requirements | undefined {
  return (x, head) => {
    const all: {readonly plugin: string; readonly want: Requirement}[] = []
    const route = routing?.of(x)
    const isUnread = streams(route, head)
    // every coded text begins like something else
    const mayStream = streamsBinary(route, head) && !isCoded(head.headers)
    for (const {plugin, run} of hooks) {
      let want: Requirement | undefined
      try {
        want = run(x, head)
      } catch (error) {
        // fail closed: a body must not pass when a plugin could not state whether to inspect it
        const finding = broken(plugin, 'requires', error)
        want = {maxBytes: -1, over: () => finding}
      }
      if (want && (!isUnread || want.always)) all.push({plugin, want: mayStream ? unlessBinary(want) : want})
    }
    if (all.length === 0) return undefined
    const isOptional = all.every(({want}) => want.optional === true)
    const limiting = isOptional ? all : all.filter(({want}) => want.optional !== true)
    const maxBytesWhere = (isPartial: (want: Requirement) => boolean): number => {
      let least = Infinity
      for (const {want} of limiting) if (!isPartial(want) && want.maxBytes < least) least = want.maxBytes
      return least === Infinity ? BEGINNING_BYTES : least
    }
    return {
      isOptional,
      maxBytes: maxBytesWhere(({beginning}) => beginning === true),
      maxBytesOf: (beginning) => maxBytesWhere((want) => isEnough(want, beginning)),
      over: (extent) =>
        all.flatMap(({plugin, want}) => {
          if (extent.bytes <= want.maxBytes && !isEnough(want, extent.beginning)) return []
          try {
            return want.over(extent) ?? []
          } catch (error) {
            return [broken(plugin, 'requires', error)]
          }
        }),
    }
  }
}

/** On a route that lets such content move: what begins as text is held and judged like any other. */
function unlessBinary(want: Requirement): Requirement {
  if (want.always) return want
  const isBinary = (beginning: Buffer): boolean => beginning.length > 0 && !isPlainText(beginning)
  return {
    ...want,
    over: (extent) => (isBinary(extent.beginning) ? undefined : want.over(extent)),
    suffices: (beginning) => isBinary(beginning) || want.suffices?.(beginning) === true,
  }
}

/** A plugin that fails to decide needs the whole body. */
function isEnough(want: Requirement, beginning: Buffer): boolean {
  if (want.beginning) return true
  try {
    return want.suffices?.(beginning) === true
  } catch {
    return false
  }
}
