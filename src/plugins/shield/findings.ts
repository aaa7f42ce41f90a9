// What is said where a content is too long to be rewritten whole.
import type {Finding} from '../../core/decision.js'
import {REASONS} from '../../core/reasons.js'

const REASON = 'browser_shield_oversize'
const OVERSIZE = {
  plugin: 'shield',
  authority: 'scanner',
  layer: 'shield_oversize',
  reason: REASON,
  severity: REASONS[REASON].severity,
  order: 305,
  class: 'protective',
  score: 1,
  hint: 'raise browser_shield.max_shield_bytes, or change browser_shield.oversize_action',
} as const

export function refused(maxBytes: number): Finding {
  return {
    ...OVERSIZE,
    action: 'block',
    detail: `response body exceeds browser shield size limit (${maxBytes} bytes)`,
    clientDetail: 'response body exceeds browser shield size limit',
  }
}

export function unchanged(maxBytes: number): Finding {
  return {...OVERSIZE, action: 'warn', detail: `page over ${maxBytes} bytes passed on without the browser shield`}
}
