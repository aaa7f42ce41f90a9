// Findings that an operator has accepted at a place: not reported as findings, and said in the log each time.
import type {Exchange} from '../../core/exchange.js'
import type {Log} from '../../core/ports.js'
import {eventSubject} from '../../core/render.js'
import type {Services} from '../../core/services/index.js'

export type AcceptableLayer = 'body_dlp' | 'header_dlp' | 'body_prompt_injection' | 'body_entropy'

/** Whether a rule is accepted where this exchange goes. */
export type Accepted = (x: Exchange, layer: AcceptableLayer, rule: string) => boolean

export function acceptedBy(suppress: Services['suppress'], log: Log): Accepted {
  if (suppress.size === 0) return () => false
  return (x, layer, rule) => {
    const entry = suppress.find(rule, x.target?.canonical ?? '')
    if (entry === undefined) return false
    const reason = entry.reason === '' ? undefined : entry.reason
    log.info(layer, {...eventSubject(x, {layer}), action: 'allow', patterns: [rule], suppressed: true, reason})
    return true
  }
}
