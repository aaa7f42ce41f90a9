// A shadow report read back: only version 1, only what the comparison needs, nothing taken on trust. Rates may
// be fractions there, so numbers are read as JSON has them.
import {PipelockError} from '../../../core/errors.js'
import {inFile, readFileSecurely} from '../../../core/key-source.js'
import {isObject, JsonFault, RawNumber, readJson, type JsonObject, type JsonValue} from '../../../lib/json/reader.js'
import {quoted} from '../../../lib/terminal.js'

const MAX_REPORT_BYTES = 64 * 1024 * 1024
const MAX_DEPTH = 64

export interface RuleCounts {
  readonly evaluations: number
  readonly newBlocks: number
  readonly newAllows: number
  /** Hundredths of a per cent: sums of those are exact. */
  readonly rateHundredths: number
}

export interface ReportFile {
  readonly contractHash: string
  readonly records: number
  readonly newBlocks: number
  readonly quarantines: number
  readonly rules: ReadonlyMap<string, RuleCounts>
}

export function readReport(path: string): ReportFile {
  const bytes = readFileSecurely(path, {maxBytes: MAX_REPORT_BYTES})
  return inFile(path, () => {
    const report = objectOf(parse(bytes), 'the report')
    if (report['report_version'] !== 1) {
      fault('it is not a shadow report of version 1', 'make it with: pipelock learn shadow --out-json FILE')
    }
    const rules = new Map<string, RuleCounts>()
    for (const item of listOf(report['rules'], 'rules')) {
      const rule = objectOf(item, 'a rule')
      const id = text(rule, 'rule_id')
      if (rules.has(id)) fault(`duplicate rule ${quoted(id)}`)
      rules.set(id, {
        evaluations: count(rule, 'evaluations'),
        newBlocks: count(rule, 'new_blocks'),
        newAllows: count(rule, 'new_allows'),
        rateHundredths: Math.round(number(rule, 'new_block_rate_pct') * 100),
      })
    }
    const quarantines = report['quarantines']
    return {
      contractHash: text(report, 'contract_hash'),
      records: count(report, 'total_records'),
      newBlocks: count(report, 'new_blocks'),
      quarantines: quarantines === undefined ? 0 : listOf(quarantines, 'quarantines').length,
      rules,
    }
  })
}

function parse(bytes: Uint8Array): JsonValue {
  try {
    return readJson(bytes, {maxDepth: MAX_DEPTH})
  } catch (error) {
    if (error instanceof JsonFault) return fault(`it is no JSON document: ${error.message}`)
    throw error
  }
}

function objectOf(value: JsonValue, what: string): JsonObject {
  return isObject(value) ? value : fault(`${what} is not an object`)
}

function listOf(value: JsonValue | undefined, name: string): readonly JsonValue[] {
  return Array.isArray(value) ? value : fault(`${name} is not a list`)
}

function text(object: JsonObject, name: string): string {
  const value = object[name]
  return typeof value === 'string' ? value : fault(`${name} is not a text`)
}

function count(object: JsonObject, name: string): number {
  const value = object[name]
  return typeof value === 'number' && value >= 0 ? value : fault(`${name} is not a count`)
}

function number(object: JsonObject, name: string): number {
  const value = object[name]
  const read = value instanceof RawNumber ? Number(value.text) : value
  return typeof read === 'number' && read >= 0 && read <= 100 ? read : fault(`${name} is not a share from 0 to 100`)
}

function fault(what: string, hint?: string): never {
  throw new PipelockError('report_invalid', what, {hint: hint ?? 'give what learn shadow wrote with --out-json'})
}
