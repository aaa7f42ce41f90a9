// A text as a terminal shows it: without control sequences (ECMA-48) and other controls, and without characters that others are printed over.
// Linear.
import {createRewriter, type Rewritten} from './rewritten.js'

const SEQUENCE =
  /(?:\x1b\[|\x9b)[0-9;:?]{0,32}[ -/]{0,4}[@-~]|\x1b\][^\x07\x1b\x9c\n]{0,512}(?:\x07|\x1b\\|\x9c)|\x1b[()*+][0-9A-Za-z]|\x1b[ -/]?[0-9=>A-Zc-z]|\x08+|[\x00-\x07\x0e-\x1f\x7f]+/g
const MAY_HOLD = /[\x00-\x08\x0e-\x1f\x7f\x9b]/

/** undefined where there are none. */
export function withoutControlSequences(text: string): Rewritten | undefined {
  if (!MAY_HOLD.test(text)) return undefined
  const rewriter = createRewriter(text)
  let done = 0
  for (const {index, 0: sequence} of text.matchAll(SEQUENCE)) {
    // each backspace stands for the character before it
    const from = sequence.startsWith('\b') ? Math.max(done, index - sequence.length) : index
    done = index + sequence.length
    rewriter.replace(from, done, '')
  }
  return done === 0 ? undefined : rewriter.done()
}
