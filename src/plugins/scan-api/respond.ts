// Serves one request of the scan API. The order of its checks is fixed: nobody learns more than an earlier check allows, and
// no body is read before its sender is known. A scan that does not come to its end is an error, never half an allow.
import type {ScanApiRequest, ScanApiResponse, ScanOutcome} from '../../core/services/scan-api.js'
import type {DestinationService} from '../../core/services/destination.js'
import type {DlpScanner} from '../../core/services/dlp.js'
import type {InjectionScanner} from '../../core/services/injection.js'
import type {ContentScanner} from '../../core/services/scanning.js'
import type {Clock} from '../../core/ports.js'
import {parseTarget} from '../../core/target.js'
import {type Steps, WorkBudgetError, type WorkScheduler} from '../../core/work.js'
import type {FindToken} from '../../lib/bearer-token.js'
import {errorText} from '../../lib/error-text.js'
import {isKind, type Kind, parseScanRequest, type ScanRequest} from './request.js'
import {credentialFindings, injectionFindings, type ScanFinding, toolCallFindings, urlFindings} from './scans.js'
import type {TokenRates} from './token-rates.js'

interface ScanApiSettings {
  readonly maxBodyBytes: number
  readonly fieldLimits: Readonly<Record<'url' | 'text' | 'content' | 'arguments', number>>
  readonly kinds: Readonly<Record<Kind, boolean>>
  readonly scanMs: number
}

interface ScanApiParts {
  readonly settings: ScanApiSettings
  readonly token: FindToken
  readonly rates: TokenRates
  readonly scheduler: WorkScheduler
  readonly clock: Clock
  readonly random: (bytes: number) => Uint8Array
  readonly version: string
  readonly urls: DestinationService['urls']
  readonly dlp: DlpScanner
  readonly injection: InjectionScanner
  readonly content: ContentScanner
  /** The kill switch denies the client. */
  readonly isDenied: (clientIp: string) => boolean
  readonly onError: (error: unknown) => void
}

const ERRORS = {
  method_not_allowed: {status: 405, retryable: false, message: 'use POST'},
  unauthorized: {
    status: 401,
    retryable: false,
    message: 'send a token of scan_api.auth.bearer_tokens as a bearer token',
  },
  rate_limited: {status: 429, retryable: true, message: 'too many scans with this token'},
  read_error: {status: 400, retryable: false, message: 'the body did not arrive whole'},
  body_too_large: {status: 400, retryable: false, message: 'the body is longer than scan_api.max_body_bytes'},
  kill_switch_active: {status: 503, retryable: false, message: 'the kill switch denies all traffic'},
  invalid_json: {status: 400, retryable: false, message: 'the body is not as documented'},
  invalid_kind: {status: 400, retryable: false, message: 'kind must be url, dlp, prompt_injection or tool_call'},
  kind_disabled: {status: 400, retryable: false, message: 'scan_api.kinds turns this kind off'},
  invalid_input: {status: 400, retryable: false, message: 'the input is not as documented'},
  scan_deadline_exceeded: {status: 503, retryable: true, message: 'the scan took longer than scan_api.timeouts.scan'},
  scan_unavailable: {status: 503, retryable: true, message: 'the budget for scans is used up'},
  request_canceled: {status: 500, retryable: false, message: 'the client closed the connection'},
  internal_error: {status: 500, retryable: false, message: 'the scan failed'},
} as const

type ScanErrorCode = keyof typeof ERRORS

const HEADERS: Partial<Record<ScanErrorCode, Readonly<Record<string, string>>>> = {
  method_not_allowed: {Allow: 'POST'},
  unauthorized: {'WWW-Authenticate': 'Bearer'},
  rate_limited: {'Retry-After': '1'},
}

class ScanError extends Error {
  readonly code: ScanErrorCode

  constructor(code: ScanErrorCode, message: string = ERRORS[code].message) {
    super(message)
    this.code = code
  }
}

/** What is known of a request so far. */
interface Progress {
  kind?: string | undefined
  requestId?: string | undefined
  /** The scan began. */
  isScanning?: true
}

export function createResponder(parts: ScanApiParts): (request: ScanApiRequest) => Promise<ScanApiResponse> {
  const {clock, random, version} = parts
  return async (request) => {
    const startedMs = clock.monotonic()
    const progress: Progress = {}
    const frame = (status: 'completed' | 'error') => ({
      status,
      ...(progress.kind !== undefined && {kind: progress.kind}),
      scan_id: `scan-${Buffer.from(random(8)).toString('hex')}`,
      ...(progress.isScanning && progress.requestId !== undefined && {request_id: progress.requestId}),
      duration_ms: Math.round(clock.monotonic() - startedMs),
      engine_version: version,
    })
    const kindOf = (): Kind | '' => (isKind(progress.kind) ? progress.kind : '')
    try {
      const findings = await scanned(parts, request, progress)
      const decision = findings.length > 0 ? 'deny' : 'allow'
      const {status, ...rest} = frame('completed')
      return {
        status: 200,
        headers: {},
        body: {status, decision, ...rest, ...(decision === 'deny' && {findings})},
        outcome: {kind: kindOf(), decision, error: '', findings},
      }
    } catch (error) {
      const {code, message} = scanError(error, request.signal, parts.onError)
      const {status, retryable} = ERRORS[code]
      const outcome: ScanOutcome = {kind: kindOf(), decision: '', error: code, findings: []}
      const body = {...frame('error'), errors: [{code, message, retryable}]}
      return {status, headers: HEADERS[code] ?? {}, body, outcome}
    }
  }
}

