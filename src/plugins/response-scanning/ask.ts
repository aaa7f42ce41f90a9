// Findings that an operator decides about: what they see, and what their answer makes of the findings.
import type {Approver} from '../../core/approver.js'
import type {Finding} from '../../core/decision.js'
import type {Exchange, Unit} from '../../core/exchange.js'
import {echoUrl} from '../../core/render.js'

export async function askOperator(
  x: Exchange,
  unit: Unit,
  findings: readonly Finding[],
  approver: Approver | undefined,
  timeoutMs: number,
): Promise<readonly Finding[]> {
  const asking = findings.filter((f) => f.action === 'ask')
  const patterns = [...new Set(asking.flatMap((f) => f.matches ?? []).map((match) => match.pattern_name))]
  const response = approver
    ? await approver.ask(
        {
          agent: x.agent.name,
          url: echoUrl(x.target, undefined),
          reason: asking[0]?.detail ?? '',
          patterns,
          preview: unit.bytes.toString('utf8', 0, 1_024),
        },
        {timeoutMs, signal: x.signal},
      )
    : 'block'
  return findings.map((finding) => {
    if (finding.action !== 'ask') return finding
    switch (response) {
      case 'allow':
        return {...finding, action: 'warn', detail: `${finding.detail} (allowed by operator)`}
      case 'strip':
        return finding.replace && finding.replace.length > 0
          ? {...finding, action: 'strip'}
          : {...finding, action: 'block', detail: `${finding.detail} (cannot be stripped)`}
      case 'block':
        return {...finding, action: 'block', detail: `response blocked by operator: ${patterns.join(', ')}`}
    }
  })
}
