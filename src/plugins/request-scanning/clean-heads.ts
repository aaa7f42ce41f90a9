// Request heads that were found clean. Agents repeat their headers with every request, so most heads are known. The table
// belongs to one policy and goes with it, and a digest stands for a head, so that no header value is kept.
import type {Header} from '../../core/exchange.js'
import {sha256Hex} from '../../lib/hash.js'

/** About 100 bytes each. */
const MAX_HEADS = 1_024

export interface CleanHeads {
  /** Key of a head whose verdict depends on nothing else; undefined for one that carries a password (RFC 7617). */
  keyOf(headers: readonly Header[]): string | undefined
  has(key: string): boolean
  add(key: string): void
}

export function createCleanHeads(): CleanHeads {
  const known = new Set<string>()
  return {
    keyOf(headers) {
      let text = ''
      for (const [name, value] of headers) {
        // a field holds no line break, so that no two heads share a text
        text += `${name}:${value}\n`
        if (/^(?:proxy-)?authorization$/i.test(name)) return undefined
      }
      return sha256Hex(text)
    },
    has: (key) => known.has(key),
    add(key) {
      if (known.size >= MAX_HEADS) known.clear()
      known.add(key)
    },
  }
}
