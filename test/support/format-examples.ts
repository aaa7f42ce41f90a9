// The examples of docs/formats/{captures,contracts,evaluation,inference,paths}.md, as the product makes them from the keys and
// inputs that the pages state. test/unit/docs-formats-learning.test.ts holds the pages to these texts, byte for byte.
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {activeContracts, evaluate, type LockInput} from '../../src/core/contract/evaluate.js'
import type {LockRule} from '../../src/core/contract/rules.js'
import {signCompileManifest, moduleDigestRoot} from '../../src/formats/documents/compile-manifest.js'
import {createSelector, GENESIS, manifestText, signManifest} from '../../src/formats/documents/active-manifest.js'
import {contractYaml, signContract} from '../../src/formats/documents/contract.js'
import {rosterText, signRoster, type KeyInfo} from '../../src/formats/documents/roster.js'
import {compactText} from '../../src/formats/documents/text.js'
import {tombstoneJson, createTombstone} from '../../src/plugins/learn/forget/tombstone.js'
import {signBody} from '../../src/formats/documents/canonical.js'
import {parseDestination} from '../../src/formats/target.js'
import {httpKey, ruleId, toolKey} from '../../src/formats/rule-key.js'
import {matchesPattern, parsePattern, requestPath, SetApart} from '../../src/formats/path-pattern.js'
import {sanitiseTarget} from '../../src/formats/sanitise.js'
import {fingerprint, privateKeyFromSeed, type PrivateKey} from '../../src/lib/ed25519.js'
import {sha256, sha256Text} from '../../src/lib/hash.js'
import type {Capture} from '../../src/plugins/learn/capture/capture-queue.js'
import {CaptureWriter} from '../../src/plugins/learn/capture/writer.js'
import {classifyV1, classifyV2, sixDecimals, wilsonLowerBound} from '../../src/plugins/learn/compile/confidence.js'
import {mergesPosition, suspectsOf} from '../../src/plugins/learn/compile/minority.js'
import {resolveInference} from '../../src/plugins/learn/compile/settings.js'
import {decideSegments} from '../../src/plugins/learn/compile/segments.js'
import {Tally} from '../../src/plugins/learn/compile/tally.js'
import type {CaptureSpec} from './captures.js'
import {compileCaptures} from './compiling.js'

/** Demonstration keys: the seed is the SHA-256 of this text. */
export const exampleKey = (name: string): PrivateKey => privateKeyFromSeed(sha256(`pipelock formats ${name}`))

const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('')

// captures

const SECRET = 'TOKEN'
const at = (seconds: number): number => Date.UTC(2026, 2, 1, 9, 30, seconds)

function capture(seconds: number, id: string, detail: Partial<Capture['detail']> & {readonly url: string}): Capture {
  const {url, request = {method: 'GET', url: ''}, ...rest} = detail
  return {
    atMs: at(seconds),
    agent: 'coder',
    client: '10.0.0.7',
    transport: 'forward',
    requestId: id,
    detail: {
      surface: 'url',
      subsurface: 'forward_url',
      config_hash: 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      build_version: '0.1.0',
      build_sha: 'unknown',
      agent: 'coder',
      request_bytes: 0,
      transform_kind: '',
      request: {method: request.method, url: sanitiseTarget(url, (text) => !text.includes(SECRET))},
      raw_findings: [],
      effective_findings: [],
      effective_action: 'allow',
      outcome: 'clean',
      ...rest,
    },
  }
}

/** The chain of one session as the writer of captures leaves it, and the name of its folder. */
export function captureExample(): {readonly session: string; readonly file: string; readonly text: string} {
  const directory = mkdtempSync(join(tmpdir(), 'format-captures-'))
  try {
    const writer = new CaptureWriter({
      directory,
      maxAgeMs: () => 12 * 3_600_000,
      now: () => at(5),
      random: (bytes) => Buffer.alloc(bytes),
      onFailure: (message) => {
        throw new Error(message)
      },
      checkpoints: () => ({key: exampleKey('receipts'), interval: 3}),
    })
    const finding = {kind: 'dlp', severity: 'critical', pattern_name: 'Example Token'}
    writer.add(capture(0, 'req-1-0001', {url: 'https://api.example.com/v1/items?page=2'}))
    writer.add(
      capture(1, 'req-2-0002', {
        url: `https://me:pw@api.example.com/v1/notes?key=${SECRET}&page=1`,
        request: {method: 'POST', url: ''},
        request_bytes: 31,
        raw_findings: [finding],
        effective_findings: [{...finding, action: 'block'}],
        effective_action: 'block',
        outcome: 'blocked',
      }),
    )
    writer.add(
      capture(2, 'req-3-0003', {
        url: 'https://registry.example.net:8443',
        request: {method: 'CONNECT', url: ''},
        subsurface: 'connect_url',
      }),
    )
    writer.close()
    const [session = ''] = readdirSync(directory)
    const file = readdirSync(join(directory, session)).find((name) => name.endsWith('.jsonl')) ?? ''
    return {session, file, text: readFileSync(join(directory, session, file), 'utf8')}
  } finally {
    rmSync(directory, {recursive: true})
  }
}

