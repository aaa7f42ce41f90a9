// One captured record against the contract: the live evaluator in mode live, given what live would have known.
// What the capture does not hold any more is not guessed: such a record is told apart as summary-only.
import {DEFAULT_DENY} from '../../../core/contract/deltas.js'
import {decidingRule, type ContractOutcome, type Finding} from '../../../core/decision.js'
import {
  evaluateWithOverrides,
  type ActiveContracts,
  type LockInput,
  type LockSubject,
} from '../../../core/contract/evaluate.js'
import {contractDestination, NO_OVERRIDES, overridesOf, type Overrides} from '../../../core/contract/overrides.js'
import {methodName} from '../../../core/contract/http-rule.js'
import {requestPath} from '../../../formats/path-pattern.js'
import {queryNames} from '../../../formats/query-names.js'
import {PLACEHOLDER} from '../../../formats/sanitise.js'
import {hostText} from '../../../formats/target.js'
import {parseTarget} from '../../../core/target.js'
import {JsonFault, readJson, type JsonValue} from '../../../lib/json/reader.js'
import type {CaptureRecord} from '../../../formats/capture.js'
import type {Privacy} from '../privacy/privacy.js'
import {withoutPersonal} from '../privacy/personal.js'
import type {Assumed} from './assumption.js'
import {allows, type DecidedBlocks} from './decided.js'
import type {ScanUrl} from './scanner.js'
import type {SealedInput} from './sealed-input.js'

export interface Place {
  /** With the port unless it is the default one. */
  readonly host: string
  /** Canonical where there is such a form; "" for a tunnel. */
  readonly path: string
  readonly method: string
}

export interface Replayed {
  readonly kind: 'replayed'
  readonly original: string
  readonly candidate: string
  /** The rule that allowed or refused, `default_deny` where none covers it; undefined where the contract has no jurisdiction. */
  readonly ruleId: string | undefined
  /** The contract blocked it. */
  readonly contractBlock: boolean
  /** The contract allowed it. */
  readonly contractAllow: boolean
  /** No enforced rule covers it, but a capture-only one does. */
  readonly captureOnly: boolean
  /** People decided on this block when they signed the contract in force. */
  readonly isDecided: boolean
  readonly place: Place
  /** The place as every reader of the report may see it, each internal value through the given function. */
  readonly shown: (hide: (value: string) => string) => Place
}

export type Judged = Replayed | {readonly kind: 'evidence_only'} | {readonly kind: 'summary_only'}

const EVIDENCE_ONLY: Judged = {kind: 'evidence_only'}
const SUMMARY_ONLY: Judged = {kind: 'summary_only'}

const REDACTED_TARGET = '[redacted-target]'
const REDACTED_ARGUMENTS = '[REDACTED]'
const MAX_ARGUMENT_DEPTH = 64

export interface JudgeOptions {
  readonly assumed: Assumed
  readonly privacy: Privacy
  /** What the sidecar of the record holds. */
  readonly sealed?: SealedInput | undefined
  /** What the contract in force decided; undefined when none was named. */
  readonly decided?: DecidedBlocks | undefined
}

export async function judgeRecord(record: CaptureRecord, options: JudgeOptions, scan: ScanUrl): Promise<Judged> {
  switch (record.surface) {
    case 'url':
      return judgeUrl(record, options, scan)
    case 'tool_policy':
      return judgeToolCall(record, options)
    default:
      return notReplayed(record.surface)
  }
}

/** Surfaces whose input is not in the record, and those that nothing can judge again. */
export function notReplayed(surface: string): Judged {
  return surface === 'response' || surface === 'dlp' ? SUMMARY_ONLY : EVIDENCE_ONLY
}

export interface ScannedUrl {
  readonly method: string
  readonly action: string
  readonly findings: readonly Finding[]
}

/** What the scanners say of the URL of a record; undefined where the capture does not hold it any more. */
export async function scanRecord(
  record: CaptureRecord,
  scan: ScanUrl,
  sealed?: SealedInput,
): Promise<ScannedUrl | undefined> {
  const url = sealed?.url ?? record.url
  if (url === '' || url === REDACTED_TARGET) return undefined
  const method = methodName(record.method) || 'UNKNOWN'
  // the sanitiser of captures replaced something: the scanner cannot see again what it judged
  const isHidden = PLACEHOLDER.test(record.url) && !(sealed?.url !== undefined && sealed.offline)
  if (isHidden) return {method, action: actionOf(record), findings: []}
  const {action, findings} = await scan(method, url)
  return {method, action, findings}
}

