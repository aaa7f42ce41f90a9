// `learn shadow` behind its flags: verify the contract, replay, report. Outputs are staged before receipts are
// appended and renamed after, so a report without its receipts cannot exist.
import {readdirSync} from 'node:fs'
import {join, resolve} from 'node:path'
import type {GateMode} from '../../../core/decision.js'
import {isErrno, PipelockError} from '../../../core/errors.js'
import {deltaStatements, type Statement} from '../../../core/contract/delta-receipt.js'
import {verifyBody} from '../../../formats/documents/canonical.js'
import type {Contract} from '../../../formats/documents/contract.js'
import {inFile} from '../../../core/key-source.js'
import type {PublicKey} from '../../../lib/ed25519.js'
import {quoted} from '../../../lib/terminal.js'
import {discoverByAgent, discoverSessions, isMetaChain, type Discovered} from '../compile/discover.js'
import {readFileCoded} from '../compile/source-file.js'
import {checkOutputs, stageOutputs} from '../outputs.js'
import {sidecarOpener} from '../sidecar/open.js'
import {redactedNames} from '../page/names.js'
import {plural} from '../../../lib/page/numbers.js'
import {shadowPage} from '../page/shadow-page.js'
import type {EnforceLevel} from '../view/decisions.js'
import type {Privacy} from '../privacy/privacy.js'
import {redactedLabels} from '../privacy/redact.js'
import {readCandidate} from '../candidate.js'
import {assume, type Assumed, type Assumption} from './assumption.js'
import {viewsOf} from '../view/rule-view.js'
import {decidedBlocks} from './decided.js'
import {shadowMarkdown} from './markdown.js'
import {replay, type Replay} from './replay.js'
import {reportJson, shadowReport, type ShadowReport} from './report.js'
import {urlScanner, type UrlStage} from './scanner.js'

export interface ShadowRequest {
  readonly contract: string
  /** Public key of the contract's signer, by its id; undefined where none is known. */
  readonly contractKey: (signerKeyId: string) => PublicKey | undefined
  readonly allowUnsigned: boolean
  /** The contract in force, whose decided blocks are counted apart; its key as that of the contract. */
  readonly decidedBy?: {readonly path: string; readonly key: (signerKeyId: string) => PublicKey | undefined} | undefined
  /** A folder of session directories, or the agent whose captures are taken from the capture root. */
  readonly source:
    | {readonly kind: 'sessions'; readonly directory: string}
    | {readonly kind: 'agent'; readonly captureDir: string; readonly agent: string | undefined}
  readonly sinceMs: number
  readonly nowMs: number
  readonly assumption: Assumption | undefined
  readonly level: EnforceLevel
  readonly mode: GateMode
  /** A fresh stage of the URL layers. */
  readonly stage: () => UrlStage
  readonly salt: Uint8Array | undefined
  /** 32 bytes of the private key that opens sidecars. */
  readonly escrowKey?: Uint8Array | undefined
  readonly privacy?: Privacy | undefined
  readonly out: string | undefined
  readonly outJson: string | undefined
  readonly outHtml: string | undefined
  /** Where receipts go; undefined writes none. */
  readonly receipts:
    | {
        readonly directory: string
        readonly append: (entries: readonly Statement[]) => void
        readonly newId: () => string
      }
    | undefined
  /** Files that no output may touch. */
  readonly protectedFiles: readonly string[]
}

export interface ShadowResult {
  readonly report: ShadowReport
  readonly markdown: string
  /** Whose contract it is. */
  readonly agent: string | undefined
  /** New blocks that nobody decided. */
  readonly undecided: number
  /** False when no record or no enforced rule took part: then no block does not mean that nothing would be blocked. */
  readonly judged: boolean
  readonly sessions: number
  readonly redacted: number
  readonly foreign: number
  readonly receipts: number
  readonly warnings: readonly string[]
}

export async function runShadow(request: ShadowRequest): Promise<ShadowResult> {
  const path = resolve(request.contract)
  const contract = readCandidate(path)
  const verified = verify(path, contract, request)
  const decided = decidedOf(request, contract)
  const warnings = verified ? [] : ['the contract is not verified: a diagnostic report, without receipts']
  const {body} = contract
  const assumed = assume(body, request.assumption, request.level)
  warnings.push(...assumptionNotes(assumed))

  const agent = agentOf(request, contract)
  const discovered = discover(request, agent)
  const files = discovered.chains.flat()
  const outputs = [request.out, request.outJson, request.outHtml].filter((output) => output !== undefined)
  checkOutputs(outputs, [
    path,
    ...(decided ? [decided.path] : []),
    ...files,
    ...request.protectedFiles,
    ...filesIn(request.receipts?.directory),
  ])
  warnings.push(...discovered.skipped.map((reason) => `left out: ${reason}`))

  const replayed = await replay(
    discovered.chains.map((chain) => chain.map((file) => ({path: file, chunks: () => readFileCoded(file)}))),
    {
      assumed,
      scanner: () => urlScanner(request.stage(), request.mode),
      agent,
      sinceMs: request.sinceMs,
      nowMs: request.nowMs,
      salt: request.salt,
      privacy: request.privacy,
      openSidecar: request.escrowKey === undefined ? undefined : sidecarOpener(request.escrowKey),
      decided: decided?.blocks,
    },
  )
  warnings.push(...replayNotes(replayed))
  const report = shadowReport(replayed, {
    contractHash: body.contract_hash,
    assumption: assumed.assumption,
    level: request.level,
    verified,
    nowMs: request.nowMs,
  })
  if (report.replayed === 0) {
    warnings.push('no record was replayed: those that were found are older than --duration, or cannot be judged')
  }
  const labels = redactedLabels(request.salt, request.privacy)
  const markdown = shadowMarkdown(report, replayed.broad, labels, viewsOf(body))
  const html = () =>
    shadowPage({
      report,
      broad: replayed.broad,
      body,
      enforced: assumed.enforcedRules.length,
      contract: request.contract,
      names: redactedNames(request.salt, request.privacy),
    })
  const receipts = publish(request, contract, replayed, verified, {markdown, json: reportJson(report), html})
  return {
    report,
    markdown,
    agent: body.selector.agent,
    undecided: replayed.newBlocks - (replayed.decidedBlocks ?? 0),
    judged: report.replayed > 0 && assumed.enforcedRules.length > 0,
    sessions: discovered.chains.filter((chain) => !isMetaChain(chain)).length,
    redacted: replayed.redacted,
    foreign: replayed.foreign,
    receipts,
    warnings,
  }
}

