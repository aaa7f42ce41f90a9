// The examples of docs/formats/captures.md and docs/formats/contracts.md, as the product makes them from the keys that the
// pages state. test/unit/docs-formats-learning.test.ts holds the pages to these texts, byte for byte.
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {signCompileManifest, moduleDigestRoot} from '../../src/formats/documents/compile-manifest.js'
import {createSelector, GENESIS, manifestText, signManifest} from '../../src/formats/documents/active-manifest.js'
import {contractYaml, signContract} from '../../src/formats/documents/contract.js'
import {rosterText, signRoster, type KeyInfo} from '../../src/formats/documents/roster.js'
import {compactText} from '../../src/formats/documents/text.js'
import {tombstoneJson, createTombstone} from '../../src/plugins/learn/forget/tombstone.js'
import {signBody} from '../../src/formats/documents/canonical.js'
import {httpKey, ruleId, toolKey} from '../../src/formats/rule-key.js'
import {sanitiseTarget} from '../../src/formats/sanitise.js'
import {fingerprint, privateKeyFromSeed, type PrivateKey} from '../../src/lib/ed25519.js'
import {sha256, sha256Text} from '../../src/lib/hash.js'
import type {Capture} from '../../src/plugins/learn/capture/capture-queue.js'
import {CaptureWriter} from '../../src/plugins/learn/capture/writer.js'

/** Demonstration keys: the seed is the SHA-256 of this text. */
export const exampleKey = (name: string): PrivateKey => privateKeyFromSeed(sha256(`pipelock formats ${name}`))

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
