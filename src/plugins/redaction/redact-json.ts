// Redaction of one complete JSON document, in place: strings and member names are rewritten, every other byte stays
//. Whatever goes wrong is a failure with a code, never a document that is half redacted.
import {applyPatches, patchesOf, type TextPatch} from '../../lib/json/edit.js'
import {strictUtf8Steps} from '../../lib/body/utf8.js'
import {JsonFault, readJsonSteps} from '../../lib/json/reader.js'
import {LongList} from '../../lib/long-lists.js'
import {atOnce} from '../../lib/slices.js'
import {OverBudget, redactionBudget, type Ruleset} from './detect.js'
import {endOfKeyBlock, isOpenBlock, textsOfBlock} from './key-block.js'
import {admitted, type Place} from './places.js'
import {Numbering} from './placeholder.js'
import {placeSteps} from './windows.js'

/** Why a request cannot be redacted; always a refusal. */
export type FailureCode =
  | 'body_too_large'
  | 'body_unparseable'
  | 'non_json_body'
  | 'streaming_request_unsupported'
  | 'multipart_unsupported'
  | 'ws_message_fragmented'
  | 'redaction_overflow'
  | 'json_depth_exceeded'
  | 'key_collision'
  | 'duplicate_object_key'
  | 'secret_in_numeric_scalar'
  | 'remarshal_failed'
  | 'internal_error'

export interface Limits {
  readonly maxBodyBytes: number
  readonly maxRedactions: number
  readonly maxDepth: number
}

export type Redacted =
  /** `bytes` is the input itself where nothing changed. Counts are of different originals. */
  {readonly ok: true; readonly bytes: Buffer; readonly byClass: ReadonlyMap<string, number>} | Failed

export interface Failed {
  readonly ok: false
  readonly code: FailureCode
  /** The class that a number belongs to. */
  readonly label?: string
}

/** Leaves the walk with a code. */
class Failure extends Error {
  readonly failed: Failed
  constructor(code: FailureCode, label?: string) {
    super(code)
    this.failed = {ok: false, code, ...(label !== undefined && {label})}
  }
}

export function* redactJson(bytes: Buffer, rules: Ruleset, limits: Limits): Generator<undefined, Redacted> {
  if (bytes.length > limits.maxBodyBytes) return {ok: false, code: 'body_too_large'}
  try {
    return {ok: true, ...(yield* rewrite(bytes, rules, limits))}
  } catch (error) {
    if (error instanceof Failure) return error.failed
    if (error instanceof OverBudget) return {ok: false, code: 'redaction_overflow'}
    if (error instanceof JsonFault) return {ok: false, code: FAULTS[error.kind] ?? 'body_unparseable'}
    throw error
  }
}

const FAULTS: Partial<Readonly<Record<JsonFault['kind'], FailureCode>>> = {
  depth: 'json_depth_exceeded',
  duplicate: 'duplicate_object_key',
}

interface Rewritten {
  readonly bytes: Buffer
  readonly byClass: ReadonlyMap<string, number>
}

/** Characters scanned before other exchanges get their turn. */
const TURN = 32 * 1024

function* rewrite(bytes: Buffer, rules: Ruleset, limits: Limits): Generator<undefined, Rewritten> {
  const text = yield* strictUtf8Steps(bytes)
  const budget = redactionBudget(bytes.length)
  const numbering = new Numbering(limits.maxRedactions)
  const byClass = new Map<string, number>()
  const known = new Set<string>()
  const patches: TextPatch[] = []

  const replace = ({value, start, end}: Token, places: readonly Place[]): void => {
    if (places.length === 0) return
    const edits = places.map((place) => {
      const original = value.slice(place.start, place.end)
      const placeholder = numbering.placeholder(place.label, original)
      if (placeholder === undefined) throw new Failure('redaction_overflow')
      if (!place.isForged && !known.has(placeholder)) {
        known.add(placeholder)
        byClass.set(place.label, (byClass.get(place.label) ?? 0) + 1)
      }
      return {start: place.start, end: place.end, text: placeholder}
    })
    // what is right already stays as it is written
    const changed = edits.filter((edit) => value.slice(edit.start, edit.end) !== edit.text)
    for (const patch of patchesOf(text.slice(start, end), start, changed)) patches.push(patch)
  }

  const placesIn: FindPlaces = function* (value) {
    const steps = placeSteps(value, rules, budget)
    // most texts are short: a step for each of them would cost more than its search
    return value.length > TURN ? yield* steps : atOnce(steps)
  }

  const tokens = yield* tokensOf(text, rules, limits)
  let looked = 0
  let name = ''
  let block: {readonly label: string; left: number} | undefined
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens.at(i)
    if (token === undefined) break
    looked += token.value.length + 16
    if (looked > TURN) {
      looked = 0
      yield
    }
    const under = name
    name = token.kind === 'name' ? token.value : ''
    if (token.kind === 'number') {
      const label = token === SHORT_NUMBER ? undefined : yield* labelOfNumber(token.value, rules, placesIn)
      // in its place only a string could stand, and that is another document
      if (label !== undefined) throw new Failure('secret_in_numeric_scalar', label)
      continue
    }
    const {value} = token
    if (token.kind === 'value' && block !== undefined && block.left > 0) {
      block.left--
      replace(token, yield* restOfBlock(value, block.label, placesIn))
      continue
    }
    const results = yield* placesIn(value)
    const named = under === '' ? results : admitted([...rules.credentials.under(under, value), ...results])
    replace(token, named)
    const open = named.find(({start, end}) => end === value.length && isOpenBlock(value.slice(start, end)))
    if (open) block = {label: open.label, left: textsOfBlock(valuesFrom(tokens, i + 1))}
  }
  if (patches.length === 0) return {bytes, byClass}
  const rewritten = applyPatches(text, patches)
  yield
  yield* verify(rewritten, limits)
  const result = Buffer.from(rewritten, 'utf8')
  return {bytes: result, byClass}
}

