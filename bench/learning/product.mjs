// The one place that knows the product: its scanners judge, its recorder writes, its compiler learns, its review lists, its
// evaluator decides. Everything else of the bench sees plain values.
import {createHash} from 'node:crypto'
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {loadConfig} from '../../dist/host/config/load.js'
import {createPorts} from '../../dist/host/ports.js'
import destination from '../../dist/plugins/destination/index.js'
import dlp from '../../dist/plugins/dlp/index.js'
import {captureOf} from '../../dist/plugins/learn/capture/record.js'
import {sessionId, sessionName} from '../../dist/plugins/learn/capture/session.js'
import {addAggregate, createAggregate} from '../../dist/plugins/learn/compile/aggregate.js'
import {compile, compileIngested} from '../../dist/plugins/learn/compile/compile.js'
import {finishIngest, ingest} from '../../dist/plugins/learn/compile/ingest.js'
import {requestLimitOf, resolveInference} from '../../dist/plugins/learn/compile/settings.js'
import {DEFAULT_PRIVACY} from '../../dist/plugins/learn/privacy/privacy.js'
import {operatorReview} from '../../dist/plugins/learn/review/operator.js'
import {runReview} from '../../dist/plugins/learn/review/run.js'
import {levelOf, viewsOf} from '../../dist/plugins/learn/view/rule-view.js'
import {assume} from '../../dist/plugins/learn/shadow/assumption.js'
import {judgeRecord} from '../../dist/plugins/learn/shadow/judge.js'
import {activeContracts, evaluate} from '../../dist/core/contract/evaluate.js'
import {captureText} from '../../dist/formats/capture.js'
import {decodeContract, rulesOf} from '../../dist/formats/documents/contract.js'
import {GENESIS, writeEntry} from '../../dist/formats/entry.js'
import {failingDirty} from '../../dist/formats/sanitise.js'
import {parseDestination} from '../../dist/formats/target.js'
import {composePolicy} from '../../dist/core/pipeline.js'
import {parseTarget} from '../../dist/core/target.js'
import {privateKeyFromSeed} from '../../dist/lib/ed25519.js'
import {formatTimestamp} from '../../dist/lib/timestamp.js'

export {
  matchesPattern,
  parsePattern,
  requestPath,
  RESERVED_SEGMENTS,
  WILDCARD,
} from '../../dist/formats/path-pattern.js'
export {parseDestination}

/** The profile that is measured; an older one to see what it does not reach. */
export const PROFILE = process.env.PIPELOCK_BENCH_PROFILE ?? 'wilson_lb_v3'

export const VERSION = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version
const BUILD = {version: VERSION, sha: 'bench', date: '', runtime: 'node'}
const NEVER = new AbortController().signal

const {config} = await loadConfig(undefined)
const effective = {...config, dlp: {...config.dlp, scan_env: false}}
const ports = createPorts({})
const credentials = await (await dlp.tools(ports)).scanner(effective)
const isClean = failingDirty((text) => credentials.isClean(text))
const stage = (await destination.tools(ports)).stage(effective, credentials)
const policy = composePolicy({
  mode: config.mode,
  enforce: true,
  generation: 0,
  explainBlocks: false,
  configHash: 'bench',
  policyHash: 'bench',
  hooks: [{plugin: 'destination', hooks: {destination: (x) => stage.judge(x)}}],
  onFault(plugin, hook, error) {
    throw error
  },
})

/** What the firewall would write of a request: its action, and the detail of its capture, or undefined for an unreadable target. */
export async function observe(request, agent) {
  const name = request.agent ?? agent.name
  if (request.tool !== undefined) return {action: 'allow', detail: toolDetail(request.tool, name, agent.clearArguments)}
  const {method, url} = request
  const x = {
    id: '',
    requestId: '',
    transport: method === 'CONNECT' ? 'connect' : 'forward',
    purpose: 'replay',
    agent: {name, basis: 'config-default'},
    clientIp: '127.0.0.1',
    rawTarget: url,
    target: parseTarget(url).target,
    method,
    headers: [],
    startedAtMs: 0,
    signal: NEVER,
  }
  const ruling = await policy.judge(x)
  const end = {requestBytes: url.length, status: request.status ?? agent.status}
  const detail = captureOf(x, name, ruling, end, {isClean, build: BUILD})
  return {action: ruling.decision.action, detail: detail && captureText({...detail, session_id_original: ''})}
}

