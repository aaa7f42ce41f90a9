// The portable engine: the same syntax and the same answers without a compiler.
import {RE2JS, RE2Set} from 're2js'
import type {Matcher, PatternSet, RegexEngine} from './engine.js'

export const fallbackEngine: RegexEngine = {
  name: 're2js',
  compile(source): Matcher {
    const expression = RE2JS.compile(source)
    return {
      source,
      exec(text, from) {
        if (from > text.length) return undefined
        const matcher = expression.matcher(text)
        return matcher.find(from) ? {start: matcher.start(), end: matcher.end()} : undefined
      },
    }
  },
  set(sources): PatternSet {
    const set = new RE2Set(RE2Set.UNANCHORED)
    for (const source of sources) set.add(source)
    set.compile()
    return {match: (bytes) => set.match(bytes).sort((a, b) => a - b)}
  },
}
