// Findings in URLs that an operator has accepted at a place (scanning §3.3, §6.7): said in the log each time.
import type {Log} from '../../core/ports.js'
import {eventSubject} from '../../core/render.js'
import type {Services} from '../registry.js'
import type {DestinationSettings} from './subject.js'

const UNSEEN = {layer: 'dlp', inHost: true} as const

export function acceptedBy(suppress: Services['suppress'], log: Log): DestinationSettings['isAccepted'] {
  if (suppress.size === 0) return undefined
  return (rule, x) => {
    const entry = suppress.find(rule, x.target?.canonical ?? '')
    if (entry === undefined) return false
    const reason = entry.reason === '' ? undefined : entry.reason
    // a question that nothing is sent for has no event; what else the URL holds has not been looked at yet
    if ('transport' in x) log.info('anomaly', {...eventSubject(x, UNSEEN), scanner: rule, suppressed: true, reason})
    return true
  }
}
