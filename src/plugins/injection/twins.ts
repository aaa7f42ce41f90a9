// Ordinary words that are words of the rules once a vowel is another: the time taken is no token. Where one of them stands,
// nobody has exchanged a vowel.

const TWINS: ReadonlySet<string> = new Set([
  'banding',
  'block',
  'bonding',
  'cells',
  'cheese',
  'clock',
  'curry',
  'davis',
  'decade',
  'decide',
  'fellow',
  'inter',
  'looks',
  'massage',
  'modal',
  'modals',
  'naver',
  'octave',
  'perimeters',
  'repart',
  'replica',
  'roles',
  'shield',
  'state',
  'stati',
  'stops',
  'tails',
  'taken',
  'trait',
  'trout',
  'untar',
])
const WORD = /[a-z]+/g

/** Whether a hit that only the folding of vowels brings holds an ordinary word in place of one of the rules. */
export function holdsTwin(span: string): boolean {
  return (
    span
      .toLowerCase()
      .match(WORD)
      ?.some((word) => TWINS.has(word)) === true
  )
}
