// Classifies a request by its method or tool name.
import type {ActionType} from './action-record.js'

export interface ActionClass {
  readonly action_type: ActionType
  readonly side_effect_class: 'none' | 'external_read' | 'external_write' | 'financial' | 'physical'
  readonly reversibility: 'full' | 'compensatable' | 'irreversible' | 'unknown'
}

const READ: ActionClass = {action_type: 'read', side_effect_class: 'external_read', reversibility: 'full'}
const WRITE: ActionClass = {action_type: 'write', side_effect_class: 'external_write', reversibility: 'compensatable'}
const DELETE: ActionClass = {action_type: 'write', side_effect_class: 'external_write', reversibility: 'irreversible'}
const UNCLASSIFIED: ActionClass = {action_type: 'unclassified', side_effect_class: 'none', reversibility: 'unknown'}

const HTTP: ReadonlyMap<string, ActionClass> = new Map([
  ['GET', READ],
  ['HEAD', READ],
  ['OPTIONS', READ],
  ['TRACE', READ],
  ['CONNECT', READ],
  ['POST', WRITE],
  ['PUT', WRITE],
  ['PATCH', WRITE],
  ['DELETE', DELETE],
])

/** By the exact method; `get` in lower case is another method and stays unclassified. */
export function classifyHttp(method: string): ActionClass {
  return HTTP.get(method) ?? UNCLASSIFIED
}

const MCP_READS: ReadonlySet<string> = new Set([
  'tools/list',
  'resources/list',
  'prompts/list',
  'resources/read',
  'prompts/get',
])

const SIDE_EFFECTS: Readonly<Record<ActionType, ActionClass['side_effect_class']>> = {
  read: 'external_read',
  derive: 'none',
  write: 'external_write',
  delegate: 'external_write',
  authorize: 'none',
  spend: 'financial',
  commit: 'external_write',
  actuate: 'physical',
  unclassified: 'none',
}

/** By the MCP method, and for `tools/call` by the tool's name. */
export function classifyMcp(method: string, tool = ''): ActionClass {
  const type: ActionType = MCP_READS.has(method) ? 'read' : method === 'tools/call' ? toolType(tool) : 'unclassified'
  return {action_type: type, side_effect_class: SIDE_EFFECTS[type], reversibility: 'unknown'}
}

const TOOL_PREFIXES: readonly (readonly [ActionType, readonly string[]])[] = [
  ['read', ['get', 'list', 'read', 'search', 'find', 'query', 'fetch', 'show', 'describe', 'check']],
  ['write', ['set', 'create', 'update', 'delete', 'remove', 'write', 'put', 'post', 'add', 'modify', 'edit', 'patch']],
  ['delegate', ['run', 'exec', 'execute', 'spawn', 'invoke', 'call']],
]

function toolType(name: string): ActionType {
  const lower = name.replace(/[A-Z]/g, (c) => c.toLowerCase())
  for (const [type, prefixes] of TOOL_PREFIXES) {
    for (const prefix of prefixes) {
      // a word boundary must follow: `settle` does not begin with `set`, but `getUser` and `get_user` begin with `get`
      if (lower.startsWith(prefix) && /^(?:$|[_\-A-Z])/.test(name.slice(prefix.length))) return type
    }
  }
  return 'unclassified'
}
