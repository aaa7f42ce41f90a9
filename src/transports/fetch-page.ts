// Splits a page for /fetch: the part that is returned, and the parts that are only judged.

export interface Page {
  readonly title: string
  readonly content: string
  readonly hidden: string
  /** False where the raw document is returned instead of its text. */
  readonly extracted: boolean
}

export interface Part {
  readonly of: 'hidden' | 'readable'
  readonly text: string
  /** The raw document, where no text could be extracted: it would carry content that is hidden from readers. */
  readonly isRaw: boolean
}

/** The parts of the returned page, last, behind those of the other readings of the same bytes. */
export function partsOf(page: Page, others: readonly Page[]): readonly Part[] {
  const shown = parts(page)
  const all: Part[] = []
  const isNew = ({of, text}: Part): boolean => [...all, ...shown].every((one) => one.of !== of || one.text !== text)
  for (const other of others) all.push(...parts(other).filter(isNew))
  return [...all, ...shown]
}

function parts({title, content, hidden, extracted}: Page): readonly Part[] {
  const text = title === '' ? content : `${title}\n${content}`
  if (!extracted) return [{of: 'hidden', text, isRaw: true}]
  const readable: Part = {of: 'readable', text, isRaw: false}
  return hidden === '' ? [readable] : [{of: 'hidden', text: hidden, isRaw: false}, readable]
}
