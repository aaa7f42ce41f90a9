// Files named by a pattern: `*` and `?` inside one path component, `**` for any number of directories. Links to directories
// are not entered by `**`, so a loop cannot keep the walk going.
import {readdirSync, type Dirent} from 'node:fs'
import {isAbsolute, join, resolve, sep} from 'node:path'

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
  for (const entry of entriesOf(directory)) {
    if (!matchesGlob(part, entry.name)) continue
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
export function matchesGlob(pattern: string, name: string): boolean {
  return (!name.startsWith('.') || pattern.startsWith('.')) && matchesName(pattern, name)
}

/** `*` and `?` in a name; a leading dot is a character like others. Linear in the length of the name times the number of stars. */
export function matchesName(pattern: string, name: string): boolean {
  let [p, n, star, mark] = [0, 0, -1, 0]
  while (n < name.length) {
    if (pattern[p] === '*') {
      star = p++
      mark = n
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === name[n])) {
      p++
      n++
    } else if (star !== -1) {
      p = star + 1
      n = ++mark
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}
