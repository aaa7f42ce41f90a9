// Readable text inside encoded runs, and the budget for decoding it.

export type RunEncoding =
  'base64' | 'hex' | 'base32' | 'decimal' | 'base85' | 'binary' | 'uuencode' | 'split' | 'reversed' | 'rot13'

export interface DecodedRun {
  readonly encoding: RunEncoding
  /** The encoded run in the text given (UTF-16 offsets). */
  readonly start: number
  readonly end: number
  /** A readable piece of what it decodes to. */
  readonly text: string
  /** All of the run says this: it is no noise in which something looks like text. */
  readonly isWhole?: true
  /** Put together by a guess of what a reader would do: a match has to show more than its form. */
  readonly isRebuilt?: true
  /** Where in `text` pieces were joined. */
  readonly seams?: ReadonlySet<number>
}

/** Work that decoding may do for one scan; below zero it is used up. */
export interface DecodeBudget {
  /** Readable pieces. */
  attempts: number
  /** Decoded bytes. */
  bytes: number
}

/** Start and end of runs of the base64 alphabets, alternating. */
export type Runs = ArrayLike<number>
