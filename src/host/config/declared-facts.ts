// What the keys of all schemas declare, as plain data (core/key-facts.ts).
import {z} from 'zod'
import type {KeyFacts} from '../../core/key-facts.js'
import {innerOf} from './directions.js'
import type {Schemas} from './schemas.js'

export function declaredFacts(schemas: Schemas): KeyFacts {
  return {members: membersOf(schemas)}
}

function membersOf(schemas: Readonly<Record<string, z.core.$ZodType>>): Readonly<Record<string, KeyFacts>> {
  const all = Object.entries(schemas).map(([name, schema]) => [name, factsOf(schema)] as const)
  return Object.fromEntries(all.filter(([, facts]) => Object.keys(facts).length > 0))
}

function factsOf(schema: z.core.$ZodType): KeyFacts {
  const {path, policyHash} = z.globalRegistry.get(schema) ?? {}
  const inner = innerOf(schema)
  return {
    ...(inner ? factsOf(inner) : below(schema)),
    ...(path && {path}),
    ...(policyHash && {policyHash}),
  }
}

function below(schema: z.core.$ZodType): KeyFacts {
  if (schema instanceof z.ZodObject) {
    const members = membersOf(schema.shape)
    return Object.keys(members).length > 0 ? {members} : {}
  }
  const entry =
    schema instanceof z.ZodArray ? schema.element : schema instanceof z.ZodRecord ? schema.valueType : undefined
  const each = entry && factsOf(entry)
  return each && Object.keys(each).length > 0 ? {each} : {}
}
