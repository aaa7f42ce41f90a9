// The only white space around protocol elements (RFC 9110, section 5.6.3). `String.prototype.trim` also removes no-break spaces and
// other characters that a peer keeps, so the same bytes would mean two things.

/** Without spaces and tabs at both ends. */
export function trimOws(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && isOws(text.charCodeAt(from))) from++
  while (to > from && isOws(text.charCodeAt(to - 1))) to--
  return from === 0 && to === text.length ? text : text.slice(from, to)
}

function isOws(code: number): boolean {
  return code === 0x20 || code === 0x09
}