function scanError(error: unknown, signal: AbortSignal, onError: (error: unknown) => void): ScanError {
  if (error instanceof ScanError) return error
  if (error instanceof WorkBudgetError) return new ScanError('scan_unavailable')
  if (signal.aborted) return new ScanError('request_canceled')
  onError(errorText(error))
  return new ScanError('internal_error')
}

async function scanned(
  parts: ScanApiParts,
  request: ScanApiRequest,
  progress: Progress,
): Promise<readonly ScanFinding[]> {
  const {settings, clock} = parts
  if (request.method !== 'POST') throw new ScanError('method_not_allowed')
  const token = parts.token(request.authorization)
  if (token === undefined) throw new ScanError('unauthorized')
  if (!parts.rates.take(token, clock.monotonic())) throw new ScanError('rate_limited')
  if (parts.isDenied(request.clientIp)) throw new ScanError('kill_switch_active')
  const body = await request.body(settings.maxBodyBytes)
  if (body === 'too_large') throw new ScanError('body_too_large')
  if (body === 'broken') throw new ScanError(request.signal.aborted ? 'request_canceled' : 'read_error')
  const parsed = parseScanRequest(body)
  if ('problem' in parsed) throw new ScanError('invalid_json', parsed.problem)
  const {kind} = parsed
  progress.kind = kind ?? ''
  if (!isKind(kind)) throw new ScanError('invalid_kind')
  if (!settings.kinds[kind]) throw new ScanError('kind_disabled')
  checkInput(kind, parsed, settings.fieldLimits)
  progress.requestId = parsed.requestId
  progress.isScanning = true
  return runScan(parts, kind, parsed, {token, signal: request.signal})
}

function checkInput(kind: Kind, request: ScanRequest, limits: ScanApiSettings['fieldLimits']): void {
  const fail = (message: string): never => {
    throw new ScanError('invalid_input', message)
  }
  for (const name of ['url', 'text', 'content', 'arguments'] as const) {
    const most = limits[name]
    if (Buffer.byteLength(request[name]) > most) fail(`input.${name} is longer than ${most} bytes`)
  }
  if (kind === 'dlp' && request.text === '') fail('input.text is missing')
  if (kind === 'prompt_injection' && request.content === '') fail('input.content is missing')
  if (kind === 'tool_call' && request.toolName.trim() === '') fail('input.tool_name is missing')
  if (kind !== 'url') return
  const {target} = parseTarget(request.url)
  if (target === undefined || !/^https?$/.test(target.scheme))
    fail('input.url must be an http or https URL with a host')
}

interface Caller {
  readonly token: number
  readonly signal: AbortSignal
}

async function runScan(
  parts: ScanApiParts,
  kind: Kind,
  request: ScanRequest,
  {token, signal}: Caller,
): Promise<readonly ScanFinding[]> {
  const {clock, scheduler, settings} = parts
  const deadlineMs = clock.monotonic() + settings.scanMs
  const check = (): void => {
    if (signal.aborted) throw new ScanError('request_canceled')
    if (clock.monotonic() > deadlineMs) throw new ScanError('scan_deadline_exceeded')
  }
  if (kind === 'url') return scanUrl(parts, request.url, {signal, check})
  const steps = stepsOf(parts, kind, request)
  const findings = await scheduler.exchange(`scan_api ${token}`).run(checked(steps, check))
  check()
  return findings
}

function stepsOf({dlp, injection, content}: ScanApiParts, kind: Exclude<Kind, 'url'>, request: ScanRequest) {
  switch (kind) {
    case 'dlp':
      return credentialFindings(dlp, request.text, request.includesEvidence)
    case 'prompt_injection':
      return injectionFindings(injection, request.content)
    case 'tool_call':
      return toolCallFindings(content, request)
  }
}

function* checked<T>(steps: Steps<T>, check: () => void): Steps<T> {
  for (;;) {
    check()
    const step = steps.next()
    if (step.done === true) return step.value
    yield
  }
}

/** Takes no slot of the rates of a host, and no bytes: nothing is sent. */
async function scanUrl(
  {urls, settings}: ScanApiParts,
  url: string,
  {signal, check}: {readonly signal: AbortSignal; readonly check: () => void},
): Promise<readonly ScanFinding[]> {
  const ended = new AbortController()
  const timer = setTimeout(() => ended.abort(), settings.scanMs)
  try {
    const result = await urls.scan(url, {
      purpose: 'check',
      resolve: true,
      signal: AbortSignal.any([signal, ended.signal]),
    })
    if (ended.signal.aborted) throw new ScanError('scan_deadline_exceeded')
    check()
    return urlFindings(result)
  } finally {
    clearTimeout(timer)
  }
}
