// The interface of both engines.

/** UTF-16 offsets. */
export interface Span {
  readonly start: number
  readonly end: number
}

export interface Matcher {
  readonly source: string
  /** The leftmost match that begins at or after `from`; anchors and boundaries see the whole text. */
  exec(text: string, from: number): Span | undefined
  /** The same match with its groups: index 0 is the whole, a group that took no part is undefined. */
  groups(text: string, from: number): readonly (Span | undefined)[] | undefined
}

export type EngineName = 're2' | 're2js'

export interface RegexEngine {
  readonly name: EngineName
  /** Compiles a source that `checkPattern` accepts. */
  compile(source: string): Matcher
}
