// Injection detection as a service: which texts instruct an agent, by which rule, in which view and where.

/** Origin of the text: mention versus use is judged only for HTTP response text. */
export type InjectionSource =
  'http_response' | 'tool_result' | 'tool_description' | 'agent_card' | 'mcp_input' | 'sse' | 'request_body' | 'url'

export type Pass = 'primary' | 'spaced' | 'leet' | 'optspace' | 'vowel' | 'decoded' | 'skeleton' | 'tags'

export interface InjectionOptions {
  readonly source: InjectionSource
  /** Comments, scripts, styles, hidden elements: nothing in them is a mention. */
  readonly hidden?: boolean
  /** Nothing is a mention, at any place. */
  readonly withoutMentions?: boolean
}

export interface InjectionMatch {
  readonly rule: string
  /** Part of the core floor that configuration cannot remove. */
  readonly core: boolean
  readonly pass: Pass
  /** UTF-16 offsets in the input; of the whole encoded run for `decoded`. */
  readonly start: number
  readonly end: number
  /** The matched text, up to 100 code points, in the view that matched. */
  readonly text: string
  /** The learned classifier: its score, and its strongest features as the training texts wrote them. */
  readonly learned?: {readonly score: number; readonly features: readonly string[]}
}

export interface InjectionVerdict {
  /** In order of the rules, then of the text; one per rule and place. */
  readonly matches: readonly InjectionMatch[]
  /** Mentions and plain advice: recorded, never enforced. */
  readonly informational: readonly InjectionMatch[]
  /** The decoding budget was exceeded: `decode_budget_exceeded`, fail closed. */
  readonly exhausted: boolean
}

export interface InjectionScanner {
  scan(text: string, options: InjectionOptions): InjectionVerdict
  /** The same for long texts, with a pause after every 64 KiB in which the caller may yield to others. */
  steps(text: string, options: InjectionOptions): Generator<undefined, InjectionVerdict>
}

export interface InjectionService extends InjectionScanner {
  /** All names that a finding can have. */
  readonly ruleNames: readonly string[]
}
