// Bearer tokens, compared as digests of one length: neither the place of the first difference nor the number of the token
// that matches shows in the time it takes.
import {createHash, timingSafeEqual} from 'node:crypto'

/** Number of the token that the lines of `Authorization` carry; undefined where they carry none of these. */
export type FindToken = (authorization: readonly string[]) => number | undefined

export function createTokens(tokens: readonly string[]): FindToken {
  const digests = tokens.map(digest)
  return (authorization) => {
    // two lines are two claims: readers differ in which one counts
    if (authorization.length !== 1) return undefined
    const given = digest(/^bearer +([\x21-\x7e]+)$/i.exec(authorization[0] ?? '')?.[1] ?? '')
    let number: number | undefined
    for (const [i, known] of digests.entries()) if (timingSafeEqual(given, known)) number = i
    return number
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest()
}