// contracts

const ENVIRONMENT = {id: 'production', tenant: 'acme', deployment_id: 'eu-1'}
const RULE = {
  lifecycle_state: 'enforce',
  required_capture_grade: 'full',
  observed_capture_grade: 'full',
  confidence: 'stable',
  wilson_lower: '0.722467',
  observation: {
    events_observed: 20,
    sessions_observed: 10,
    sessions_with_opportunity: 10,
    windows_observed: 10,
    windows_with_opportunity: 10,
  },
  rationale: {
    data_class: 'internal',
    summary: 'Observed 20 events in 10 of 10 sessions; Wilson lower bound 0.722467 classified as stable.',
  },
  recurring_support: {windows_floor: 3, windows_seen_in_last_n: 10},
  opportunity_health: {missing_alert_threshold: '0.50'},
}

function contractBody(): object {
  const key = {host: 'api.example.com', path: '/v1/items/*', method: 'GET'}
  return {
    schema_version: 1,
    contract_kind: 'behavioral_contract',
    signer_key_id: 'coder',
    key_purpose: 'contract-compile-signing',
    data_class_root: 'internal',
    field_data_classes: {},
    selector: {agent: 'coder', selector_id: sha256Text('agent=coder')},
    observation_window: {
      start: '2026-03-02T09:00:00Z',
      end: '2026-03-02T19:00:00Z',
      event_count: 40,
      session_count: 10,
      observation_window_root: sha256Text('{"dropped":0}'),
    },
    compile: {
      pipelock_version: '0.1.0',
      pipelock_build_sha: 'unknown',
      go_version: 'node v22.21.1',
      module_digest_root: MODULE_ROOT,
      compile_config_hash: sha256Text(''),
      inference_algorithm: 'wilson_lb_v2',
      normalization_algorithm: 'frequency_weighted_entropy_v1',
    },
    defaults: {
      fidelity: 'medium',
      confidence: {contamination_bound: '0.100000', min_events: 20, min_sessions: 5, min_windows: 3},
      privacy: {default_data_class: 'internal', salt_epoch: 0, forbid_classes: ['regulated']},
    },
    rules: [
      {
        ...RULE,
        rule_id: ruleId(httpKey(key)),
        display_name: 'api_example_com_v1_items_*_GET',
        rule_kind: 'http_destination',
        selector: {
          host: {value: key.host, data_class: 'public'},
          methods: [key.method],
          paths: [
            {
              value: key.path,
              data_class: 'public',
              normalization: {
                algorithm: 'frequency_weighted_entropy_v1',
                bucket: {host: key.host, method: key.method, parent_prefix: '/v1/items'},
                collapsed_segments: [
                  {
                    index: 3,
                    distinct_values: 20,
                    event_count: 20,
                    entropy: '4.321928',
                    reason: 'high_entropy_identifier_segment',
                  },
                ],
              },
            },
          ],
        },
      },
      {
        ...RULE,
        rule_id: ruleId(toolKey('files', 'read')),
        display_name: 'files_read',
        rule_kind: 'mcp_tool_call',
        selector: {server: {value: 'files'}, tool: {value: 'read'}, args: [{key: 'follow_links', value: false}]},
      },
    ],
  }
}

const MODULES = {'pipelock@0.1.0': sha256Text('pipelock 0.1.0')}
const MODULE_ROOT = moduleDigestRoot(MODULES)

export interface ContractExample {
  readonly contract: string
  readonly roster: string
  readonly manifest: string
  readonly compileManifest: string
  readonly tombstone: string
  readonly transition: string
  readonly recovery: string
  /** Fingerprint of the root key. */
  readonly pin: string
}

