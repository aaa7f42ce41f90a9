// The schema of every section, by its name.
import type {z} from 'zod'

export type Schemas = Readonly<Record<string, z.ZodType>>
