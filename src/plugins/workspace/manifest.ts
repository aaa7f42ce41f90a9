// The manifest as a document: the content of a folder at one time. It is read strictly, since an attacker who can write
// the folder can often write this file too; only its signature shows who made it.
import {PipelockError} from '../../core/errors.js'
import {integerOf, isObject, JsonFault, readJson, type JsonObject, type JsonValue} from '../../lib/json/reader.js'
import {parseTimestamp} from '../../lib/timestamp.js'
import {MAX_PATTERNS, problemOf} from './exclude.js'
import type {Item} from './tree.js'

export const MANIFEST_NAME = '.integrity-manifest.json'
export const MAX_MANIFEST_BYTES = 256 * 1024 * 1024

/** Items that a manifest can hold. */
export type ManifestItem = Exclude<Item, {readonly kind: 'special'}>

export interface Manifest {
  /** UTC, whole seconds. */
  readonly created: string
  readonly updated: string
  /** By path from the top, with slashes. */
  readonly files: ReadonlyMap<string, ManifestItem>
  readonly excludes: readonly string[]
}

/** Two-space JSON with a final newline; files in the order of the map, which JSON.stringify would not keep for numbers. */
export function manifestText({created, updated, files, excludes}: Manifest): string {
  const rows = [...files].map(([path, item]) => `    ${JSON.stringify(path)}: ${itemText(item)}`)
  const patterns = excludes.map((pattern) => `    ${JSON.stringify(pattern)}`)
  const block = (open: string, lines: readonly string[], close: string): string =>
    lines.length === 0 ? `${open}${close}` : `${open}\n${lines.join(',\n')}\n  ${close}`
  return [
    '{',
    '  "version": 1,',
    `  "created": ${JSON.stringify(created)},`,
    `  "updated": ${JSON.stringify(updated)},`,
    `  "files": ${block('{', rows, '}')},`,
    `  "excludes": ${block('[', patterns, ']')}`,
    '}\n',
  ].join('\n')
}

function itemText(item: ManifestItem): string {
  const members = item.kind === 'link' ? {link: item.target} : {sha256: item.sha256, size: item.size, mode: item.mode}
  return JSON.stringify(members, null, 2).replaceAll('\n', '\n    ')
}

/** Throws `manifest_invalid`. */
export function parseManifest(bytes: Uint8Array): Manifest {
  let value: JsonValue
  try {
    value = readJson(bytes, {maxDepth: 8})
  } catch (error) {
    if (error instanceof JsonFault) throw invalid(error.message)
    throw error
  }
  if (!isObject(value)) throw invalid('it is not an object')
  refuseOthers(value, ['version', 'created', 'updated', 'files', 'excludes'], 'it')
  const {version, created, updated, files, excludes} = value
  if (version !== 1) throw invalid('its version is not 1')
  if (!isObject(files)) throw invalid('files is not an object')
  if (!Array.isArray(excludes)) throw invalid('excludes is not a list')
  // each is matched against every path of the folder
  if (excludes.length > MAX_PATTERNS) throw invalid(`it has more than ${MAX_PATTERNS} patterns`)
  return {
    created: timeOf(created, 'created'),
    updated: timeOf(updated, 'updated'),
    files: new Map(Object.entries(files).map(([path, item]) => [pathOf(path), itemOf(path, item)])),
    excludes: excludes.map((pattern) => {
      const problem = typeof pattern === 'string' ? problemOf(pattern) : 'is not a string'
      if (typeof pattern !== 'string' || problem !== undefined)
        throw invalid(`the pattern ${JSON.stringify(pattern)} ${problem ?? ''}`)
      return pattern
    }),
  }
}

function pathOf(path: string): string {
  const isPlain =
    path !== '' && !path.includes('\0') && path.split('/').every((part) => !['', '.', '..'].includes(part))
  if (isPlain) return path
  throw invalid(`${JSON.stringify(path)} is not a path of a file in the folder`)
}

function itemOf(path: string, item: JsonValue): ManifestItem {
  const name = JSON.stringify(path)
  if (!isObject(item)) throw invalid(`${name} is not an object`)
  if (item['link'] !== undefined) {
    refuseOthers(item, ['link'], name)
    if (typeof item['link'] === 'string' && item['link'] !== '') return {kind: 'link', target: item['link']}
    throw invalid(`the link of ${name} is not a string`)
  }
  refuseOthers(item, ['sha256', 'size', 'mode'], name)
  const {sha256, size, mode} = item
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256))
    throw invalid(`the sha256 of ${name} is not 64 lowercase hex characters`)
  if (typeof mode !== 'string' || !/^[0-7]{4}$/.test(mode))
    throw invalid(`the mode of ${name} is not four octal digits`)
  const bytes = integerOf(size)
  if (bytes === undefined || bytes < 0n || bytes > BigInt(Number.MAX_SAFE_INTEGER))
    throw invalid(`the size of ${name} is not a number of bytes`)
  return {kind: 'file', sha256, size: Number(bytes), mode}
}

function timeOf(value: JsonValue | undefined, name: string): string {
  if (typeof value === 'string' && parseTimestamp(value) !== undefined) return value
  throw invalid(`${name} is not a UTC time`)
}

/** Refuses unknown members: a reader could rely on one that this build ignores. */
function refuseOthers(value: JsonObject, names: readonly string[], where: string): void {
  const other = Object.keys(value).find((name) => !names.includes(name))
  if (other !== undefined) throw invalid(`${where} has an unknown member ${JSON.stringify(other)}`)
}

const invalid = (what: string): PipelockError =>
  new PipelockError('manifest_invalid', `the integrity manifest: ${what}`)
