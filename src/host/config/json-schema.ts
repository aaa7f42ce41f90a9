// The schemas of all sections as one JSON Schema document.
import {z} from 'zod'
import {allSchemas} from './load.js'

export async function configJsonSchema(): Promise<object> {
  const sections = await allSchemas()
  const shape = Object.fromEntries(Object.entries(sections).sort(([a], [b]) => (a < b ? -1 : 1)))
  // input: what a file may hold, with defaults as such instead of as required members
  return {
    ...z.toJSONSchema(z.strictObject(shape), {io: 'input', unrepresentable: 'any'}),
    title: 'Pipelock configuration',
  }
}
