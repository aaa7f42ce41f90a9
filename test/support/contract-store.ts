// A contract store with its keys: a roster of one root, a compile key, three operators and a receipt key, all from fixed
// seeds, and contracts and manifests signed by them.
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {
  GENESIS,
  createSelector,
  manifestText,
  signManifest,
  type Manifest,
  type ManifestSelector,
  type ManifestSigner,
  type SelectorTarget,
} from '../../src/formats/documents/active-manifest.js'
import {contractYaml, signContract, type Contract} from '../../src/formats/documents/contract.js'
import {loadRoster, rosterText, signRoster, type KeyInfo, type Roster} from '../../src/formats/documents/roster.js'
import {signTombstone} from '../../src/formats/documents/tombstone.js'
import type {Clock} from '../../src/core/ports.js'
import {fingerprint, privateKeyFromSeed, type PrivateKey} from '../../src/lib/ed25519.js'
import {sha256} from '../../src/lib/hash.js'
import {canonicalHash} from '../../src/formats/documents/canonical.js'

export const NOW = Date.UTC(2026, 4, 1, 12)
export const ENVIRONMENT = {id: 'test', tenant: 'acme', deployment_id: 'd1'}

export const key = (name: string): PrivateKey => privateKeyFromSeed(sha256(`test key ${name}`))
export const ROOT = key('root')
export const COMPILE = key('compile')
export const RECEIPT = {id: 'receipts-1', key: key('receipts')}
export const operator = (name: string): ManifestSigner => ({
  keyId: `op-${name}`,
  principal: name,
  key: key(`op-${name}`),
})
export const [ANNA, BERT, CARL] = [operator('anna'), operator('bert'), operator('carl')]

const info = (key_id: string, key_purpose: string, pair: PrivateKey, more: Partial<KeyInfo> = {}): KeyInfo => ({
  key_id,
  key_purpose,
  public_key_hex: pair.public.hex,
  valid_from: '2026-01-01T00:00:00Z',
  valid_until: null,
  status: 'active',
  ...more,
})

export const ROSTER_KEYS: readonly KeyInfo[] = [
  info('root-1', 'roster-root', ROOT, {status: 'root', principal: 'root'}),
  info('compile-1', 'contract-compile-signing', COMPILE),
  ...[ANNA, BERT, CARL].map(({keyId, principal, key: pair}) =>
    info(keyId, 'contract-activation-signing', pair, {principal}),
  ),
  info(RECEIPT.id, 'receipt-signing', RECEIPT.key),
]

export const PIN = fingerprint(ROOT.public.raw)

export function rosterFile(keys: readonly KeyInfo[] = ROSTER_KEYS): string {
  return rosterText(
    signRoster({schema_version: 1, roster_signed_by: 'root-1', keys: [...keys], data_class_root: 'internal'}, ROOT),
  )
}

/** By text: to check that a public key has no torsion takes milliseconds, and tests ask for the same roster all the time. */
const rosters = new Map<string, Roster>()

export function roster(keys: readonly KeyInfo[] = ROSTER_KEYS): Roster {
  const text = rosterFile(keys)
  const loaded = rosters.get(text) ?? loadRoster(Buffer.from(text), 'json', PIN)
  rosters.set(text, loaded)
  return loaded
}

export const httpRule = (rule_id: string, selector: object = {}, lifecycle_state = 'enforce') => ({
  rule_id,
  display_name: rule_id,
  rule_kind: 'http_destination',
  lifecycle_state,
  required_capture_grade: 'full',
  observed_capture_grade: 'full',
  confidence: 'stable',
  wilson_lower: '0.900000',
  observation: {},
  selector: {host: {value: 'api.example.com', data_class: 'public'}, ...selector},
  rationale: {},
  recurring_support: {},
  opportunity_health: {},
})

