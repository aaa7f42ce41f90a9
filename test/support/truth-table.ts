// The result of one blocking finding, in every combination of mode, enforcement, authority and hardness.
import type {Authority, Decision, Finding, GateMode} from '../../src/core/decision.js'

const AUTHORITIES: readonly Authority[] = ['transport', 'scanner', 'contract', 'evidence', 'kill_switch']
const MODES: readonly GateMode[] = [
  {mode: 'strict', enforce: true},
  {mode: 'balanced', enforce: true},
  {mode: 'strict', enforce: false},
  {mode: 'balanced', enforce: false},
  {mode: 'audit', enforce: true},
  {mode: 'audit', enforce: false},
]

export function truthTable(functions: {
  gate(findings: readonly Finding[], mode: GateMode): readonly Finding[]
  decide(findings: readonly Finding[]): Decision
}): readonly (readonly string[])[] {
  const rows: string[][] = []
  for (const mode of MODES) {
    for (const authority of AUTHORITIES) {
      for (const hard of [false, true]) {
        const finding: Finding = {
          plugin: 'p',
          authority,
          layer: 'l',
          reason: 'parse_error',
          action: 'block',
          severity: 'warn',
          order: 0,
          detail: 'd',
          ...(hard && {hard}),
        }
        const {action} = functions.decide(functions.gate([finding], mode))
        rows.push([mode.mode, String(mode.enforce), authority, hard ? 'hard' : 'soft', 'block', '→', action])
      }
    }
  }
  return rows
}
