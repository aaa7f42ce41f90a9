// Declares which change of a setting weakens protection. Each key carries it in its schema, so that a reload compares
// policies by the schemas alone. A key without a declared direction fails a test.
//
//   enabled: z.boolean().default(true).meta({weaker: 'off'})

export type Direction =
  /** No change lets more through or reduces what is recorded. */
  | 'never'
  /** The running value stays until a restart. */
  | 'restart'
  /** From true to false; of an optional one, away from true. */
  | 'off'
  /** From false to true. */
  | 'on'
  | 'higher'
  | 'lower'
  /** Every change: its direction cannot be determined. */
  | 'changed'
  /** Set or changed; removing it is stronger. */
  | 'set'
  /** A new member of a list or mapping. */
  | 'added'
  /** A removed member. */
  | 'removed'
  /** Enumerated values, from the weakest to the strongest; between those of one inner list every change counts. */
  | readonly (string | readonly string[])[]

export interface WeakerRule {
  readonly when: Direction
  /** While this was false, nothing else in its section can become weaker. */
  readonly gates?: true
  /** What is off at the start stays off: a reload that turns it on is refused as a whole. */
  readonly onAtStart?: true
  /** Counts even while its section is off. */
  readonly always?: true
  /** For numbers: this and less means "no limit", which is the weakest. */
  readonly unlimited?: number
  /** For numbers, dates and named texts: the value that is compared. */
  readonly as?: (value: never) => unknown
  /** For lists: a member covered by a remaining one is neither new nor missing. */
  readonly includes?: (outer: string, inner: string) => boolean
  /** For lists of mappings: the members that identify an entry; its other members are compared by their own rules. */
  readonly by?: readonly string[]
  /** The member that names an entry in messages when its identity is a secret. */
  readonly label?: string
  /** Values are never shown. */
  readonly secret?: true
  /** An added entry with the name of an active rule replaces that rule. */
  readonly replaces?: 'dlp' | 'injection'
  /** The path of a file: a removed line counts. */
  readonly lines?: true
}

export type Weaker = Direction | WeakerRule

declare module 'zod' {
  interface GlobalMeta {
    weaker?: Weaker
  }
}

export function weakerRule(weaker: Weaker): WeakerRule {
  return typeof weaker === 'string' || Array.isArray(weaker) ? {when: weaker as Direction} : (weaker as WeakerRule)
}

const WORDS: Readonly<Record<Exclude<Direction, readonly unknown[]>, string>> = {
  never: '',
  restart: 'restart',
  off: 'when turned off',
  on: 'when turned on',
  higher: 'higher',
  lower: 'lower',
  changed: 'any change',
  set: 'when set or changed',
  added: 'an entry added',
  removed: 'an entry removed',
}

/** For the reference page; empty where no change is weaker. */
export function weakerText(weaker: Weaker): string {
  const {when, lines, unlimited} = weakerRule(weaker)
  if (lines) return 'a line removed from the file'
  if (typeof when !== 'string')
    return when.map((step) => (typeof step === 'string' ? step : step.join(' or '))).join(' < ')
  return unlimited !== undefined && when === 'higher' ? `higher, or ${unlimited}` : WORDS[when]
}