/** Checks the signature; false when no key is known and that is accepted. */
function verify(path: string, {body, signature}: Contract, request: ShadowRequest): boolean {
  const key = request.contractKey(body.signer_key_id)
  if (key) {
    inFile(path, () => verifyBody(key, body, signature))
    return true
  }
  if (request.allowUnsigned) return false
  throw new PipelockError(
    'key_missing',
    `no public key is known for ${quoted(body.signer_key_id)}, which signed ${path}`,
    {
      hint: 'give it with --contract-key',
    },
  )
}

/** Its signature is verified in any case: what it decided passes a gate. */
function decidedOf({decidedBy}: ShadowRequest, {body: {selector}}: Contract) {
  if (decidedBy === undefined) return undefined
  const path = resolve(decidedBy.path)
  const {body, signature} = readCandidate(path)
  const key = decidedBy.key(body.signer_key_id)
  if (!key) {
    throw new PipelockError(
      'key_missing',
      `no public key is known for ${quoted(body.signer_key_id)}, which signed ${path}`,
      {hint: 'give it with --decided-by-key'},
    )
  }
  inFile(path, () => verifyBody(key, body, signature))
  return {path, blocks: decidedBlocks(path, {body, signature}, selector.agent)}
}

/** undefined takes the records of all agents: the folder was chosen by hand. */
function agentOf({source}: ShadowRequest, {body}: Contract): string | undefined {
  if (source.kind === 'sessions') return undefined
  const agent = source.agent ?? body.selector.agent
  if (agent) return agent
  throw new PipelockError('usage', 'the contract names no agent', {hint: 'give --agent or --capture-dir'})
}

function discover({source}: ShadowRequest, agent: string | undefined): Discovered {
  if (source.kind === 'sessions') return discoverSessions(source.directory)
  if (source.captureDir !== '') return discoverByAgent(source.captureDir, agent ?? '', 0)
  throw new PipelockError('usage', 'neither --capture-dir nor learn.capture_dir says where the captures are', {
    hint: 'give --capture-dir DIR, or --config with learn.capture_dir',
  })
}

/** Receipts are durable before the reports that rest on them appear. */
function publish(
  request: ShadowRequest,
  {body}: Contract,
  {batches}: Replay,
  verified: boolean,
  texts: {readonly markdown: string; readonly json: string; readonly html: () => string},
): number {
  const {out, outJson, outHtml, receipts, nowMs} = request
  const staged = stageOutputs([
    ...(out === undefined ? [] : [{path: out, text: texts.markdown}]),
    ...(outJson === undefined ? [] : [{path: outJson, text: texts.json}]),
    ...(outHtml === undefined ? [] : [{path: outHtml, text: texts.html()}]),
  ])
  const writes = verified && receipts !== undefined && batches.length > 0
  try {
    if (writes) {
      const subject = {contractHash: body.contract_hash, selectorId: body.selector.selector_id}
      const by = {principal: 'learn', actor: 'shadow'}
      receipts.append(deltaStatements(batches, subject, by, nowMs, receipts.newId))
    }
  } catch (error) {
    staged.discard()
    throw error
  }
  staged.publish()
  return writes ? batches.length : 0
}

/** Evidence that is there already is no output either. */
function filesIn(directory: string | undefined): readonly string[] {
  if (directory === undefined) return []
  try {
    return readdirSync(directory).map((name) => join(directory, name))
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return []
    throw error
  }
}

function assumptionNotes({assumption, enforcedRules, held}: Assumed): readonly string[] {
  const notes: string[] = []
  if (held.lowConfidence > 0)
    notes.push(`taken as capture-only for low confidence: ${plural(held.lowConfidence, 'rule')}`)
  if (held.blockedOnly > 0)
    notes.push(`taken as capture-only for resting on blocked traffic: ${plural(held.blockedOnly, 'rule')}`)
  if (enforcedRules.length === 0) {
    const why = assumption === 'enforce' ? 'no rule would be enforced by default' : 'no rule is enforced'
    notes.push(`${why}: the contract decides nothing in this replay`)
  }
  return notes
}

function replayNotes({truncated, dropped, malformed, missingSidecars}: Replay): readonly string[] {
  return [
    ...truncated.map((path) => `${path}: the chain does not begin at genesis; what came before is unknown`),
    ...(dropped > 0 ? [`${dropped} captures were dropped while observing and are not in this report`] : []),
    ...(missingSidecars > 0
      ? [`${missingSidecars} records name a sidecar that is not there; they were judged by what they say`]
      : []),
    ...(malformed > 0 ? [`${malformed} records could not be read`] : []),
  ]
}
