// Resumed verifications: what a file says saves work, and never changes a verdict.
import {readFileSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {receiptTools} from '../../../../../src/plugins/receipts/tools.js'
import {Receipts, testKey, withFolder} from '../../../../support/evidence.js'

const one = testKey('one')

interface Reply {
  readonly reason?: string
  readonly broken_at_seq?: number
  readonly limits: readonly string[]
}

describe('a resume file', () => {
  const inFolder = (
    use: (verify: (lines: readonly string[], home?: string) => Promise<Reply>, path: string) => Promise<void>,
  ) =>
    withFolder(async (folder) => {
      const path = join(folder, 'state')
      const verify = async (lines: readonly string[], home = 'home') => {
        const file = join(folder, 'log.jsonl')
        writeFileSync(file, lines.map((line) => `${line}\n`).join(''))
        const {json} = await receiptTools.verifyReceipts({
          file,
          session: 'proxy',
          keys: [one.public.hex],
          endorsements: [],
          wholeRecorder: false,
          allowUnanchoredSeal: false,
          strict: false,
          requirePinned: false,
          tolerateTornTail: false,
          retainedSuffix: false,
          resume: {path, home: join(folder, home)},
        })
        return json as Reply
      }
      await use(verify, path)
    })

  const chain = (count: number): readonly string[] => {
    const receipts = new Receipts()
    for (let i = 0; i < count; i++) receipts.add(one)
    return receipts.lines
  }

  const spoil = (lines: readonly string[], at: number): readonly string[] =>
    lines.map((line, i) =>
      i === at ? line.replace(/ed25519:./, (s) => (s.endsWith('0') ? 'ed25519:1' : 'ed25519:0')) : line,
    )

  const earlier = ({limits}: Reply) => limits.find((text) => text.startsWith('earlier: '))

  test('saves the signatures of a log that has grown, and finds what is wrong behind them', () =>
    inFolder(async (verify) => {
      const lines = chain(20)
      expect(earlier(await verify(lines.slice(0, 10)))).toBeUndefined()
      // the first receipt brings its key in, and is checked every time
      expect(earlier(await verify(lines))).toContain('9 signatures')
      expect(earlier(await verify(lines))).toContain('19 signatures')
      expect(await verify([...lines.slice(0, 10), ...lines.slice(11)])).toMatchObject({broken_at_seq: 11})
    }))

  test('does not make a spoiled signature good, wherever it is', () =>
    inFolder(async (verify) => {
      const lines = chain(12)
      await verify(lines.slice(0, 8))
      for (let at = 0; at < 12; at++) {
        expect(await verify(spoil(lines, at))).toMatchObject({reason: 'signature_invalid', broken_at_seq: at})
      }
      expect(await verify(spoil(lines.slice(0, 4), 2))).toMatchObject({reason: 'signature_invalid', broken_at_seq: 2})
    }))

  test('that somebody else wrote, or changed, is refused', () =>
    inFolder(async (verify, path) => {
      const lines = chain(5)
      await verify(lines)
      await expect(verify(lines, 'other home')).rejects.toMatchObject({code: 'evidence_unreadable'})
      const text = readFileSync(path, 'utf8')
      expect(text).toContain('"checks":4')
      writeFileSync(path, text.replace('"checks":4', '"checks":3'))
      await expect(verify(lines)).rejects.toMatchObject({code: 'evidence_unreadable'})
      expect(statSync(join(path, '..', 'home', 'verify-resume.key')).mode & 0o077).toBe(0)
    }))
})
