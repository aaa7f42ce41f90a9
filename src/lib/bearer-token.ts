// Bearer tokens (RFC 6750), compared as digests of one length: neither the place of the first difference nor which token
// matches shows in the time it takes.
import {timingSafeEqual} from 'node:crypto'
import {sha256} from './hash.js'

/** Number of the token that the lines of `Authorization` carry; undefined where they carry none of these. */
export type FindToken = (authorization: readonly string[]) => number | undefined

const BEARER = /^bearer +([\x21-\x7e]+)$/i

/** An empty token matches nothing. */
export function createTokens(tokens: readonly string[]): FindToken {
  const digests = tokens.map((token) => sha256(token))
  return (authorization) => {
    // two lines are two claims: readers differ in which one counts
    const token = authorization.length === 1 ? (BEARER.exec(authorization[0] ?? '')?.[1] ?? '') : ''
    const given = sha256(token)
    let number: number | undefined
    for (const [i, known] of digests.entries()) if (timingSafeEqual(given, known)) number ??= i
    return token === '' ? undefined : number
  }
}
