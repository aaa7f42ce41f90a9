// A person who decides where the configuration says `ask`. The text that they are shown is untrusted; the approver
// escapes it.

export type Approval = 'allow' | 'block' | 'strip'

export interface Question {
  readonly agent: string
  readonly url: string
  readonly reason: string
  readonly patterns: readonly string[]
  /** Beginning of the text under question. */
  readonly preview: string
}

export interface Approver {
  /** Never rejects: a timeout and an abort signal resolve to a block. */
  ask(question: Question, options: {readonly timeoutMs: number; readonly signal: AbortSignal}): Promise<Approval>
}