/** A tool call as schema 1 has it, its members in their order. */
function toolDetail({server, name, args}, agent, clear) {
  const text = captureText({
    surface: 'tool_policy',
    subsurface: 'mcp_stdio',
    config_hash: 'bench',
    build_version: BUILD.version,
    build_sha: BUILD.sha,
    agent,
    payload_bytes: args.length,
    payload_complete: false,
    transform_kind: '',
    request: {method: '', url: ''},
    raw_findings: [],
    effective_findings: [],
    effective_action: 'allow',
    outcome: 'clean',
    session_id_original: '',
  })
  const members = {
    tool_name: name,
    tool_args_json: clear ? args : '[REDACTED]',
    mcp_method: 'tools/call',
    mcp_server: server,
  }
  const request = JSON.stringify({method: '', url: '', ...members})
  return text.replace(/"request":\{[^}]*\}/, () => `"request":${request}`)
}

/** One recorder chain; `records` have a time, a trace and a detail. */
export function chainOf(agent, session, records) {
  const {name} = sessionName(sessionId(agent.name, '127.0.0.1', session.startMs))
  let prev = GENESIS
  const lines = records.map(({atMs, trace, tool, detail}, seq) => {
    const kind = tool ? 'tool_policy' : 'url'
    const head = {seq, ts: formatTimestamp(atMs), session_id: name, trace_id: trace, type: 'capture', event_kind: kind}
    const {line, hash} = writeEntry(
      {...head, transport: tool ? 'mcp' : 'forward', summary: 'bench', prev_hash: prev},
      detail,
    )
    prev = hash
    return line
  })
  const bytes = Buffer.from(lines.join(''))
  return [{path: `${name}/evidence-${name}-0.jsonl`, chunks: () => [bytes]}]
}

const SIGNER = {
  keyId: 'bench',
  key: privateKeyFromSeed(createHash('sha256').update('pipelock learning bench').digest()),
}

/** A signed candidate from chains. `settings` as in `learn.inference`. */
export function learn(agent, chains, settings = {}) {
  return compile(chains, compileOptions(agent, settings))
}

/** The counts of one chain: many compiles can share them, since counts of parts add up to those of the whole. */
export function countChain(agent, chain, settings = {}) {
  return ingest([chain], compileOptions(agent, settings))
}

/** A signed candidate from the counts of chains, with the same bytes as from the chains. */
export function learnCounts(agent, counts, settings = {}) {
  const options = compileOptions(agent, settings)
  const aggregate = createAggregate()
  for (const part of counts) addAggregate(aggregate, part.aggregate, requestLimitOf(options.inference))
  const chains = counts.flatMap((part) => part.chains)
  return compileIngested(finishIngest(aggregate, chains), options.now(), options)
}

function compileOptions(agent, settings) {
  return {
    agent: agent.name,
    inference: resolveInference(PROFILE, settings),
    allowTruncatedChains: false,
    acceptTail: false,
    compileConfigHash: 'sha256:bench',
    provenance: {
      pipelock_version: VERSION,
      pipelock_build_sha: 'bench',
      go_version: 'node',
      module_digest_root: 'sha256:bench',
    },
    moduleDigests: {},
    signer: SIGNER,
    now: () => Date.UTC(2026, 5, 1),
  }
}

/** The rules that the default decisions enforce, for comparing contracts. */
export function enforcedOf(compiled) {
  const {body} = decodeContract(Buffer.from(compiled.contract), 'yaml')
  return {enforced: enforcedRules(body, assume(body, 'enforce', 'method'))}
}

