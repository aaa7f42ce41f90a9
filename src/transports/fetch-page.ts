// A page as /fetch takes it apart: what is returned of it, and what of it is only judged (scanning §7.1).

export interface Page {
  readonly title: string
  readonly content: string
  readonly hidden: string
  /** False where the raw document stands in for its text. */
  readonly extracted: boolean
}

export interface Part {
  readonly of: 'hidden' | 'readable'
  readonly text: string
  /** The raw document, where no text could be taken out of it: it would carry what no reader is meant to see. */
  readonly isRaw: boolean
}

/** The parts of what is returned, that one last, behind those of what else the bytes can be read as. */
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
