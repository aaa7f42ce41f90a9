// The portable engine: the same syntax and the same answers without a compiler. Loaded when something is compiled with it:
// beside the native engine that is only an operator's own pattern.
import {createRequire} from 'node:module'
import type * as Portable from 're2js'
import type {Matcher, RegexEngine} from './matcher.js'

let portable: typeof Portable | undefined

function load(): typeof Portable {
  return (portable ??= createRequire(import.meta.url)('re2js') as typeof Portable)
}

export const fallbackEngine: RegexEngine = {
  name: 're2js',
  compile(source): Matcher {
    const expression = load().RE2JS.compile(source)
    return {
      source,
      exec(text, from) {
        if (from > text.length) return undefined
        const matcher = expression.matcher(text)
        return matcher.find(from) ? {start: matcher.start(), end: matcher.end()} : undefined
      },
      groups(text, from) {
        if (from > text.length) return undefined
        const matcher = expression.matcher(text)
        if (!matcher.find(from)) return undefined
        return Array.from({length: matcher.groupCount() + 1}, (_, i) => {
          const start = matcher.start(i)
          return start < 0 ? undefined : {start, end: matcher.end(i)}
        })
      },
    }
  },
}