/** The candidate as an operator gets it: the default decisions in force, and what the review says of the rest. */
export function candidateOf(compiled) {
  const {body} = decodeContract(Buffer.from(compiled.contract), 'yaml')
  const assumed = assume(body, 'enforce', 'method')
  const labels = {
    host: (rule) => rule.host ?? '',
    path: (path) => path,
    tool: (rule) => `${rule.server}/${rule.tool}`,
    prefix: (prefix) => prefix,
    admitted: () => '',
    args: (rule) => rule.args,
  }
  const signature = {isVerified: true, text: 'bench'}
  const review = operatorReview(body, signature, labels, {candidate: 'candidate.yaml', isWhole: true})
  const notAllowed = review.slice(review.indexOf('## Every request that would be blocked'))
  const unconfirmedIds = new Set(
    notAllowed
      .split('\n')
      .filter((line) => line.includes(': seen in too few sessions'))
      .map((line) => line.slice(line.lastIndexOf(', ') + 2)),
  )
  const listed = rulesOf(body).filter((rule) => unconfirmedIds.has(rule.rule_id))
  const unconfirmed = activeContracts({manifestHash: '', generation: 0}, [
    {
      target: {default: true},
      selectorId: '',
      contractHash: '',
      rules: listed.map((rule) => ({...rule, lifecycle_state: 'enforce'})),
    },
  ])
  return {assumed, unconfirmed, enforced: enforcedRules(body, assumed), rules: viewsOf(body).length}
}

/** How long the review of a candidate is: lines and words of the text, and bytes of the page. */
export function reviewSize(compiled) {
  const folder = mkdtempSync(join(tmpdir(), 'review-size-'))
  try {
    const candidate = join(folder, 'agent.candidate.yaml')
    writeFileSync(candidate, compiled.contract)
    writeFileSync(join(folder, 'agent.candidate.coverage.json'), compiled.coverage)
    const review = (layout) =>
      runReview({candidate, layout, out: undefined, redact: false, salt: undefined, keyOf: () => SIGNER.key.public})
        .text
    const text = review('operator')
    const words = text.match(/[\p{L}\p{N}]\S*/gu)?.length ?? 0
    return {lines: text.split('\n').length - 1, words, bytes: Buffer.byteLength(review('html'))}
  } finally {
    rmSync(folder, {recursive: true})
  }
}

function enforcedRules(body, assumed) {
  const rules = new Map(rulesOf(body).map((rule) => [rule.rule_id, rule]))
  return assumed.enforcedRules.map((view) => ruleOf(view, rules))
}

function ruleOf(view, rules) {
  const path = view.paths[0]?.value
  const blocks = rules.get(view.id)?.selector.paths?.[0]?.normalization?.collapsed_segments ?? []
  return {
    id: view.id,
    level: levelOf(view),
    host: view.host,
    port: view.ports[0],
    method: view.methods[0],
    pattern: path,
    server: view.server,
    tool: view.tool,
    args: view.args,
    // by position, what its wildcards admit
    forms: blocks.flatMap(({index, forms = []}) => forms.map((form) => ({index, form}))),
  }
}

/** True when the contract lets a request pass that the scanners answered with `action`. */
export async function allows(candidate, agent, request, action = 'allow') {
  const options = {assumed: candidate.assumed, privacy: DEFAULT_PRIVACY, sealed: undefined}
  const judged = await judgeRecord(recordOf(agent, request, action), options, () => ({action, findings: []}))
  // without jurisdiction nothing is locked: the request passes
  return judged.kind === 'replayed' && judged.candidate !== 'block'
}

/** True when rules that the review lists as seen in too few sessions would admit the request. */
export function isListed(candidate, agent, request) {
  const {outcome} = evaluate(candidate.unconfirmed, {
    mode: 'live',
    agent: agent.name,
    subject: request.tool
      ? {kind: 'mcp', server: request.tool.server, tool: request.tool.name, arguments: JSON.parse(request.tool.args)}
      : {kind: 'http', method: request.method, destination: parseDestination(request.url)},
    label: 'allow',
    scannerVerdict: 'allow',
    killSwitch: false,
    sources: [],
    gate: false,
  })
  return outcome.winningSource === 'contract' && outcome.reason === ''
}

function recordOf(agent, {tool, method = '', url = ''}, action) {
  return {
    agent: agent.name,
    surface: tool ? 'tool_policy' : 'url',
    actionClass: '',
    effectiveAction: action,
    outcome: '',
    method,
    url,
    mcpMethod: tool ? 'tools/call' : '',
    mcpServer: tool?.server ?? '',
    toolName: tool?.name ?? '',
    toolArgs: tool?.args,
    payloadBytes: 0,
    scannerBytes: 0,
  }
}
