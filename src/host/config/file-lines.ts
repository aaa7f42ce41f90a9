// Lines of files that a configuration names and that a reload must not shorten unnoticed: known secrets and texts to
// replace. Kept as digests, since the files hold secrets.
import type {Schemas} from './schemas.js'
import {z} from 'zod'
import {sha256Hex} from '../../lib/hash.js'
import {readSecurely} from '../../lib/secure-read.js'
import {nodeOf} from './directions.js'

/** Digests of the non-empty lines, by path. An unreadable file has none. */
export type FileLines = ReadonlyMap<string, ReadonlySet<string>>

const MAX_BYTES = 64 * 1024 * 1024

export function linesOfFiles(config: object, schemas: Schemas): FileLines {
  const files = new Map<string, ReadonlySet<string>>()
  for (const [name, schema] of Object.entries(schemas)) {
    for (const path of pathsIn(schema, (config as Readonly<Record<string, unknown>>)[name]))
      files.set(path, linesOf(path))
  }
  return files
}

function pathsIn(schema: z.core.$ZodType, value: unknown): readonly string[] {
  const {schema: inner, rule} = nodeOf(schema)
  if (rule?.lines) return typeof value === 'string' && value !== '' ? [value] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => {
    const below =
      inner instanceof z.ZodObject ? inner.shape[name] : inner instanceof z.ZodRecord ? inner.valueType : undefined
    return below === undefined ? [] : pathsIn(below, member)
  })
}

function linesOf(path: string): ReadonlySet<string> {
  let text: string
  try {
    text = readSecurely(path, {maxBytes: MAX_BYTES, followLinks: true}).toString('utf8')
  } catch {
    return new Set() // the owning plugin reports the reason, and refuses where it must
  }
  const lines = text.split('\n').map((line) => line.trim())
  return new Set(lines.filter((line) => line !== '').map((line) => sha256Hex(Buffer.from(line))))
}