/** A string or a number, in document order. */
interface Token {
  readonly kind: 'name' | 'value' | 'number'
  /** Of a number its digits. */
  readonly value: string
  readonly start: number
  readonly end: number
}

/** Any numbers in a row that are of no class: one token, since a document may consist of millions. */
const SHORT_NUMBER: Token = {kind: 'number', value: '', start: -1, end: -1}

function* tokensOf(text: string, rules: Ruleset, limits: Limits): Generator<undefined, LongList<Token>> {
  const tokens = new LongList<Token>()
  const shortest = Math.min(MIN_CREDENTIAL, ...rules.detectors.map(({minLength}) => minLength))
  yield* readJsonSteps(text, {
    maxDepth: limits.maxDepth,
    withoutLists: true,
    onString: (value, start, end, isName) => void tokens.push({kind: isName ? 'name' : 'value', value, start, end}),
    onNumber(value) {
      const digits = wholeDigits(value) ?? ''
      if (digits.length >= shortest) tokens.push({kind: 'number', value: digits, start: -1, end: -1})
      else if (tokens.at(tokens.length - 1) !== SHORT_NUMBER) tokens.push(SHORT_NUMBER)
    },
  })
  return tokens
}

/** The texts that follow, up to the next number. */
function* valuesFrom(tokens: LongList<Token>, from: number): Generator<string, undefined> {
  for (let i = from; i < tokens.length; i++) {
    const token = tokens.at(i)
    if (token === undefined || token.kind === 'number') return
    if (token.kind === 'value') yield token.value
  }
}

type FindPlaces = (value: string) => Generator<undefined, readonly Place[]>

/** A text that a key block continues in: all of it, or up to the end of the block. */
function* restOfBlock(value: string, label: string, placesIn: FindPlaces): Generator<undefined, readonly Place[]> {
  const to = endOfKeyBlock(value, 0)
  const rest = yield* placesIn(value.slice(to))
  const shifted = rest.map((place) => ({...place, start: place.start + to, end: place.end + to}))
  return to === 0 ? shifted : [{start: 0, end: to, label, priority: Number.POSITIVE_INFINITY}, ...shifted]
}

/** No credential is a shorter number. */
const MIN_CREDENTIAL = 13

/** The class that a number is of. */
function* labelOfNumber(
  digits: string,
  {detectors}: Ruleset,
  placesIn: FindPlaces,
): Generator<undefined, string | undefined> {
  if (digits.length >= MIN_CREDENTIAL) return (yield* placesIn(digits))[0]?.label
  let label: string | undefined
  for (const one of detectors) {
    if (digits.length >= one.minLength) one.find(digits, () => (label ??= one.label))
  }
  return label
}

/** The digits of a whole number, however it is written: in lists of measurements every fraction has digits that pass for something. */
function wholeDigits(token: string): string | undefined {
  const plain = token.startsWith('-') ? token.slice(1) : token
  if (!/[.eE]/.test(plain)) return plain
  const value = Number(plain)
  return Number.isSafeInteger(value) ? String(value) : undefined
}

/** What is sent must read as one document again: two names may have become one. */
function* verify(text: string, limits: Limits): Generator<undefined, void> {
  try {
    yield* readJsonSteps(text, {maxDepth: limits.maxDepth, withoutLists: true})
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    throw new Failure(error.kind === 'duplicate' ? 'key_collision' : 'remarshal_failed')
  }
}
