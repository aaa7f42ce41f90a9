// Text of clients for a log: without what a terminal or a line-based reader would act on.

/** ANSI sequences, then every control character but tab and newline (which JSON escapes). */
const ANSI = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g
const SUSPECT = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/

export function cleanText(text: string): string {
  return SUSPECT.test(text) ? text.replace(ANSI, '').replace(CONTROL, '') : text
}

/** The value of a field of an event; undefined for one that is not there. */
export function cleanValue(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value)
  if (value instanceof Error) return cleanText(value.message)
  if (Array.isArray(value)) return value.map(cleanValue)
  return value === null ? undefined : value
}
