// Words in a row joined by single signs: gaps "within a sentence" end at a full stop, so that such a row hides from every
// other view. The text keeps its length.

/** Before a word, or before a path. */
const JOINER = /(?<=[\p{L}\p{N}'])[._\-/|*~](?=[\p{L}\p{N}]|~?\.{0,2}\/)/gu
const ROW = /[\p{L}\p{N}'][._\-/|*~][\p{L}\p{N}']+[._\-/|*~][\p{L}\p{N}]/u

/** Joining signs between words as spaces. */
export function spacedOut(text: string): string {
  return text.replace(JOINER, ' ')
}

/** At least three words in a row are joined by one sign each. */
export function isRow(text: string): boolean {
  return ROW.test(text)
}
