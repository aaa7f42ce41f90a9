// docs/detection-quality.md and the figures behind it: every table of the page is made from the JSON, and the JSON holds counts
// only, no text of a corpus and no path of a machine.
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/detection-quality.md'), 'utf8')
const text = readFileSync(join(root, 'docs/detection-quality.json'), 'utf8')
const figures = JSON.parse(text) as Figures

interface Figures {
  readonly version: string
  readonly size: string
  readonly sections: Readonly<Record<string, unknown>>
}

const bench = async <T>(name: string): Promise<T> =>
  (await import(new URL(`../../bench/${name}.mjs`, import.meta.url).href)) as T
const report = await bench<{withFigures(page: string, result: unknown): string}>('detection/report')
const {judge} = await bench<{judge(result: unknown): readonly Target[]}>('detection/targets')
const {wilson} = await bench<{wilson(count: number, n: number): readonly [number, number]}>('lib/tables')

interface Pool {
  run(name: string, inputs: Iterable<unknown>, onResult: (result: unknown) => void): Promise<void>
  close(): Promise<unknown>
}
const {createPool} = await bench<{createPool(file: URL, size: number): Pool}>('lib/pool')

interface Target {
  readonly name: string
  readonly met: boolean
  readonly gate: boolean
}

test('tables of the page are those of the figures, which a full run of this version wrote', () => {
  const {version} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {readonly version: string}
  expect(report.withFigures(page, figures)).toBe(page)
  expect([figures.version, figures.size]).toEqual([version, 'full'])
  expect(Object.keys(figures.sections)).toEqual(expect.arrayContaining(['responses', 'bodies', 'urls', 'credentials']))
})

test('a page that differs in one figure is not that of the figures', () => {
  const changed = page.replace(/\d+ of \d+: /, '1 of 2: ')
  expect(changed).not.toBe(page)
  expect(report.withFigures(changed, figures)).toBe(page)
})

test('figures hold no path and no text of a corpus', () => {
  expect(text).not.toMatch(/\/(?:usr|home|work|etc|tmp|root)\//)
  const strings = [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, one = '']) => one)
  expect(strings.filter((one) => one.length > 120)).toEqual([])
})

test('wilson: bounds of few and of many cases', () => {
  expect(wilson(0, 0)).toEqual([0, 1])
  expect(wilson(0, 100)[0]).toBe(0)
  expect(wilson(0, 100)[1]).toBeCloseTo(0.037, 3)
  expect(wilson(50, 100)[0]).toBeCloseTo(0.4038, 4)
  expect(wilson(100, 100)[1]).toBe(1)
})

test('gate: a full run fails by its share, a sample by the lower end of the interval', () => {
  const responses = (n: number, refused: number) => ({responses: {n, refused, kinds: {}, rules: {}, warned: {}}})
  const isMet = (size: string, n: number, refused: number): boolean =>
    judge({size, sections: responses(n, refused)})
      .filter(({name, gate}) => gate && name.startsWith('responses'))
      .every(({met}) => met)
  expect([isMet('full', 24_000, 2), isMet('full', 24_000, 3)]).toEqual([true, false])
  expect([isMet('quick', 1800, 1), isMet('quick', 1800, 2)]).toEqual([true, false])
})

test('pool: results come in the order of their inputs, and an error of a worker ends the run', async () => {
  const source = `
    import {parentPort} from 'node:worker_threads'
    parentPort.on('message', ({input}) => {
      if (input === 'bad') throw new Error('bad input')
      setTimeout(() => parentPort.postMessage(input * 2), input === 1 ? 40 : 0)
    })`
  const pool = createPool(new URL(`data:text/javascript,${encodeURIComponent(source)}`), 2)
  try {
    const results: unknown[] = []
    await pool.run('double', [1, 2, 3, 4], (result) => results.push(result))
    expect(results).toEqual([2, 4, 6, 8])
    await expect(pool.run('double', [1, 'bad', 2], () => undefined)).rejects.toThrow('bad input')
  } finally {
    await pool.close()
  }
})
