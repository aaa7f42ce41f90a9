// The native engine: an optional dependency that may be absent, unbuilt, or built for another Node.
import {createRequire} from 'node:module'
import {once} from '../once.js'
import type {Matcher, RegexEngine} from './matcher.js'

interface NativeExpression {
  lastIndex: number
  exec(text: string): {
    readonly index: number
    readonly 0: string
    readonly indices?: readonly (readonly [number, number] | undefined)[]
  } | null
}
interface NativeModule {
  new (source: string, flags: string): NativeExpression
}

/** The same engine at every call; undefined where the binding cannot be loaded. */
export const loadNativeEngine = once((): RegexEngine | undefined => {
  const RE2 = parseModule(tryRequire())
  if (RE2 === undefined) return undefined
  return {
    name: 're2',
    compile(source): Matcher {
      const expression = new RE2(source, 'gu')
      let indexed: NativeExpression | undefined
      return {
        source,
        exec(text, from) {
          // `exec` with lastIndex; matchAll would clone and recompile on every call
          expression.lastIndex = from
          const match = expression.exec(text)
          return match === null ? undefined : {start: match.index, end: match.index + match[0].length}
        },
        groups(text, from) {
          indexed ??= new RE2(source, 'dgu')
          indexed.lastIndex = from
          return indexed.exec(text)?.indices?.map((span) => span && {start: span[0], end: span[1]})
        },
      }
    },
  }
})

function tryRequire(): unknown {
  try {
    return createRequire(import.meta.url)('re2')
  } catch {
    // Absent or built for another runtime: the portable engine takes over, and the banner says so.
    return undefined
  }
}

function parseModule(value: unknown): NativeModule | undefined {
  return typeof value === 'function' ? (value as unknown as NativeModule) : undefined
}
