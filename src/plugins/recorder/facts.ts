// The facts of a decision, from the hook that commits it to the writer's thread. Target and texts are without credentials and
// regulated values: they are removed before signing, since nothing can be removed from a signed receipt afterwards.
import {decidingRule, type ContractOutcome} from '../../core/decision.js'
import {PipelockError} from '../../core/errors.js'
import type {Exchange} from '../../core/exchange.js'
import type {Hooks, RedactionSummary, ShieldSummary} from '../../core/plugin.js'
import type {Ruling} from '../../core/policy.js'
import type {ActionType} from '../../formats/action-receipt.js'
import {classifyHttp} from '../../formats/action-type.js'
import {hideTarget, REDACTED_AGENT, sanitisePattern, sanitiseTarget, type IsClean} from '../../formats/sanitise.js'
import {hostText} from '../../formats/target.js'
import {AS_IS, clientFields, KNOWN_METHODS, type ClientFields, type Redactor} from './clean.js'

/** Facts of a decision; everything that the chain adds (numbers, links, signatures) is the writer's. "" where nothing applies. */
export interface DecisionFacts {
  readonly atMs: number
  readonly actionId: string
  readonly actor: string
  readonly target: string
  readonly policyHash: string
  readonly verdict: string
  readonly transport: string
  readonly method: string
  readonly layer: string
  readonly pattern: string
  readonly severity: string
  readonly requestId: string
  readonly actionType: ActionType
  readonly sideEffect: string
  readonly reversibility: string
  readonly contract: ContractFacts | undefined
  /** Names of the patterns that still match in a field that is never rewritten; the entry is then withheld. */
  readonly dirty: readonly string[]
  /** What was replaced in the body. */
  readonly redaction?: RedactionSummary | undefined
  readonly shield?: ShieldSummary | undefined
  /** What was replaced before signing, as it was; for escrow only. */
  readonly raw?: RawFacts | undefined
}

export interface RawFacts {
  readonly actor: string
  readonly target: string
  readonly pattern: string
}

export function unredacted(f: DecisionFacts): DecisionFacts {
  return f.raw === undefined ? f : {...f, ...f.raw}
}

export interface ContractFacts {
  /** UUIDv7 of the second receipt. */
  readonly eventId: string
  readonly winningSource: string
  /** "" when it equals the verdict. */
  readonly liveVerdict: string
  readonly policySources: readonly string[]
  readonly ruleId: string
  readonly manifestHash: string
  readonly contractHash: string
  readonly selectorId: string
  readonly generation: number
}

export interface CommitOptions extends FactsOptions {
  readonly queue: {
    push(item: string): Promise<void> | undefined
    /** Resolves when the item is durable. */
    pushAwaited(item: string): Promise<void>
  }
  /** A decision takes effect only when its receipt is durable. */
  readonly required: boolean
  readonly isSigned: () => boolean
  readonly onWithheld: (facts: DecisionFacts) => void
}

/** The `commit` hook: queues the facts of every decision for the writer. */
export function commitDecisions(options: CommitOptions): Hooks['commit'] {
  const {queue, required, isSigned, onWithheld} = options
  const facts = factsOfDecisions(options)
  const itemOf = (x: Exchange, ruling: Ruling): {readonly item: string; readonly withheld: boolean} => {
    const f = facts(x, ruling)
    if (f.dirty.length === 0 || !isSigned()) return {item: encodeFacts(f), withheld: false}
    onWithheld(f)
    return {item: encodeFacts(required ? {...f, verdict: 'block'} : f), withheld: true}
  }
  if (!required) return (x, ruling) => queue.push(itemOf(x, ruling).item)
  return async (x, ruling) => {
    const {item, withheld} = itemOf(x, ruling)
    await queue.pushAwaited(item)
    // a name that looks like a credential must be no way to act without a receipt
    if (withheld) throw new PipelockError('receipt_emission_failed', 'the receipt would hold a credential')
  }
}

