// Sanitises targets and patterns for evidence: clean parts stay, dirty ones go. `isClean` tells whether a text, or a
// text read as a URL, is free of credentials in every form that the scanner knows. The result is signed, so nothing can
// be redacted afterwards.

export type IsClean = (text: string) => boolean

/** A scanner that fails counts as a match: the placeholder is used. */
export function failingDirty(isClean: IsClean): IsClean {
  return (text) => {
    try {
      return isClean(text)
    } catch {
      return false
    }
  }
}

export const REDACTED_TARGET = '[redacted-target]'
/** Part of a URL that the sanitiser took away. */
export const PLACEHOLDER = /\[redacted-(?:target|value|path)\]/
const REDACTED_VALUE = '[redacted-value]'
const REDACTED_PATH = '[redacted-path]'

/** A longer URL is judged without its query: looking for credentials in 16 KB takes 50 ms, and everybody else waits. */
export const MAX_SHOWN = 4_096

/**
 * Removes userinfo always and dirty query values, then uses the first clean form of at most `MAX_SHOWN` characters: the URL,
 * the URL without query and fragment, scheme and authority only, nothing. Everything not replaced stays byte for byte.
 */
export function sanitiseTarget(text: string, isClean: IsClean): string {
  const at = text.indexOf('://')
  if (at === -1) return isClean(text) ? text : REDACTED_TARGET
  const bare = withoutUserinfo(text, at + 3)
  const isShown: IsClean = (url) => url.length <= MAX_SHOWN && isClean(url)
  if (isShown(bare)) return bare // then its values are clean too: the scanner inspects a URL whole, in pieces and decoded
  const url = bare.length <= MAX_SHOWN ? withoutDirtyValues(bare, isClean) : bare
  if (url !== bare && isShown(url)) return url
  const tail = url.search(/[?#]/)
  if (tail !== -1 && isShown(url.slice(0, tail))) return url.slice(0, tail)
  return hostOnly(url, isClean)
}

/** For a URL known to be dirty although no part of it alone shows it: the match was in decoded or joined text. */
export function hideTarget(text: string, isClean: IsClean): string {
  const at = text.indexOf('://')
  return at === -1 ? REDACTED_TARGET : hostOnly(withoutUserinfo(text, at + 3), isClean)
}

export function sanitisePattern(text: string, isClean: IsClean): string {
  return isClean(text) ? text : REDACTED_TARGET
}

function hostOnly(url: string, isClean: IsClean): string {
  const short = `${url.slice(0, endOfAuthority(url, url.indexOf('://') + 3))}/${REDACTED_PATH}`
  return isClean(short) ? short : REDACTED_TARGET
}

function endOfAuthority(url: string, from: number): number {
  // a backslash ends the authority for a WHATWG parser too: text behind it may look like userinfo
  for (let i = from; i < url.length; i++) if ('/\\?#'.includes(url.charAt(i))) return i
  return url.length
}

function withoutUserinfo(url: string, from: number): string {
  const sign = url.lastIndexOf('@', endOfAuthority(url, from) - 1)
  return sign < from ? url : url.slice(0, from) + url.slice(sign + 1)
}

/** A query of more values is left out whole: each is judged by itself, while everybody else waits. */
const MAX_VALUES = 256

/** Values are judged as written and decoded: a credential with one escaped letter is still one. */
function withoutDirtyValues(url: string, isClean: IsClean): string {
  const start = url.indexOf('?')
  if (start === -1) return url
  const hash = url.indexOf('#', start)
  const end = hash === -1 ? url.length : hash
  const pairs = url.slice(start + 1, end).split('&')
  if (pairs.length > MAX_VALUES) return url
  const kept = pairs.map((pair) => {
    const equals = pair.indexOf('=')
    if (equals === -1) return pair
    const value = pair.slice(equals + 1)
    const plain = decoded(value)
    const clean = isClean(value) && (plain === value || isClean(plain))
    return clean ? pair : `${pair.slice(0, equals + 1)}${REDACTED_VALUE}`
  })
  return `${url.slice(0, start + 1)}${kept.join('&')}${url.slice(end)}`
}

function decoded(value: string): string {
  if (!/[%+]/.test(value)) return value
  try {
    return decodeURIComponent(value.replaceAll('+', ' '))
  } catch {
    return value
  }
}

/** Replaces an agent name that holds a credential in evidence, captures and logs. */
export const REDACTED_AGENT = '[redacted-agent]'
