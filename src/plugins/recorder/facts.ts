// What the firewall tells the writer about one decision, as one compact text: structured cloning of many small objects
// would cost the request path more than everything else the recorder does there.
import type {RedactionSummary, ShieldSummary} from '../../core/plugin.js'
import type {ActionType} from '../../formats/action-receipt.js'

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