export function contract(agent: string, rules: readonly object[]): Contract {
  const body = {
    schema_version: 1,
    contract_kind: 'behavioral_contract',
    signer_key_id: 'compile-1',
    key_purpose: 'contract-compile-signing',
    data_class_root: 'internal',
    field_data_classes: {},
    selector: {agent, selector_id: canonicalHash({agent})},
    observation_window: {
      start: '2026-04-01T00:00:00Z',
      end: '2026-04-02T00:00:00Z',
      event_count: 1,
      session_count: 1,
      observation_window_root: 'sha256:w',
    },
    compile: {
      pipelock_version: 't',
      pipelock_build_sha: 't',
      go_version: 't',
      module_digest_root: 'sha256:m',
      compile_config_hash: 'sha256:c',
      inference_algorithm: 'wilson_lb_v2',
      normalization_algorithm: 'frequency_weighted_entropy_v1',
    },
    defaults: {
      fidelity: 'medium',
      confidence: {},
      privacy: {default_data_class: 'internal', salt_epoch: 0, forbid_classes: ['regulated']},
    },
    rules: [...rules],
  }
  return signContract(body as unknown as Parameters<typeof signContract>[0], COMPILE)
}

export interface TestStore {
  readonly directory: string
  readonly clock: Clock & {set(ms: number): void}
  path(...parts: string[]): string
  install(...contracts: readonly Contract[]): void
  /** A signed manifest; not written. */
  manifest(options: {
    readonly generation: number
    readonly prior?: string
    readonly selectors: readonly ManifestSelector[]
    readonly signers?: readonly ManifestSigner[]
    readonly environment?: typeof ENVIRONMENT
  }): Manifest
  accept(...manifests: readonly Manifest[]): void
  activate(manifest: Manifest): void
  tombstone(contractHash: string, options?: {readonly name?: string; readonly signer?: ManifestSigner}): void
  remove(): void
}

export const hashOf = (manifest: Manifest): string => canonicalHash(manifest.body)
const fileName = (hash: string): string => hash.replace(':', '-')

export const selectorFor = (target: string | SelectorTarget, bound: Contract): ManifestSelector =>
  createSelector(typeof target === 'string' ? {kind: 'agent', agent: target} : target, bound.body.contract_hash)

export function makeStore(): TestStore {
  const root = mkdtempSync(join(tmpdir(), 'pipelock-store-'))
  const directory = join(root, 'store')
  for (const folder of ['manifests', 'history', 'tombstones']) mkdirSync(join(directory, folder), {recursive: true})
  const path = (...parts: string[]): string => join(directory, ...parts)
  let now = NOW
  return {
    directory,
    clock: {now: () => now, monotonic: () => performance.now(), set: (ms) => void (now = ms)},
    path,
    install(...contracts) {
      for (const one of contracts)
        writeFileSync(path('history', `${fileName(one.body.contract_hash)}.yaml`), contractYaml(one))
    },
    manifest({generation, prior = GENESIS, selectors, signers = [ANNA], environment = ENVIRONMENT}) {
      return signManifest(
        {generation, priorManifestHash: prior, environment, selectors, signedAt: '2026-05-01T00:00:00Z'},
        signers,
      )
    },
    accept(...manifests) {
      for (const one of manifests) writeFileSync(path('manifests', `${fileName(hashOf(one))}.json`), manifestText(one))
    },
    activate(manifest) {
      writeFileSync(path('active.json'), manifestText(manifest))
    },
    tombstone(contractHash, {name = contractHash, signer = ANNA} = {}) {
      const signed = signTombstone(
        {
          schema_version: 1,
          tombstone: true,
          prior_contract_hash: contractHash,
          redacted_at: '2026-05-01T00:00:00Z',
          redaction_authorization_id: 'auth-1',
          signer_key_id: signer.keyId,
          key_purpose: 'contract-activation-signing',
          data_class_root: 'internal',
        },
        signer.key,
      )
      writeFileSync(path('tombstones', `${fileName(name)}.json`), JSON.stringify(signed))
    },
    remove: () => rmSync(root, {recursive: true, force: true}),
  }
}
