// From chains of captures to the texts of a candidate, its review, its manifest and its ledger. Pure but for reading its
// sources: the same captures and parameters give the same bytes, in whatever order they come.
import {signCompileManifest} from '../../../formats/documents/compile-manifest.js'
import {contractYaml, parseContractBody, signContract} from '../../../formats/documents/contract.js'
import {MAX_CONTRACT_BYTES} from '../../../formats/documents/strict-json.js'
import {PipelockError} from '../../../core/errors.js'
import type {InputSummary} from './chain-summary.js'
import type {PrivateKey} from '../../../lib/ed25519.js'
import {compareCodePoints, type CanonicalInput} from '../../../lib/json/writer.js'
import {DEFAULT_PRIVACY, type Privacy} from '../privacy/privacy.js'
import {compatReview} from '../view/compat.js'
import type {Base} from './base.js'
import {manifestBody} from './compile-manifest.js'
import {contractBody, floorMembers, observationWindow, type Provenance} from './contract-body.js'
import {sixDecimals} from './confidence.js'
import {ingest, type Ingested, type SourceChain} from './ingest.js'
import {coverageText} from './coverage-file.js'
import {ledgerOf, ledgerText} from './ledger.js'
import {inferV1} from './profile-v1.js'
import {inferV2} from './profile-v2.js'
import {inferV3} from './typed/profile-v3.js'
import type {Aggregate} from './aggregate.js'
import type {Inferred} from './rule-draft.js'
import {algorithmOf, countsSessions, type Inference, type Profile} from './settings.js'
import {sortedJson} from './sorted-json.js'

export interface Signer {
  readonly keyId: string
  readonly key: PrivateKey
}

export interface CompileOptions {
  readonly agent: string
  readonly inference: Inference
  /** Default: what holds without configuration. */
  readonly privacy?: Privacy | undefined
  readonly allowTruncatedChains: boolean
  readonly acceptTail: boolean
  readonly compileConfigHash: string
  readonly provenance: Provenance
  readonly moduleDigests: {readonly [name: string]: string}
  readonly signer: Signer
  readonly now: () => number
  /** The previous candidate, whose pins and splits still hold. */
  readonly base?: Base | undefined
  /** Settings of the manifest; the ones in force when left out. */
  readonly settings?: {readonly [name: string]: CanonicalInput} | undefined
}

export interface Compiled {
  readonly contractHash: string
  readonly contract: string
  readonly review: string
  readonly manifest: string
  /** undefined under wilson_lb_v1. */
  readonly segments: string | undefined
  /** undefined under wilson_lb_v1. */
  readonly coverage: string | undefined
  readonly ingested: Ingested
  readonly inferred: Inferred
}

/** `accept` sees what was read before anything is inferred from it; it throws to refuse. */
export function compile(
  chains: readonly SourceChain[],
  options: CompileOptions,
  accept: (ingested: Ingested) => void = () => {},
): Compiled {
  const startedMs = options.now()
  const ingested = ingest(chains, {...options, privacy: options.privacy?.plain})
  accept(ingested)
  return compileIngested(ingested, startedMs, options)
}

const INFER: Readonly<Record<Profile, (aggregate: Aggregate, inference: Inference, base?: Base) => Inferred>> = {
  wilson_lb_v1: inferV1,
  wilson_lb_v2: inferV2,
  wilson_lb_v3: inferV3,
}

/** From what was read, wherever it was. */
export function compileIngested(ingested: Ingested, startedMs: number, options: CompileOptions): Compiled {
  const {inference, signer, privacy = DEFAULT_PRIVACY} = options
  const {aggregate} = ingested
  const inferred = INFER[inference.profile](aggregate, inference, options.base)
  const bodyOptions = {
    ...options,
    privacy,
    signerKeyId: signer.keyId,
    nowMs: startedMs,
  }
  const window = observationWindow(aggregate, inferred, bodyOptions)
  const body = parseContractBody(contractBody(aggregate, inferred, window, bodyOptions))
  const contract = signContract(body, signer.key)
  const contractHash = contract.body.contract_hash
  const manifest = manifestBody({
    ...options.provenance,
    contractHash,
    startedMs,
    finishedMs: options.now(),
    moduleDigests: options.moduleDigests,
    compileConfigHash: options.compileConfigHash,
    inputs: inputsOf(ingested),
    windowRoot: window.root,
    settings: options.settings ?? settingsInForce(inference, privacy),
    signerKeyId: signer.keyId,
  })
  return {
    contractHash,
    contract: readable(contractYaml(contract), inferred.rules.length),
    review: compatReview(contract.body, {
      usableSessions: inferred.usableSessions,
      events: aggregate.events,
      actionClasses: aggregate.actionClasses,
      blockedTraffic: inferred.blockedTraffic,
      unservedTraffic: inferred.unservedTraffic,
    }),
    manifest: sortedJson({body: manifest, signature: signCompileManifest(manifest, signer.key).signature}),
    segments: countsSessions(inference.profile) ? ledgerText(ledgerOf(inferred, contractHash)) : undefined,
    coverage: coverageText(aggregate, inferred, contractHash, inference.profile),
    ingested,
    inferred,
  }
}

/** By path, since neither the order of files nor the machine that read them may show. */
export function inputsOf({chains}: Pick<Ingested, 'chains'>): readonly InputSummary[] {
  return chains
    .flatMap(({files}) => files)
    .sort((a, b) => compareCodePoints(a.path, b.path) || compareCodePoints(a.sha256, b.sha256) || a.lines - b.lines)
}

/** A flood of paths in a few sessions fills the cap of every host: better no candidate than one that no command reads. */
function readable(text: string, rules: number): string {
  if (Buffer.byteLength(text) <= MAX_CONTRACT_BYTES) return text
  throw new PipelockError(
    'payload_too_large',
    `the candidate would have ${rules} rules in more than ${MAX_CONTRACT_BYTES} bytes, which no command reads`,
    {hint: 'lower learn.inference.normalization.cardinality_cap_per_host'},
  )
}

function settingsInForce(inference: Inference, privacy: Privacy): {readonly [name: string]: CanonicalInput} {
  const bound = countsSessions(inference.profile)
    ? {contamination_bound: sixDecimals(inference.contaminationBound)}
    : {}
  return {
    confidence: {...floorMembers(inference), ...bound},
    normalization: {algorithm: algorithmOf(inference)},
    privacy: {default_data_class: 'internal', forbid_classes: ['regulated']},
    ...privacy.settings,
  }
}
