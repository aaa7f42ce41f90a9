// A YAML file as plain values with their positions. Aliases and merge keys are expanded within bounds; scalars follow
// the core schema of YAML 1.2, so `yes` and `017` are text, and the type check reports them instead of guessing.
import {parseYamlStream, YamlFault, type YamlNode, type YamlStream} from '../../lib/yaml/document.js'
import {type FieldPath, fieldName, type Problem} from './problem.js'

const MAX_CHARACTERS = 10 * 1024 * 1024
const MAX_NESTING = 64
/** Limit after the expansion of aliases: a few lines can otherwise expand to billions of values. */
const MAX_NODES = 10_000

export interface ConfigTree {
  /** undefined for an empty file. */
  readonly value: unknown
  readonly problems: readonly Problem[]
  /**
   * Position of a value, or of its key where `key` is set; of the nearest enclosing value when the path has no node.
   */
  place(path: FieldPath, key?: boolean): {readonly line: number; readonly column: number}
}

export function readTree(text: string): ConfigTree {
  let stream: YamlStream
  try {
    stream = parseYamlStream(text.replace(/^\ufeff/, ''), {maxCharacters: MAX_CHARACTERS, maxNesting: MAX_NESTING})
  } catch (error) {
    if (error instanceof YamlFault) return broken(error)
    throw error
  }
  if (stream.fault) return broken(stream.fault)
  const second = stream.documents[1]
  if (second) {
    const at = stream.place(second.offset)
    return failed({field: '', ...at, message: 'a second YAML document; one file holds one configuration'})
  }
  const reader = new Reader(stream)
  const root = stream.documents[0]
  const value = root === undefined ? undefined : reader.read(root, [])
  return {value: value ?? undefined, problems: reader.problems, place: (path, key) => reader.place(path, key === true)}
}

function broken(fault: YamlFault): ConfigTree {
  return failed({
    field: '',
    line: fault.line,
    column: fault.column,
    message: fault.message.split('\n')[0] ?? 'invalid YAML',
  })
}

function failed(problem: Problem): ConfigTree {
  return {value: undefined, problems: [problem], place: () => problem}
}

class Reader {
  readonly problems: Problem[] = []
  readonly #stream: YamlStream
  readonly #values = new Map<string, number>()
  readonly #keys = new Map<string, number>()
  readonly #anchors = new Map<string, YamlNode>()
  readonly #open = new Set<YamlNode>()
  #nodes = 0

  constructor(stream: YamlStream) {
    this.#stream = stream
  }

  place(path: FieldPath, key: boolean): {readonly line: number; readonly column: number} {
    for (let length = path.length; length >= 0; length--) {
      const name = pathKey(path.slice(0, length))
      const whole = length === path.length
      const offset = (whole && key ? this.#keys.get(name) : undefined) ?? this.#values.get(name) ?? this.#keys.get(name)
      if (offset !== undefined) return this.#stream.place(offset)
    }
    return {line: 1, column: 1}
  }

  read(node: YamlNode, path: FieldPath): unknown {
    this.#nodes++
    if (this.#nodes > MAX_NODES) {
      if (this.#nodes === MAX_NODES + 1)
        this.#report(node, path, `more than ${MAX_NODES} values after aliases are expanded`)
      return undefined
    }
    const name = pathKey(path)
    if (!this.#values.has(name)) this.#values.set(name, node.offset)
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node)
    if (node.tag === '!') {
      this.#report(node, path, 'tags are not supported in a configuration')
      return undefined
    }
    switch (node.kind) {
      case 'scalar':
        return node.isPlain && node.tag !== '!!str' ? plainScalar(node.text) : node.text
      case 'seq':
        return this.#guarded(node, () => node.items.map((item, i) => this.read(item, [...path, i])))
      case 'map':
        return this.#guarded(node, () => this.#readMap(node, path))
      case 'alias': {
        const target = this.#anchors.get(node.name)
        if (!target || this.#open.has(target)) {
          this.#report(node, path, target ? 'an alias of a value that contains it' : `unknown alias *${node.name}`)
          return undefined
        }
        return this.read(target, path)
      }
    }
  }

  #guarded(node: YamlNode, read: () => unknown): unknown {
    this.#open.add(node)
    const value = read()
    this.#open.delete(node)
    return value
  }

  #readMap(node: Extract<YamlNode, {kind: 'map'}>, path: FieldPath): unknown {
    const own = new Map<string, unknown>()
    const merged = new Map<string, unknown>()
    for (const {key, value} of node.entries) {
      if (key.kind !== 'scalar') {
        this.#report(key, path, 'a key must be a name')
        continue
      }
      const inner = [...path, key.text]
      if (key.isPlain && key.text === '<<') {
        this.#merge(value, path, merged)
        continue
      }
      if (own.has(key.text)) {
        this.#report(key, inner, 'duplicate key')
        continue
      }
      this.#keys.set(pathKey(inner), key.offset)
      own.set(key.text, this.read(value, inner))
    }
    // null means "not given", as in `metrics_listen:` without a value
    const members = [...merged].filter(([name]) => !own.has(name)).concat([...own])
    return Object.fromEntries(members.filter(([, value]) => value !== null))
  }

  #merge(node: YamlNode, path: FieldPath, into: Map<string, unknown>): void {
    const sources = node.kind === 'seq' ? node.items : [node]
    for (const source of sources) {
      const value = this.read(source, path)
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        this.#report(source, path, '<< must be a mapping or a list of mappings')
        continue
      }
      for (const [name, member] of Object.entries(value)) if (!into.has(name)) into.set(name, member)
    }
  }

  #report(node: YamlNode, path: FieldPath, message: string): void {
    this.problems.push({field: fieldName(path), ...this.#stream.place(node.offset), message})
  }
}

function pathKey(path: FieldPath): string {
  return path.map((part) => (typeof part === 'number' ? `#${part}` : part)).join('\0')
}

/** The core schema of YAML 1.2 (section 10.3.2), without octal numbers and the infinities. */
function plainScalar(text: string): unknown {
  if (text === '' || text === '~' || /^null$/i.test(text)) return null
  if (/^(true|True|TRUE)$/.test(text)) return true
  if (/^(false|False|FALSE)$/.test(text)) return false
  if (/^[-+]?(?:0|[1-9]\d*)$/.test(text)) return Number(text)
  if (/^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(text) && !/^[-+]?0\d/.test(text)) return Number(text)
  return text
}
