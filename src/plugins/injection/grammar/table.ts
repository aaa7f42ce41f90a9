// The words of one language for the grammar of injected instructions. Every field is a list of alternatives in the notation of
// ../phrase.ts, in lower case; a synonym is added by writing it into the list. An entry may be a phrase with gaps.

export interface LanguageTable {
  readonly language: string
  /** The verb ends the clause: what is acted on stands before it. */
  readonly verbLast?: true
  /** "The previous instructions", not "the instructions previous". */
  readonly adjectiveFirst?: true
  /** Written without spaces between words: a gap is counted in signs and goes across anything. */
  readonly spaceless?: true
  /** The vowels of its words carry their meaning, or it has none that can be exchanged: only English folds them. */
  readonly folded?: true

  /** Orders to set something aside: ignore, forget, stop following, do not obey. */
  readonly drop: string
  /** Verbs that are such orders with a negation behind their object: "befolge … nicht". */
  readonly obey?: readonly [verbs: string, negation: string]
  readonly instructions: string
  readonly earlier: string
  /** Instructions that only a model has: "your instructions", "your system prompt". */
  readonly yours: string
  /** The conversation so far: "everything above", "all that you were told before". */
  readonly everything: string
  /** Said of instructions: they no longer apply, are void. */
  readonly lapsed: string

  /** Orders to show something, and questions for it. */
  readonly reveal: string
  /** The hidden instructions of a model. */
  readonly prompt: string

  /** Orders to act unseen: "do not tell", "without informing". */
  readonly hide: string
  readonly user: string
  /** The same with the user in the middle: "sag dem Nutzer nichts". */
  readonly hideAround?: readonly (readonly [before: string, after: string])[]

  /** The start of a new role: "from now on you are", "act as". */
  readonly become: string
  /** A role without limits: "without restrictions", "no longer bound by rules". */
  readonly unbound: string

  /** Whoever reads as a model: "if you are an AI", "any assistant that reads this". */
  readonly addressed: string
  /** What such a reader is told to do: verbs in the imperative, "must". */
  readonly act: string

  /** How a model is called at the beginning of a sentence. */
  readonly calls: {
    /** Before a comma or a colon: "assistant", "language models". */
    readonly names: string
    /** Names that other texts begin sentences with: where nobody reads, or before `who`. */
    readonly bare: string
    /** Between the name and the comma: "that read this page". */
    readonly who?: string
    /** In place of the comma: "must". */
    readonly must?: string
    /** What follows in an order. */
    readonly bids: string
    /** After a colon, where a transcript may stand, one of these is needed: "your user", "your instructions". */
    readonly mine: string
    /**
     * Names of two letters, which stand in other words, too: directly before a colon or comma and an order, where nobody reads.
     * `orders`: what no caption of a picture and no note to whoever edits a page says; `then`: what follows each.
     */
    readonly short?: readonly {readonly names: string; readonly orders: string; readonly then?: string}[]
  }

  readonly send: string
  /** Data that only the session of a model or its user has. */
  readonly data: string
  /** Where data leaves to, beside web and mail addresses: "to us", "to the following link". */
  readonly away: string
}
