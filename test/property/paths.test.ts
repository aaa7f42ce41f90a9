// Laws of canonical paths and patterns.
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {
  canonicalPath,
  literalPattern,
  matchesPattern,
  parsePattern,
  requestPath,
  RESERVED_SEGMENTS,
} from '../../src/formats/path-pattern.js'
import {runs} from '../support/thorough.js'

const piece = fc.oneof(
  fc.constantFrom(
    '/',
    '.',
    '..',
    '%2e',
    '%2F',
    '%25',
    '%',
    '*',
    '%2A',
    'A',
    'é',
    'E\u0301',
    '\u0130',
    '\u212a',
    '%C3%89',
    ' ',
  ),
  fc.string({maxLength: 4, unit: 'grapheme'}),
)
const raw = fc.array(piece, {maxLength: 12}).map((parts) => `/${parts.join('')}`)

test('canonicalising an encoded canonical path changes nothing', () => {
  fc.assert(
    fc.property(raw, (text) => {
      const path = canonicalPath(text)
      if (typeof path === 'string') return
      const encoded = path.segments.length === 0 ? '/' : path.segments.map((s) => `/${encodeURIComponent(s)}`).join('')
      if (Buffer.byteLength(encoded) > 2048) return
      expect(canonicalPath(encoded)).toEqual(path)
    }),
  )
})

test('a canonical path has no empty or dot segment, no control character and no upper-case ASCII', () => {
  fc.assert(
    fc.property(raw, (text) => {
      const path = requestPath(text)
      if (typeof path === 'string') return
      for (const segment of path.segments) {
        expect(segment).not.toMatch(/^\.{0,2}$|[\u0000-\u001f\u007f/A-Z]/)
      }
    }),
  )
})

test('the literal pattern of a path matches that path and no other', () => {
  fc.assert(
    fc.property(raw, raw, (one, other) => {
      const [a, b] = [requestPath(one), requestPath(other)]
      if (typeof a === 'string' || typeof b === 'string') return
      const pattern = parsePattern(literalPattern(a.segments)) ?? ['unreadable']
      expect(matchesPattern(pattern, a.segments)).toBe(true)
      expect(matchesPattern(pattern, b.segments)).toBe(a.canonical === b.canonical)
    }),
  )
})

/** What some server undoes before it looks a name up; each keeps what the others did. */
const DISGUISES: readonly ((text: string, at: number) => string)[] = [
  (text) => text.replaceAll('%', '%25'),
  (text, at) => text.replace(/[a-z]/g, (c, i: number) => (i % 7 === at % 7 ? `%${c.charCodeAt(0).toString(16)}` : c)),
  (text, at) => text.replace(/[a-z]/g, (c, i: number) => (i % 5 === at % 5 ? c.toUpperCase() : c)),
  (text) => `${text};v=1`,
  (text) => `${text}%3Bv`,
  (text) => `${text}.`,
  (text) => `%20${text}`,
  (text) => `${text}%20`,
  (text) => `%5c${text}`,
  (text) => `${text}%E2%80%8B`,
  (text) => `${text}%00`,
]

test('no chain of disguises brings a reserved name or a dot segment past a wildcard', () => {
  const names = fc.constantFrom(...RESERVED_SEGMENTS, '.', '..')
  const steps = fc.array(fc.tuple(fc.constantFrom(...DISGUISES), fc.nat(6)), {maxLength: 6})
  const wild = parsePattern('/items/*/parts') ?? []
  fc.assert(
    fc.property(names, steps, (name, chain) => {
      const text = chain.reduce((made, [disguise, at]) => disguise(made, at), name)
      const path = requestPath(`/items/${text}/parts`)
      expect(typeof path !== 'string' && matchesPattern(wild, path.segments), text).toBe(false)
    }),
    {numRuns: runs(2000)},
  )
})
