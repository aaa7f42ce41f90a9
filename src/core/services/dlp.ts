// Credential detection as a service: which texts disclose a secret. No result holds the matched text.
import type {Items} from '../../lib/long-lists.js'
import type {Target} from '../exchange.js'

export type CredentialSeverity = 'critical' | 'high' | 'medium' | 'low'

/** How a match was hidden in the text; '' for plain text. */
export type TextEncoding =
  | ''
  | 'url'
  | 'base64'
  | 'hex'
  | 'base32'
  | 'subdomain'
  | 'split'
  | 'env'
  | 'html'
  | 'decimal'
  | 'concat'
  | 'base85'
  | 'binary'
  | 'uuencode'
  | 'reversed'
  | 'rot13'

export interface DlpMatch {
  readonly label: 'core_dlp' | 'dlp'
  /** Name of the rule. */
  readonly rule: string
  readonly severity: CredentialSeverity
  readonly reason: string
  readonly inHost: boolean
  /** The view of the URL with the match, in words. */
  readonly view?: string
}

export interface WarnMatch {
  readonly pattern_name: string
  readonly severity: CredentialSeverity
}

export interface UrlDlpResult {
  readonly match: DlpMatch | undefined
  readonly warn: readonly WarnMatch[]
}

export interface UrlScanOptions {
  /** Skip values of the environment, files and canaries: a replay runs in another environment than the judged traffic. */
  readonly patternsOnly?: boolean
  /** Scan only both ends of an over-long URL, to name a leaked credential before the length is reported. */
  readonly bounded?: boolean
}

export interface TextOptions {
  /** Origin of the text; a cookie may hold `token=…` without being a leaked credential. */
  readonly surface: 'body' | 'header' | 'cookie' | 'message' | 'response'
  /** Canonical host, on URL surfaces only: `exempt_domains` of a pattern applies nowhere else. */
  readonly host?: string
  /** Name of the text in a larger one (a JSON key, a form field): the context of an opaque value. */
  readonly key?: string
  /** A form body with `grant_type` for a token endpoint: credentials in parameters are its purpose. */
  readonly tokenRequest?: boolean
  /** Skip numbers of cards, accounts and persons: the text is full of other identifiers. */
  readonly credentialsOnly?: boolean
  /** Skip values of the environment, files and canaries. */
  readonly patternsOnly?: boolean
  /** Join values only in the given order: the caller scans other orders itself. */
  readonly asGiven?: boolean
  /** Names stand among the joined values: words of both are no phrase. */
  readonly withNames?: boolean
  /** Every occurrence, for redaction; otherwise one match for each rule and encoding, and no decoding after a match. */
  readonly all?: boolean
}

export interface TextMatch {
  readonly rule: string
  readonly severity: CredentialSeverity
  readonly encoded: TextEncoding
  /** Part of the core floor that no setting exempts. */
  readonly core?: true
  /** The pattern is report-only. */
  readonly warn?: true
  /** UTF-16 offsets in the given text, of the whole encoded run for decoded matches; -1 without a place. */
  readonly start: number
  readonly end: number
}

export interface TextVerdict {
  /** Enforced matches, core rules first. */
  readonly matches: readonly TextMatch[]
  readonly informational: readonly TextMatch[]
  /** The decoding budget was exceeded: a finding (`decode_budget_exceeded`), fail closed. */
  readonly exhausted: boolean
}

/** A text that ends in the beginning of a token. */
export interface OpenText {
  /** Characters of the longest known prefix in its last word, complete or partial. */
  readonly prefix: number
  /** A prefix is complete. */
  readonly isWhole: boolean
  continues(next: string): boolean
  /** Matches that exist only in the text and `next` together, as plain tokens. */
  completedBy(next: string): TextVerdict
}

/** A header and its destination. */
export interface SentHeader {
  /** Lower case. */
  readonly name: string
  readonly value: string
  readonly scheme: 'http' | 'https'
  /** Canonical. */
  readonly host: string
}

/** The part that judges URLs. */
export type CredentialScanner = Pick<DlpScanner, 'scanUrl'>

export interface DlpScanner {
  readonly patternCount: number
  /** Number of values of the environment, files and canaries that are searched for. */
  readonly knownValues: number
  readonly engine: 're2' | 're2js'
  scanUrl(target: Target, options?: UrlScanOptions): UrlDlpResult
  /** Names of all active rules. */
  readonly ruleNames: readonly string[]
  /** Credentials in a text, in any encoding. */
  text(input: string, options: TextOptions): TextVerdict
  /** The same in steps. */
  textSteps(input: string, options: TextOptions): Generator<undefined, TextVerdict>
  /**
   * Credentials that exist only in several values together: in wire order, sorted, or two of them in either order.
   * Matches have no place.
   */
  joined(parts: readonly string[], options: TextOptions): TextVerdict
  /** The same with a pause between the orders, since joining many values takes long. */
  joinedSteps(parts: Items<string>, options: TextOptions): Generator<undefined, TextVerdict>
  /** Canary tokens only, in any encoding; undefined without a configured token. */
  readonly canaries?: ((input: string) => TextVerdict) | undefined
  /** Credentials that exist only across neighbouring texts, in this order. */
  across(parts: readonly string[], options: TextOptions): TextVerdict
  /** The open token at the end of a text; undefined without one. */
  open(text: string, options: TextOptions): OpenText | undefined
  /** The value under this name is a placeholder and no credential. */
  isPlaceholder(value: string, name: string): boolean
  /** The header carries a credential of this rule, and no other, to the API of its issuer. */
  isAudience(rule: string, header: SentHeader): boolean
  /** No rule and no known value matches the text, or the URL in it. */
  isClean(text: string): boolean
  /** Names of all matching rules and known values, sorted. */
  namesIn(text: string): readonly string[]
}
