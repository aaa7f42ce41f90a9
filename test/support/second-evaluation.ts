// Live evaluation a second time, written from docs/formats/evaluation.md alone, for numbers that are exact as doubles.
import type {secondMatcher} from './second-paths.js'
import {secondPath} from './second-paths.js'

interface Rule {
  readonly rule_id: string
  readonly rule_kind: string
  readonly lifecycle_state: string
  readonly selector: Readonly<Record<string, unknown>> | null
}
interface Action {
  readonly mode?: string
  readonly agent?: string
  readonly scanner?: string
  readonly kill_switch?: boolean
  readonly method?: string
  readonly url?: string
  readonly server?: string
  readonly tool?: string
  readonly arguments?: object
}
type Verdict = {readonly verdict: string; readonly rule?: string; readonly reason?: string}

interface Destination {
  readonly host: string
  readonly port: number
  readonly isDefault: boolean
  readonly rawPath: string
  readonly query: string
}

function destination(url: string): Destination | undefined {
  const [, scheme = '', authority = '', rawPath = ''] = /^(https?):\/\/([^/?#]*)([^?#]*)/i.exec(url) ?? []
  const [beforeFragment = ''] = url.split('#')
  const query = beforeFragment.includes('?') ? beforeFragment.slice(beforeFragment.indexOf('?') + 1) : ''
  if (/[\u0000-\u0020\u007f\\]/.test(url) || authority === '' || authority.includes('@')) return undefined
  try {
    const read = new URL(`${scheme}://${authority}/`)
    const standard = scheme.toLowerCase() === 'https' ? 443 : 80
    const port = read.port === '' ? standard : Number(read.port)
    const host = read.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
    return port === 0 || host === '' ? undefined : {host, port, isDefault: port === standard, rawPath, query}
  } catch {
    return undefined
  }
}

/** The names of a query; undefined stands for one that no list admits. */
function namesIn(query: string): readonly (string | undefined)[] {
  const parts = query.split('&').flatMap((part) => part.split(';'))
  return parts
    .filter((part) => part !== '')
    .map((part) => {
      const [raw = ''] = part.split('=')
      const name = decodedName(raw)
      const isOdd =
        /%[\da-f][\da-f]/i.test(name) || /[\p{Cc}\p{Cs}\ufffd]/u.test(name) || name !== name.normalize('NFC')
      return isOdd ? undefined : name
    })
}

function decodedName(raw: string): string {
  const escaped = raw.replace(/\+/g, ' ').replace(/%(?![\da-f]{2})/gi, '%25')
  try {
    return decodeURIComponent(escaped)
  } catch {
    return raw
  }
}

const value = (member: unknown): string => (member as {readonly value?: string} | undefined)?.value ?? ''
const list = <T>(member: unknown): readonly T[] => (member as readonly T[] | undefined) ?? []

/** `matches`: as docs/formats/paths.md has it. */
export function secondDecide(
  rules: readonly Rule[],
  action: Action,
  matches: ReturnType<typeof secondMatcher>,
  selects: (agent: string) => boolean = (agent) => agent === 'coder',
): object {
  const {mode = 'live', agent = 'coder', scanner = 'allow', method, server = '', tool = ''} = action
  const sources = (last: string): readonly string[] => [
    ...(scanner === '' ? [] : ['scanner']),
    ...(last === 'scanner' ? [] : [last]),
  ]
  const result = (source: string, consulted: string, {verdict, rule = '', reason = ''}: Verdict, live = verdict) => ({
    verdict,
    ...(live !== verdict && {live_verdict: live}),
    source,
    sources: sources(consulted),
    ...(rule !== '' && {rule_id: rule}),
    ...(reason !== '' && {reason}),
  })
  if (!['live', 'shadow', 'capture'].includes(mode))
    return result('contract', 'contract', {verdict: 'block', reason: 'parse_error'})
  if (action.kill_switch === true)
    return result('kill_switch', 'kill_switch', {verdict: 'block', reason: 'kill_switch_active'})
  if (scanner === '') return result('scanner', 'scanner', {verdict: 'block', reason: 'scanner_decision_missing'})
  if (scanner === 'block' || !selects(agent)) return result('scanner', 'scanner', {verdict: scanner})

  const enforced = rules.filter((rule) => rule.lifecycle_state === 'enforce')
  const surface = enforced.filter((rule) => (rule.rule_kind === 'mcp_tool_call') === (method === undefined))
  const to = method === undefined ? undefined : destination(action.url ?? '')
  const isError = method === undefined ? server.trim() === '' || tool.trim() === '' : to === undefined
  if (isError) {
    return mode === 'live'
      ? result('contract', 'contract', {verdict: 'block', reason: 'parse_error'})
      : result('scanner', 'contract', {verdict: scanner, reason: 'parse_error'}, 'block')
  }
  if (surface.length === 0) return result('scanner', 'scanner', {verdict: scanner})
  const decided =
    to === undefined ? byTool(surface, action, scanner) : byHttp(surface, method ?? '', to, scanner, matches)
  if (mode === 'live') return result('contract', 'contract', decided)
  const observed = {verdict: scanner, rule: decided.rule ?? '', reason: 'contract_observed_only'}
  return result('scanner', 'contract', observed, decided.verdict)
}

function byHttp(
  rules: readonly Rule[],
  rawMethod: string,
  to: Destination,
  scanner: string,
  matches: ReturnType<typeof secondMatcher>,
): Verdict {
  const method = rawMethod.trim().toUpperCase()
  const isTunnel = method === 'CONNECT'
  const path = isTunnel ? [] : secondPath(to.rawPath)
  const ofHost = rules.filter(({selector}) => destination(`http://${value(selector?.['host'])}`)?.host === to.host)
  const hasPort = ({selector}: Rule): boolean => {
    const ports = list<number>(selector?.['ports'])
    return ports.length === 0 ? to.isDefault : ports.includes(to.port)
  }
  const rule = ofHost.find((each) => {
    const {rule_kind: kind, selector} = each
    const methods = list<string>(selector?.['methods']).map((name) => name.trim().toUpperCase())
    const paths = list<{value: string}>(selector?.['paths']).map(value)
    const required = selector?.['effective_action'] ?? ''
    const isAction =
      required === '' ? kind !== 'http_action' : [scanner, isTunnel ? 'connect' : 'forward'].includes(String(required))
    if (!hasPort(each) || !isAction) return false
    if (isTunnel) {
      const isRoot = paths.length === 0 || (paths.length === 1 && paths[0] === '/')
      return methods.length === 0 ? paths.length === 0 : methods.includes('CONNECT') && isRoot
    }
    if (methods.length > 0 && !methods.includes(method)) return false
    const names = selector?.['parameters'] as readonly string[] | undefined
    if (names && !namesIn(to.query).every((name) => name !== undefined && names.includes(name))) return false
    return paths.length === 0 || (typeof path !== 'string' && paths.some((pattern) => matches(pattern, path, [])))
  })
  if (rule) return {verdict: scanner, rule: rule.rule_id}
  const [first] = ofHost
  if (first === undefined) return {verdict: 'block', reason: 'contract_default_deny'}
  const withPort = ofHost.filter(hasPort)
  const allHavePaths = withPort.every(({selector}) => list(selector?.['paths']).length > 0)
  const reason =
    withPort.length === 0
      ? 'contract_non_default_port'
      : typeof path === 'string' && allHavePaths
        ? 'contract_invalid_path'
        : 'contract_enforce_default'
  return {verdict: 'block', rule: first.rule_id, reason}
}

function byTool(rules: readonly Rule[], action: Action, scanner: string): Verdict {
  const ofTool = rules.filter(
    ({selector}) =>
      value(selector?.['server']) === action.server?.trim() && value(selector?.['tool']) === action.tool?.trim(),
  )
  const given = action.arguments as Readonly<Record<string, unknown>> | undefined
  const isScalar = (item: unknown): boolean => ['string', 'boolean', 'number'].includes(typeof item)
  const rule = ofTool.find(({selector}) =>
    list<{key: string; value: unknown}>(selector?.['args']).every(
      ({key, value: expected}) =>
        given !== undefined && Object.hasOwn(given, key) && isScalar(expected) && given[key] === expected,
    ),
  )
  if (rule) return {verdict: scanner, rule: rule.rule_id}
  const [first] = ofTool
  return first === undefined
    ? {verdict: 'block', reason: 'contract_mcp_default_deny'}
    : {verdict: 'block', rule: first.rule_id, reason: 'contract_mcp_args_mismatch'}
}