export interface FactsOptions {
  /** undefined: redaction is off. */
  readonly redactor: Redactor | undefined
  /** Whether a text is free of regulated values, also while redaction is off; undefined if no pattern is regulated. */
  readonly isUnregulated: IsClean | undefined
  /** What is replaced before signing is kept for escrow. */
  readonly keepRaw: boolean
  readonly now: () => number
  /** UUIDv7, for the second receipt of a decision. */
  readonly eventId: () => string
}

export function factsOfDecisions(options: FactsOptions): (x: Exchange, ruling: Ruling) => DecisionFacts {
  const fields: ClientFields = options.redactor === undefined ? AS_IS : clientFields(options.redactor)
  const {isUnregulated} = options
  if (isUnregulated === undefined) return (x, ruling) => decisionFacts(x, ruling, options, fields)
  return (x, ruling) => withoutRegulated(decisionFacts(x, ruling, options, fields), isUnregulated)
}

/** Regulated values are never signed; sealing them for the holder of the escrow key would keep them too. */
export function withoutRegulated(facts: DecisionFacts, isUnregulated: IsClean): DecisionFacts {
  const texts = ({actor, target, pattern}: RawFacts): RawFacts => ({
    actor: isUnregulated(actor) ? actor : REDACTED_AGENT,
    target: sanitiseTarget(target, isUnregulated),
    pattern: sanitisePattern(pattern, isUnregulated),
  })
  const {method, dirty, raw} = facts
  return {
    ...facts,
    ...texts(facts),
    ...(raw && {raw: texts(raw)}),
    ...(!KNOWN_METHODS.has(method) && !isUnregulated(method) && {dirty: [...dirty, 'regulated']}),
  }
}

function decisionFacts(
  x: Exchange,
  {decision, contract, policy, body, shield}: Ruling,
  {redactor, keepRaw, now, eventId}: FactsOptions,
  fields: ClientFields,
): DecisionFacts {
  const {action, cause} = decision
  const isClean = redactor?.isClean
  const actor = x.agent.name === '' ? 'pipelock' : fields.actor(x.agent.name)
  const whole = targetText(x)
  const pattern = cause === undefined ? '' : (cause.rule ?? cause.detail)
  const {action_type, side_effect_class, reversibility} = classifyHttp(x.method)
  const facts: DecisionFacts = {
    atMs: now(),
    actionId: x.id,
    actor,
    target: isClean === undefined ? whole : cleanTarget(x, whole, decision.findings, isClean),
    policyHash: policy.configHash,
    verdict: action,
    transport: x.transport,
    method: x.method,
    layer: cause?.layer ?? '',
    pattern: isClean === undefined || pattern === '' ? pattern : sanitisePattern(pattern, isClean),
    severity: cause?.severity ?? '',
    requestId: x.requestId,
    actionType: action_type,
    sideEffect: side_effect_class,
    reversibility,
    contract: contract && contractFacts(contract, action, eventId()),
    dirty: fields.dirty(x.method),
    ...(body?.redaction && {redaction: body.redaction}),
    ...(shield && {shield}),
  }
  if (!keepRaw) return facts
  const raw: RawFacts = {actor: x.agent.name === '' ? actor : x.agent.name, target: rawTarget(x, whole), pattern}
  const same = raw.actor === facts.actor && raw.target === facts.target && raw.pattern === facts.pattern
  return same ? facts : {...facts, raw}
}

/** What could not be parsed is shown to nobody but the holder of the escrow key. */
function rawTarget(x: Exchange, whole: string): string {
  return x.target === undefined && x.rawTarget !== '' ? x.rawTarget : whole
}

/** A CONNECT has no URL; what cannot be parsed is not shown. */
function targetText(x: Exchange): string {
  const {target} = x
  if (target === undefined) return '[redacted-url]'
  if (x.transport !== 'connect' || x.method !== 'CONNECT') return target.canonical
  return hostText(target.host, target.port)
}

