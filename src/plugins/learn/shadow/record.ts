// Reads a shadow report back. It is unsigned and its rates may be fractions, so it is not a signed document;
// the members that a page shows are still read strictly, and a report of another version is refused.
import {PipelockError} from '../../../core/errors.js'
import {inFile, readFileSecurely} from '../../../core/key-source.js'
import {isObject, JsonFault, readJson, type JsonObject, type JsonValue} from '../../../lib/json/reader.js'
import type {ReplaySummary} from './report.js'

const MAX_REPORT_BYTES = 64 * 1024 * 1024
const MAX_DEPTH = 16

export function readShadowReport(path: string): ReplaySummary {
  const bytes = readFileSecurely(path, {maxBytes: MAX_REPORT_BYTES})
  return inFile(path, () => {
    try {
      return parseReport(readJson(bytes, {maxDepth: MAX_DEPTH}))
    } catch (error) {
      if (error instanceof JsonFault) throw new PipelockError('malformed_json', error.message)
      throw error
    }
  })
}

function parseReport(value: JsonValue): ReplaySummary {
  const report = object(value, 'the report')
  if (report['report_version'] !== 1) wrong('report_version', '1')
  return {
    generated_at: text(report, 'generated_at'),
    contract_hash: text(report, 'contract_hash'),
    total_records: count(report, 'total_records'),
    replayed: count(report, 'replayed'),
    changed: count(report, 'changed'),
    new_blocks: count(report, 'new_blocks'),
    new_allows: count(report, 'new_allows'),
    ...(report['decided_blocks'] === undefined ? {} : {decided_blocks: count(report, 'decided_blocks')}),
    evidence_only: count(report, 'evidence_only'),
    summary_only: count(report, 'summary_only'),
    rules: list(report, 'rules').map((item) => {
      const rule = object(item, 'rules')
      const reason = rule['reason']
      return {
        rule_id: text(rule, 'rule_id'),
        evaluations: count(rule, 'evaluations'),
        new_blocks: count(rule, 'new_blocks'),
        new_allows: count(rule, 'new_allows'),
        unchanged: count(rule, 'unchanged'),
        state: text(rule, 'state'),
        ...(typeof reason === 'string' ? {reason} : {}),
      }
    }),
    assumption: oneOf(report, 'assumption', ['as-written', 'enforce']),
    level: oneOf(report, 'level', ['method', 'host']),
    verified: report['verified'] === true,
    default_denies: count(report, 'default_denies'),
    capture_only_matches: count(report, 'capture_only_matches'),
    unmatched: list(report, 'unmatched').map((item) => {
      const place = object(item, 'unmatched')
      return {
        host: text(place, 'host'),
        path: text(place, 'path'),
        method: text(place, 'method'),
        events: count(place, 'events'),
        // a report of an earlier release does not tell the two apart
        new_blocks: count(place, place['new_blocks'] === undefined ? 'events' : 'new_blocks'),
        ...(place['decided_blocks'] === undefined ? {} : {decided_blocks: count(place, 'decided_blocks')}),
      }
    }),
    malformed: count(report, 'malformed'),
    dropped: count(report, 'dropped'),
  }
}

function object(value: JsonValue, name: string): JsonObject {
  return isObject(value) ? value : wrong(name, 'an object')
}

function list(of: JsonObject, name: string): readonly JsonValue[] {
  const value = of[name]
  return Array.isArray(value) ? value : wrong(name, 'a list')
}

function text(of: JsonObject, name: string): string {
  const value = of[name]
  return typeof value === 'string' ? value : wrong(name, 'a string')
}

function count(of: JsonObject, name: string): number {
  const value = of[name]
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : wrong(name, 'a count')
}

function oneOf<T extends string>(of: JsonObject, name: string, words: readonly T[]): T {
  const value = of[name]
  return words.find((word) => word === value) ?? wrong(name, words.join(' or '))
}

function wrong(name: string, requested: string): never {
  throw new PipelockError('invalid_field', `shadow report: ${name} is not ${requested}`, {
    hint: 'make it with learn shadow --out-json',
  })
}
