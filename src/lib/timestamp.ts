// Timestamps of the evidence and contract formats: RFC 3339 UTC, at most nine fraction digits, none of them a trailing
// zero (receipts §1.5, contracts §1). Date.toISOString() is not canonical: it always prints three digits.

const SHAPE = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?Z$/

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
  const match = SHAPE.exec(text)
  if (!match || match[7]?.endsWith('0') || text === '0001-01-01T00:00:00Z') return undefined
  return instant(match)
}

/** As parseTimestamp, but trailing zeros of the fraction are accepted (contracts read and print times anew). */
export function parseTimestampLoosely(text: string): {readonly unixMs: number; readonly canonical: string} | undefined {
  const match = SHAPE.exec(text)
  if (!match) return undefined
  const unixMs = instant(match)
  if (unixMs === undefined) return undefined
  const fraction = (match[7] ?? '').replace(/0+$/, '')
  return {unixMs, canonical: `${text.slice(0, 19)}${fraction ? `.${fraction}` : ''}Z`}
}

let lastDay = ''
let lastDayMs: number | undefined

function instant(match: RegExpExecArray): number | undefined {
  const [text, year, month, day, hour, minute, second, fraction = ''] = match
  const dayText = text.slice(0, 10)
  if (dayText !== lastDay) {
    lastDayMs = midnight(Number(year), Number(month), Number(day))
    lastDay = dayText
  }
  if (lastDayMs === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, '0'))
  return lastDayMs + ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000 + milliseconds
}

/** undefined for a day that no calendar has. */
function midnight(year: number, month: number, day: number): number | undefined {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  const isReal = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  return isReal ? date.getTime() : undefined
}
