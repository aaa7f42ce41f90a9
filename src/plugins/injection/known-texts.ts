// What was found in a text, kept for when the same text comes again: every request to a model repeats the conversation so far
//. A digest stands for the text, so that nothing of it is kept; the table belongs to one scanner and
// goes with it when the policy changes.
import type {InjectionOptions, InjectionScanner, InjectionVerdict} from '../../core/services/injection.js'
import {sha256Hex} from '../../lib/hash.js'

/** A shorter text is scanned in less time than its entry is worth. */
const MIN_LENGTH = 512
const MOST_BYTES = 4 * 1024 * 1024
/** An entry with its digest, and each match that it names. */
const ENTRY_BYTES = 192
const MATCH_BYTES = 320

export function remembering(scanner: InjectionScanner): InjectionScanner {
  const known = new Map<string, InjectionVerdict>()
  let bytes = 0
  const recall = (key: string): InjectionVerdict | undefined => {
    const verdict = known.get(key)
    if (verdict === undefined) return undefined
    // used last, dropped last
    known.delete(key)
    known.set(key, verdict)
    return verdict
  }
  const keep = (key: string, verdict: InjectionVerdict): InjectionVerdict => {
    const size = sizeOf(verdict)
    if (known.has(key) || size > MOST_BYTES) return verdict
    for (const [oldest, of] of known) {
      if (bytes + size <= MOST_BYTES) break
      known.delete(oldest)
      bytes -= sizeOf(of)
    }
    known.set(key, verdict)
    bytes += size
    return verdict
  }
  return {
    scan(text, options) {
      const key = keyOf(text, options)
      if (key === undefined) return scanner.scan(text, options)
      return recall(key) ?? keep(key, scanner.scan(text, options))
    },

    *steps(text, options) {
      const key = keyOf(text, options)
      if (key === undefined) return yield* scanner.steps(text, options)
      return recall(key) ?? keep(key, yield* scanner.steps(text, options))
    },
  }
}

function sizeOf({matches, informational}: InjectionVerdict): number {
  return ENTRY_BYTES + (matches.length + informational.length) * MATCH_BYTES
}

/** undefined where the text is not kept: too short, or with half characters, which other texts share their bytes with. */
function keyOf(text: string, {source, hidden, withoutMentions}: InjectionOptions): string | undefined {
  if (text.length < MIN_LENGTH || !text.isWellFormed()) return undefined
  return `${source}${hidden === true ? '!' : ''}${withoutMentions === true ? '?' : ''}:${sha256Hex(text)}`
}
