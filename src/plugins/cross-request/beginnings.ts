// Where a token begins in a piece, plain or encoded, as the credential scanner knows it.

/** A text that a token can go on from. */
export interface OpenText {
  /** Characters of the longest known prefix in it, whole or begun. */
  readonly prefix: number
  /** A known prefix is there whole, not only begun. */
  readonly isWhole: boolean
  /** The text may go on with `next`. */
  continues(next: string): boolean
  /** Name of the rule that the text and `next` fulfil only together. */
  completedBy(next: string): string | undefined
}

/** What is asked of the credential scanner. */
export interface FragmentScanner {
  open(text: string): OpenText | undefined
  /** Name of the rule that two neighbouring texts fulfil only together, in any encoding. */
  across(first: string, second: string): string | undefined
  /** The same of values of the environment, files and canaries, which may hold anything. */
  knownAcross(first: string, second: string): string | undefined
  /** Readable texts inside an encoded run. */
  decoded(run: string): readonly string[]
}

/** No encoded beginning is shorter. */
const MIN_ENCODED = 8

/** A beginning in the run itself, or in what it encodes. */
export function beginningOf(run: string, scanner: FragmentScanner): OpenText | undefined {
  const plain = scanner.open(run)
  if (plain?.isWhole) return plain
  for (const text of run.length < MIN_ENCODED ? [] : scanner.decoded(run)) {
    const inner = scanner.open(text)
    if (inner === undefined || !inner.isWhole) continue
    return {
      prefix: inner.prefix,
      isWhole: true,
      continues: (next) => /^[A-Za-z0-9+/_-]/.test(next),
      // the pieces are joined as they are sent: what they encode is only known together
      completedBy: (next) => scanner.across(run, next),
    }
  }
  return plain
}