export function contractExample(): ContractExample {
  const [root, compile, operator, receipts] = ['root', 'compile', 'operator', 'receipts'].map(exampleKey) as [
    PrivateKey,
    PrivateKey,
    PrivateKey,
    PrivateKey,
  ]
  const info = (key_id: string, key_purpose: string, pair: PrivateKey, more: Partial<KeyInfo> = {}): KeyInfo => ({
    key_id,
    key_purpose,
    public_key_hex: pair.public.hex,
    valid_from: '2026-01-01T00:00:00Z',
    valid_until: null,
    status: 'active',
    ...more,
  })
  const roster = signRoster(
    {
      schema_version: 1,
      roster_signed_by: 'root-1',
      keys: [
        info('root-1', 'roster-root', root, {status: 'root', principal: 'root'}),
        info('coder', 'contract-compile-signing', compile),
        info('op-anna', 'contract-activation-signing', operator, {principal: 'anna'}),
        info('receipts-1', 'receipt-signing', receipts),
      ],
      data_class_root: 'internal',
    },
    root,
  )
  const contract = signContract(contractBody(), compile)
  const hash = contract.body.contract_hash
  const manifest = signManifest(
    {
      generation: 1,
      priorManifestHash: GENESIS,
      environment: ENVIRONMENT,
      selectors: [createSelector({kind: 'agent', agent: 'coder'}, hash)],
      signedAt: '2026-03-03T08:00:00Z',
    },
    [{keyId: 'op-anna', principal: 'anna', key: operator}],
  )
  const compileManifest = signCompileManifest(
    {
      schema_version: 1,
      contract_hash: hash,
      compile_started_at: '2026-03-03T07:00:00Z',
      compile_finished_at: '2026-03-03T07:00:01.5Z',
      pipelock_version: '0.1.0',
      pipelock_build_sha: 'unknown',
      go_version: 'node v22.21.1',
      module_digest_root: MODULE_ROOT,
      module_digests: MODULES,
      compile_config_hash: sha256Text(''),
      inputs: [{path: 'coder|10.0.0.7|20260302T090000Z/evidence-x-0.jsonl', sha256: sha256Text(''), event_count: 4}],
      observation_window_root: contract.body.observation_window.observation_window_root,
      settings: {privacy: {default_data_class: 'internal', forbid_classes: ['regulated']}},
      signer_key_id: 'coder',
      key_purpose: 'contract-compile-signing',
    },
    compile,
  )
  const tombstone = createTombstone({
    contractHash: hash,
    nowMs: Date.UTC(2026, 2, 4, 10),
    authorizationId: '01943a60-5c00-7000-8000-00000000000a',
    key: {keyId: 'op-anna', key: operator},
  })
  const successor = exampleKey('successor')
  const transition = {
    schema_version: 1,
    root_kind: 'roster-root',
    old_fingerprint: fingerprint(root.public.raw),
    new_fingerprint: fingerprint(successor.public.raw),
    effective_at: '2026-04-01T00:00:00Z',
    reason: 'scheduled',
  }
  const authorization = {
    schema_version: 1,
    reason: 'root key lost',
    expires_at: '2026-03-05T10:30:00Z',
    target_roster_hash: sha256Text('the next roster'),
    operator_identity: 'anna',
    issued_at: '2026-03-05T10:00:00Z',
  }
  return {
    contract: contractYaml(contract),
    roster: rosterText(roster),
    manifest: manifestText(manifest),
    compileManifest: `${compactText(compileManifest)}\n`,
    tombstone: `${tombstoneJson(tombstone)}\n`,
    transition: `${compactText({
      body: transition,
      old_signature: signBody(root, transition),
      new_signature: signBody(successor, transition),
    })}\n`,
    recovery: `${compactText({body: authorization, signature: signBody(exampleKey('recovery'), authorization)})}\n`,
    pin: fingerprint(root.public.raw),
  }
}

// paths

const RAW_PATHS = [
  '',
  '/',
  '/v1/Items/',
  '/v1//items',
  '/v1/items//',
  '/a/./b',
  '/a/%2e%2e/b',
  '/%41dmin',
  '/a%2Fb',
  '/caf%C3%A9',
  '/CAFE\u0301',
  '/50%25',
  '/a/%2A',
  '/a/%zz',
  '/a/%ff',
  '/a/%00',
  'v1',
  '/\u0130stanbul',
  '/\u1e9e',
]

/** Raw path → canonical path or fault. */
export function pathLines(): string {
  return lines(
    RAW_PATHS.map((raw) => {
      const path = requestPath(raw)
      return JSON.stringify(typeof path === 'string' ? {raw, fault: path} : {raw, path: path.canonical})
    }),
  )
}

