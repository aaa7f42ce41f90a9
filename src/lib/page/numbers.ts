// Figures as the pages write them. Nothing here asks the locale: the same candidate gives the same bytes everywhere.

/** 12 345, with narrow no-break spaces. */
export function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, '\u202f')
}

/** A share in percent with one decimal; never 0.0 or 100.0 for what is not quite that. */
export function share(value: number): string {
  if (value > 0 && value < 0.001) return '< 0.1 %'
  if (value < 1 && value > 0.999) return '> 99.9 %'
  return `${(100 * value).toFixed(1)} %`
}

/** An estimate: a fraction below ten, whole above. */
export function roughly(value: number): string {
  return value < 10 ? value.toFixed(1) : grouped(Math.round(value))
}

/** The same in plain digits, for terminals and for lines that a program may read. */
export function counted(n: number, noun: string, many = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : many}`
}

/** `many` where the plural is not the noun with an s. */
export function plural(n: number, noun: string, many = `${noun}s`): string {
  return `${grouped(n)} ${n === 1 ? noun : many}`
}
