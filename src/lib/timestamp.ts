// Timestamps of the evidence and contract formats: RFC 3339 UTC, at most nine fraction digits, none of them a trailing
// zero. Date.toISOString() is not canonical: it always prints three digits.

const SHAPE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/
const ZERO_TIME = '0001-01-01T00:00:00Z'
const ZERO = 48

let lastMs = Number.NaN
let lastText = ''

/** Canonical text of an instant with millisecond precision. Many records bear the same instant: the last one is kept. */
export function formatTimestamp(unixMs: number): string {
  if (unixMs !== lastMs) {
    lastText = print(unixMs)
    lastMs = unixMs
  }
  return lastText
}

function print(unixMs: number): string {
  const iso = new Date(unixMs).toISOString()
  const dot = iso.indexOf('.')
  const fraction = iso.slice(dot + 1, -1).replace(/0+$/, '')
  return `${iso.slice(0, dot)}${fraction ? `.${fraction}` : ''}Z`
}

/** Canonical text without a fraction. */
export function formatSeconds(unixMs: number): string {
  return `${new Date(unixMs).toISOString().slice(0, 19)}Z`
}

/** Milliseconds since the epoch (fraction cut to milliseconds), or undefined when the spelling is not canonical or the date impossible. The zero time of year 1 is refused. */
export function parseTimestamp(text: string): number | undefined {
  if (!SHAPE.test(text) || text === ZERO_TIME) return undefined
  // the fraction begins behind a point at 19
  return text.length > 20 && text.charCodeAt(text.length - 2) === ZERO ? undefined : instant(text)
}

/** As parseTimestamp, but trailing zeros of the fraction are accepted (contracts read and print times anew). */
export function parseTimestampLoosely(text: string): {readonly unixMs: number; readonly canonical: string} | undefined {
  if (!SHAPE.test(text)) return undefined
  const unixMs = instant(text)
  if (unixMs === undefined) return undefined
  const fraction = text.slice(20, -1).replace(/0+$/, '')
  return {unixMs, canonical: `${text.slice(0, 19)}${fraction ? `.${fraction}` : ''}Z`}
}

let lastDay = ''
let lastDayMs: number | undefined

/** Of a text of the right shape: every number stands at its place, which is read without making texts of the parts. */
function instant(text: string): number | undefined {
  const dayText = text.slice(0, 10)
  if (dayText !== lastDay) {
    lastDayMs = midnight(twoDigits(text, 0) * 100 + twoDigits(text, 2), twoDigits(text, 5), twoDigits(text, 8))
    lastDay = dayText
  }
  const hour = twoDigits(text, 11)
  const minute = twoDigits(text, 14)
  const second = twoDigits(text, 17)
  if (lastDayMs === undefined || hour > 23 || minute > 59 || second > 59) return undefined
  return lastDayMs + ((hour * 60 + minute) * 60 + second) * 1000 + milliseconds(text)
}

const twoDigits = (text: string, at: number): number =>
  (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO

/** The first three digits of the fraction. */
function milliseconds(text: string): number {
  let value = 0
  for (let at = 20; at < 23; at++) value = value * 10 + (at < text.length - 1 ? text.charCodeAt(at) - ZERO : 0)
  return value
}

/** undefined for a day that no calendar has. */
function midnight(year: number, month: number, day: number): number | undefined {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  const isReal = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  return isReal ? date.getTime() : undefined
}
