// Names of header fields, and which of them belong together. CGI-like interfaces hand `X_Forwarded_For` and
// `X-Forwarded-For` to an application under one name, so both spellings are one wherever a field is dropped or trusted.

/** They end at the next hop (RFC 9110 section 7.6.1), or frame the message and are written anew. */
export const HOP_BY_HOP = [
  'connection',
  'proxy-connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
] as const

/** End-to-end fields that protect the message: a peer that names one in `Connection` asks for its removal on the way. */
export const PROTECTED_FIELDS: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'host',
  'content-length',
  'content-type',
  'content-encoding',
  'signature',
  'signature-input',
  'content-digest',
])

/** Lower case, with `_` as `-`. */
export function foldedName(name: string): string {
  const lower = name.toLowerCase()
  return lower.includes('_') ? lower.replaceAll('_', '-') : lower
}
