// Whether a passage owes its score to what it quotes as an example.
import {directs, FRAME} from './mention.js'

const QUOTATIONS =
  /"[^"\n]{1,400}"|(?<![\p{L}\p{N}])'[^'\n]{1,400}'(?![\p{L}\p{N}])|`[^`\n]{1,400}`|“[^”]{1,400}”|„[^“”]{1,400}[“”]|«[^»]{1,400}»|「[^」]{1,400}」|『[^』]{1,400}』/gu

/** `isHarmless` judges what is left without the quotations; the rest must frame them and order nothing. */
export function isQuotedOnly(passage: string, isHarmless: (rest: string) => boolean): boolean {
  if (!FRAME.test(passage)) return false
  const rest = passage.replace(QUOTATIONS, ' ')
  return rest !== passage && FRAME.test(rest) && !directs(rest) && isHarmless(rest)
}
