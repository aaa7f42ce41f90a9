// Changes of a message on its way, by the layer that makes them, and the settings that would leave it unchanged.
import type {RewriteFacts, Rewriting, Subject} from '../../core/explanation.js'
import {parseTarget} from '../../core/target.js'
import type {EffectiveConfig} from '../../plugins/effective-config.js'
import type {LoadedConfig} from '../../host/config/load.js'
import {changedConfig} from './change.js'
import type {Explanations} from './explanations.js'
import type {Hint} from './hint.js'
import type {Judged} from './judge.js'

export interface RewriteReport extends Rewriting {
  readonly layer: string
  /** Predicate of the report line. */
  readonly verb: string
  readonly hint?: Hint
}

export interface RewriteQuestion {
  readonly loaded: LoadedConfig
  readonly subject: Subject
  readonly explanations: Explanations
  /** Search for the setting that leaves the message unchanged. */
  readonly hints: boolean
  judgeWith(loaded: LoadedConfig): Promise<Judged>
  verdictOf(judged: Judged): string
}

/** The rewrites of the message, each with the setting that was confirmed, by judging again, to leave it unchanged. */
export async function rewritesIn(base: Judged, question: RewriteQuestion): Promise<readonly RewriteReport[]> {
  const {loaded, subject, hints, explanations} = question
  const target = parseTarget(subject.url).target
  const reports: RewriteReport[] = []
  for (const rewrites of explanations.rewrites) {
    const under = ({config}: LoadedConfig): RewriteFacts<EffectiveConfig> => ({config, subject, target})
    const hintFor = async (what: string): Promise<Hint | undefined> => {
      for (const change of rewrites.keep(what, under(loaded))) {
        const changed = await changedConfig(loaded, change)
        if (changed === undefined) continue
        const after = await question.judgeWith(changed)
        const left = rewrites.of(after, under(changed))
        if (!left.some((one) => one.what === what)) return {...change, then: question.verdictOf(after)}
      }
      return undefined
    }
    const {layer, verb} = rewrites
    for (const {what, count} of rewrites.of(base, under(loaded))) {
      const hint = hints ? await hintFor(what) : undefined
      reports.push({layer, verb, what, count, ...(hint && {hint})})
    }
  }
  return reports
}
