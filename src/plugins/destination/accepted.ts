// Findings in URLs that an operator has accepted at a place: each use is logged.
import type {Log} from '../../core/ports.js'
import {eventSubject} from '../../core/render.js'
import type {Services} from '../../core/services/index.js'
import type {DestinationSettings} from './subject.js'

const UNSEEN = {layer: 'dlp', inHost: true} as const

export function acceptedBy(suppress: Services['suppress'], log: Log): DestinationSettings['isAccepted'] {
  if (suppress.size === 0) return undefined
  return (rule, x) => {
    const entry = suppress.find(rule, x.target?.canonical ?? '')
    if (entry === undefined) return false
    const reason = entry.reason === '' ? undefined : entry.reason
    // a question without a request has no event; the rest of the URL has not been inspected yet
    if ('transport' in x) log.info('anomaly', {...eventSubject(x, UNSEEN), scanner: rule, suppressed: true, reason})
    return true
  }
}