function cleanTarget(x: Exchange, whole: string, findings: Ruling['decision']['findings'], isClean: IsClean): string {
  const shown = sanitiseTarget(whole, isClean)
  if (shown !== whole) return shown
  // the scanner saw a credential in a form that none of the plain texts shows: decoded, joined, or in the name itself
  const credential = findings.find((f) => f.reason === 'dlp_match')
  if (credential === undefined) return whole
  return credential.inHost || x.target === undefined ? '[redacted-target]' : hideTarget(whole, isClean)
}

function contractFacts(c: ContractOutcome, verdict: string, eventId: string): ContractFacts {
  return {
    eventId,
    winningSource: c.winningSource === '' ? 'scanner' : c.winningSource,
    liveVerdict: c.liveVerdict === verdict ? '' : c.liveVerdict,
    policySources: c.policySources.length === 0 ? ['scanner'] : c.policySources,
    ruleId: decidingRule(c),
    manifestHash: c.activeManifestHash,
    contractHash: c.contractHash,
    selectorId: c.selectorId,
    generation: c.generation,
  }
}

// The form for the thread is one compact text: structured cloning of many small objects would cost the request path more than
// everything else the recorder does there.
const FIELD = '\0'
const ITEM = '\u0001'

/** U+0000 cannot be hashed into an entry, and it separates the fields here; a lone surrogate has no UTF-8 form. Both become U+FFFD. */
function plain(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed()
  return whole.includes(FIELD) ? whole.replaceAll(FIELD, '\ufffd') : whole
}

const list = (items: readonly string[]) => items.map((item) => plain(item).replaceAll(ITEM, '\ufffd')).join(ITEM)

export function encodeFacts(f: DecisionFacts): string {
  const head = `${f.atMs}\0${f.actionId}\0${plain(f.actor)}\0${plain(f.target)}\0${f.policyHash}\0${f.verdict}\0${f.transport}\0${plain(f.method)}\0${f.layer}\0${plain(f.pattern)}\0${f.severity}\0${f.requestId}\0${f.actionType}\0${f.sideEffect}\0${f.reversibility}\0${f.dirty.length === 0 ? '' : list(f.dirty)}\0${f.raw === undefined ? '' : list([f.raw.actor, f.raw.target, f.raw.pattern])}\0${summaries(f)}`
  const c = f.contract
  if (c === undefined) return head
  return `${head}\0${c.eventId}\0${c.winningSource}\0${c.liveVerdict}\0${list(c.policySources)}\0${plain(c.ruleId)}\0${c.manifestHash}\0${c.contractHash}\0${plain(c.selectorId)}\0${c.generation}`
}

/** What was changed on the way, of the request and of the answer. */
type Summaries = Pick<DecisionFacts, 'redaction' | 'shield'>

function summaries({redaction, shield}: Summaries): string {
  return redaction === undefined && shield === undefined ? '' : JSON.stringify({redaction, shield})
}

function parseSummaries(text: string): Summaries {
  return text === '' ? {} : (JSON.parse(text) as Summaries)
}

const split = (text: string | undefined) => (text === undefined || text === '' ? [] : text.split(ITEM))

export function decodeFacts(text: string): DecisionFacts {
  const f = text.split(FIELD)
  const [actor, target, pattern] = split(f[16])
  const at = (index: number) => f[index] ?? ''
  return {
    atMs: Number(at(0)),
    actionId: at(1),
    actor: at(2),
    target: at(3),
    policyHash: at(4),
    verdict: at(5),
    transport: at(6),
    method: at(7),
    layer: at(8),
    pattern: at(9),
    severity: at(10),
    requestId: at(11),
    actionType: at(12) as ActionType,
    sideEffect: at(13),
    reversibility: at(14),
    dirty: split(at(15)),
    ...parseSummaries(at(17)),
    raw: actor === undefined || target === undefined || pattern === undefined ? undefined : {actor, target, pattern},
    contract:
      f.length < 19
        ? undefined
        : {
            eventId: at(18),
            winningSource: at(19),
            liveVerdict: at(20),
            policySources: split(at(21)),
            ruleId: at(22),
            manifestHash: at(23),
            contractHash: at(24),
            selectorId: at(25),
            generation: Number(at(26)),
          },
  }
}
