// The severity of an event for those who receive it. It belongs to the kind of the event and is no setting: what an attacker
// causes must not become quiet by configuration.
type Fields = Readonly<Record<string, unknown>>

export const SEVERITIES = ['critical', 'warn', 'info'] as const
export type Severity = (typeof SEVERITIES)[number]

/** Level of the line in the audit log. */
export type Level = 'info' | 'warn' | 'error'

/** Kinds whose lines in the audit log have another level. */
const OWN: ReadonlyMap<string, (fields: Fields) => Severity> = new Map<string, (fields: Fields) => Severity>([
  ['kill_switch_deny', () => 'critical'],
  ['anomaly', () => 'warn'],
  ['response_scan', () => 'warn'],
  ['response_scan_exempt', () => 'warn'],
  ['adaptive_escalation', ({to}) => (to === 'critical' ? 'critical' : 'warn')],
  [
    'adaptive_upgrade',
    ({to_action: to, scanner}) => (to === 'block' && scanner !== 'session_deny' ? 'critical' : 'warn'),
  ],
  ['chain_detection', ({action}) => (action === 'block' ? 'critical' : 'warn')],
  ['taint_decision', ({decision}) => (decision === 'allow' ? 'info' : 'warn')],
])

export function severityOf(level: Level, event: string, fields: Fields): Severity {
  const own = OWN.get(event)
  if (own) return own(fields)
  return level === 'info' ? 'info' : 'warn'
}

export function isAtLeast(severity: Severity, least: Severity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(least)
}
