// A problem of a configuration file, with its place. All problems are collected: an operator corrects a file once.
import {PipelockError} from '../../core/errors.js'

export type FieldPath = readonly (string | number)[]

export interface Problem {
  /** `dlp.patterns[0].regex`; empty for the file as a whole. */
  readonly field: string
  /** From 1; 0 when there is no file. */
  readonly line: number
  readonly column: number
  readonly message: string
  readonly hint?: string
}

export function fieldName(path: FieldPath): string {
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('')
}

/** Inverse of fieldName, for problems reported by a plugin. */
export function fieldPath(name: string): FieldPath {
  return name === ''
    ? []
    : [...name.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map((m) => (m[2] === undefined ? (m[1] ?? '') : Number(m[2])))
}

export function configError(file: string, problems: readonly Problem[]): PipelockError {
  const lines = problems.map((p) => {
    const place = p.line > 0 ? `${file}:${p.line}:${p.column}` : file
    return `${place}: ${p.field === '' ? '' : `${p.field}: `}${p.message}${p.hint === undefined ? '' : ` (${p.hint})`}`
  })
  const message =
    lines.length === 1 ? (lines[0] ?? '') : `${lines.length} problems\n${lines.map((l) => `  ${l}`).join('\n')}`
  return new PipelockError('config_invalid', message)
}
