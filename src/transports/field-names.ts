// CGI-like interfaces hand `X_Forwarded_For` and `X-Forwarded-For` to an application under one name, so both spellings are one
// wherever a field is dropped or trusted.

/** Lower case, with `_` as `-`. */
export function foldedName(name: string): string {
  const lower = name.toLowerCase()
  return lower.includes('_') ? lower.replaceAll('_', '-') : lower
}
