// Files named by a pattern: `*` and `?` inside one path component, `**` for any number of directories. Links to directories
// are not entered by `**`, so a loop cannot keep the walk going.
import {readdirSync, type Dirent} from 'node:fs'
import {isAbsolute, join, resolve, sep} from 'node:path'
import {compileGlob} from './glob.js'

/** True when the text has a wildcard; without one it is the name of a file. */
export function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern)
}

/** Matching paths that are no directories, absolute and sorted by UTF-16 units. Directories that cannot be read match nothing. */
export function expandGlob(pattern: string): readonly string[] {
  const absolute = isAbsolute(pattern) ? pattern : resolve(pattern)
  const results = new Set<string>()
  walk(sep, absolute.split(sep).filter(Boolean), results)
  return [...results].sort()
}

function walk(directory: string, parts: readonly string[], results: Set<string>): void {
  const [part = '', ...rest] = parts
  if (part === '**') {
    walk(directory, rest.length === 0 ? ['*'] : rest, results)
    for (const entry of entriesOf(directory)) if (entry.isDirectory()) walk(join(directory, entry.name), parts, results)
    return
  }
  if (!isGlob(part) && rest.length > 0) {
    walk(join(directory, part), rest, results)
    return
  }
  const matches = componentMatcher(part)
  for (const entry of entriesOf(directory)) {
    if (!matches(entry.name)) continue
    const path = join(directory, entry.name)
    if (rest.length > 0) walk(path, rest, results)
    else if (!entry.isDirectory()) results.add(path)
  }
}

function entriesOf(directory: string): readonly Dirent[] {
  try {
    return readdirSync(directory, {withFileTypes: true})
  } catch {
    return [] // absent, no directory, or not ours to read: nothing matches there
  }
}

/** One component, as a shell matches it: a leading dot must be written. */
function componentMatcher(pattern: string): (name: string) => boolean {
  const matches = compileGlob(pattern, {dialect: 'name', crosses: false})
  return (name) => (!name.startsWith('.') || pattern.startsWith('.')) && matches(name)
}
