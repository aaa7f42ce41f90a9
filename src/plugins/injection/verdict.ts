// What an injection scan says: which rule, in which view, and where in the text as it was given.

/** Where the text comes from: mention versus use is judged for HTTP response text alone. */
export type InjectionSource =
  'http_response' | 'tool_result' | 'tool_description' | 'agent_card' | 'mcp_input' | 'sse' | 'request_body' | 'url'

export type Pass = 'primary' | 'spaced' | 'leet' | 'optspace' | 'vowel' | 'decoded' | 'skeleton' | 'tags'

export interface InjectionOptions {
  readonly source: InjectionSource
  /** Comments, scripts, styles, hidden elements: nothing in them is a mention. */
  readonly hidden?: boolean
  /** Nothing is a mention, wherever it stands. */
  readonly withoutMentions?: boolean
}

export interface InjectionMatch {
  readonly rule: string
  /** Part of the floor that configuration cannot remove. */
  readonly core: boolean
  readonly pass: Pass
  /** UTF-16 offsets in the input; of the whole encoded run for `decoded`. */
  readonly start: number
  readonly end: number
  /** What matched, as far as 100 code points, in the view that matched. */
  readonly text: string
}

export interface InjectionVerdict {
  /** In order of the rules, then of the text; one per rule and place. */
  readonly matches: readonly InjectionMatch[]
  /** Mentions and plain advice: to be recorded, never enforced. */
  readonly informational: readonly InjectionMatch[]
  /** The decoding budget ran out: `decode_budget_exceeded`, fail closed. */
  readonly exhausted: boolean
}

export interface InjectionScanner {
  scan(text: string, options: InjectionOptions): InjectionVerdict
  /** The same for long texts, with a rest after every 64 KiB in which its caller may let others work. */
  steps(text: string, options: InjectionOptions): Generator<undefined, InjectionVerdict>
}

/** What other plugins get of it. */
export interface InjectionService extends InjectionScanner {
  /** Every name that a finding can have. */
  readonly ruleNames: readonly string[]
}
