// Candidates for the review pages: one of a typical agent, and one in which every traffic-controlled text tries to
// become markup.
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {contractYaml, decodeContract, signContract} from '../../src/formats/documents/contract.js'
import {httpKey, ruleId} from '../../src/formats/rule-key.js'
import {runReview, type ReviewRequest} from '../../src/plugins/learn/review/run.js'
import {hourly, type CaptureSpec} from './captures.js'
import {compileCaptures, HARNESS, type CompileSpec} from './compiling.js'

const SESSIONS = 14

/** A coding agent: an API with identifiers, a package mirror, an internal host, tools, rare requests, a blocked upload. */
export function ordinaryCaptures(): readonly CaptureSpec[] {
  const specs: CaptureSpec[] = []
  for (let s = 0; s < SESSIONS; s++) {
    let second = 0
    const add = (spec: CaptureSpec): void => {
      specs.push({
        session: `s${s}`,
        ts: hourly(2 * s, second),
        trace: `t${s}-${second++}`,
        bytes: 200 + 37 * second,
        ...spec,
      })
    }
    const api = 'https://api.code.example'
    for (let i = 0; i < 3; i++) {
      const project = 1000 + s * 3 + i
      add({url: `${api}/v1/projects/${project}/issues`})
      add({url: `${api}/v1/projects/${project}/issues`, method: 'POST', actionClass: 'write'})
      add({url: `${api}/v1/projects/${project}`})
    }
    add({url: `${api}/v1/users/me`})
    add({url: `${api}/v1/search`})
    if (s % 2 === 0) add({url: `${api}/v1/notifications`})
    if (s === 3 || s === 9) add({url: `${api}/v1/export/quarterly`, method: 'POST'})
    if (s === 5) add({url: `${api}/v1/admin/audit-log`})
    add({url: 'https://registry.pkg.example', method: 'CONNECT', actionClass: 'network'})
    for (const name of ['left-pad', 'vitest', 'typescript'])
      if ((s + name.length) % 3 !== 0) add({url: `https://registry.pkg.example/${name}`})
    add({url: 'http://build.internal:8080/status'})
    if (s % 5 !== 0) add({url: `http://build.internal:8080/jobs/${s}/log`})
    add({url: 'https://docs.example/guide/start'})
    if (s === 11) add({url: 'https://docs.example/guide/migration'})
    for (let i = 0; i < 2; i++) add({tool: {server: 'files', name: 'read_file', args: '{"encoding":"utf8"}'}})
    if (s % 3 === 0) add({tool: {server: 'files', name: 'write_file'}})
    if (s === 7) add({url: 'https://paste.example/upload', method: 'POST', action: 'block'})
  }
  return specs
}

export interface WrittenCandidate {
  readonly candidate: string
  readonly contractHash: string
}

/** A candidate with its coverage beside it. */
export function writeCandidate(
  folder: string,
  specs: readonly CaptureSpec[],
  spec: CompileSpec = {},
): WrittenCandidate {
  const compiled = compileCaptures(specs, spec)
  const candidate = join(folder, 'coder.candidate.yaml')
  writeFileSync(candidate, compiled.contract)
  if (compiled.coverage !== undefined) writeFileSync(join(folder, 'coder.candidate.coverage.json'), compiled.coverage)
  return {candidate, contractHash: compiled.contractHash}
}

export function reviewHtml(candidate: string, over: Partial<ReviewRequest> = {}): string {
  return runReview({
    candidate,
    layout: 'html',
    out: undefined,
    redact: false,
    salt: undefined,
    keyOf: () => undefined,
    ...over,
  }).text
}

/** A replay of the candidate in which one rule and one unknown place would block. */
export function shadowReportOf(contractHash: string): string {
  return JSON.stringify({
    report_version: 1,
    generated_at: '2026-05-05T12:00:00Z',
    contract_hash: contractHash,
    total_records: 120,
    replayed: 100,
    changed: 9,
    new_blocks: 9,
    new_allows: 0,
    evidence_only: 5,
    summary_only: 15,
    rules: [
      {
        rule_id: 'default_deny',
        evaluations: 4,
        new_blocks: 4,
        new_allows: 0,
        unchanged: 0,
        new_block_rate_pct: 100,
        state: 'clear',
        reason: 'below_denominator_floor',
      },
      {
        rule_id: SEARCH_RULE,
        evaluations: 96,
        new_blocks: 5,
        new_allows: 0,
        unchanged: 91,
        new_block_rate_pct: 5.21,
        state: 'candidate',
        reason: 'new_block_rate_above_ceiling',
      },
    ],
    assumption: 'enforce',
    level: 'method',
    verified: true,
    default_denies: 4,
    capture_only_matches: 1,
    unmatched: [
      {host: 'api.code.example', path: '/v1/billing', method: 'GET', events: 5},
      {host: 'elsewhere.example', path: '/', method: 'POST', events: 4},
    ],
    malformed: 0,
    dropped: 0,
  })
}