async function judgeUrl(record: CaptureRecord, options: JudgeOptions, scan: ScanUrl): Promise<Judged> {
  const {sealed} = options
  const scanned = await scanRecord(record, scan, sealed)
  if (!scanned) return SUMMARY_ONLY
  const {method, action} = scanned
  const destination = contractDestination(parseTarget(record.url).target)
  // the contract decides on the requested path; only the path of the record is shown
  const received = sealed?.url === undefined ? destination : contractDestination(parseTarget(sealed.url).target)
  const hidden = record.url === REDACTED_TARGET ? REDACTED_TARGET : ''
  const place = {
    host: destination ? hostText(destination.host, destination.isDefaultPort ? undefined : destination.port) : hidden,
    path: destination && method !== 'CONNECT' ? pathText(destination.rawPath) : '',
    method,
  }
  const {privacy} = options
  // headers and forms are not in a capture: of overrides only those of the query are known
  const overrides = overridesOf([], sealed?.url ?? record.url)
  const judged = replayed(record, options, {kind: 'http', method, destination: received}, action, place, overrides)
  if (judged.kind !== 'replayed' || !destination) return judged
  const {host} = destination
  const hostClass = options.assumed.internalHosts.has(host) ? 'internal' : privacy.hostClass(host)
  const hidesPath = place.path !== '' && privacy.pathClass(hostClass, place.path) === 'internal'
  const port = place.host.slice(hostText(host).length)
  return {
    ...judged,
    shown: (hide) => ({
      ...place,
      host: hostClass === 'internal' ? `${hide(host)}${port}` : place.host,
      path: hidesPath ? hide(place.path) : withoutPersonal(place.path, hide),
    }),
  }
}

function pathText(rawPath: string): string {
  const path = requestPath(rawPath)
  return typeof path === 'string' ? rawPath : path.canonical
}

function judgeToolCall(record: CaptureRecord, options: JudgeOptions): Judged {
  if (record.mcpMethod !== 'tools/call') return EVIDENCE_ONLY
  const [server, tool] = [record.mcpServer.trim(), record.toolName.trim()]
  if (server === '' || tool === '') return SUMMARY_ONLY
  const toolArgs = options.sealed?.toolArgs ?? record.toolArgs
  const subject: LockSubject = {kind: 'mcp', server, tool, arguments: argumentsOf(toolArgs)}
  const place = {host: server, path: tool, method: record.mcpMethod}
  // no tool policy is configured yet, so the scanners' verdict is the recorded one
  const judged = replayed({...record, toolArgs}, options, subject, actionOf(record), place)
  if (judged.kind !== 'replayed') return judged
  const name = (value: string, hide: (value: string) => string): string =>
    options.privacy.nameClass(value) === 'internal' ? hide(value) : value
  return {...judged, shown: (hide) => ({...place, host: name(server, hide), path: name(tool, hide)})}
}

function argumentsOf(text: string | undefined): JsonValue | undefined {
  if (text === undefined) return undefined
  try {
    return readJson(text, {maxDepth: MAX_ARGUMENT_DEPTH})
  } catch (error) {
    if (error instanceof JsonFault) return undefined
    throw error
  }
}

export function actionOf(record: CaptureRecord): string {
  return record.effectiveAction.trim().toLowerCase()
}

/** A name of a parameter was replaced, and what it was decides: without its query the request is allowed. */
function isNameHidden(
  enforced: ActiveContracts,
  input: LockInput,
  overrides: Overrides,
  {winningSource, reason}: ContractOutcome,
): boolean {
  const {subject} = input
  if (winningSource !== 'contract' || reason === '' || subject.kind !== 'http' || !subject.destination) return false
  const {destination} = subject
  if (!queryNames(destination.rawQuery).some((name) => PLACEHOLDER.test(name))) return false
  const bare: LockInput = {...input, subject: {...subject, destination: {...destination, rawQuery: ''}}}
  return evaluateWithOverrides(enforced, bare, overrides).outcome.reason === ''
}

function replayed(
  record: CaptureRecord,
  {assumed: {enforced, captureOnly}, decided: decidedBlocks}: JudgeOptions,
  subject: LockSubject,
  scannerVerdict: string,
  place: Place,
  overrides: Overrides = NO_OVERRIDES,
): Judged {
  const input: LockInput = {
    mode: 'live',
    agent: record.agent,
    subject,
    label: record.effectiveAction,
    scannerVerdict,
    killSwitch: false,
    sources: [],
    gate: false,
  }
  const {outcome} = evaluateWithOverrides(enforced, input, overrides)
  if (isNameHidden(enforced, input, overrides, outcome)) return SUMMARY_ONLY
  // a rule with arguments would have had to read what was redacted
  if (record.toolArgs === REDACTED_ARGUMENTS && outcome.reason === 'contract_mcp_args_mismatch') return SUMMARY_ONLY
  const table = enforced.resolve(record.agent)?.table
  const hasJurisdiction = subject.kind === 'http' ? table?.hasHttp : table?.hasMcp
  const decided = outcome.winningSource === 'contract'
  const contractAllow = decided && outcome.reason === ''
  const passedScanner = scannerVerdict !== '' && scannerVerdict !== 'block'
  return {
    kind: 'replayed',
    original: actionOf(record) || 'unknown',
    candidate: outcome.verdict,
    ruleId: hasJurisdiction ? decidingRule(outcome) || DEFAULT_DENY : undefined,
    contractBlock: decided && !contractAllow,
    contractAllow,
    captureOnly: !contractAllow && passedScanner && allows(captureOnly, input),
    isDecided: decided && !contractAllow && passedScanner && decidedBlocks?.covers(input) === true,
    place,
    shown: () => place,
  }
}
