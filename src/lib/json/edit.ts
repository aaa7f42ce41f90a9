// Edits inside the strings of a JSON text: only the characters that change are written anew, every other byte stays, white
// space, member order and escapes included. What is inserted must need no escape.

/** A replacement in the decoded value of a string. */
export interface StringEdit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** A replacement in the text of the document. */
export interface TextPatch {
  readonly start: number
  readonly end: number
  readonly text: string
}

/**
 * Where edits of a string's value fall in its document. `token` is the source with its quotes and begins at `offset`;
 * edits are in ascending order without overlap.
 */
export function patchesOf(token: string, offset: number, edits: readonly StringEdit[]): readonly TextPatch[] {
  if (!token.includes('\\')) {
    return edits.map(({start, end, text}) => ({start: offset + 1 + start, end: offset + 1 + end, text}))
  }
  const patches: TextPatch[] = []
  // `source` stands in the token before unit `unit` of the value
  let source = 1
  let unit = 0
  const advance = (to: number): number => {
    for (; unit < to; unit++) source += token[source] !== '\\' ? 1 : token[source + 1] === 'u' ? 6 : 2
    return offset + source
  }
  for (const {start, end, text} of edits) patches.push({start: advance(start), end: advance(end), text})
  return patches
}

/** The document with its patches, which are in ascending order without overlap. */
export function applyPatches(document: string, patches: readonly TextPatch[]): string {
  const pieces: string[] = []
  let from = 0
  for (const {start, end, text} of patches) {
    pieces.push(document.slice(from, start), text)
    from = end
  }
  pieces.push(document.slice(from))
  return pieces.join('')
}
