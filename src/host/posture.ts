// The protection of a configuration, part by part, as `check` prints it: an operator who sees only "valid" does not
// notice that half of the protection is off. Each plugin declares its parts.
import type {ProtectionPart} from '../core/plugin.js'
import type {CoreConfig} from '../core/config.js'
import type {EffectiveConfig} from '../plugins/effective-config.js'
import {loadPlugin, pluginNames} from './config/load.js'

export interface Protection {
  readonly name: string
  readonly on: boolean
  /** The action on findings, or the setting that turned it off. */
  readonly note: string
}

const ENFORCEMENT: ProtectionPart<CoreConfig> = {
  name: 'enforcement',
  by: 'enforce, or mode: audit',
  on: ({enforce, mode}) => enforce && mode !== 'audit',
  note: ({mode}) => mode,
}

/** The order on the page; parts that are not listed follow in the order of the registry. */
const ORDER: readonly string[] = [
  'enforcement',
  'forward proxy',
  'blocklist',
  'internal networks',
  'URL entropy',
  'rate limit',
  'credential patterns',
  'environment secrets',
  'request bodies',
  'request headers',
  'body entropy',
  'responses',
  'injection rules',
  'event streams',
  'media policy',
  'browser shield',
  'A2A messages',
  'redaction',
  'cross-request',
  'seed phrases',
  'wallet addresses',
  'receipts',
  'contract lock',
  'captures',
]

export async function protections(
  config: EffectiveConfig,
  outside: readonly {readonly name: string; readonly digest: string}[] = [],
): Promise<readonly Protection[]> {
  const plugins = await Promise.all(pluginNames().map(loadPlugin))
  const declared = [ENFORCEMENT, ...plugins.flatMap(({protections: parts = []}) => parts)]
  const place = ({name}: {readonly name: string}): number => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length)
  const parts = declared
    .toSorted((a, b) => place(a) - place(b))
    .map((part) => {
      const on = part.on(config as never)
      return {name: part.name, on, note: on ? part.note(config as never) : part.by}
    })
  const own = outside.map(({name, digest}) => ({
    name: `plugin ${name}`,
    on: true,
    note: `sha256 ${digest.slice(0, 16)}`,
  }))
  return [...parts, ...own]
}
