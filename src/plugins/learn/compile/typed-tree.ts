// Path normalisation under wilson_lb_v3: one tree for each host and port, all methods together. At each node the values of a
// form become a wildcard of that form, the rest a wildcard with what was observed of it, or stay literals. What repeats inside a
// session counts once, so nothing depends on how often a request was tried.
import {isWild, patternSegment, segmentsOf, type SetApart} from '../../../formats/path-pattern.js'
import {admits, type Form} from '../../../formats/segment-forms.js'
import type {HttpShape} from './aggregate.js'
import type {Tally} from './tally.js'
import {openForms} from './open-position.js'
import {emptyNode, type Place, type TreeTerms, type TypedNode, type Wild} from './typed-node.js'

/** Adds a path below a node. `sessions` has one key for each session. */
export function insert(root: TypedNode, segments: readonly string[], shape: HttpShape, sessions: Tally): void {
  let node = root
  const pass = (): void => {
    node.sessions.addAll(sessions)
    node.events += shape.sessions.total
  }
  pass()
  for (const segment of segments) {
    let child = node.children.get(segment)
    if (!child) node.children.set(segment, (child = emptyNode()))
    node = child
    pass()
  }
  node.shapes.push(shape)
}

export const ROOT: Place = {prefix: '', above: []}

export function decide(node: TypedNode, place: Place, terms: TreeTerms): void {
  node.isSplit = terms.splits.has(place.prefix)
  const free = [...node.children].filter(([value]) => isWild(value, terms.apart))
  const opened = node.isSplit ? undefined : openForms(free, place, terms)
  if (opened) {
    const merged = emptyNode()
    for (const value of opened.values) {
      const child = node.children.get(value)
      if (child) merge(merged, child)
      node.children.delete(value)
    }
    const {forms, entropy} = opened
    node.wild = {node: merged, forms, distinct: opened.values.length, entropy}
    decide(merged, {prefix: `${place.prefix}/*`, above: [...place.above, calendarName(forms)]}, terms)
  }
  for (const [value, child] of node.children) {
    decide(child, {prefix: `${place.prefix}/${patternSegment(value)}`, above: [...place.above, value]}, terms)
  }
}

function calendarName([form, ...others]: readonly Form[]): string {
  const isCalendar = form?.form === 'year' || form?.form === 'month'
  return isCalendar && others.length === 0 ? `*${form.form}` : '*'
}

function merge(into: TypedNode, from: TypedNode): void {
  into.sessions.addAll(from.sessions)
  into.events += from.events
  for (const shape of from.shapes) into.shapes.push(shape)
  for (const [value, child] of from.children) {
    const known = into.children.get(value)
    if (known) merge(known, child)
    else into.children.set(value, child)
  }
}

/** One step of a pattern: a literal, or a wildcard with its evidence. */
export interface Step {
  readonly text: string
  readonly wild: Wild | undefined
  /** The value of a literal at a position that a person split. */
  readonly split: string | undefined
}

export interface Walked {
  /** As far as the path leads. */
  readonly steps: readonly Step[]
  readonly isWhole: boolean
}

/** Where a path leads, as a wildcard would match it at runtime. `above` are the segments in front of the first. */
export function walk(root: TypedNode, segments: readonly string[], above: readonly string[], apart: SetApart): Walked {
  let node = root
  const steps: Step[] = []
  const path = [...above, ...segments]
  for (const [i, segment] of segments.entries()) {
    const child = node.children.get(segment)
    if (child) {
      steps.push({text: patternSegment(segment), wild: undefined, split: node.isSplit ? segment : undefined})
      node = child
      continue
    }
    const {wild} = node
    const before = path.slice(0, above.length + i)
    if (!wild || !isWild(segment, apart) || !wild.forms.some((form) => admits(form, segment, before))) {
      return {steps, isWhole: false}
    }
    steps.push({text: '*', wild, split: undefined})
    node = wild.node
  }
  return {steps, isWhole: true}
}

/** Segments of the counted path of a shape. */
export function pathOf(shape: HttpShape): readonly string[] {
  return segmentsOf(shape.path ?? '/')
}

/** Pattern text of steps; "" of none. */
export function textOf(steps: readonly Step[]): string {
  return steps.map(({text}) => `/${text}`).join('')
}
