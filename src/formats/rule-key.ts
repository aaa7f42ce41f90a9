// Rule keys and rule ids. The key is the identity of a rule across compiles: its text depends on nothing but the
// selector.
import {sha256Hex} from '../lib/hash.js'

export interface HttpKey {
  readonly host: string
  /** Set only where it differs from the default port of the scheme. */
  readonly port?: number | undefined
  /** Pattern text. */
  readonly path?: string | undefined
  readonly method?: string | undefined
  readonly action?: string | undefined
}

const ESCAPES: Readonly<Record<string, string>> = {'%': '%25', ';': '%3B', '=': '%3D'}

function escapeValue(text: string): string {
  return /[%;=]/.test(text) ? text.replace(/[%;=]/g, (c) => ESCAPES[c] ?? c) : text
}

export function httpKey(key: HttpKey): string {
  let text = `host=${escapeValue(key.host)}`
  if (key.port !== undefined) text += `;port=${key.port}`
  if (key.path !== undefined) text += `;path=${escapeValue(key.path)}`
  if (key.method !== undefined) text += `;method=${escapeValue(key.method)}`
  if (key.action !== undefined) text += `;action=${escapeValue(key.action)}`
  return text
}

export function toolKey(server: string, tool: string): string {
  return `mcp_server=${escapeValue(server)};tool=${escapeValue(tool)}`
}

/** `r-` and the first ten bytes of the key's hash. */
export function ruleId(key: string): string {
  return `r-${sha256Hex(key).slice(0, 20)}`
}
