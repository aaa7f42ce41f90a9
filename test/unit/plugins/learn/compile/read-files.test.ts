// Reading with threads: how the work is divided shows in no result and in no fault.
import {appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {pathToFileURL} from 'node:url'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {PipelockError} from '../../../../../src/core/errors.js'
import {compileIngested} from '../../../../../src/plugins/learn/compile/compile.js'
import {ingest} from '../../../../../src/plugins/learn/compile/ingest.js'
import {readFiles, type FileOfChain} from '../../../../../src/plugins/learn/compile/read-files.js'
import {resolveInference} from '../../../../../src/plugins/learn/compile/settings.js'
import {captureLines, hourly, type CaptureSpec} from '../../../../support/captures.js'
import {HARNESS} from '../../../../support/compiling.js'
import {sampled, THOROUGH} from '../../../../support/thorough.js'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'read-files-'))
})
afterEach(() => rmSync(root, {recursive: true}))

const options = {agent: 'coder', inference: resolveInference('wilson_lb_v2', {}), allowTruncatedChains: false}
const file = (name: string, text: string): FileOfChain => {
  writeFileSync(join(root, name), text)
  return {path: join(root, name), name}
}

const session = (n: number, count: number): string =>
  captureLines(
    Array.from({length: count}, (_, i): CaptureSpec => ({
      url: `https://api${i % 3}.example.com/v1/${i % 7}/${(n * 31 + i * 17) % 40}?${'x'.repeat(i % 50)}`,
      method: i % 5 === 0 ? 'POST' : 'GET',
      action: i % 11 === 0 ? 'block' : 'allow',
      session: `s${n}`,
      trace: `t${i >> 1}`,
      bytes: i % 30,
      ts: hourly(n),
    })),
  )

/** The outputs, or the error, of one way to read the files. */
const outcome = async (chains: readonly (readonly FileOfChain[])[], threads: number, partBytes: number) => {
  try {
    const progress = () => {}
    const ingested = await readFiles(chains, options, {threads, partBytes, progress})
    const {contract, review, manifest, segments} = compileIngested(ingested, HARNESS.now(), {
      ...HARNESS,
      ...options,
      acceptTail: false,
    })
    return {contract, review, manifest, segments}
  } catch (error) {
    if (error instanceof PipelockError) return `${error.code}: ${error.message}`
    throw error
  }
}

test('1, 2 and 4 threads, parts of any size, files in any order: the same bytes', async () => {
  const chains = Array.from({length: 6}, (_, n) => {
    const lines = session(n, 60 + n).split('\n')
    const cut = 10 * n
    return cut === 0
      ? [file(`s${n}-0.jsonl`, lines.join('\n'))]
      : [
          file(`s${n}-0.jsonl`, `${lines.slice(0, cut).join('\n')}\n`),
          file(`s${n}-1.jsonl`, lines.slice(cut).join('\n')),
        ]
  })
  const expected = await outcome(chains, 1, 1 << 20)
  expect(expected).toMatchObject({contract: expect.stringContaining('api0.example.com') as string})
  const ways = [1, 2, 4].flatMap((threads) => [512, 700, 5000, 64_000].map((partBytes) => ({threads, partBytes})))
  for (const {threads, partBytes} of sampled(ways, 4)) {
    expect(await outcome(chains.toReversed(), threads, partBytes)).toEqual(expected)
  }
})

describe('a fault', () => {
  const broken = (text: string, line: number): string =>
    text
      .split('\n')
      .map((one, i) => (i === line ? one.replace('forward', 'backward') : one))
      .join('\n')

  test('is the first one in input order, with file, line and seq, however the work is divided', async () => {
    const chains = [
      [file('a.jsonl', session(0, 80))],
      [file('b.jsonl', broken(session(1, 80), 57))],
      [file('c.jsonl', broken(session(2, 80), 0))],
    ]
    const reported = 'hash_chain_broken: b.jsonl line 58, seq 57: the entry does not have the hash it states'
    const ways = [1, 2, 4].flatMap((threads) => [512, 3000, 1 << 20].map((partBytes) => ({threads, partBytes})))
    for (const {threads, partBytes} of sampled(ways, 3)) {
      expect(await outcome(chains, threads, partBytes)).toBe(reported)
    }
  })

  test.each<[string, (lines: string[]) => string[], RegExp]>([
    ['a line left out', (lines) => lines.toSpliced(30, 1), /line 31, seq 31: prev_hash is not the hash/],
    ['two lines exchanged', (lines) => [...lines.slice(0, 9), ...lines.slice(9, 11).toReversed()], /line 10, seq 10:/],
    ['no beginning', (lines) => lines.slice(1), /line 1, seq 1: the chain does not begin at genesis/],
    ['another version', (lines) => lines.with(20, '{"v":9,"seq":5}'), /line 21, seq 5: recorder entry version/],
    ['malformed JSON', (lines) => lines.with(20, '{'), /line 22, seq 21: prev_hash/],
  ])('at a border of parts: %s', async (_, change, reported) => {
    const chains = [[file('a.jsonl', change(session(0, 60).trimEnd().split('\n')).join('\n'))]]
    const expected = await outcome(chains, 1, 1 << 20)
    expect(expected).toMatch(reported)
    // in this thread: where the borders lie is the subject; that threads change nothing is the test above
    const sizes = Array.from({length: 11}, (_, i) => 400 + 97 * i)
    for (const partBytes of sizes) expect(await outcome(chains, 1, partBytes)).toBe(expected)
    for (const partBytes of THOROUGH ? sizes : [400]) expect(await outcome(chains, 2, partBytes)).toBe(expected)
  })

  test('an overlong line is told by its line, and its rest is not taken for lines', async () => {
    const text = `${session(0, 3)}${'x'.repeat(17 << 20)}\n${session(0, 3)}`
    const chains = [[file('a.jsonl', text)]]
    const reported = 'payload_too_large: a.jsonl line 4: the line is longer than 16777216 bytes'
    expect(await outcome(chains, 1, 1 << 26)).toBe(reported)
    expect(await outcome(chains, 2, 1 << 20)).toBe(reported)
  })

  test('a file that is not there is told before anything is read', async () => {
    const chains = [[file('a.jsonl', broken(session(0, 5), 2))], [{path: join(root, 'none'), name: 'none'}]]
    expect(await outcome(chains, 1, 1 << 20)).toMatch(/^file_not_found: /)
    expect(await outcome(chains, 2, 512)).toMatch(/^file_not_found: /)
  })
})

