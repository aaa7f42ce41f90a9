// Verification on several threads: whatever is wrong with a log, and wherever, the verdict is that of one thread.
import fc from 'fast-check'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {MAX_LINE_BYTES} from '../../src/formats/evidence-fault.js'
import {sha256Hex} from '../../src/lib/hash.js'
import {splitLines} from '../../src/lib/line-reader.js'
import {BlockThreads} from '../../src/plugins/receipts/fast/block-threads.js'
import {isBlank} from '../../src/plugins/receipts/verify/lines.js'
import {reportLog} from '../../src/plugins/receipts/verify/output/log.js'
import {LogRun} from '../../src/plugins/receipts/verify/log-run.js'
import type {LogVerdict} from '../../src/plugins/receipts/verify/log-verdict.js'
import {Log, LOG_DEFAULTS, testKey, verifyTexts, type TestLogOptions} from '../support/evidence.js'
import {runs} from '../support/thorough.js'

const one = testKey('one')
const two = testKey('two')

/** What the next entry of a log is; receipts may be forged, repeat an action, or bring another key in. */
const step = fc.oneof(
  {weight: 30, arbitrary: fc.constant('receipt' as const)},
  {weight: 1, arbitrary: fc.constantFrom('forged', 'gap', 'root', 'false root', 'checkpoint', 'rotate')},
  {weight: 1, arbitrary: fc.constantFrom('forged rotate', 'decision')},
  {weight: 5, arbitrary: fc.constant('repeat' as const)},
)

function build(steps: readonly string[]): string {
  const log = new Log(one)
  let key = one
  for (const each of steps) {
    /** The chain continues from the forged receipt, so that nothing but its signature is wrong. */
    const forged = (text: string): string => {
      const other = text.replace(/ed25519:./, (s) => (s.endsWith('0') ? 'ed25519:1' : 'ed25519:0'))
      log.receipts.hash = sha256Hex(other)
      return other
    }
    const entry = (text: string) => log.entry('action_receipt', text)
    if (each === 'receipt') entry(log.receipts.add(key))
    else if (each === 'forged') entry(forged(log.receipts.add(key)))
    else if (each === 'repeat') entry(log.receipts.add(key, {action_id: 'again'}))
    else if (each === 'gap') entry(log.receipts.add(key, {chain_seq: log.receipts.seq + 1}))
    else if (each === 'root') log.root()
    else if (each === 'false root') log.root({final_seq: 4711})
    else if (each === 'checkpoint') log.checkpoint(key)
    else if (each === 'decision') log.decision()
    else if (log.receipts.count > 0) {
      const next = key === one ? two : one
      const text = log.receipts.rotate(key, next)
      entry(each === 'forged rotate' ? forged(text) : text)
      key = next
    }
  }
  return log.text
}

/** Every line read strictly, one after another: what every other way of reading must come to. */
function strictVerdict(bytes: Buffer, options: TestLogOptions): LogVerdict {
  const path = 'log'
  const run = new LogRun([{path, named: {session: 'proxy', firstSeq: 0n}}], {...LOG_DEFAULTS, ...options})
  const lines = [...splitLines([bytes], MAX_LINE_BYTES)].filter(
    (line) => options.level !== 'chains' || line.tooLong || !isBlank(line.bytes),
  )
  for (const [i, line] of lines.entries()) if (!run.stopped) run.take({file: path, ...line}, i === lines.length - 1)
  return nameless(run.finish())
}

/** Every run has a folder of its own. */
const nameless = (verdict: LogVerdict): LogVerdict =>
  JSON.parse(JSON.stringify(verdict).replaceAll(/"file":"[^"]*"/g, '"file":"log"')) as LogVerdict

describe('threads', () => {
  const pools: BlockThreads[] = []

  beforeAll(async () => {
    pools.push(new BlockThreads(1), new BlockThreads(2), new BlockThreads(8))
    while (!pools.every((pool) => pool.ready)) await new Promise((resolve) => setImmediate(resolve))
  })

  afterAll(() => Promise.all(pools.map((pool) => pool.close())))

  const verdicts = async (text: string, options: TestLogOptions) => {
    // blocks of a few lines, so that every thread gets some
    const verify = async (more: object) =>
      nameless(await verifyTexts({0: Buffer.from(text, 'latin1')}, {...options, blockBytes: 2500, ...more}))
    const expected = strictVerdict(Buffer.from(text, 'latin1'), options)
    for (const threads of [new BlockThreads(0), ...pools]) {
      const actual = await verify({threads})
      expect(actual).toEqual(expected)
      const report = {path: 'log', pinned: {v1: true, v2: true}, requirePinned: false}
      expect(JSON.stringify(reportLog(actual, report).json)).toBe(JSON.stringify(reportLog(expected, report).json))
    }
    return expected
  }

  test('decide nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, {minLength: 20, maxLength: 120}),
        fc.constantFrom('chains' as const, 'integrity' as const, 'whole' as const),
        fc.boolean(),
        fc.constantFrom([one.public], [one.public, two.public], []),
        async (steps, level, strict, trusted) => {
          await verdicts(build(steps), {level, strict, trusted})
        },
      ),
      {numRuns: runs(40)},
    )
  })

  test('find a damaged line where one thread finds it', async () => {
    const lines = build(Array.from({length: 80}, (_, i) => (i % 25 === 24 ? 'checkpoint' : 'receipt'))).split('\n')
    await fc.assert(
      fc.asyncProperty(
        fc.nat(lines.length - 2),
        fc.nat(),
        fc.nat(),
        fc.integer({min: 1, max: 255}),
        async (at, other, where, bit) => {
          const damaged = [...lines]
          for (const line of [at, other % (lines.length - 1)]) {
            const bytes = Buffer.from(damaged[line] ?? '')
            const place = where % bytes.length
            bytes[place] = (bytes[place] ?? 0) ^ (line === at ? bit : 1)
            damaged[line] = bytes.toString('latin1')
          }
          const verdict = await verdicts(damaged.join('\n'), {level: 'integrity', trusted: [one.public]})
          expect(verdict.failure === undefined).toBe(damaged.join('\n') === lines.join('\n'))
        },
      ),
      {numRuns: runs(40)},
    )
  })

  test.each([
    ['a root that is wrong, after', 'false root'],
    ['a root that is right, after', 'root'],
  ])('judge %s a forged receipt as one thread does', async (_, root) => {
    const text = build(['receipt', 'receipt', 'forged', 'receipt', root, 'checkpoint'])
    const verdict = await verdicts(text, {level: 'whole', trusted: [one.public]})
    // a chain that failed has no root to compare with
    expect(verdict.recorder?.failure).toBeUndefined()
    expect(verdict.v1.failure).toMatchObject({reason: 'signature_invalid', seq: 2})
    expect(verdict.roots).toBe(0)
  })

  test('that are gone are not missed', async () => {
    const threads = new BlockThreads(2)
    while (!threads.ready) await new Promise((resolve) => setImmediate(resolve))
    const steps = Array.from({length: 60}, (_, i) => (i === 41 ? 'forged' : 'receipt'))
    const running = verifyTexts(build(steps), {level: 'integrity', trusted: [one.public], threads, blockBytes: 2500})
    await threads.close()
    expect((await running).failure).toMatchObject({reason: 'signature_invalid', seq: 41})
  })
})
