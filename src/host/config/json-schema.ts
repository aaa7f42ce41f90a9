// The schemas of all sections as one JSON Schema document.
import {z} from 'zod'
import {weakerText} from '../../core/weaker.js'
import {allSchemas} from './load.js'

/** `annotated`: for the reference page, with the direction of each key in words as `weaker`. */
export async function configJsonSchema({annotated = false} = {}): Promise<object> {
  const sections = await allSchemas()
  const shape = Object.fromEntries(Object.entries(sections).sort(([a], [b]) => (a < b ? -1 : 1)))
  // input: what a file may hold, with defaults as such instead of as required members
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

/** A validator that knows the keywords of the standard only would refuse the word. */
const withoutDirection: Override = ({jsonSchema}) => {
  delete jsonSchema['weaker']
}
