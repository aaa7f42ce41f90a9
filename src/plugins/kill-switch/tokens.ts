// The tokens of the API, compared as digests of one length in constant time.
import {createHash, timingSafeEqual} from 'node:crypto'
import type {KillSwitchApi} from '../../core/services/kill-switch.js'

const BEARER = /^bearer +([\x21-\x7e]+)$/i

/** Empty tokens permit nothing. */
export function permitting(full: string, reading: string): KillSwitchApi['permits'] {
  const [all, readOnly] = [digest(full), digest(reading)]
  return (authorization) => {
    // two lines are two claims: readers differ in which one counts
    const given = authorization.length === 1 ? (BEARER.exec(authorization[0] ?? '')?.[1] ?? '') : ''
    const candidate = digest(given)
    const isAll = timingSafeEqual(candidate, all)
    const isReading = timingSafeEqual(candidate, readOnly)
    if (given === '') return undefined
    if (isAll && full !== '') return 'all'
    return isReading && reading !== '' ? 'reading' : undefined
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest()
}
