// The schemas of all sections as one JSON Schema document.
import {z} from 'zod'
import {weakerText} from '../../core/weaker.js'
import {allSchemas} from './load.js'

/** `annotated`: for the reference page; adds the direction of each key in words as `weaker`. */
export async function configJsonSchema({annotated = false} = {}): Promise<object> {
  const sections = await allSchemas()
  const shape = Object.fromEntries(Object.entries(sections).sort(([a], [b]) => (a < b ? -1 : 1)))
  // input: the content of a file, with defaults as such instead of as required members
  const override = annotated ? withDirection : withoutFacts
  return {
    ...z.toJSONSchema(z.strictObject(shape), {io: 'input', unrepresentable: 'any', override}),
    title: 'Pipelock configuration',
  }
}

type Override = NonNullable<z.core.ToJSONSchemaParams['override']>

const withDirection: Override = ({zodSchema, jsonSchema}) => {
  const weaker = z.globalRegistry.get(zodSchema)?.weaker
  if (weaker !== undefined) jsonSchema['weaker'] = weakerText(weaker)
}

/** Removes the keywords of core/weaker.ts and core/key-facts.ts, which a validator of the standard ones would refuse. */
const withoutFacts: Override = ({jsonSchema}) => {
  for (const keyword of ['weaker', 'path', 'policyHash', 'formerKeys']) delete jsonSchema[keyword]
}
