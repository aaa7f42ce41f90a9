// A URL taken apart for the credential layer: every piece once, in the letter case in which it was received, with its
// decoded forms. Ordinary URLs have nothing to decode and pay for slices only.
import type {Target} from '../../core/exchange.js'
import {decodePercent} from '../../lib/decode.js'

/** A piece of a URL and what its escapes hide. */
export interface Piece {
  readonly raw: string
  /** Decoded to the end, `+` kept. */
  readonly text: string
  /** Decoded with `+` as a space; the same string where there is none. */
  readonly spaced: string
  /** Of a value, its name. */
  readonly key: string | undefined
}

export interface UrlParts {
  readonly target: Target
  /** `raw` where it differs from the canonical form, fragment and userinfo included. */
  readonly rawUrl: string | undefined
  /** As received, brackets kept. */
  readonly rawHost: string
  readonly path: Piece
  /** The path as received, where it differs from the canonical one. */
  readonly rawPath: Piece | undefined
  readonly query: Piece
  readonly keys: readonly Piece[]
  readonly values: readonly Piece[]
  /** Keys and values as they stand. */
  readonly pairs: readonly Piece[]
  /** What a peer may put together again: the values, and a key where there is none (`?AB&CD`, `?AB=&CD=`). */
  readonly pieces: readonly Piece[]
  readonly userinfo: {readonly user: string; readonly password: string} | undefined
  /** Some component hides an escape of a letter or digit behind another escape. */
  readonly excessive: boolean
  /** The most rounds in which escapes of one component were undone. */
  readonly rounds: number
}

export function urlParts(target: Target): UrlParts {
  const {canonical, raw, path: pathText, query: queryText} = target
  const ordinary = raw === canonical
  const keys: Piece[] = []
  const values: Piece[] = []
  const texts: Piece[] = []
  const pairs: Piece[] = []
  let excessive = false
  let rounds = 0
  // most URLs have nothing to decode: then no piece of them is searched for it
  const isPlain = ordinary && !/[%+]/.test(raw)
  const take = (text: string, key?: string): Piece => {
    if (isPlain || (!text.includes('%') && !text.includes('+'))) return {raw: text, text, spaced: text, key}
    const decoded = decodePercent(text, false)
    excessive ||= decoded.excessive
    rounds = Math.max(rounds, decoded.rounds)
    const spaced = text.includes('+') ? decodePercent(text, true).text : decoded.text
    return {raw: text, text: decoded.text, spaced, key}
  }
  for (let at = 0; at < queryText.length;) {
    let end = queryText.indexOf('&', at)
    if (end < 0) end = queryText.length
    const equals = queryText.indexOf('=', at)
    const isBare = equals < 0 || equals >= end
    const key = take(queryText.slice(at, isBare ? end : equals))
    keys.push(key)
    pairs.push(key)
    if (!isBare) {
      const value = take(queryText.slice(equals + 1, end), key.text)
      values.push(value)
      pairs.push(value)
    }
    texts.push(isBare || equals + 1 === end ? key : (values.at(-1) ?? key))
    at = end + 1
  }
  const path = take(pathText)
  const query = take(queryText)
  const authority = ordinary ? undefined : rawAuthority(raw)
  const rawPath = ordinary || target.rawPath === pathText ? undefined : take(target.rawPath)
  return {
    target,
    rawUrl: ordinary ? undefined : raw,
    rawHost: authority?.host ?? target.host,
    path,
    rawPath,
    query,
    keys,
    values,
    pairs,
    pieces: texts,
    userinfo: authority?.userinfo,
    excessive,
    rounds,
  }
}

interface RawAuthority {
  readonly host: string
  readonly userinfo: {readonly user: string; readonly password: string} | undefined
}

/** As the parser cuts it: any slashes after the scheme, up to the next `/ \ ? #`, the last `@` ends userinfo. */
function rawAuthority(raw: string): RawAuthority {
  const match = /^ *[A-Za-z][A-Za-z0-9+.-]*:[/\\]*([^/\\?#]*)/.exec(raw)
  const authority = match?.[1] ?? ''
  const at = authority.lastIndexOf('@')
  const hostPort = authority.slice(at + 1)
  const colon = hostPort.lastIndexOf(':')
  const host = colon > hostPort.lastIndexOf(']') ? hostPort.slice(0, colon) : hostPort
  if (at < 0) return {host, userinfo: undefined}
  const userinfo = authority.slice(0, at)
  const split = userinfo.indexOf(':')
  const user = split < 0 ? userinfo : userinfo.slice(0, split)
  const password = split < 0 ? '' : userinfo.slice(split + 1)
  return {
    host,
    userinfo: {user: decodePercent(user, false).text, password: decodePercent(password, false).text},
  }
}
