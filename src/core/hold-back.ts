// Decides whether the end of a text may be the beginning of a match: an unfinished long token, or an injected
// instruction that lacks its object. The stream is then held back for a moment, or a secret could leave split over two
// events.

const OPEN_WITHIN = 512
const MIN_TOKEN = 12
const OPEN_ORDER = /\b(?:ignore|disregard|forget|override|bypass|pretend|reveal|send|execute|act)\b[^.!?\n]{0,120}$/i

export function mayGoOn(text: string): boolean {
  const end = text.slice(-OPEN_WITHIN)
  return endsInToken(end) || OPEN_ORDER.test(end)
}

/** The text ends inside a long run of token characters with a digit among them. */
function endsInToken(text: string): boolean {
  let hasDigit = false
  let at = text.length
  for (; at > 0; at--) {
    const c = text.charCodeAt(at - 1)
    const isDigit = c >= 0x30 && c <= 0x39
    if (!isDigit && !(c >= 0x61 && c <= 0x7a) && !(c >= 0x41 && c <= 0x5a) && c !== 0x5f && c !== 0x2d) break
    hasDigit ||= isDigit
  }
  return hasDigit && text.length - at >= MIN_TOKEN
}
