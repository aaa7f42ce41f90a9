// A true example and a near miss of every row of the table of services: the body as its alphabets have it, and cut short.
import {VENDOR_TOKENS} from '../../src/plugins/dlp/vendor-tokens.js'

const DRAWN: Readonly<Record<string, string>> = {
  h: '4be19c07d2fa8356',
  n: 'q7RwZ2mKx9TbV4nYs1HdLc8PfGj3',
  u: 'q7Rw_Z2mKx9-TbV4nYs1HdLc8PfGj3',
  U: 'Q7RW2MK9TBV4NYS1HD',
  d: '7301948265',
}

function body(form: string): string {
  return form.replace(/(\[0-9\]|[hnuU])\{([0-9]+)(?:,[0-9]+)?\}/g, (_, alphabet: string, count: string) => {
    const letters = DRAWN[alphabet] ?? DRAWN.d ?? ''
    return letters.repeat(Math.ceil(Number(count) / letters.length)).slice(0, Number(count))
  })
}

/** Name → [true example, near miss]; `last`: with the last of the signs. */
export function vendorExamples(last: boolean): Readonly<Record<string, () => readonly [string, string]>> {
  return Object.fromEntries(
    VENDOR_TOKENS.map(([name, signs, form]) => {
      const all = signs.split(' ')
      const text = `${all.at(last ? -1 : 0)}${body(form)}`
      return [name, () => [text, text.slice(0, -4)] as const]
    }),
  )
}
