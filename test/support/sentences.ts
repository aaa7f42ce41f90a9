/**
 * What an injected instruction may ask of a model, the columns of the table of sentences.
 * Each is held by sentences that ask it and by ordinary ones that stand near it.
 */
export type ActClass =
  | 'replace'
  | 'role'
  | 'reveal'
  | 'conceal'
  | 'call'
  | 'open'
  | 'send'
  | 'ask'
  | 'remember'
  | 'prefer'
  | 'authority'
  | 'safety'

/**
 * The sentences of one language. They were written before their writer saw the grammar's tables, so that what is found of them says something
 * about wordings nobody prepared for. Those at even places (0, 2, …) may be used to extend the tables, those at odd places only measure.
 */
export type Sentences = Readonly<
  Record<ActClass, {readonly positives: readonly string[]; readonly negatives: readonly string[]}>
>
