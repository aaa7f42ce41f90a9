// Every setting that a schema accepts is read somewhere: an option that is parsed and ignored is a promise not kept.
import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'
import {z, type ZodType} from 'zod'
import {sections as core} from '../../src/core/config.js'
import {plugins} from '../../src/plugins/registry.js'

const src = fileURLToPath(new URL('../../src', import.meta.url))

/** Settings whose name is read nowhere, and why that ignores nothing. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'canary_tokens.tokens.env_var': 'every value is refused as not supported yet',
}

/** Plugins that read sections of another one. */
const READERS: Readonly<Record<string, readonly string[]>> = {
  proxy: ['plugins/proxy', 'plugins/destination'],
  redaction: ['plugins/redaction', 'plugins/learn'],
  'response-scanning': ['plugins/response-scanning', 'plugins/injection'],
}

/** Each excepted setting with a value that is not its default. */
const REFUSED = {
  canary_tokens: {tokens: [{name: 'a', value: 'a-long-value', env_var: 'TOKEN'}]},
} as const

interface Node {
  readonly properties?: Readonly<Record<string, Node>>
  readonly items?: Node
  readonly additionalProperties?: Node | boolean
  readonly anyOf?: readonly Node[]
}

function leaves(node: Node, path: readonly string[]): readonly (readonly string[])[] {
  const children = [
    ...Object.entries(node.properties ?? {}).map(([name, child]) => ({child, at: [...path, name]})),
    ...(node.items ? [{child: node.items, at: path}] : []),
    ...(typeof node.additionalProperties === 'object' ? [{child: node.additionalProperties, at: path}] : []),
    ...(node.anyOf ?? []).map((child) => ({child, at: path})),
  ]
  const below = children.flatMap(({child, at}) => leaves(child, at))
  return below.length > 0 ? below : [path]
}

/** The code of a folder without its schema: comments, and whatever only lists keys, read nothing. */
function codeOf(folder: string): string {
  return readdirSync(join(src, folder), {recursive: true, encoding: 'utf8'})
    .filter((name) => name.endsWith('.ts') && !/(^|\/)(config|presets)\.ts$/.test(name))
    .map((name) => readFileSync(join(src, folder, name), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, ''))
    .join('\n')
}

async function unread(sections: Readonly<Record<string, ZodType>>, folders: readonly string[]): Promise<string[]> {
  const code = folders.map(codeOf).join('\n')
  return Object.entries(sections).flatMap(([name, schema]) =>
    leaves(z.toJSONSchema(schema, {io: 'input', unrepresentable: 'any'}) as Node, [name])
      .filter((path) => !new RegExp(`\\b${path.at(-1) ?? ''}\\b`).test(code))
      .map((path) => path.join('.')),
  )
}

async function pluginSchemas(): Promise<readonly (readonly [string, Readonly<Record<string, ZodType>>])[]> {
  return Promise.all(
    Object.entries(plugins).map(async ([name, load]) => [name, await (await load()).default.schema()] as const),
  )
}

test('every setting is read outside its schema, by the plugin that owns it', async () => {
  const unreadKeys = await unread(core, ['core', 'host', 'plugins', 'transports'])
  for (const [name, sections] of await pluginSchemas()) {
    unreadKeys.push(...(await unread(sections, READERS[name] ?? [`plugins/${name}`])))
  }
  expect([...new Set(unreadKeys)].sort()).toEqual(Object.keys(EXCEPTIONS).sort())
})

test('the exceptions are refused in words', async () => {
  const sections: Readonly<Record<string, ZodType>> = Object.assign({}, ...(await pluginSchemas()).map(([, s]) => s))
  const refused = Object.entries(REFUSED).flatMap(([name, value]) =>
    (sections[name]?.safeParse(value).error?.issues ?? [])
      .filter(({message}) => message.startsWith('not supported yet'))
      .map(({path}) => [name, ...path.filter((part) => typeof part === 'string')].join('.')),
  )
  expect(refused.sort()).toEqual(Object.keys(EXCEPTIONS).sort())
})
