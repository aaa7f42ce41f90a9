// Dumps of bytes are read as the bytes that they show, whatever stands beside them.
import {describe, expect, test} from 'vitest'
import {dumpedRuns} from '../../../src/lib/text/hex-dump.js'

const TEXT = 'a face, a bead and\nthe rest of a note that is longer than two lines'

interface Layout {
  readonly width: number
  readonly offset: (at: number) => string
  readonly groups: (line: Buffer) => readonly string[]
  readonly beside?: (shown: string) => string
}

const hexOf = (bytes: Buffer): string => bytes.toString('hex')
const pairs = (line: Buffer): readonly string[] => hexOf(line).match(/../g) ?? []
const words = (line: Buffer): readonly string[] => hexOf(line).match(/.{1,4}/g) ?? []
const swapped = (line: Buffer): readonly string[] => words(line).map((word) => word.slice(2) + word.slice(0, 2))
const octal = (line: Buffer): readonly string[] => [...line].map((byte) => byte.toString(8).padStart(3, '0'))
const padded = (at: number, base: number, size: number): string => at.toString(base).padStart(size, '0')

const LAYOUTS: Readonly<Record<string, Layout>> = {
  xxd: {width: 16, offset: (at) => `${padded(at, 16, 8)}: `, groups: words, beside: (shown) => `  ${shown}`},
  'xxd -c 32 -g 1': {width: 32, offset: (at) => `${padded(at, 16, 8)}: `, groups: pairs, beside: (s) => `  ${s}`},
  'hexdump -C': {width: 16, offset: (at) => `${padded(at, 16, 8)}  `, groups: pairs, beside: (s) => `  |${s}|`},
  'od -A x -t x1z': {width: 16, offset: (at) => `${padded(at, 16, 6)} `, groups: pairs, beside: (s) => `  >${s}<`},
  'od -t x1': {width: 16, offset: (at) => `${padded(at, 8, 7)} `, groups: pairs},
  'od -x': {width: 16, offset: (at) => `${padded(at, 8, 7)} `, groups: swapped},
  'od -A d -b': {width: 16, offset: (at) => `${padded(at, 10, 7)} `, groups: octal},
}

function dump(text: string, {width, offset, groups, beside}: Layout, lineEnd = '\n'): string {
  const bytes = Buffer.from(text)
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += width) {
    const line = bytes.subarray(at, at + width)
    const shown = line.toString('latin1').replace(/[^ -~]/g, '.')
    lines.push(offset(at) + groups(line).join(' ') + (beside?.(shown) ?? ''))
  }
  return lines.join(lineEnd)
}

describe.each(Object.entries(LAYOUTS))('%s', (_, layout) => {
  const even = TEXT.length % 2 === 0 ? TEXT : `${TEXT}.`
  const texts = (shown: string): readonly string[] => dumpedRuns(shown).map(({text}) => text)

  test('is read whole, in either kind of lines, and inside other text', () => {
    for (const end of ['\n', '\r\n']) {
      const results = texts(dump(even, layout, end))
      expect(results.some((text) => text.startsWith(even.slice(0, 64)))).toBe(true)
    }
    const shown = `Look:\n${dump(even, layout)}\nThat was it.\n`
    const [run] = dumpedRuns(shown)
    expect(shown.slice(run?.start, run?.end).startsWith(layout.offset(0))).toBe(true)
    expect(shown.slice(run?.start, run?.end).split('\n').length).toBe(Math.ceil(even.length / layout.width))
  })

  test('one after the other, each by itself', () => {
    const results = texts(`${dump(even, layout)}\n${dump(even.toUpperCase(), layout)}`)
    expect(results.some((text) => text.startsWith('a face'))).toBe(true)
    expect(results.some((text) => text.startsWith('A FACE'))).toBe(true)
  })
})

test.each([
  ['prose', 'a bead and a face\nbe a dad, add a cab\n'.repeat(9)],
  ['numbers', '2024 10 20 30\n2025 11 21 31\n'.repeat(9)],
  ['bytes that are no text', '00000000: 0001 0203 0405 0607 0809 0a0b 0c0d 0e0f\n'.repeat(9)],
  ['one line of two groups', '00000000: 6162 6364\n'],
])('%s is none', (_, text) => {
  expect(dumpedRuns(text)).toEqual([])
})
