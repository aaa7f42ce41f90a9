// Nodes of the tree that wilson_lb_v3 decides on, and what it decides with.
import type {SetApart} from '../../../formats/path-pattern.js'
import type {Form} from '../../../formats/segment-forms.js'
import type {HttpShape} from './aggregate.js'
import type {TypedElectorate} from './electorate.js'
import {Tally} from './tally.js'

export interface TypedNode {
  /** By canonical segment. */
  readonly children: Map<string, TypedNode>
  wild: Wild | undefined
  /** A person split this position in the base candidate: its values stay literals. */
  isSplit: boolean
  /** Session → distinct requests that pass through or end here. */
  readonly sessions: Tally
  events: number
  /** Shapes whose path ends here. */
  readonly shapes: HttpShape[]
}

export interface Wild {
  readonly node: TypedNode
  readonly forms: readonly Form[]
  /** Merged values. */
  readonly distinct: number
  /** Bits; of the free values, 0 where there are none. */
  readonly entropy: number
}

export function emptyNode(): TypedNode {
  return {children: new Map(), wild: undefined, isSplit: false, sessions: new Tally(), events: 0, shapes: []}
}

/** First and last moment of the observation, in milliseconds. */
export interface Observed {
  readonly firstMs: number
  readonly lastMs: number
}

/** What decides at every node. */
export interface TreeTerms {
  readonly electorate: TypedElectorate
  /** Never covered by a wildcard, besides the built-in list. */
  readonly apart: SetApart
  /** Patterns above positions that never become wildcards. */
  readonly splits: ReadonlySet<string>
  readonly observed: Observed
}

/** A place in a tree: the pattern above it, and the values in front of it as a calendar needs them. */
export interface Place {
  readonly prefix: string
  /** Segments above; of a wildcard the name of its one calendar form, else "". */
  readonly above: readonly string[]
}
