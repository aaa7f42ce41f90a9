// Which names of parameters a rule admits: those that more sessions sent than may be hostile. Names that nobody can list,
// because they are different in every session, leave the rule open; no minority can open it.
import {isListableName} from '../../../../formats/query-names.js'
import {compareCodePoints} from '../../../../lib/json/writer.js'
import type {HttpShape} from '../aggregate.js'
import type {LearnedParameters} from '../rule-draft.js'
import {nameSets, setNames} from '../sent-names.js'
import type {Sessions} from '../sessions.js'
import type {TypedElectorate} from './electorate.js'

/** Names of one rule; and sessions with a name that no other session sent, the suspects among them left out. */
const MAX_NAMES = 64

const OPEN: LearnedParameters = {isOpen: true, admitted: [], refused: 0}

/** `shapes` are counted ones: the sessions that made them are usable. */
export function parametersOf(
  shapes: readonly HttpShape[],
  sessions: Sessions,
  electorate: TypedElectorate,
): LearnedParameters {
  const senders = new Map<string, Set<number>>()
  /** Sessions whose names were not kept. */
  const unknown = new Set<number>()
  for (const {parameters} of shapes) {
    for (const [set, indexes] of parameters ? nameSets(parameters) : []) {
      const names = setNames(set)
      const sets = names?.map((name) => setOf(senders, name)) ?? [unknown]
      for (const index of indexes) for (const known of sets) known.add(sessions.at(index))
    }
  }
  const names: string[] = []
  const refused = new Set(unknown)
  const alone = new Set<number>()
  for (const [name, own] of senders) {
    if (isListableName(name) && electorate.isBeyondSuspects(own)) {
      names.push(name)
      continue
    }
    for (const session of own) refused.add(session)
    if (own.size === 1) for (const session of own) alone.add(session)
  }
  const {sessions: odd, leftOut} = electorate.support(alone)
  if (electorate.isBeyondSuspects(unknown) || names.length > MAX_NAMES || odd - leftOut > MAX_NAMES) return OPEN
  return {isOpen: false, admitted: names.sort(compareCodePoints), refused: refused.size}
}

function setOf(senders: Map<string, Set<number>>, name: string): Set<number> {
  let known = senders.get(name)
  if (!known) senders.set(name, (known = new Set()))
  return known
}
