// The texts that were found clean last: evidence asks about the URL that was judged a moment ago. A place for each, by its
// length and end; another text with the same takes it, so that nothing grows and nothing has to be cleared.

const SLOTS = 512
const MAX_LENGTH = 2048

export interface CleanMemo {
  has(text: string): boolean
  add(text: string): void
}

export function createCleanMemo(): CleanMemo {
  const texts: string[] = Array.from({length: SLOTS}, () => '')
  return {
    has: (text) => texts[slotOf(text)] === text,
    add(text) {
      if (text.length <= MAX_LENGTH) texts[slotOf(text)] = text
    },
  }
}

function slotOf(text: string): number {
  const end = text.length
  const sum = end * 7 + text.charCodeAt(end - 1) + text.charCodeAt(end - 2) * 31 + text.charCodeAt(end - 3) * 127
  return sum & (SLOTS - 1) // 0 for a text that has no such character
}
