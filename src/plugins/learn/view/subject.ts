// A rule as one names it at a terminal.
import {hostText} from '../../../formats/target.js'
import type {RuleView} from './rule-view.js'

/** Method and place, or server and tool. */
export function subject(rule: RuleView): string {
  if (rule.kind === 'mcp_tool_call') {
    return `tool ${rule.server}/${rule.tool}${rule.args.length > 0 ? ` (${rule.args.join(', ')})` : ''}`
  }
  const host = rule.host === undefined ? '(no host)' : hostText(rule.host)
  const place = `${host}${rule.ports.length > 0 ? `:${rule.ports.join(',')}` : ''}`
  const paths = rule.paths.map((path) => path.value).join(' or ')
  const action = rule.action === '' ? '' : `, action ${rule.action}`
  return `${rule.methods.join(',') || 'any method'} ${place}${paths}${action}`
}

/** What a rule admits that lists names of query parameters. */
export function parametersText(names: readonly string[]): string {
  if (names.length === 0) return 'no query parameters'
  return `only the ${names.length === 1 ? 'query parameter' : 'query parameters'} ${names.join(', ')}`
}
