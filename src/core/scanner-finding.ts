// A finding of a scanner: its severity is that of its reason, and it counts in full unless it says otherwise.
import type {Finding} from './decision.js'
import {REASONS} from './reasons.js'

type Given = Omit<Finding, 'authority' | 'severity'>

export function scannerFinding(given: Given): Finding {
  return {authority: 'scanner', severity: REASONS[given.reason].severity, class: 'threat', score: 1, ...given}
}
