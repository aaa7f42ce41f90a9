// A chain counts once: a copied session directory would confirm twice what was seen once.
import {cpSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {PipelockError} from '../../../../../src/core/errors.js'
import {discoverByAgent, discoverByPattern} from '../../../../../src/plugins/learn/compile/discover.js'
import {readFiles} from '../../../../../src/plugins/learn/compile/read-files.js'
import {resolveInference} from '../../../../../src/plugins/learn/compile/settings.js'
import {captureLines, chainLines, type CaptureSpec} from '../../../../support/captures.js'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'chain-set-'))
})
afterEach(() => rmSync(root, {recursive: true}))

const put = (directory: string, text: string, seq = 0): string => {
  mkdirSync(join(root, directory), {recursive: true})
  const path = join(root, directory, `evidence-s-${seq}.jsonl`)
  writeFileSync(path, text)
  return path
}

const lines = (session: string, count = 4): string[] =>
  captureLines(Array.from({length: count}, (_, i): CaptureSpec => ({session, url: `https://a.example/${i}`})))
    .trimEnd()
    .split('\n')
    .map((line) => `${line}\n`)

const read = async (chains: readonly (readonly string[])[], allowTruncatedChains = false): Promise<string> => {
  const options = {agent: 'coder', inference: resolveInference('wilson_lb_v2', {}), allowTruncatedChains}
  const named = chains.map((files) => files.map((path) => ({path, name: path.slice(root.length + 1)})))
  try {
    const {aggregate} = await readFiles(named, options, {threads: 1, progress: () => {}})
    return `${aggregate.events} events, ${aggregate.dropped} dropped`
  } catch (error) {
    if (error instanceof PipelockError) return `${error.code}: ${error.message}`
    throw error
  }
}

const byAgent = () => read(discoverByAgent(root, 'coder', 0).chains)
const byPattern = (pattern: string) => read(discoverByPattern(join(root, pattern)).chains)

describe('refused, by either way of finding captures', () => {
  const reported =
    'captures_repeated: "coder|b/evidence-s-0.jsonl" and "coder|a/evidence-s-0.jsonl" hold the same chain, whole or in part'

  test.each<[string, () => void]>([
    ['a copied session directory', () => cpSync(join(root, 'coder|a'), join(root, 'coder|b'), {recursive: true})],
    ['a copy that was cut', () => put('coder|b', lines('s1').slice(0, 2).join(''))],
    ['a copy with something forged behind it', () => put('coder|b', `${lines('s1').join('')}{\n`)],
    [
      'a hard link',
      () => {
        mkdirSync(join(root, 'coder|b'))
        linkSync(join(root, 'coder|a', 'evidence-s-0.jsonl'), join(root, 'coder|b', 'evidence-s-0.jsonl'))
      },
    ],
  ])('%s', async (_, copy) => {
    put('coder|a', lines('s1').join(''))
    copy()
    expect(await byAgent()).toBe(reported)
    expect(await byPattern('*/*.jsonl')).toBe(reported)
    expect(await byPattern('**/*.jsonl')).toBe(reported)
  })

  test('the rest of a chain beside the whole, where beginnings may be missing', async () => {
    const whole = put('coder|a', lines('s1').join(''))
    const rest = put('coder|b', lines('s1').slice(1).join(''))
    expect(await read([[whole], [rest]], true)).toBe(reported)
  })

  test('a file of a chain in the middle of another one', async () => {
    const [first, second, third] = [0, 1, 2].map((seq) => put('coder|a', lines('s1')[seq] ?? '', seq))
    const copy = put('coder|b', lines('s1')[1] ?? '')
    expect(await read([[first ?? '', second ?? '', third ?? ''], [copy]], true)).toMatch(/^captures_repeated: /)
  })
})

describe('counted', () => {
  test('different sessions with the same requests', async () => {
    put('coder|a', lines('s1').join(''))
    put('coder|b', lines('s2').join(''))
    expect(await byAgent()).toBe('8 events, 0 dropped')
  })

  test('once, what lies behind a link to a directory', async () => {
    put('coder|a', lines('s1').join(''))
    symlinkSync(join(root, 'coder|a'), join(root, 'coder|b'))
    expect(await byAgent()).toBe('4 events, 0 dropped')
    expect(await byPattern('*/*.jsonl')).toBe('4 events, 0 dropped')
  })

  test('once, drop sentinels that were copied, by the longest copy', async () => {
    const sentinel = (...counts: readonly number[]): string =>
      chainLines(counts.map((count) => ({type: 'capture_drop', session: 'meta', detail: {count}})))
    const own = put('coder|a', lines('s1').join(''))
    const short = put('x', sentinel(1))
    const long = put('y', sentinel(1, 100))
    expect(await read([[own], [short], [long]])).toBe('4 events, 100 dropped')
    expect(await read([[own], [long], [short]])).toBe('4 events, 100 dropped')
  })
})
