// zod for plugins from outside: they build their schemas with this instance, so that validation, messages and reloads
// treat their sections like built-in ones.
import {z} from 'zod'
import {innerOf} from './directions.js'

export interface SchemaTools {
  readonly z: typeof z
  /** Path of a mapping that accepts unknown keys; undefined when every one is strict. */
  looseMapping(schema: z.core.$ZodType): string | undefined
}

export function schemaTools(): Promise<SchemaTools> {
  return Promise.resolve({z, looseMapping: (schema) => loose(schema, [])})
}

function loose(schema: z.core.$ZodType, path: readonly string[]): string | undefined {
  const inner = innerOf(schema)
  if (inner !== undefined) return loose(inner, path)
  if (schema instanceof z.ZodObject) {
    if (!(schema.def.catchall instanceof z.ZodNever)) return path.join('.')
    return firstOf(Object.entries(schema.shape).map(([name, member]) => [member, [...path, name]]))
  }
  if (schema instanceof z.ZodArray) return loose(schema.element, [...path, '[]'])
  if (schema instanceof z.ZodRecord) return loose(schema.valueType, [...path, '*'])
  if (schema instanceof z.ZodUnion) return firstOf(schema.options.map((one) => [one, path]))
  // values of any form would pass unread
  return schema instanceof z.ZodAny || schema instanceof z.ZodUnknown || schema instanceof z.ZodLazy
    ? path.join('.')
    : undefined
}

function firstOf(all: readonly (readonly [z.core.$ZodType, readonly string[]])[]): string | undefined {
  for (const [schema, path] of all) {
    const at = loose(schema, path)
    if (at !== undefined) return at
  }
  return undefined
}