const MATCHES: readonly (readonly [pattern: string, raw: string, pinned?: readonly string[]])[] = [
  ['/v1/items/*', '/v1/items/42'],
  ['/v1/items/*', '/V1/Items/42/'],
  ['/v1/items/*', '/v1/items'],
  ['/v1/items/*', '/v1/items/42/parts'],
  ['/v1/items/*', '/v1/items/admin'],
  ['/v1/items/*', '/v1/items/%2561dmin'],
  ['/v1/items/*', '/v1/items/admin;v=1'],
  ['/v1/items/*', '/v1/items/ADMIN.'],
  ['/v1/items/*', '/v1/items/\u0430dmin'],
  ['/v1/items/*', '/v1/items/a%5Cb'],
  ['/v1/items/*', '/v1/items/a%252Fb'],
  ['/v1/items/*', '/v1/items/export', ['export']],
  ['/v1/items/*', '/v1/items/exports', ['export']],
  ['/*/parts', '/42/parts'],
  ['/a/%2A', '/a/%2A'],
  ['/a/%2A', '/a/b'],
  ['/a/50%25', '/a/50%25'],
  ['/v1/items/admin', '/v1/items/admin'],
  ['/', ''],
]

/** Pattern and raw path → whether they match. */
export function matchLines(): string {
  return lines(
    MATCHES.map(([pattern, raw, pinned]) => {
      const path = requestPath(raw)
      const parsed = parsePattern(pattern)
      const match =
        parsed !== undefined && typeof path !== 'string' && matchesPattern(parsed, path.segments, new SetApart(pinned))
      return JSON.stringify({pattern, raw, ...(pinned && {pinned}), match})
    }),
  )
}

// inference

/** k of n sessions with their windows, or k of n events. */
const BOUNDS: readonly (readonly [k: number, n: number])[] = [
  [0, 10],
  [4, 5],
  [5, 5],
  [3, 10],
  [8, 10],
  [9, 10],
  [10, 10],
  [5, 20],
  [20, 20],
  [22, 22],
  [23, 33],
  [9, 50],
  [10, 50],
  [15, 100],
  [16, 100],
]

/** Lower bound and the class of each profile where every floor is reached. */
export function boundLines(): string {
  const {floors, contaminationBound} = resolveInference('wilson_lb_v2', {})
  return lines(
    BOUNDS.map(([k, n]) => {
      const lower = sixDecimals(wilsonLowerBound(k, n))
      const all = {events: 1_000, sessions: 1_000, windows: 1_000}
      const v1 = classifyV1({k, n, ...all}, floors)
      const v2 = classifyV2({k, n, windows: 1_000, volume: undefined}, floors, contaminationBound)
      return JSON.stringify({k, n, lower, wilson_lb_v1: v1, wilson_lb_v2: v2})
    }),
  )
}

const POSITIONS: readonly Readonly<Record<string, number>>[] = [
  {a: 4, b: 4, c: 4, d: 4, e: 4, f: 4, g: 4, h: 4, i: 3, j: 3},
  {a: 31, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1, j: 1},
  {a: 2, b: 2, c: 2, d: 2, e: 2, f: 2, g: 2, h: 2},
  {a: 2, b: 2, c: 2, d: 2, e: 2, f: 2, g: 2},
  {a: 3, b: 3, c: 3, d: 3},
  {a: 3, b: 3, c: 3},
  {a: 12},
]

/** Counts of values at one position → entropy, or the reason to keep them. */
export function entropyLines(): string {
  const {normalization} = resolveInference('wilson_lb_v2', {})
  return lines(
    POSITIONS.map((counts) => {
      const {collapsed, retained} = decideSegments({1: counts}, normalization)
      return JSON.stringify({
        counts,
        ...(collapsed[0] ? {entropy: collapsed[0].entropy} : {reason: retained[0]?.reason}),
      })
    }),
  )
}

type Sessions = Readonly<Record<string, readonly string[]>>
const own = (count: number, values: number, from = 1): Sessions =>
  Object.fromEntries(
    Array.from({length: count}, (_, i) => [
      `s${from + i}`,
      Array.from({length: values}, (_unused, j) => `v${from + i}${'abcdefgh'[j]}`),
    ]),
  )
const HOUSE = ['about', 'docs', 'home']
const WITH_HOUSE = (sessions: number): Sessions =>
  Object.fromEntries(Array.from({length: sessions}, (_, i) => [`s${i + 1}`, HOUSE]))
