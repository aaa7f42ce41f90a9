// Paths and patterns a second time, written from docs/formats/paths.md alone: the words and tables of the page must be enough
// to match as the product does.

const CONTROL = /[\u0000-\u001f\u007f]/
const SPLITS = /[\u0000-\u001f\u007f-\u009f;\\/]/
const LIKE_SLASH = /[\u2044\u2215\u2216\u29f5\u29f8\u29f9]/

function small(text: string): string {
  return [...text.normalize('NFC')]
    .map((c) => (c === '\u0130' ? 'i' : [...c.toLowerCase()].length === 1 ? c.toLowerCase() : c))
    .join('')
}

/** The page's code blocks `removed` and `lookalikes`, and its list of reserved segments. */
export interface Tables {
  readonly removed: string
  readonly lookalikes: string
  readonly reserved: ReadonlySet<string>
}

export function pathTables(markdown: string, block: (markdown: string, language: string) => string): Tables {
  const [, list = ''] = /the \*\*reserved\*\* segments ([\s\S]*?);/.exec(markdown) ?? []
  return {
    removed: block(markdown, 'removed'),
    lookalikes: block(markdown, 'lookalikes'),
    reserved: new Set([...list.matchAll(/`([a-z0-9]+)`/g)].map(([, name = '']) => name)),
  }
}

/** Segments, or the name of a fault. */
export function secondPath(raw: string): readonly string[] | string {
  const path = raw.length > 1 && raw.endsWith('/') && !raw.endsWith('//') ? raw.slice(0, -1) : raw
  if (path === '' || path === '/') return []
  if (Buffer.byteLength(path) > 2048) return 'path_too_long'
  if (!path.isWellFormed()) return 'path_decode_failure'
  const folded = small(path)
  if (CONTROL.test(folded) || !folded.startsWith('/')) return 'path_non_canonical'
  const isDots = (segment: string): boolean => ['', '.', '..'].includes(segment)
  const segments = folded.slice(1).split('/')
  if (segments.some(isDots)) return 'path_non_canonical'
  const decoded: string[] = []
  for (const segment of segments) {
    let text: string
    try {
      text = decodeURIComponent(segment)
    } catch {
      return 'path_decode_failure'
    }
    if (text.includes('/') || CONTROL.test(text)) return 'path_non_canonical'
    const again = segment.includes('%') ? small(text) : text
    if (isDots(again)) return 'path_non_canonical'
    decoded.push(again)
  }
  return decoded
}

export function secondMatcher({removed, lookalikes, reserved}: Tables) {
  const invisible = removed
    .trim()
    .split(/\s+/)
    .map((range) => range.split('-').map((hex) => parseInt(hex, 16)))
  const isInvisible = (code: number): boolean => invisible.some(([from = 0, to = from]) => from <= code && code <= to)
  const letters = new Map<string, string>()
  for (const pair of lookalikes.trim().split(/\s+/)) {
    const [from = '', to = ''] = pair
    letters.set(from, to)
  }
  for (const first of [0x1f150, 0x1f170, 0x1f1e6]) {
    for (let i = 0; i < 26; i++) letters.set(String.fromCodePoint(first + i), String.fromCharCode(65 + i))
  }
  const fold = (text: string): string => {
    let name = text
    if (!/^[\x20-\x7e]*$/.test(name)) {
      name = [...name].filter((c) => !isInvisible(c.codePointAt(0) ?? 0)).join('')
      name = [...name.normalize('NFKC')].map((c) => letters.get(c) ?? c).join('')
      name = name
        .normalize('NFD')
        .replace(/(?![\u3099\u309a])\p{Mn}/gu, '')
        .normalize('NFC')
        .replace(/[\u0000-\u001f\u007f-\u009f]/g, '')
    }
    return name
      .toUpperCase()
      .toLowerCase()
      .replace(/^[ +.]+|[ +.]+$/g, '')
  }
  const names = (text: string): readonly string[] => [fold(text), fold(text.toUpperCase())]
  const decodeAll = (text: string): string | undefined => {
    for (let at = text, round = 0; ; round++) {
      if (!at.includes('%')) return at
      if (round === 8) return undefined
      let next: string
      try {
        next = at
          .replace(/%u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
          .replace(/(?:%[0-9a-f]{2})+/gi, (run) => decodeURIComponent(run))
      } catch {
        return undefined
      }
      if (next === at) return at
      at = next
    }
  }
  const readings = (segment: string): readonly string[] | undefined => {
    const plain = decodeAll(segment)
    if (plain === undefined || SPLITS.test(plain) || LIKE_SLASH.test(plain)) return undefined
    const compatible = decodeAll(plain.normalize('NFKC'))
    return compatible === undefined || SPLITS.test(compatible) ? undefined : names(compatible)
  }
  const isWild = (segment: string, pinned: readonly string[]): boolean => {
    const apart = new Set(pinned.flatMap((value) => [value, ...(readings(value) ?? names(value.replace(/;.*/s, '')))]))
    const isApart = (name: string): boolean => name === '' || reserved.has(name) || apart.has(name)
    if (isApart(segment)) return false
    if (/^[a-z0-9_~-](?:[a-z0-9_.~-]*[a-z0-9_~-])?$/.test(segment)) return true
    return !(readings(segment) ?? ['']).some(isApart)
  }
  return (pattern: string, segments: readonly string[], pinned: readonly string[]): boolean => {
    const parts = pattern === '/' ? [] : pattern.slice(1).split('/')
    const plain = (part: string): string => part.replace(/%25|%2A/g, (escape) => (escape === '%25' ? '%' : '*'))
    return (
      pattern.startsWith('/') &&
      parts.length === segments.length &&
      parts.every((part, i) => (part === '*' ? isWild(segments[i] ?? '', pinned) : plain(part) === segments[i]))
    )
  }
}
