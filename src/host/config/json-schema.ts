// The schemas of all sections as one JSON Schema document.
import {z} from 'zod'
import {weakerText} from '../../core/weaker.js'
import {allSchemas} from './load.js'

/** `annotated`: for the reference page; adds the direction of each key in words as `weaker`. */
export async function configJsonSchema({annotated = false} = {}): Promise<object> {
  const sections = await allSchemas()
  const shape = Object.fromEntries(Object.entries(sections).sort(([a], [b]) => (a < b ? -1 : 1)))
  // input: the content of a file, with defaults as such instead of as required members
  const override = annotated ? withDirection : withoutDirection
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

/** Removes `weaker`, which a validator that only knows the standard keywords would refuse. */
const withoutDirection: Override = ({jsonSchema}) => {
  delete jsonSchema['weaker']
}