const VISITS: readonly Sessions[] = [
  own(1, 8),
  own(3, 4),
  own(4, 4),
  {...WITH_HOUSE(10), s9: [...HOUSE, 'x1', 'x2', 'x3', 'x4'], s10: [...HOUSE, 'y1', 'y2', 'y3', 'y4']},
  {
    ...WITH_HOUSE(10),
    ...Object.fromEntries(
      Array.from({length: 7}, (_, i) => [`s${i + 4}`, ['home', `n${i + 4}a`, `n${i + 4}b`, `n${i + 4}c`]]),
    ),
  },
]

/** Values that each of ten usable sessions brought to a position, one event each → whether they become `*`. */
export function mergeLines(): string {
  const {normalization, floors, contaminationBound} = resolveInference('wilson_lb_v2', {})
  const n = 10
  return lines(
    VISITS.map((sessions) => {
      const tallies = new Map<string, Tally>()
      for (const [index, values] of Object.values(sessions).entries()) {
        for (const value of values) {
          const tally = tallies.get(value) ?? new Tally()
          tally.add(index, 1)
          tallies.set(value, tally)
        }
      }
      const values = [...tallies].map(([value, tally]) => ({value, sessions: tally}))
      const entropy = mergesPosition(values, {
        normalization,
        suspects: suspectsOf(contaminationBound, n),
        confidenceOf: (k, leftOut = 0) =>
          classifyV2(
            {k: k - leftOut, n: n - leftOut, windows: k - leftOut, volume: undefined},
            floors,
            contaminationBound,
          ),
      })
      return JSON.stringify({
        sessions,
        ...(entropy === undefined ? {merge: false} : {merge: true, entropy: sixDecimals(entropy)}),
      })
    }),
  )
}

/** Ten sessions, two of which begin in one hour; one request a line: session, time, method, URL, action. */
export function eventLines(): string {
  const events: string[] = []
  for (let i = 0; i < 10; i++) {
    const session = `s${String(i + 1).padStart(2, '0')}`
    const hour = i < 9 ? 9 + i : 9 + 8 // the tenth begins in the hour of the ninth
    const time = (second: number): string =>
      `2026-03-02T${String(hour).padStart(2, '0')}:${i === 9 ? '40' : '00'}:${String(second).padStart(2, '0')}Z`
    const add = (second: number, request: string, action = 'allow'): void =>
      void events.push(`${session} ${time(second)} ${request} ${action}`)
    add(0, `GET https://api.example.com/v1/items/item-${2 * i}`)
    add(1, `GET https://api.example.com/v1/items/item-${2 * i + 1}`)
    add(2, 'GET https://api.example.com/v1/items')
    if (i % 2 === 0 && i < 9) add(3, 'POST https://api.example.com/v1/items')
    if (i < 2) add(4, 'GET https://api.example.com/v1/admin')
    if (i < 6) add(5, 'CONNECT https://registry.example.net:8443')
    if (i === 0) add(6, 'POST https://paste.example.org/new', 'block')
  }
  return lines(events)
}

export function eventSpecs(text: string): readonly CaptureSpec[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [session = '', ts = '', method = '', url = '', action = ''] = line.split(' ')
      return {session, ts, method, url, action}
    })
}

/** Rules of a compile over the events: key, events, k of n sessions, windows, lower bound, class. */
export function ruleLines(events: string, profile: 'wilson_lb_v1' | 'wilson_lb_v2'): string {
  const {inferred} = compileCaptures(eventSpecs(events), {profile})
  return lines(
    inferred.rules.map(
      ({key, events: count, sessions, opportunities, windows, lower, confidence}) =>
        `${key} ${count} ${sessions}/${opportunities} ${windows} ${sixDecimals(lower)} ${confidence}`,
    ),
  )
}

// evaluation

const host = {value: 'api.example.com'}
const enforced = (rule_id: string, selector: LockRule['selector'], rule_kind = 'http_destination'): LockRule => ({
  rule_id,
  rule_kind,
  lifecycle_state: 'enforce',
  selector,
})

