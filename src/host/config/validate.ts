// Validates a tree against the schemas of the sections: type errors become sentences with a position, unknown names get
// the nearest known one. Nothing is coerced, nothing is ignored.
import {z} from 'zod'
import {nearest} from '../../lib/nearest.js'
import {nodeOf} from './directions.js'
import {staleHint, UNSUPPORTED_SECTIONS} from './names.js'
import {type FieldPath, fieldName, type Problem} from './problem.js'
import type {Schemas} from './schemas.js'
import type {ConfigTree} from './tree.js'

export interface Validated {
  /** Complete only when there are no problems. */
  readonly config: Record<string, unknown>
  readonly problems: readonly Problem[]
}

type Issue = z.core.$ZodIssue

export function validateTree(tree: ConfigTree, schemas: Schemas): Validated {
  const problems: Problem[] = [...tree.problems]
  const report = (path: FieldPath, message: string, hint: string | undefined = undefined, key = false): void => {
    const at = tree.place(path, key)
    problems.push({
      field: fieldName(path),
      line: at.line,
      column: at.column,
      message,
      ...(hint === undefined ? {} : {hint}),
    })
  }
  if (problems.length > 0) return {config: {}, problems}
  const given = tree.value ?? {}
  if (!isRecord(given)) {
    report([], 'a configuration is a mapping of sections')
    return {config: {}, problems}
  }
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(schemas, name)) continue
    if (UNSUPPORTED_SECTIONS.has(name))
      report([name], 'not supported yet', 'remove the section; nothing of it would be applied', true)
    else
      report(
        [name],
        'unknown field',
        staleHint(name) ?? meant(name, [...Object.keys(schemas), ...UNSUPPORTED_SECTIONS]),
        true,
      )
  }
  const config: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries(schemas)) {
    const parsed = schema.safeParse(given[name])
    if (parsed.success) config[name] = parsed.data
    else for (const issue of parsed.error.issues) explain(issue, name, schemas, given, report)
  }
  problems.sort((a, b) => a.line - b.line || a.column - b.column)
  return {config, problems}
}

type Report = (path: FieldPath, message: string, hint?: string | undefined, key?: boolean) => void

function explain(issue: Issue, section: string, schemas: Schemas, given: unknown, report: Report): void {
  const path = [section, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))]
  if (issue.code === 'unrecognized_keys') {
    const {known, former} = membersAt(schemas[section], path.slice(1))
    for (const key of issue.keys) {
      const elsewhere = Object.hasOwn(schemas, key) ? 'move it to the top level' : undefined
      const hint = Object.hasOwn(former, key) ? former[key] : (elsewhere ?? staleHint(key) ?? meant(key, known))
      report([...path, key], 'unknown field', hint, true)
    }
    return
  }
  const value = valueAt(given, path)
  const [message, hint] = sentence(issue, value)
  report(path, message, hint)
}

function sentence(issue: Issue, value: unknown): readonly [message: string, hint?: string | undefined] {
  // a schema with its own message knows better than the table below
  if (issue.message !== '' && !/^(Invalid|Too |Unrecognized)/.test(issue.message)) return [issue.message]
  switch (issue.code) {
    case 'invalid_type': {
      const expected = TYPES[issue.expected] ?? issue.expected
      if (value === undefined) return ['is required']
      const word = issue.expected === 'boolean' && typeof value === 'string' && /^(yes|no|on|off|y|n)$/i.test(value)
      const hint = word
        ? 'write true or false'
        : withoutQuotes(value, (plain) => typeof plain === jsonType(issue.expected))
      return [`must be ${expected}, not ${describe(value)}`, hint]
    }
    case 'invalid_value': {
      const words = issue.values.map(String)
      const list = words.map((w) => (w === '' ? '""' : w)).join(', ')
      return [
        `must be ${words.length > 1 ? 'one of ' : ''}${list}, not ${describe(value)}`,
        withoutQuotes(value, (plain) => issue.values.some((one) => one === plain)) ??
          (typeof value === 'string' ? meant(value, words) : undefined),
      ]
    }
    case 'too_small':
      return [bound('at least', 'more than', issue.minimum, issue.inclusive, issue.origin)]
    case 'too_big':
      return [bound('at most', 'less than', issue.maximum, issue.inclusive, issue.origin)]
    case 'invalid_union': {
      // the alternatives report the same value; the last one is the general case
      const inner = issue.errors.at(-1)?.[0]
      return inner ? sentence(inner, value) : ['has an invalid form']
    }
    case 'invalid_element':
    case 'invalid_key': {
      const inner = issue.issues[0]
      return inner ? sentence(inner, value) : ['has a member that is not valid']
    }
    case 'unrecognized_keys':
      return ['unknown field']
    case 'invalid_format':
    case 'not_multiple_of':
    case 'custom':
      return [issue.message]
  }
}

/** A hint for a number, true or false that quotes made a text, if that is what the key takes. */
function withoutQuotes(value: unknown, isAccepted: (plain: number | boolean) => boolean): string | undefined {
  if (typeof value !== 'string') return undefined
  const plain = value === 'true' || value === 'false' ? value === 'true' : Number(value)
  // other spellings of a number are not what a person quoted
  return String(plain) === value && isAccepted(plain) ? `write ${value} without quotes` : undefined
}

function jsonType(expected: string): string {
  return expected === 'int' ? 'number' : expected
}

const TYPES: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
  string: 'text',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
}

function bound(
  inclusive: string,
  exclusive: string,
  limit: unknown,
  isInclusive: boolean | undefined,
  origin: string,
): string {
  const unit = origin === 'string' ? ' characters' : origin === 'array' ? ' entries' : ''
  return `must ${unit === '' ? 'be' : 'have'} ${isInclusive === false ? exclusive : inclusive} ${String(limit)}${unit}`
}

/** The type of the value, and the text of harmless scalars; long or structured values are not repeated. */
function describe(value: unknown): string {
  if (value === null || value === undefined) return 'empty'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a mapping'
  if (typeof value === 'string') return value.length <= 24 && /^[\w.:-]*$/.test(value) ? `the text "${value}"` : 'text'
  return String(value)
}

function meant(name: string, known: readonly string[]): string | undefined {
  const near = nearest(name, known)
  return near === undefined || near === '' ? undefined : `did you mean ${near}?`
}

interface Members {
  readonly known: readonly string[]
  /** Hints for keys of other releases. */
  readonly former: Readonly<Record<string, string>>
}

const NO_MEMBERS: Members = {known: [], former: {}}

/** The names that the schema knows at a path. */
function membersAt(schema: z.ZodType | undefined, path: FieldPath): Members {
  let at: z.core.$ZodType | undefined = schema && unwrap(schema)
  for (const part of path) {
    if (at instanceof z.ZodObject) at = at.shape[String(part)]
    else if (at instanceof z.ZodArray) at = at.element
    else if (at instanceof z.ZodRecord) at = at.valueType
    else return NO_MEMBERS
    if (at) at = unwrap(at)
  }
  if (!(at instanceof z.ZodObject)) return NO_MEMBERS
  return {known: Object.keys(at.shape), former: z.globalRegistry.get(at)?.formerKeys ?? {}}
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  return nodeOf(schema).schema
}

function valueAt(root: unknown, path: FieldPath): unknown {
  let at = root
  for (const part of path) {
    if (Array.isArray(at)) at = at[Number(part)]
    else if (isRecord(at) && Object.hasOwn(at, part)) at = at[part]
    else return undefined
  }
  return at
}

function isRecord(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
