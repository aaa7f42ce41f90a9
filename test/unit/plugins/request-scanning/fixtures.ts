// The body hooks of a configuration with the real scanners, and requests to give them.
import type {Finding} from '../../../../src/core/decision.js'
import type {Exchange, Header, Transport, Unit} from '../../../../src/core/exchange.js'
import {headUnit} from '../../../../src/core/inspection.js'
import type {Log} from '../../../../src/core/ports.js'
import {parseTarget} from '../../../../src/core/target.js'
import {acceptedBy} from '../../../../src/plugins/request-scanning/accepted.js'
import {createChallenges} from '../../../../src/plugins/request-scanning/challenges.js'
import {sections} from '../../../../src/plugins/request-scanning/config.js'
import {bodyHooks} from '../../../../src/plugins/request-scanning/create.js'
import {createProviders} from '../../../../src/plugins/redaction/providers.js'
import {scannersOf} from '../../../../src/plugins/request-scanning/scanners.js'
import {sections as dlpSections} from '../../../../src/plugins/dlp/config.js'
import {buildScanner} from '../../../../src/plugins/dlp/create.js'
import {createSuppressions} from '../../../../src/plugins/suppress/suppressions.js'
import {buildScanner as buildInjection} from '../../../../src/plugins/injection/create.js'
import {stepPerTurn} from '../../../support/work.js'

const QUIET: Log = {debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined}

export interface Request {
  readonly url?: string
  readonly headers?: readonly Header[]
  readonly body?: string | Buffer
  readonly type?: string
  readonly transport?: Transport
  readonly agent?: Exchange['agent']
}

export interface Bodies {
  /** Findings of head and body, in this order. */
  judge(request: Request): Promise<readonly Finding[]>
  /** An answer to the request. */
  answered(request: Request, status: number, headers: readonly Header[]): Promise<void>
}

let ordinary: ReturnType<typeof credentials> | undefined
let phrases: ReturnType<typeof buildInjection> | undefined

function credentials(section: object) {
  const config = {dlp: dlpSections.dlp.parse(section), canary_tokens: dlpSections.canary_tokens.parse({})}
  return buildScanner(config, {env: {}})
}

export async function bodiesOf(
  section: object = {},
  more: {
    readonly allowlist?: readonly string[]
    readonly dlp?: object
    readonly suppress?: readonly {readonly rule: string; readonly path: string}[]
    readonly log?: Log
  } = {},
): Promise<Bodies> {
  const scanner = await (more.dlp === undefined ? (ordinary ??= credentials({})) : credentials(more.dlp))
  const config = {
    request_body_scanning: sections.request_body_scanning.parse({enabled: true, ...section}),
  }
  const scanners = scannersOf(scanner, (phrases ??= buildInjection({env: {}})), {providers: createProviders([])})
  const entries = (more.suppress ?? []).map((entry) => ({...entry, reason: 'known'}))
  const accepted = acceptedBy(createSuppressions(entries), more.log ?? QUIET)
  const hooks = bodyHooks(config, more.allowlist ?? [], scanners, createChallenges(), accepted)
  return {
    async judge(request) {
      const x = exchange(request)
      const head = headUnit('request', x.headers)
      const findings = [...((await hooks.inspect?.(x, head)) ?? [])]
      const want = hooks.requires?.(x, head)
      if (request.body === undefined || want === undefined) return findings
      const bytes = Buffer.from(request.body)
      if (bytes.length > want.maxBytes) {
        const over = want.over({beginning: Buffer.alloc(0), bytes: bytes.length})
        return over ? [...findings, over] : findings
      }
      const received: Unit = {...head, kind: 'body', bytes}
      const rewritten = await hooks.rewrite?.(x, received)
      findings.push(...(rewritten?.findings ?? []))
      if (rewritten === undefined || rewritten.findings.length > 0) return findings
      return [...findings, ...((await hooks.inspect?.(x, rewritten.unit)) ?? [])]
    },
    async answered(request, status, headers) {
      await hooks.inspect?.(exchange(request), headUnit('response', headers, status))
    },
  }
}

function exchange({url = 'http://api.test/v1', headers = [], type, transport = 'forward', agent}: Request): Exchange {
  return {
    id: '0',
    requestId: 'req-1',
    transport,
    purpose: 'request',
    agent: agent ?? {name: 'a', basis: 'bound'},
    clientIp: '127.0.0.1',
    rawTarget: url,
    target: parseTarget(url).target,
    method: 'POST',
    headers: type === undefined ? headers : [...headers, ['Content-Type', type]],
    startedAtMs: 0,
    signal: new AbortController().signal,
    work: stepPerTurn(),
  }
}

/** Layer, action and rules of each finding. */
export function brief(findings: readonly Finding[]): readonly string[] {
  return findings.map(({layer, action, matches = []}) =>
    [layer, action, ...matches.map((match) => match.pattern_name)].join(' ').trim(),
  )
}
