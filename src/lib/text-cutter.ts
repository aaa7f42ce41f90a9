// Cuts a text of any length into pieces that can be judged one by one: at the ends of lines where there are some, else at a
// space, else between characters. Every byte is in exactly one piece.

/** Long enough that joints are few, short enough that nobody waits for a piece. */
const PIECE_BYTES = 65_536

const LF = 0x0a
const SPACE = 0x20

export interface TextCutter {
  /** The pieces that are complete. */
  push(chunk: Buffer): readonly Buffer[]
  /** What is left. */
  end(): readonly Buffer[]
}

export function createTextCutter(pieceBytes = PIECE_BYTES): TextCutter {
  let held: Buffer = Buffer.alloc(0)
  return {
    push(chunk) {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      const pieces: Buffer[] = []
      // the byte behind the end tells whether it is inside a character
      while (held.length > pieceBytes) {
        const end = cutAt(held, pieceBytes)
        pieces.push(held.subarray(0, end))
        held = held.subarray(end)
      }
      return pieces
    },
    end() {
      const rest = held
      held = Buffer.alloc(0)
      return rest.length === 0 ? [] : [rest]
    },
  }
}

/** Where a piece of at most `most` bytes ends; more than 0. */
function cutAt(bytes: Buffer, most: number): number {
  for (const separator of [LF, SPACE]) {
    const at = bytes.lastIndexOf(separator, most - 1)
    if (at >= most / 2) return at + 1
  }
  // not inside a character: a continuation byte of UTF-8 begins with the bits 10; no character has more than three
  let end = most
  for (let back = 0; back < 3 && end > 1 && ((bytes[end] ?? 0) & 0xc0) === 0x80; back++) end--
  return end
}
