// The placeholder `<pl:CLASS:N>`: numbered per class in document order, the same for the same original, and
// nothing else. What looks like one in the input is numbered like everything else, so that nobody can forge one.

export const CLASS_NAME = /^[a-z0-9][a-z0-9_-]*$/

const SHAPE = /<pl:([a-z0-9][a-z0-9_-]*):[0-9]+>/g

/** Calls back for everything shaped like a placeholder. */
export function findPlaceholders(text: string, result: (start: number, end: number, name: string) => void): void {
  if (!text.includes('<pl:')) return
  SHAPE.lastIndex = 0
  for (let match = SHAPE.exec(text); match !== null; match = SHAPE.exec(text)) {
    result(match.index, match.index + match[0].length, match[1] ?? '')
  }
}

/** Stands for a class that nobody configured: a name of the sender's choice could carry anything. */
export const INVALID = 'invalid'

/** Replacements of one document. */
export class Numbering {
  private readonly numbers = new Map<string, Map<string, number>>()
  private unique = 0
  private readonly limit: number

  constructor(limit: number) {
    this.limit = limit
  }

  /** undefined when the document has more different originals than allowed. */
  placeholder(label: string, original: string): string | undefined {
    let known = this.numbers.get(label)
    if (known === undefined) this.numbers.set(label, (known = new Map<string, number>()))
    let number = known.get(original)
    if (number === undefined) {
      if (this.unique >= this.limit) return undefined
      this.unique++
      known.set(original, (number = known.size + 1))
    }
    return `<pl:${label}:${number}>`
  }
}
