// RFC 3339 instants as other people write them: any offset, any number of fraction digits. Texts that are signed as they
// stand (validity windows) are read with this; canonical times are in timestamp.ts.

const SHAPE = /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d+))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/

/** Milliseconds since the epoch, the fraction cut; undefined for anything that is no possible instant. */
export function parseInstant(text: string): number | undefined {
  const match = SHAPE.exec(text)
  if (!match) return undefined
  const [, date = '', clock = '', fraction = '', sign, hours = '0', minutes = '0'] = match
  const iso = `${date}T${clock}`
  const seconds = Date.parse(`${iso}Z`)
  // the platform's parser takes 24:00:00 and, in some engines, impossible days: what it read must read back the same
  if (Number.isNaN(seconds) || new Date(seconds).toISOString().slice(0, 19) !== iso) return undefined
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1)
  return seconds + Number(fraction.slice(0, 3).padEnd(3, '0')) - offsetMs
}

/** When a date (its end, UTC) or an instant is over, in milliseconds since the epoch; undefined for any other text. */
export function expiryOf(text: string): number | undefined {
  return parseInstant(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T23:59:59.999Z` : text)
}
