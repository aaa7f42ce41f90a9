// Redaction of one complete JSON document, in place: strings and member names are rewritten, every other byte stays
// (scanning §9.5). Whatever goes wrong is a failure with a code, never a document that is half redacted.
import {applyPatches, patchesOf, type TextPatch} from '../../lib/json/edit.js'
import {decodeUtf8, JsonFault, readJson} from '../../lib/json/reader.js'
import {atOnce, pausing} from '../../lib/slices.js'
import {OverBudget, redactionBudget, type Ruleset} from './detect.js'
import type {Place} from './places.js'
import {Numbering} from './placeholder.js'
import {placeSteps} from './windows.js'

/** Why a request cannot be redacted (scanning §9.5); always a refusal. */
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
  | {readonly ok: true; readonly bytes: Buffer; readonly byClass: ReadonlyMap<string, number>}
  | {readonly ok: false; readonly code: FailureCode}

/** Leaves the walk with a code. */
class Failure extends Error {
  readonly code: FailureCode
  constructor(code: FailureCode) {
    super(code)
    this.code = code
  }
}

export async function redactJson(bytes: Buffer, rules: Ruleset, limits: Limits): Promise<Redacted> {
  if (bytes.length > limits.maxBodyBytes) return {ok: false, code: 'body_too_large'}
  try {
    return {ok: true, ...(await rewrite(bytes, rules, limits))}
  } catch (error) {
    if (error instanceof Failure) return {ok: false, code: error.code}
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

/** Characters looked at before other exchanges get their turn. */
const TURN = 32 * 1024

async function rewrite(bytes: Buffer, rules: Ruleset, limits: Limits): Promise<Rewritten> {
  const text = decodeUtf8(bytes)
  const budget = redactionBudget(bytes.length)
  const numbering = new Numbering(limits.maxRedactions)
  const byClass = new Map<string, number>()
  const seen = new Set<string>()
  const patches: TextPatch[] = []

  const replace = ({value, start, end}: Token, places: readonly Place[]): void => {
    if (places.length === 0) return
    const edits = places.map((place) => {
      const original = value.slice(place.start, place.end)
      const placeholder = numbering.placeholder(place.label, original)
      if (placeholder === undefined) throw new Failure('redaction_overflow')
      if (!place.isForged && !seen.has(placeholder)) {
        seen.add(placeholder)
        byClass.set(place.label, (byClass.get(place.label) ?? 0) + 1)
      }
      return {start: place.start, end: place.end, text: placeholder}
    })
    // what is right already stays as it is written
    const changed = edits.filter((edit) => value.slice(edit.start, edit.end) !== edit.text)
    for (const patch of patchesOf(text.slice(start, end), start, changed)) patches.push(patch)
  }

  let looked = 0
  for (const token of tokensOf(text, limits)) {
    looked += token.value.length + 16
    if (looked > TURN) {
      looked = 0
      await new Promise(setImmediate)
    }
    const isNumber = token.end === NUMBER
    const value = isNumber ? wholeDigits(token.value) : token.value
    if (value === undefined) continue
    if (isNumber && value.length < MIN_CREDENTIAL) {
      if (holdsNumber(value, rules)) throw new Failure('secret_in_numeric_scalar')
      continue
    }
    const steps = placeSteps(value, rules, budget)
    const places = value.length > TURN ? await pausing(steps) : atOnce(steps)
    // in its place only a string could stand, and that is another document
    if (isNumber && places.length > 0) throw new Failure('secret_in_numeric_scalar')
    replace(token, places)
  }
  if (patches.length === 0) return {bytes, byClass}
  const result = Buffer.from(applyPatches(text, patches), 'utf8')
  verify(result, limits)
  return {bytes: result, byClass}
}

/** A string or a number in document order; `end` is NUMBER for a number. */
interface Token {
  readonly value: string
  readonly start: number
  readonly end: number
}

const NUMBER = -1

function tokensOf(text: string, limits: Limits): readonly Token[] {
  const tokens: Token[] = []
  readJson(text, {
    maxDepth: limits.maxDepth,
    onString: (value, start, end) => void tokens.push({value, start, end}),
    onNumber: (value) => void tokens.push({value, start: NUMBER, end: NUMBER}),
  })
  return tokens
}

/** No credential is a shorter number. */
const MIN_CREDENTIAL = 13

function holdsNumber(digits: string, rules: Ruleset): boolean {
  let found = false
  for (const {minLength, find} of rules.detectors) {
    if (digits.length >= minLength) find(digits, () => (found = true))
  }
  return found
}

/** The digits of a whole number, however it is written: in lists of measurements every fraction has digits that pass for something. */
function wholeDigits(token: string): string | undefined {
  const plain = token.startsWith('-') ? token.slice(1) : token
  if (!/[.eE]/.test(plain)) return plain
  const value = Number(plain)
  return Number.isSafeInteger(value) ? String(value) : undefined
}

/** What is sent must read as one document again: two names may have become one. */
function verify(bytes: Buffer, limits: Limits): void {
  try {
    readJson(bytes, {maxDepth: limits.maxDepth})
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    throw new Failure(error.kind === 'duplicate' ? 'key_collision' : 'remarshal_failed')
  }
}
