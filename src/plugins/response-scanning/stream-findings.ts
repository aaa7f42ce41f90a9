// What was found in a piece of a stream, as findings.
import type {Action, Finding} from '../../core/decision.js'
import {distinct, names} from './body.js'
import {finding, type Layer} from './findings.js'
import type {InjectionMatch} from './rulings.js'

export interface Actions {
  readonly layer: Layer
  /** Of what, in the text of a finding. */
  readonly what: 'event stream' | 'response'
  readonly orders: Action
  readonly leaks: Action
  readonly unseen: Action
}

export interface StreamMatches {
  readonly orders: readonly InjectionMatch[]
  readonly leaks: readonly InjectionMatch[]
  /** Canary tokens: what proves that one has left is refused whatever is decided about the rest. */
  readonly canaries: readonly InjectionMatch[]
  readonly isExhausted: boolean
}

export function streamFindings(
  actions: Actions,
  {orders, leaks, canaries, isExhausted}: StreamMatches,
): readonly Finding[] {
  const {layer, what} = actions
  const made: Finding[] = []
  const add = (matches: readonly InjectionMatch[], reason: 'prompt_injection' | 'dlp_match', action: Action): void => {
    if (matches.length === 0) return
    const rules = distinct(matches)
    const content = reason === 'dlp_match' ? 'secret' : 'prompt injection'
    made.push(finding({layer, reason, action, detail: `${what} contains ${content}: ${names(rules)}`, rules}))
  }
  add(orders, 'prompt_injection', actions.orders)
  add(leaks, 'dlp_match', actions.leaks)
  add(canaries, 'dlp_match', 'block')
  if (isExhausted) {
    const rule = 'decode_budget_exceeded'
    const detail = `${what === 'response' ? 'line' : 'event'} holds more encoded content than can be inspected: ${rule}`
    made.push(
      finding({layer, reason: 'parse_error', action: actions.unseen, detail, rules: [{rule, severity: 'high'}]}),
    )
  }
  return made
}
