// `learn review` behind its flags: reads only the candidate, refuses one whose hash is not its own, and says
// what is known of its signature.
import {basename} from 'node:path'
import type {ContractBody} from '../../../formats/documents/contract.js'
import {verifyBody} from '../../../formats/documents/canonical.js'
import {PipelockError} from '../../../core/errors.js'
import {inFile} from '../../../core/key-source.js'
import type {PublicKey} from '../../../lib/ed25519.js'
import {readCandidate} from '../candidate.js'
import {checkOutputs, stageOutputs, stem} from '../outputs.js'
import {coverageOf, type KnownCoverage} from '../page/coverage-record.js'
import {cut} from '../page/entry.js'
import {CLEAR_NAMES, redactedNames} from '../page/names.js'
import {reviewPage} from '../page/review-page.js'
import {readShadowReport} from './shadow-report.js'
import type {Privacy} from '../privacy/privacy.js'
import {spanQuote, spanText} from '../view/code-span.js'
import {clearHost, compatReview} from '../view/compat.js'
import {admittedCell} from '../view/forms.js'
import {operatorReview, type Signature} from './operator.js'
import type {Labels} from './parts.js'
import {publicHostsOf, redactedLabels, shareableTraffic, shareableView, hider} from '../privacy/redact.js'
import {DEFAULT_PRIVACY} from '../privacy/privacy.js'
import {viewsOf} from '../view/rule-view.js'
import type {Unserved} from './unserved.js'

export interface ReviewRequest {
  readonly candidate: string
  readonly layout: 'operator' | 'compat' | 'html'
  /** Every rule behind the summary; of the operator's layout. */
  readonly all?: boolean
  /** Report of a replay of this candidate, shown on the page. */
  readonly shadow?: string | undefined
  readonly out: string | undefined
  /** Replace internal hosts and paths by salted digests, or by a word without a salt. */
  readonly redact: boolean
  readonly salt: Uint8Array | undefined
  /** What the configuration at hand calls internal, besides what the candidate says. */
  readonly privacy?: Privacy | undefined
  /** Public key of a signer in the keystore; undefined when it is not there. */
  readonly keyOf: (signerKeyId: string) => PublicKey | undefined
}

export interface ReviewResult {
  readonly text: string
  readonly contractHash: string
  readonly rules: number
  /** Rules that the contract states as enforced: none before it is ratified. */
  readonly enforced: number
  readonly agent: string | undefined
  /** `verified`, or `unverified` when the signer's key is not in the keystore. */
  readonly signature: 'verified' | 'unverified'
}

export function runReview(request: ReviewRequest): ReviewResult {
  const {body, signature} = readCandidate(request.candidate)
  const key = request.keyOf(body.signer_key_id)
  if (key) inFile(request.candidate, () => verifyBody(key, body, signature))
  const signatureNote = {
    isVerified: key !== undefined,
    text: key
      ? `verified with the key \`${spanText(body.signer_key_id)}\``
      : `not verified: no key \`${spanText(body.signer_key_id)}\` in the keystore`,
  }
  const text =
    request.layout === 'html' ? pageOf(request, body, key !== undefined) : markdownOf(request, body, signatureNote)
  if (request.out !== undefined) {
    const beside = ['coverage', 'segments'].map((name) => `${stem(request.candidate)}.${name}.json`)
    checkOutputs(
      [request.out],
      [request.candidate, ...beside, ...(request.shadow === undefined ? [] : [request.shadow])],
    )
    stageOutputs([{path: request.out, text}]).publish()
  }
  return {
    text,
    contractHash: body.contract_hash,
    rules: (body.rules ?? []).length,
    enforced: (body.rules ?? []).filter((rule) => rule.lifecycle_state === 'enforce').length,
    agent: body.selector.agent,
    signature: key ? 'verified' : 'unverified',
  }
}

function markdownOf(request: ReviewRequest, body: ContractBody, signature: Signature): string {
  const {layout, all: isWhole = false, redact, salt, privacy, candidate} = request
  const labels = redact ? redactedLabels(salt, privacy) : CLEAR
  if (layout === 'compat') return compatReview(body, undefined, labels.host)
  // a review that is shared shows no folder of this machine
  return operatorReview(body, signature, labels, {
    candidate: redact ? basename(candidate) : candidate,
    isWhole,
    unserved: unservedOf(request, body),
  })
}

function unservedOf(
  {candidate, redact, salt, privacy = DEFAULT_PRIVACY}: ReviewRequest,
  body: ContractBody,
): Unserved | undefined {
  const coverage = knownCoverage(candidate, body)
  if (coverage.kind !== 'found') return undefined
  const {unserved, unservedMore: more} = coverage.record
  // compile escapes the texts; who else wrote the file may not have
  const rows = unserved.map((row) => ({...row, text: row.text.split(' ').map(spanText).join(' ')}))
  if (!redact) return {rows, more}
  const hosts = publicHostsOf(viewsOf(body).map((rule) => shareableView(rule, hider(salt), privacy)))
  return {rows: rows.map((row) => ({...row, text: shareableTraffic(row.text, hosts, privacy)})), more}
}

function knownCoverage(candidate: string, body: ContractBody): KnownCoverage {
  return coverageOf(candidate, {contract: body.contract_hash, prior: body.prior_contract_hash})
}

function pageOf(request: ReviewRequest, body: ContractBody, verified: boolean): string {
  const shadow = request.shadow === undefined ? undefined : readShadowReport(request.shadow)
  if (shadow && shadow.contract_hash !== body.contract_hash) {
    throw new PipelockError('hash_mismatch', `${request.shadow} is a replay of another contract`, {
      hint: 'replay this candidate: learn shadow --candidate … --out-json …',
    })
  }
  const signer = cut(body.signer_key_id, 80)
  return reviewPage({
    body,
    candidate: request.candidate,
    signature: {
      isVerified: verified,
      text: verified ? `Signature verified with the key ${signer}` : `Signature not verified: no key ${signer} at hand`,
    },
    names: request.redact ? redactedNames(request.salt, request.privacy) : CLEAR_NAMES,
    coverage: knownCoverage(request.candidate, body),
    shadow,
  })
}

const CLEAR: Labels = {
  host: clearHost,
  path: spanText,
  tool: (rule) => `${spanText(rule.server)}/${spanText(rule.tool)}`,
  prefix: spanText,
  admitted: (path) => admittedCell(path, spanQuote),
  args: (rule) => rule.args.map(spanText),
}

/** The salt for shareable outputs, undefined when none is configured: internal names then show as a word. */
export function optionalSalt(resolve: () => Uint8Array): Uint8Array | undefined {
  try {
    return resolve()
  } catch (error) {
    if (error instanceof PipelockError && error.code === 'salt_unset') return undefined
    throw error
  }
}