const RULES: readonly LockRule[] = [
  enforced('r-items', {host, methods: ['GET'], paths: [{value: '/v1/items/*'}]}),
  enforced('r-port', {host, ports: [8443], methods: ['POST'], paths: [{value: '/v1/jobs'}]}),
  {...enforced('r-notes', {host, paths: [{value: '/v1/notes'}]}), lifecycle_state: 'capture_only'},
  enforced('r-tunnel', {host: {value: 'registry.example.net'}, methods: ['CONNECT']}),
  enforced('r-warned', {host, methods: ['PUT'], paths: [{value: '/v1/jobs'}], effective_action: 'warn'}, 'http_action'),
  enforced(
    'r-read',
    {server: {value: 'files'}, tool: {value: 'read'}, args: [{key: 'depth', value: 1}]},
    'mcp_tool_call',
  ),
]

export function ruleSetLines(): string {
  return lines(RULES.map((rule) => JSON.stringify(rule)))
}

interface Question {
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

const QUESTIONS: readonly Question[] = [
  {method: 'GET', url: 'https://API.example.com/v1/items/42?x=1'},
  {method: 'GET', url: 'https://api.example.com/v1/items/42', scanner: 'warn'},
  {method: 'GET', url: 'https://api.example.com/v1/items/42', scanner: 'block'},
  {method: 'GET', url: 'https://api.example.com/v1/items/42', scanner: ''},
  {method: 'GET', url: 'https://api.example.com/v1/items/42', kill_switch: true},
  {method: 'GET', url: 'https://api.example.com/v1/items/42', agent: 'other'},
  {method: 'DELETE', url: 'https://api.example.com/v1/items/42'},
  {method: 'GET', url: 'https://api.example.com/v1/items/admin'},
  {method: 'GET', url: 'https://api.example.com/v1/%2e%2e/items'},
  {method: 'POST', url: 'https://api.example.com:8443/v1/jobs'},
  {method: 'GET', url: 'https://api.example.com:9000/v1/items/42'},
  {method: 'GET', url: 'https://api.example.com/v1/notes'},
  {method: 'GET', url: 'https://other.example.com/'},
  {method: 'PUT', url: 'https://api.example.com/v1/jobs', scanner: 'warn'},
  {method: 'PUT', url: 'https://api.example.com/v1/jobs'},
  {method: 'CONNECT', url: 'https://registry.example.net'},
  {method: 'CONNECT', url: 'https://registry.example.net:8443'},
  {method: 'CONNECT', url: 'https://api.example.com'},
  {method: 'GET', url: 'https://registry.example.net/v2/'},
  {method: 'GET', url: 'https://a@b.example/'},
  {method: 'DELETE', url: 'https://api.example.com/v1/items/42', mode: 'shadow'},
  {method: 'GET', url: 'https://api.example.com/v1/items/42', mode: 'shadow'},
  {method: 'GET', url: 'https://a@b.example/', mode: 'capture'},
  {method: 'GET', url: 'https://api.example.com/v1/items/42', mode: 'off'},
  {server: 'files', tool: 'read', arguments: {depth: 1.0, path: '/tmp'}},
  {server: 'files', tool: 'read', arguments: {depth: '1'}},
  {server: 'files', tool: 'write', arguments: {}},
  {server: '', tool: 'read', arguments: {}},
]

/** Questions to the rules, in mode live for the agent `coder` unless stated, and the decision on each. */
export function decisionLines(): string {
  return lines(QUESTIONS.map((question) => JSON.stringify({...question, decision: decide(RULES, question)})))
}

export function decide(rules: readonly LockRule[], question: Question): object {
  const active = activeContracts({manifestHash: 'sha256:m', generation: 1}, [
    {target: {agent: 'coder'}, selectorId: 'sha256:s', contractHash: 'sha256:c', rules},
  ])
  const {mode = 'live', agent = 'coder', scanner = 'allow', method, url = '', server = '', tool = ''} = question
  const subject: LockInput['subject'] =
    method === undefined
      ? {kind: 'mcp', server, tool, arguments: question.arguments}
      : {kind: 'http', method, destination: parseDestination(url)}
  const {outcome} = evaluate(active, {
    mode,
    agent,
    subject,
    label: method === 'CONNECT' ? 'connect' : 'forward',
    scannerVerdict: scanner,
    killSwitch: question.kill_switch ?? false,
    sources: [],
    gate: true,
  })
  const {verdict, liveVerdict, winningSource, policySources, ruleId, reason} = outcome
  return {
    verdict,
    ...(liveVerdict !== verdict && {live_verdict: liveVerdict}),
    source: winningSource,
    sources: policySources,
    ...(ruleId !== '' && {rule_id: ruleId}),
    ...(reason !== '' && {reason}),
  }
}