/** GET /v1/search of the ordinary candidate. */
const SEARCH_RULE = ruleId(httpKey({host: 'api.code.example', path: '/v1/search', method: 'GET'}))

export const HOSTILE_MARK = `<script>window.owned=1</script>"><img src=x onerror="window.owned=1"></style></title>`

/** Every text of the document that a compiler would take from traffic, and those that it would not, is markup. */
export function hostileCandidate(folder: string): string {
  const {contract} = compileCaptures(ordinaryCaptures())
  const body = structuredClone(decodeContract(Buffer.from(contract), 'yaml').body) as unknown as MutableBody
  const long = `${HOSTILE_MARK}${'\u202e\u2066\u200b'}${'a'.repeat(5000)}`
  const evil = (tail: string): string => `${HOSTILE_MARK}\u202e${tail}`
  body.selector.agent = evil('agent')
  body.signer_key_id = evil('signer')
  for (const [i, rule] of body.rules.entries()) {
    rule.rule_id = evil(String(i))
    rule.confidence = i % 3 === 0 ? evil('confidence') : rule.confidence
    rule.wilson_lower = i % 4 === 0 ? evil('lower') : rule.wilson_lower
    rule.display_name = evil('name')
    const {host, paths, methods, server, tool} = rule.selector
    if (host) host.value = evil(String(i % 5))
    if (methods) rule.selector.methods = [evil('method')]
    if (rule.selector.effective_action !== undefined) rule.selector.effective_action = evil('action')
    for (const path of paths ?? []) path.value = `/${i % 2 === 0 ? long : evil('path')}/*/${i}`
    if (server) server.value = evil('server')
    if (tool) tool.value = long
    if (rule.selector.args) rule.selector.args = [{key: evil('key'), value: evil('value')}]
    for (const [name, budget] of Object.entries(rule.budgets ?? {})) {
      budget['p99'] = evil('p99')
      rule.budgets = {...rule.budgets, [evil(name)]: budget}
    }
  }
  const candidate = join(folder, `hostile<script>"'$(x) \u202e.yaml`)
  writeFileSync(candidate, contractYaml(signContract(body, HARNESS.signer.key)))
  return candidate
}

/** One rule repeated on many paths, as compact JSON: as many as a candidate may hold. */
export function greatCandidate(folder: string, rules: number): string {
  const {contract} = compileCaptures(ordinaryCaptures())
  const body = structuredClone(decodeContract(Buffer.from(contract), 'yaml').body) as unknown as MutableBody
  const [first] = body.rules.filter((rule) => rule.rule_id === SEARCH_RULE)
  if (!first) throw new Error('the rule is missing')
  body.rules = Array.from({length: rules}, (_, i) => ({
    ...first,
    rule_id: `r-${i.toString(16).padStart(20, '0')}`,
    display_name: 'x',
    selector: {
      ...first.selector,
      paths: [{...first.selector.paths?.[0], value: `/v1/s${i % 97}/t${Math.floor(i / 97)}`}],
    },
  }))
  const candidate = join(folder, 'great.candidate.json')
  writeFileSync(candidate, JSON.stringify(signContract(body, HARNESS.signer.key)))
  return candidate
}

interface MutableRule {
  rule_id: string
  display_name: string
  confidence: string
  wilson_lower: string
  budgets?: Record<string, Record<string, unknown>>
  selector: {
    host?: {value: string}
    paths?: {value: string}[]
    methods?: string[]
    effective_action?: string
    server?: {value: string}
    tool?: {value: string}
    args?: unknown[]
  }
}

interface MutableBody {
  selector: {agent?: string}
  signer_key_id: string
  rules: MutableRule[]
}
