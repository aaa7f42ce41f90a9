// The verified copies of plugins (snapshot.ts) that no process uses any more are removed. Age alone decides: another
// firewall on the same home directory may run from a copy and import a module of it late, so every user renews its time.
import {lstatSync, mkdtempSync, readdirSync, renameSync, rmdirSync, rmSync, statSync, utimesSync} from 'node:fs'
import {basename, dirname, join} from 'node:path'

const DAY_MS = 24 * 60 * 60 * 1000
/** Longer than the longest tunnel, under which a replaced configuration stays in use. */
const UNUSED_MS = 30 * DAY_MS
/** How often a running firewall renews its copies. */
export const RENEWAL_MS = DAY_MS

const COPY = /^[0-9a-f]{64}$/
const STAGED = /^\.new-[0-9A-Za-z]{6}$/

export function copiesFolder(home: string): string {
  return join(home, 'plugins')
}

/** A private folder beside the copies. That of a killed process is removed after a day. */
export function stagingFolder(parent: string): string {
  return mkdtempSync(join(parent, '.new-'))
}

/** Records that a copy is used. One that cannot be changed, on a read-only file system, is not removed either. */
export function renewCopy(folder: string): void {
  attempt(() => {
    const now = timeIn(dirname(folder)) / 1000
    utimesSync(folder, now, now)
  })
}

/** Renews the copies of a running firewall, and removes those that nobody uses. Never throws. */
export function maintainCopies(home: string, used: readonly string[]): void {
  const parent = copiesFolder(home)
  for (const digest of used) renewCopy(join(parent, digest))
  attempt(() => {
    // a link may lead to a folder of another program that also names its folders by digests
    if (!lstatSync(parent).isDirectory()) return
    const now = timeIn(parent)
    for (const name of readdirSync(parent)) {
      const maxAgeMs = COPY.test(name) ? UNUSED_MS : STAGED.test(name) ? DAY_MS : undefined
      if (maxAgeMs !== undefined) attempt(() => removeUnused(join(parent, name), now - maxAgeMs))
    }
  })
}

function removeUnused(folder: string, sinceMs: number): void {
  if (!isUnused(folder, sinceMs)) return
  // renamed first: another process finds the whole copy or none, also when this one is killed
  const staged = stagingFolder(dirname(folder))
  try {
    const moved = join(staged, basename(folder))
    renameSync(folder, moved)
    // put into use in the meantime
    if (!isUnused(moved, sinceMs)) renameSync(moved, folder)
  } finally {
    rmSync(staged, {recursive: true, force: true})
  }
}

/** False for whatever is not a real folder: the target of a link is not ours to remove. */
function isUnused(path: string, sinceMs: number): boolean {
  const stat = lstatSync(path)
  return stat.isDirectory() && stat.mtimeMs < sinceMs
}

/** Now by the clock that stamps the entries of a folder: that of a network file system differs from ours. */
function timeIn(parent: string): number {
  const probe = stagingFolder(parent)
  try {
    return statSync(probe).mtimeMs
  } finally {
    rmdirSync(probe)
  }
}

/** Copies that cannot be renewed or removed only take space: no reason to stop a firewall. */
function attempt(action: () => void): void {
  try {
    action()
  } catch {
    // the next start or day tries again
  }
}
