// Queries whose schemes carry opaque values: signed downloads and the steps of an OAuth flow. What a person may add to is the
// table: the names that say which scheme it is, and the names of its opaque values. Credential rules apply to all of them.

interface Scheme {
  /** Lower-case names that are all there. */
  readonly known: readonly string[]
  readonly opaque: readonly string[]
}

const SCHEMES: readonly Scheme[] = [
  {known: ['x-amz-signature', 'x-amz-credential'], opaque: ['x-amz-credential', 'x-amz-security-token']},
  {known: ['x-goog-signature', 'x-goog-credential'], opaque: ['x-goog-credential', 'x-goog-signature']},
  {known: ['signature', 'expires', 'key-pair-id'], opaque: ['signature', 'policy', 'key-pair-id']},
  {known: ['signature', 'policy', 'key-pair-id'], opaque: ['signature', 'policy', 'key-pair-id']},
  {known: ['signature', 'expires', 'awsaccesskeyid'], opaque: ['signature', 'x-amz-security-token']},
  {known: ['signature', 'expires', 'googleaccessid'], opaque: ['signature']},
  {known: ['signature', 'expires', 'ossaccesskeyid'], opaque: ['signature', 'security-token']},
  // authorization requests and their answers (RFC 6749 sections 4.1.1 and 4.1.2, RFC 7636, OpenID Connect)
  {known: ['response_type', 'client_id'], opaque: ['state', 'nonce', 'code_challenge']},
  {known: ['code', 'state'], opaque: ['code', 'state', 'session_state']},
]

const NONE: ReadonlySet<string> = new Set()

/** Lower-case names of the parameters of a query that are opaque in its scheme. */
export function opaqueKeys(query: string): ReadonlySet<string> {
  const names = new Set(query.split('&').map((pair) => (pair.split('=', 1)[0] ?? '').toLowerCase()))
  const opaque = SCHEMES.filter(({known}) => known.every((name) => names.has(name))).flatMap((scheme) => scheme.opaque)
  return opaque.length === 0 ? NONE : new Set(opaque)
}
