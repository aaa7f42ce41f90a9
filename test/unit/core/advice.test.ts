// Block reasons and error codes are documentation that operators act on: what a row names must exist. That every reason is
// raised somewhere, or has a written exemption, is held by the generator of the page, which fails otherwise.
import {readFileSync} from 'node:fs'
import {expect, test} from 'vitest'
import {ERRORS} from '../../../src/core/errors.js'
import {REASONS} from '../../../src/core/reasons.js'
import {configJsonSchema} from '../../../src/host/config/json-schema.js'

const repository = new URL('../../../', import.meta.url)
const ADVICE = [...Object.values(ERRORS), ...Object.values(REASONS)].map(({remedy}) => remedy)

function commandFlags(): ReadonlyMap<string, readonly string[]> {
  const manifest = JSON.parse(readFileSync(new URL('oclif.manifest.json', repository), 'utf8')) as {
    readonly commands: Readonly<Record<string, {readonly flags: Readonly<Record<string, unknown>>}>>
  }
  return new Map(
    Object.entries(manifest.commands).map(([id, {flags}]) => [id.replaceAll(':', ' '), Object.keys(flags)] as const),
  )
}

test('block reasons: the page has one row for each code, with a meaning and a remedy', () => {
  const page = readFileSync(new URL('docs/reference/block-reasons.md', repository), 'utf8')
  const rows = page.split('\n').flatMap((line) => {
    const [, code, , , meaning = '', remedy = ''] = line.split('|').map((cell) => cell.trim())
    return code?.startsWith('`') === true ? [{code: code.slice(1, -1), meaning, remedy}] : []
  })
  expect(rows.map(({code}) => code)).toEqual(Object.keys(REASONS))
  for (const row of rows)
    expect(row).toEqual({...row, meaning: expect.stringMatching(/\w{4}/), remedy: expect.stringMatching(/\w{3}/)})
})

test('block reasons: every named setting exists in the configuration schema', async () => {
  const schema = await configJsonSchema({annotated: false})
  const has = (key: string): boolean => {
    let at: unknown = schema
    for (const name of key.split('.')) {
      at = (at as {readonly properties?: Readonly<Record<string, unknown>>} | undefined)?.properties?.[name]
    }
    return at !== undefined
  }
  const named = Object.values(REASONS).flatMap(({settings}) => settings)
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter((key) => !has(key))).toEqual([])
})

test('remedies: every named command and flag exists', () => {
  const commands = commandFlags()
  const flags = new Set([...commands.values()].flat())
  const unknown = ADVICE.flatMap((text) => [
    ...[...text.matchAll(/`pipelock ([a-z][a-z -]*[a-z])/g)].flatMap(([, words = '']) => {
      const name = words.replace(/ --.*/, '').replace(/ -\w$/, '')
      return commands.has(name) ? [] : [`pipelock ${name}`]
    }),
    ...[...text.matchAll(/--([a-z][a-z-]+)/g)].flatMap(([, flag = '']) =>
      flags.has(flag) || flag === 'help' ? [] : [`--${flag}`],
    ),
  ])
  expect(unknown).toEqual([])
})
