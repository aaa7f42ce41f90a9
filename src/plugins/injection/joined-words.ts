// Words in a row joined by single signs: gaps "within a sentence" end at a full stop, so that such a row hides from every
// other view (scanning §7.2, "joined words"). The text keeps its length.

const ROW = /[\p{L}\p{N}']+(?:[._\-/|*~][\p{L}\p{N}']+){2,}/gu
const JOINERS = /[._\-/|*~]/g

/** The text with such joiners as spaces; undefined when there are none. */
export function spacedOut(text: string): string | undefined {
  let changed = false
  const out = text.replace(ROW, (row) => {
    changed = true
    return row.replace(JOINERS, ' ')
  })
  return changed ? out : undefined
}