test('files read in parts are what one pass over them gives', async () => {
  const text = session(0, 200)
  const at = file('a.jsonl', text)
  const whole = ingest([[{path: 'a.jsonl', chunks: () => [Buffer.from(text)]}]], options)
  const parts = await readFiles([[at]], options, {threads: 2, partBytes: 4096, progress: () => {}})
  expect(parts.chains).toEqual(whole.chains)
  expect(parts.aggregate.events).toBe(200)
  expect(parts.aggregate.weight).toBe(whole.aggregate.weight)
})

test('progress ends with all bytes read', async () => {
  const at = file('a.jsonl', session(0, 100))
  const reported: [number, number][] = []
  await readFiles([[at]], options, {
    threads: 1,
    partBytes: 4096,
    progress: (read, total) => reported.push([read, total]),
  })
  const total = Buffer.byteLength(session(0, 100))
  expect(reported.at(-1)).toEqual([total, total])
  expect(reported.length).toBeGreaterThan(3)
})

describe('a reading thread that dies fails the compile, whatever the others counted', () => {
  const response = `parentPort.postMessage({kind: 'done', done: {index: 0, fault: undefined}, aggregate: undefined})`
  test.each([
    [
      'uncaught error',
      `parentPort.on('message', () => { throw new Error('disk on fire') })`,
      /^internal_error: .*fire/,
    ],
    ['a status of success', `parentPort.on('message', () => process.exit(0))`, /^internal_error: .*ended early/],
    [
      'after its first answer',
      `let n = 0; parentPort.on('message', () => { if (n++ > 0) process.exit(3); ${response} })`,
      /^internal_error: .*status 3/,
    ],
    ['a module that is none', 'export {', /^internal_error: a reading thread failed/],
    [
      'no memory',
      `const kept = []; parentPort.on('message', () => { for (;;) kept.push(new Array(100_000).fill(kept.length)) })`,
      /^payload_too_large: a reading thread ran out of memory/,
    ],
  ])('%s', async (_, code, reported) => {
    const path = join(root, 'thread.mjs')
    writeFileSync(path, `import {parentPort} from 'node:worker_threads'\n${code}\n`)
    const chains = [[file('a.jsonl', session(0, 60))]]
    const reading = {threads: 2, partBytes: 512, thread: pathToFileURL(path), memoryMb: 32, progress: () => {}}
    const outcome = readFiles(chains, options, reading).then(
      () => 'counted',
      (error: unknown) => (error instanceof PipelockError ? `${error.code}: ${error.message}` : String(error)),
    )
    expect(await outcome).toMatch(reported)
  })
})

describe('a file that changes while it is read', () => {
  const text = session(0, 60)
  /** Changes the file once its first part was read. */
  const during = async (change: (path: string) => void, partBytes = 4096): Promise<string> => {
    const at = file('a.jsonl', text)
    let read = false
    const progress = (): void => {
      if (!read) change(at.path)
      read = true
    }
    try {
      const {aggregate, chains} = await readFiles([[at]], options, {threads: 1, partBytes, progress})
      return `${aggregate.events} events, ${chains[0]?.files[0]?.lines} lines`
    } catch (error) {
      if (error instanceof PipelockError) return `${error.code}: ${error.message.replace(root, '')}`
      throw error
    }
  }
  const changed = 'file_unreadable: /a.jsonl was changed while it was read'

  test('and only grows is read as far as it went', async () => {
    expect(await during((path) => appendFileSync(path, 'more\n'))).toBe('60 events, 60 lines')
  })
  test.each<[string, (path: string) => void]>([
    ['is cut', (path) => truncateSync(path, 9000)],
    ['is edited in place', (path) => writeFileSync(path, text.replaceAll('forward', 'reverse'), {flag: 'r+'})],
    ['is edited in place where it was read already', (path) => writeFileSync(path, ' ', {flag: 'r+'})],
    [
      'is replaced',
      (path) => {
        writeFileSync(`${path}.new`, text)
        renameSync(`${path}.new`, path)
      },
    ],
  ])('and %s is refused', async (_, change) => {
    expect(await during(change)).toBe(changed)
    expect(await during(change, 1 << 20)).toBe(changed)
  })
  test('and is gone is refused', async () => {
    expect(await during((path) => rmSync(path))).toBe('file_not_found: /a.jsonl does not exist')
  })
})
