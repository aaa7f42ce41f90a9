// Compares a folder with its manifest.
import {compareCodePoints} from '../../lib/json/writer.js'
import type {Manifest} from './manifest.js'
import type {Item} from './tree.js'

export interface Violation {
  readonly path: string
  readonly type: 'modified' | 'added' | 'removed' | 'permissions' | 'type_changed'
  /** Digest, mode, target or kind, depending on the type; null for none. */
  readonly expected: string | null
  readonly actual: string | null
}

/** Sorted by path. A file whose content and mode both changed gives two. */
export function compareTree(manifest: Manifest['files'], tree: ReadonlyMap<string, Item>): readonly Violation[] {
  const violations: Violation[] = []
  for (const [path, expected] of manifest) {
    const actual = tree.get(path)
    if (actual) violations.push(...differences(path, expected, actual))
    else violations.push({path, type: 'removed', expected: contentOf(expected), actual: null})
  }
  for (const [path, actual] of tree) {
    if (!manifest.has(path)) violations.push({path, type: 'added', expected: null, actual: contentOf(actual)})
  }
  return violations.sort((a, b) => compareCodePoints(a.path, b.path))
}

function differences(path: string, expected: Item, actual: Item): readonly Violation[] {
  if (expected.kind !== actual.kind) return [{path, type: 'type_changed', expected: expected.kind, actual: actual.kind}]
  const changes: Violation[] = []
  const [want, have] = [contentOf(expected), contentOf(actual)]
  if (want !== have) changes.push({path, type: 'modified', expected: want, actual: have})
  // equal digests: the manifest contradicts itself and is not to be trusted on this file
  else if (expected.kind === 'file' && actual.kind === 'file' && expected.size !== actual.size)
    changes.push({path, type: 'modified', expected: `${expected.size} bytes`, actual: `${actual.size} bytes`})
  if (expected.kind === 'file' && actual.kind === 'file' && expected.mode !== actual.mode)
    changes.push({path, type: 'permissions', expected: expected.mode, actual: actual.mode})
  return changes
}

function contentOf(item: Item): string {
  return item.kind === 'file' ? item.sha256 : item.kind === 'link' ? item.target : item.kind
}
