// One message under all checks of its fields. A clean message pays for two scans over all of its texts
// together; whatever shows up there is looked for exactly, field by field. The first step may only save work.
import type {Finding} from '../../core/decision.js'
import type {Awaitable} from '../../core/plugin.js'
import type {Steps} from '../../core/work.js'
import {decodePercent} from '../../lib/decode.js'
import {slicesOf, SMALL, type Slice} from '../../lib/slices.js'
import {edges} from '../../lib/text-edges.js'
import {acrossSeams, type InjectionMatches} from './seams.js'
import {MAX_NODES, type Leaf, type Message} from './leaves.js'
import {readRawPart} from './raw-part.js'
import {judgeByValue, judgeField, judgeMentioned, urlsInside, type UrlFinds, type UrlScanners} from './urls.js'

export interface Rule {
  readonly rule: string
  readonly severity: string
}

export interface TextMatches {
  readonly matches: readonly (Rule & {readonly core?: boolean})[]
  readonly informational: readonly Rule[]
  readonly exhausted: boolean
}

/** What is asked of other plugins, for one exchange: what an operator accepts there is left out. */
export interface Scanners extends UrlScanners {
  credentials(text: string, key: string): Steps<TextMatches>
  /** What several values hold only together; `asGiven`: in this order alone. */
  joined(parts: readonly string[], asGiven: boolean): Steps<TextMatches>
  /** What two texts hold only as neighbours, in this order. */
  across(parts: readonly [string, string]): TextMatches
  injections(text: string): Steps<InjectionMatches>
  isAccepted(rule: string): boolean
  /** Work on the account of the exchange, in turns with everybody else. */
  run<T>(steps: Steps<T>): Awaitable<T>
}

export interface ScanSettings {
  readonly rawParts: boolean
  readonly maxRawSize: number
  /** Why a file may not reach the agent, by what it is said to be and what it is. */
  refusal?(mediaType: string, bytes: Buffer): string | undefined
  /** Names of addresses that the other side will call are looked up. */
  isCalled(leaf: Leaf): boolean
}

export interface UrlFind {
  readonly finding: Finding
  readonly path: readonly string[]
  /** A text only speaks of it. */
  readonly isMentioned: boolean
}

/** Content that could not be inspected or has a refused form: a name that an operator can accept, and its meaning. */
const PROBLEMS = {
  decode_budget_exceeded: 'more encoded content than can be inspected',
  a2a_over_budget: 'payload exceeded node budget',
  a2a_unreadable: 'message cannot be read',
  a2a_scheme: 'URL that runs or carries content',
  a2a_file_name: 'path in a file name',
  a2a_raw_size: 'file of more than max_raw_size characters',
  a2a_raw_encoding: 'file is no base64',
  a2a_raw_media: 'file is no medium that may pass',
  a2a_smuggling: 'session smuggling detected — injection visible only in accumulated context',
  a2a_raw_archive: 'file is an archive, which is not inspected',
} as const
export type Problem = keyof typeof PROBLEMS
/** Content that was not inspected at all: nobody can accept it, and it is blocked under any action. */
export const UNSEEN: ReadonlySet<Problem> = new Set(['a2a_over_budget', 'a2a_unreadable', 'decode_budget_exceeded'])

/** What was found, by kind. */
export class Finds {
  readonly credentials = new Map<string, string>()
  readonly reported = new Map<string, string>()
  readonly injections = new Set<string>()
  readonly urls: UrlFind[] = []
  /** Each with what is to be said of it. */
  readonly problems = new Map<Problem, string>()

  /** Orders that only the conversation holds; after some of it was cut away, under any action. */
  smuggled: {readonly rules: readonly string[]; readonly isTainted: boolean} | undefined

  addSmuggled(rules: readonly string[], isTainted: boolean): void {
    this.smuggled = {rules, isTainted}
    this.addProblem(
      'a2a_smuggling',
      `${PROBLEMS.a2a_smuggling}${isTainted ? ' (context tainted: message limit reached)' : ''}`,
    )
  }

  get isEmpty(): boolean {
    return this.credentials.size + this.injections.size + this.urls.length + this.problems.size === 0
  }

  addProblem(problem: Problem, says: string = PROBLEMS[problem]): void {
    if (!this.problems.has(problem)) this.problems.set(problem, says)
  }

  addTexts({matches, informational, exhausted}: TextMatches): void {
    for (const {rule, severity} of matches) this.credentials.set(rule, severity)
    for (const {rule, severity} of informational) this.reported.set(rule, severity)
    if (exhausted) this.addProblem('decode_budget_exceeded')
  }

  addInjections({matches, exhausted}: InjectionMatches): void {
    for (const {rule} of matches) this.injections.add(rule)
    if (exhausted) this.addProblem('decode_budget_exceeded')
  }

  addUrl({finding, credential, scheme}: UrlFinds, path: readonly string[], isMentioned = false): void {
    if (credential !== undefined) this.credentials.set(credential.rule, credential.severity)
    if (scheme !== undefined) this.addProblem('a2a_scheme', `${scheme}: URL`)
    if (finding === undefined) return
    if (finding.reason === 'dlp_match') this.credentials.set(finding.rule ?? finding.layer, 'high')
    else if (finding.reason === 'prompt_injection') this.injections.add(finding.rule ?? finding.layer)
    else this.urls.push({finding, path, isMentioned})
  }
}

/** Others have a turn after so many characters of exact work. */
const PAUSE_AFTER = 16_384

