// Exclusions from a folder's manifest: `*` and `?` inside one name, one `**` for any number of directories. A pattern
// with a slash matches the path from the top, one without matches every name. Everything below an excluded directory is
// excluded as well, so one pattern too many hides more than it seems: the manifest records its patterns.
import {PipelockError} from '../../core/errors.js'
import {compileGlob} from '../../lib/glob.js'
import {quoted} from '../../lib/terminal.js'

const ALWAYS = '.git'
export const MAX_PATTERNS = 256
const MAX_LENGTH = 1024

/** Throws `usage` for a pattern that could never match or is ambiguous. */
function checkExclude(pattern: string): string {
  const problem = problemOf(pattern)
  if (problem === undefined) return pattern
  throw new PipelockError('usage', `the pattern ${quoted(pattern, 80)} ${problem}`, {
    hint: 'patterns are relative to the folder, with slashes: build/**, *.log, cache',
  })
}

export function problemOf(pattern: string): string | undefined {
  const parts = pattern.split('/')
  if (pattern.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`
  if (pattern.includes('\\') || pattern.includes('\0')) return 'holds a backslash or a zero byte'
  if (parts.some((part) => part === '' || part === '.' || part === '..')) return 'has an empty part, "." or ".."'
  if (parts.filter((part) => part === '**').length > 1) return 'has more than one **'
  if (parts.some((part) => part !== '**' && part.includes('**'))) return 'has ** next to other characters'
  return ['*', '**', '**/*'].includes(pattern) ? 'excludes everything' : undefined
}

/** The patterns of both lists, without duplicates. */
export function mergeExcludes(stored: readonly string[], added: readonly string[]): readonly string[] {
  const all = [...new Set([...stored, ...added.map(checkExclude)])]
  if (all.length > MAX_PATTERNS) throw new PipelockError('usage', `there are more than ${MAX_PATTERNS} patterns`)
  return all
}

/** True for an excluded path, from the top with slashes; a walk does not descend below it. */
export function excluder(patterns: readonly string[]): (path: string) => boolean {
  const compiled = patterns.map(compile)
  return (path) => {
    const parts = path.split('/')
    return parts.at(-1) === ALWAYS || compiled.some((excludes) => excludes(parts))
  }
}

type Matches = (name: string) => boolean

function compile(pattern: string): (parts: readonly string[]) => boolean {
  const names = pattern.split('/')
  const gap = names.indexOf('**')
  const compiled = (some: readonly string[]): readonly Matches[] =>
    some.map((name) => compileGlob(name, {dialect: 'name', crosses: false}))
  const head = compiled(gap < 0 ? names : names.slice(0, gap))
  const tail = compiled(names.slice(gap + 1))
  const same = (from: readonly Matches[], parts: readonly string[]): boolean =>
    from.length === parts.length && from.every((matches, i) => matches(parts[i] ?? ''))
  if (names.length === 1) return (parts) => same(head, parts.slice(-1))
  if (gap === -1) return (parts) => same(head, parts)
  // `a/**` matches only below a
  const least = head.length + Math.max(tail.length, 1)
  return (parts) =>
    parts.length >= least &&
    same(head, parts.slice(0, head.length)) &&
    same(tail, parts.slice(parts.length - tail.length))
}
