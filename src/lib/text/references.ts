// Character references of HTML and XML, by name and by number. Numbers as the standard reads them ("numeric character reference
// end state"): any number of digits counts, so that leading zeros hide nothing.

/** What browsers read in the place of C1 controls: the letters of windows-1252. */
const C1 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'
const INVALID = '\ufffd'

/**
 * Half a surrogate pair stays what it is, where a parser of HTML reads U+FFFD: other readers make one character of two of them.
 */
export function numericReference(digits: string, base: 10 | 16): string {
  const code = Number.parseInt(digits, base)
  if (code === 0 || code > 0x10ffff) return INVALID
  if (code >= 0x80 && code <= 0x9f) return C1.charAt(code - 0x80)
  return code > 0xffff ? String.fromCodePoint(code) : String.fromCharCode(code)
}

/** Pairs of a name and its character, in lower case: lenient readers take `&QUOT;` as well. */
const SIGNS =
  "amp & apos ' ast * bsol \\ colon : comma , commat @ dash - dollar $ equals = excl ! grave ` gt > hat ^ hyphen - " +
  'lbrace { lbrack [ lcub { lowbar _ lpar ( lsqb [ lt < minus - num # percnt % period . plus + quest ? quot " ' +
  'rbrace } rbrack ] rcub } rpar ) rsqb ] semi ; sol / verbar | vert |'
const OPEN = new Map<string, string>([
  ...pairsOf(SIGNS),
  ...['shy', 'zwj', 'zwnj'].map((name): [string, string] => [name, '']),
  ['nbsp', ' '],
  ['newline', '\n'],
  ['tab', '\t'],
])
const SPACES = 'ensp emsp emsp13 emsp14 numsp puncsp thinsp hairsp nonbreakingspace thinspace verythinspace mediumspace'
const INVISIBLE =
  'lrm rlm zerowidthspace nobreak invisibletimes invisiblecomma applyfunction it ic af negativemediumspace ' +
  'negativethickspace negativethinspace negativeverythinspace'
const CLOSED = new Map<string, string>([
  ...OPEN,
  ...pairsOf('midast * underbar _ verticalline |'),
  ...SPACES.split(' ').map((name): [string, string] => [name, ' ']),
  ...INVISIBLE.split(' ').map((name): [string, string] => [name, '']),
])
/**
 * A reference without its semicolon, and behind it a character that some reader does not see: to one the name ends there, to
 * another it continues.
 */
export const CUT_REFERENCE = new RegExp(`&(?:#[0-9]+|#x[0-9a-f]+|${[...OPEN.keys()].join('|')})[\\u0080-\\uffff]`, 'i')
/** Letters of mathematics in Fraktur, script and double strokes. */
const LETTER = /^([a-zA-Z])(?:fr|scr|opf)$/

/** `isClosed`: a semicolon ends it. Without one, a name may as well be that of a parameter (`?a=1&it=2`). undefined: unknown. */
export function namedReference(name: string, isClosed: boolean): string | undefined {
  if (!isClosed) return OPEN.get(name.toLowerCase())
  return CLOSED.get(name.toLowerCase()) ?? LETTER.exec(name)?.[1]
}

function pairsOf(words: string): readonly [string, string][] {
  const all = words.split(' ')
  return all.flatMap((name, i): [string, string][] => (i % 2 === 0 ? [[name, all[i + 1] ?? '']] : []))
}
