// Dumps of bytes as tools print them (xxd, hexdump, od): lines of an offset, groups of digits, and perhaps the same as text.
// The offsets stand between the bytes, so that no other decoder sees them in a row.
import type {DecodedRun} from './decoded-run.js'

/** An offset, then at least two groups of one width. */
const LINE =
  /[^\S\r\n]{0,8}([0-9a-f]{4,16})h?:?[^\S\r\n]{1,8}((?:[0-9a-f]{2,8}[^\S\r\n]{1,3}){1,32}[0-9a-f]{2,8})(?![0-9a-z])/iy
/** Characters before the offset of a first line, in the same line. */
const MAX_BEFORE = 513
const ZEROS = '0000'
const FIRST = /[^\r\n]{0,512}?[^0-9a-z\r\n](?=0{4,16}h?:?[ \t])/iy
const BEGINS = /[0-9a-f \t]/i
const MAX_BYTES = 64
const MIN_TEXT = 8

interface Line {
  readonly end: number
  readonly offset: number
  readonly groups: readonly string[]
}

/** The texts of all dumps; words of two bytes in both orders. */
export function dumpedRuns(text: string): readonly DecodedRun[] {
  const results: DecodedRun[] = []
  let lines: Line[] = []
  let start = 0
  const finish = (): void => {
    const end = lines.at(-1)?.end ?? 0
    for (const decoded of textsOf(lines)) results.push({encoding: 'hex', start, end, text: decoded, isWhole: true})
    lines = []
  }
  let zeros = text.indexOf(ZEROS)
  for (let at = 0; at >= 0; at = nextLine(text, at)) {
    if (zeros >= 0 && zeros < at) zeros = text.indexOf(ZEROS, at)
    const match = lineAt(text, at, zeros)
    if (match === null) continue
    const [whole, offset = '', groups = ''] = match
    const isNext = parseInt(offset, 16) > (lines.at(-1)?.offset ?? -1)
    if (lines.length > 0 && !isNext) finish()
    if (lines.length === 0) start = match.index
    lines.push({end: match.index + whole.length, offset: parseInt(offset, 16), groups: alike(groups)})
  }
  finish()
  return results
}

/**
 * A line of a dump that begins here, or behind other words of the line: then with the offset of a first line, which begins
 * with the next `zeros` of the text (-1 where there are none).
 */
function lineAt(text: string, at: number, zeros: number): RegExpExecArray | null {
  LINE.lastIndex = at
  const match = BEGINS.test(text.charAt(at)) ? LINE.exec(text) : null
  if (match !== null || zeros < 0 || zeros > at + MAX_BEFORE) return match
  FIRST.lastIndex = at
  const first = FIRST.exec(text)
  if (first === null) return null
  LINE.lastIndex = first.index + first[0].length
  return LINE.exec(text)
}

/** Where the next line begins, -1 behind the last. */
function nextLine(text: string, at: number): number {
  return text.indexOf('\n', at) + 1 || -1
}

/** Groups of the width of the first, and a shorter last one: what follows is the same as text. */
function alike(groups: string): readonly string[] {
  const all = groups.split(/\s+/)
  const width = all[0]?.length
  const odd = all.findIndex((group) => group.length !== width)
  const isRest = odd === all.length - 1 && (all[odd]?.length ?? 0) < (width ?? 0) && (all[odd]?.length ?? 0) % 2 === 0
  return odd < 0 || isRest ? all : all.slice(0, odd)
}

function textsOf(lines: readonly Line[]): readonly string[] {
  const width = lines[0]?.groups[0]?.length ?? 0
  const read = (digitsOf: (group: string) => string): string => {
    let bytes = ''
    for (const [i, {groups, offset}] of lines.entries()) {
      // the next offset says how many bytes are in this line; the text beside them may look like more
      const size = Math.min(MAX_BYTES, (lines[i + 1]?.offset ?? Infinity) - offset)
      bytes += groups
        .map(digitsOf)
        .join('')
        .slice(0, 2 * size)
    }
    return Buffer.from(bytes, 'hex').toString('utf8')
  }
  const texts = width === 3 ? [read(octal)] : width % 2 === 1 ? [] : [read((group) => group)]
  if (width === 4) texts.push(read((group) => group.slice(2) + group.slice(0, 2)))
  return texts.filter((decoded) => decoded.replace(/[^!-~]/g, '').length >= MIN_TEXT)
}

function octal(group: string): string {
  const value = /^[0-3][0-7]{2}$/.test(group) ? parseInt(group, 8) : 0
  return value.toString(16).padStart(2, '0')
}
