// The direction of each configuration key, from its schema: which change lets more through (core/weaker.ts).
import {z} from 'zod'
import {type WeakerRule, weakerRule} from '../../core/weaker.js'
import type {Schemas} from './schemas.js'

export interface SchemaNode {
  /** Without the wrappers of defaults and transformations. */
  readonly schema: z.core.$ZodType
  /** undefined where the schema declares none. */
  readonly rule: WeakerRule | undefined
}

export function nodeOf(schema: z.core.$ZodType): SchemaNode {
  let rule: WeakerRule | undefined
  for (let at = schema; ;) {
    const weaker = z.globalRegistry.get(at)?.weaker
    if (weaker !== undefined) rule ??= weakerRule(weaker)
    const inner = innerOf(at)
    if (inner === undefined) return {schema: at, rule}
    at = inner
  }
}

/** The schema inside a default, a transformation or an optional. */
export function innerOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  ) {
    return schema.def.innerType
  }
  return schema instanceof z.ZodPipe ? schema.def.in : undefined
}

export interface Key {
  /** `dlp.patterns[].regex`, `redaction.profiles.*.classes` */
  readonly path: string
  readonly schema: z.core.$ZodType
  readonly rule: WeakerRule | undefined
}

/** Every key that a reload compares separately, in the order of the schemas. */
export function keysOf(schemas: Schemas): readonly Key[] {
  return Object.entries(schemas).flatMap(([name, schema]) => keysBelow(name, nodeOf(schema)))
}

function keysBelow(path: string, {schema, rule}: SchemaNode): readonly Key[] {
  const own = {path, schema, rule}
  if (schema instanceof z.ZodObject && rule === undefined) return members(path, schema)
  const element = schema instanceof z.ZodArray && rule?.by ? nodeOf(schema.element).schema : undefined
  if (element instanceof z.ZodObject) return [own, ...members(`${path}[]`, element)]
  const value = schema instanceof z.ZodRecord && rule?.when === 'removed' ? nodeOf(schema.valueType) : undefined
  return value ? [own, ...keysBelow(`${path}.*`, value)] : [own]
}

function members(path: string, schema: z.ZodObject): readonly Key[] {
  return Object.entries(schema.shape).flatMap(([name, inner]) => keysBelow(`${path}.${name}`, nodeOf(inner)))
}
