// A person who decides where configuration says `ask` (proxy §13.5). What they are shown is untrusted text; whoever shows it
// makes it harmless.

export type Approval = 'allow' | 'block' | 'strip'

export interface Question {
  readonly agent: string
  readonly url: string
  readonly reason: string
  readonly patterns: readonly string[]
  /** The beginning of the text that is asked about. */
  readonly preview: string
}

export interface Approver {
  /** Never rejects: no answer in time, and a signal, are a block. */
  ask(question: Question, options: {readonly timeoutMs: number; readonly signal: AbortSignal}): Promise<Approval>
}
