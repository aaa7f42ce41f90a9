// One golden, byte for byte. A changed golden is a changed format: PIPELOCK_UPDATE_GOLDENS=<case> rewrites one case, and
// CHANGELOG.md gets a line.
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {expect} from 'vitest'

const ROOT = join(import.meta.dirname, '../../goldens')
const update = process.env['CI'] ? undefined : process.env['PIPELOCK_UPDATE_GOLDENS']

export function golden(name: string, text: string): void {
  const path = join(ROOT, name)
  if (update !== undefined && name.startsWith(`${update}/`)) {
    mkdirSync(dirname(path), {recursive: true})
    writeFileSync(path, text)
  }
  expect(existsSync(path), `${name} is missing: PIPELOCK_UPDATE_GOLDENS=${dirname(name)} writes it`).toBe(true)
  expect(text).toBe(readFileSync(path, 'utf8'))
}
