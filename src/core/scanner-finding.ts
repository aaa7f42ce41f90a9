// Builds a scanner's finding: the severity of its reason, and full weight unless stated otherwise.
import type {Finding} from './decision.js'
import {REASONS} from './reasons.js'

type Given = Omit<Finding, 'authority' | 'severity'>

export function scannerFinding(given: Given): Finding {
  return {authority: 'scanner', severity: REASONS[given.reason].severity, class: 'threat', score: 1, ...given}
}
