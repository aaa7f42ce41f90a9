// What the text scan takes and answers. A match names its rule and its place, never what it matched.
import type {Severity} from './patterns.js'
import type {TextEncoding} from './text-views.js'

export interface TextOptions {
  /** Where the text stands; a cookie may hold `token=…` without being a leaked credential. */
  readonly surface: 'body' | 'header' | 'cookie' | 'message' | 'response'
  /** Canonical host, on URL surfaces only: the sole place where `exempt_domains` of a pattern count. */
  readonly host?: string
  /** Name under which the text stands in a larger one (a JSON key, a form field): the context of an opaque value. */
  readonly key?: string
  /** A form body with `grant_type` on its way to a token endpoint: credentials in parameters are its purpose. */
  readonly tokenRequest?: boolean
  /** Skip numbers of cards, accounts and persons: the text is full of numbers that identify something else. */
  readonly credentialsOnly?: boolean
  /** Skip values of the environment, files and canaries. */
  readonly patternsOnly?: boolean
  /** Values are joined in the order in which they are given, and in no other: the caller asks about those itself. */
  readonly asGiven?: boolean
  /** Every occurrence, for redaction; without it one match for each rule and encoding, and no decoding after a hit. */
  readonly all?: boolean
}

export interface TextMatch {
  readonly rule: string
  readonly severity: Severity
  readonly encoded: TextEncoding
  /** Part of the floor that nothing exempts. */
  readonly core?: true
  /** The pattern is report-only. */
  readonly warn?: true
  /** UTF-16 offsets in the text as given, of the whole encoded run for decoded finds; -1 where no place exists. */
  readonly start: number
  readonly end: number
}

export interface TextVerdict {
  /** Enforced findings, core rules first. */
  readonly matches: readonly TextMatch[]
  readonly informational: readonly TextMatch[]
  /** The decoding budget ran out: a finding (`decode_budget_exceeded`), fail closed. */
  readonly exhausted: boolean
}

export const CLEAN_TEXT: TextVerdict = {matches: [], informational: [], exhausted: false}
