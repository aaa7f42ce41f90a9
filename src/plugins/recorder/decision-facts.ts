// What evidence says of a decision: verdict and cause as decided; target and texts without credentials and regulated values.
// They are removed before signing, since nothing can be removed from a signed receipt afterwards.
import {hostText} from '../../formats/target.js'
import {decidingRule, type ContractOutcome} from '../../core/decision.js'
import type {Exchange} from '../../core/exchange.js'
import type {Ruling} from '../../core/policy.js'
import {classifyHttp} from '../../formats/action-type.js'
import {hideTarget, REDACTED_AGENT, sanitisePattern, sanitiseTarget, type IsClean} from '../../formats/sanitise.js'
import type {Redactor} from './clean.js'
import type {ContractFacts, DecisionFacts, RawFacts} from './facts.js'

export interface FactsOptions {
  /** undefined: redaction is off. */
  readonly redactor: Redactor | undefined
  /** True for a text that no regulated pattern matches; undefined: there is no such pattern. Holds without redaction too. */
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
function withoutRegulated(facts: DecisionFacts, isUnregulated: IsClean): DecisionFacts {
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

const NONE: readonly string[] = []

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

/** What the client chooses besides the target. */
interface ClientFields {
  actor(name: string): string
  /** Patterns that match where nothing can be put in place of what matched; the entry is then withheld. */
  dirty(method: string): readonly string[]
}

const AS_IS: ClientFields = {actor: (name) => name, dirty: () => NONE}

/**
 * A name with a credential in it is replaced before signing, like a target: withholding the receipt instead would let any
 * client make a hole in the chain with one header.
 */
function clientFields({isClean, namesIn}: Redactor): ClientFields {
  let lastClean = ''
  return {
    actor(name) {
      if (name === lastClean) return name
      if (!isClean(name)) return REDACTED_AGENT
      lastClean = name
      return name
    },
    dirty: (method) => (KNOWN_METHODS.has(method) || isClean(method) ? NONE : namesIn(method)),
  }
}

const KNOWN_METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'TRACE',
])

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
