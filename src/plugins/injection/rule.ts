// What a rule is made of, in the notation of phrase.ts.

export type CheckName =
  | 'device'
  | 'concealment'
  | 'tokenizer'
  | 'envelope'
  | 'comment'
  | 'key_file'
  | 'header'
  | 'role_line'
  | 'order'
  | 'sentence'
  | 'transfer'
  | 'invocation'
  | 'covert'
  | 'new_order'
  | 'called'
  | 'unseen'

export interface PhraseRule {
  readonly text: string
  /** A hit is plain advice or description: recorded, never enforced. */
  readonly informational?: true
  readonly check?: CheckName
  /** Its words are looked for with their own vowels only: with others they are other words. */
  readonly spelled?: true
}

export interface InjectionRule {
  readonly name: string
  readonly core: boolean
  /** A quotation of it in an article may be a mention. */
  readonly mentionable: boolean
  readonly phrases: readonly PhraseRule[]
}

type Phrases = readonly (string | PhraseRule)[]

/** A phrase alone stands for its text. */
export function rule(name: string, phrases: Phrases, flags: {core?: true; mentionable?: true} = {}): InjectionRule {
  return {
    name,
    core: flags.core ?? false,
    mentionable: flags.mentionable ?? false,
    phrases: phrases.map((phrase) => (typeof phrase === 'string' ? {text: phrase} : phrase)),
  }
}
