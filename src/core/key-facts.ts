// Facts that a configuration key declares in its schema, as core/weaker.ts does for reloads, so that whoever resolves
// paths or hashes a policy knows no section by name.
//
//   secrets_file: z.string().default('').meta({path: true})

export type PolicyHash =
  /** Changes no decision: the key is not part of the hash. */
  | 'omitted'
  /** The order of a list of texts changes no decision. */
  | 'unordered'
  /**
   * This value, the default of a key that was added later, is not part of the hash, so that configurations without the key
   * keep theirs. For a mapping, the value without its omitted members.
   */
  | {readonly unless: unknown}

declare module 'zod' {
  interface GlobalMeta {
    /**
     * The path of a file or folder. A relative one starts at the configuration file, so that a configuration means the
     * same wherever it is loaded. The policy hash has only whether it is set, so that machines with other directories
     * state one policy.
     */
    path?: true
    policyHash?: PolicyHash
    /** Of a mapping: keys of other releases, each with a hint for whoever still writes it. */
    formerKeys?: Readonly<Record<string, string>>
  }
}

/** What a key and the keys below it declare. Plain data: the build stores it beside the defaults. */
export interface KeyFacts {
  readonly path?: true
  readonly policyHash?: PolicyHash
  /** Of a mapping with known keys. */
  readonly members?: Readonly<Record<string, KeyFacts>>
  /** Of every entry of a list, or of a mapping with names of the operator. */
  readonly each?: KeyFacts
}

export function factsAt(facts: KeyFacts | undefined, key: string): KeyFacts | undefined {
  if (facts?.members !== undefined) return Object.hasOwn(facts.members, key) ? facts.members[key] : undefined
  return facts?.each
}