export async function scanMessage(message: Message, settings: ScanSettings, scanners: Scanners): Promise<Finds> {
  const finds = new Finds()
  const texts = await scanners.run(textsOf(message, settings, finds))
  await scanUrls(texts, message.nodes, settings, scanners, finds)
  await scanners.run(scanFields(texts, scanners, finds))
  return finds
}

/** The fields of a message, and the texts inside of its files. */
function* textsOf({leaves}: Message, settings: ScanSettings, finds: Finds): Steps<readonly Leaf[]> {
  const texts: Leaf[] = []
  for (const leaf of leaves) {
    if (leaf.kind === 'raw' && settings.rawParts) yield* addRaw(leaf, settings, texts, finds)
    else texts.push(leaf)
  }
  return texts
}

function* scanFields(texts: readonly Leaf[], scanners: Scanners, finds: Finds): Steps<void> {
  yield* scanTexts(texts, scanners, finds)
  // whoever holds a credential whole needs no pieces of another
  if (finds.credentials.size === 0) yield* joinValues(texts, scanners, finds)
  const spoken = texts.filter(({kind, isName}) => kind === 'text' && !isName).map(({text}) => text)
  for (const rule of yield* acrossSeams(spoken, 0, scanners.injections)) finds.injections.add(rule)
  let work = 0
  for (const {text, name, path} of texts) {
    if ((work += text.length) > PAUSE_AFTER) {
      work = 0
      yield
    }
    if (isFileName(name, path) && /(?:^|[\\/])\.\.(?:[\\/]|$)|\0/.test(decodePercent(text, false).text))
      finds.addProblem('a2a_file_name')
  }
  for (const problem of finds.problems.keys()) {
    if (!UNSEEN.has(problem) && scanners.isAccepted(problem)) finds.problems.delete(problem)
  }
}

/** As they stand, and by the names that they stand under; the word of every part (`kind: text`) is no word of a phrase. */
function* joinValues(texts: readonly Leaf[], scanners: Scanners, finds: Finds): Steps<void> {
  // the middle of a text is judged with the text itself
  const values = texts.flatMap(({text, name, isName}) => (isName ? [] : [{text: edges(text), name}]))
  const wire = values.map(({text}) => text).filter((text, i, all) => text !== all[i - 1])
  finds.addTexts(yield* scanners.joined(wire, false))
  if (wire.length < 3) return
  const byName = values.toSorted((a, b) => compare(a.name, b.name)).map(({text}) => text)
  finds.addTexts(yield* scanners.joined([...new Set(byName)], true))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function isFileName(name: string, path: readonly string[]): boolean {
  return name === 'filename' || (name === 'name' && path.at(-2)?.toLowerCase() === 'file')
}

function* addRaw(leaf: Leaf, settings: ScanSettings, texts: Leaf[], finds: Finds): Steps<void> {
  const {text: encoded, mediaType = ''} = leaf
  const part = yield* readRawPart(encoded, mediaType, settings.maxRawSize)
  if ('problem' in part) {
    finds.addProblem(part.problem)
    return
  }
  const refusal = settings.refusal?.(mediaType, part.bytes)
  if (refusal !== undefined) finds.addProblem('a2a_raw_media', refusal)
  for (const text of part.texts) if (text !== '') texts.push({...leaf, text, kind: 'text'})
}

async function scanUrls(
  texts: readonly Leaf[],
  nodes: number,
  settings: ScanSettings,
  scanners: Scanners,
  finds: Finds,
): Promise<void> {
  let judged = nodes
  for (const leaf of texts) {
    const {text, kind, path} = leaf
    if (kind === 'secret') continue
    if (kind === 'url') {
      finds.addUrl(await judgeField(text, settings.isCalled(leaf), scanners), path)
      continue
    }
    // a text is what it says, even where all that it says is a URL
    finds.addUrl(judgeByValue(text, scanners), path)
    for (const url of urlsInside(text)) {
      if (++judged > MAX_NODES) {
        return finds.addProblem('a2a_over_budget')
      }
      const {finding, ...mentioned} = judgeMentioned(url, scanners)
      const stands = finding !== undefined && !scanners.isAccepted(finding.layer)
      finds.addUrl(stands ? {...mentioned, finding} : mentioned, path, true)
    }
  }
}

function* scanTexts(texts: readonly Leaf[], scanners: Scanners, finds: Finds): Steps<void> {
  const together = texts.map(({text}) => text).join('\n')
  let isSecret = false
  for (const slice of slicesOf(together)) {
    const {matches, informational, exhausted} = yield* scanners.credentials(slice.text, '')
    isSecret = matches.length + informational.length > 0 || exhausted
    yield
    if (isSecret) break
  }
  let isOrder = false
  for (const slice of slicesOf(together, ...SMALL)) {
    const {matches, exhausted} = yield* scanners.injections(slice.text)
    isOrder = matches.length > 0 || exhausted
    yield
    if (isOrder) break
  }
  if (!isSecret && !isOrder) return
  let work = 0
  for (const {text, name, kind, isName} of texts) {
    for (const slice of isSecret ? slicesOf(text) : NOTHING) {
      finds.addTexts(yield* scanners.credentials(slice.text, isName ? '' : name))
      if ((work += slice.text.length + 64) < PAUSE_AFTER) continue
      work = 0
      yield
    }
    for (const slice of isOrder && kind !== 'secret' ? slicesOf(text, ...SMALL) : NOTHING) {
      finds.addInjections(yield* scanners.injections(slice.text))
      if ((work += slice.text.length + 64) < PAUSE_AFTER) continue
      work = 0
      yield
    }
  }
}

const NOTHING: readonly Slice[] = []
