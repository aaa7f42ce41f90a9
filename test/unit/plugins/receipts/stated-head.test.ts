// A tail cut at a sealed checkpoint leaves a log that is whole in itself; the head file beside it says that there was more.
import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {parseEntryLine} from '../../../../src/core/formats/entry.js'
import {headLine} from '../../../../src/core/formats/evidence-head.js'
import {verifyChain} from '../../../../src/plugins/receipts/verify-chain.js'
import {judgeFolder} from '../../../../src/plugins/receipts/verify-folder.js'
import {Log, testKey, withFolder} from '../../../support/evidence.js'

const one = testKey('one')
const two = testKey('two')

/** Two runs, each sealed and anchored, and what the recorder said at each last checkpoint. */
function twoRuns(signer = one) {
  const log = new Log(one)
  const heads: string[] = []
  const cuts: number[] = []
  for (let run = 0; run < 2; run++) {
    log.receipt().receipt().root()
    const {hash: root_hash, seq} = log.receipts
    log.checkpoint(one)
    const {head} = parseEntryLine((log.lines.at(-1) ?? '').trimEnd())
    const stated = {session_id: 'proxy', seq: head.seq, entry_hash: head.prev_hash, receipt_seq: seq - 1, root_hash}
    heads.push(headLine({...stated, checkpoint_signature: '00', time: '2026-05-10T10:00:00Z'}, signer))
    cuts.push(log.lines.length)
  }
  return {lines: log.lines, first: cuts[0] ?? 0, heads}
}

async function judged(lines: readonly string[], head: string | undefined, keys = [one.public.hex]) {
  return withFolder(async (path) => {
    writeFileSync(join(path, 'evidence-proxy-0.jsonl'), lines.join(''))
    if (head !== undefined) writeFileSync(join(path, 'evidence-proxy.head'), head)
    const [unit] = (await judgeFolder({path, keys, recursive: false, strict: false, retainedSuffix: false})).units
    if (!unit) throw new Error('nothing was judged')
    const {failure, completeness, warnings} = unit.verdict
    return {reason: failure?.reason, completeness, warnings}
  })
}

describe('the head file', () => {
  const {lines, first, heads} = twoRuns()
  const cut = lines.slice(0, first)

  test('that agrees changes nothing; without one a cut tail leaves no trace', async () => {
    const anchored = {reason: undefined, completeness: 'anchored', warnings: []}
    expect(await judged(lines, heads.join(''))).toEqual(anchored)
    expect(await judged(cut, heads[0])).toEqual(anchored)
    expect(await judged(cut, undefined)).toEqual(anchored)
  })

  test.each([
    ['a whole run', cut],
    ['the last checkpoint alone', lines.slice(0, -1)],
    ['from the middle of a run', lines.slice(0, first + 1)],
  ])('shows that %s was cut off', async (_, left) => {
    expect(await judged(left, heads.join(''))).toMatchObject({reason: 'head_mismatch', completeness: 'not_proven'})
  })

  test('holds receipts alone to it as well', () =>
    withFolder(async (chain) => {
      writeFileSync(join(chain, 'evidence-proxy-0.jsonl'), cut.join(''))
      writeFileSync(join(chain, 'evidence-proxy.head'), heads.join(''))
      const report = await verifyChain(
        {
          ...{file: undefined, chain, session: 'proxy', keys: [], endorsements: [], wholeRecorder: false},
          ...{allowUnanchoredSeal: false, strict: false, requirePinned: false, tolerateTornTail: false},
          retainedSuffix: false,
        },
        [one.public],
      )
      expect(report.json).toMatchObject({valid: false, reason: 'head_mismatch', broken_at_seq: 0})
    }))

  test('whose last line a crash cut short counts up to there', async () => {
    const torn = `${heads[0] ?? ''}${(heads[1] ?? '').slice(0, -9)}`
    expect(await judged(cut, torn)).toMatchObject({reason: undefined, completeness: 'anchored'})
    expect(await judged(cut.slice(0, -1), torn)).toMatchObject({reason: 'head_mismatch'})
  })

  test.each([
    ['of another signer', twoRuns(two).heads.join(''), /not trusted/],
    ['of another session', (heads[1] ?? '').replace('"proxy"', '"other"'), /another session/],
    ['that was changed', (heads[1] ?? '').replace('"seq":', '"seq":1'), /does not verify/],
    ['that is no head', '\u001b[2J\n', /says nothing about the end/],
  ])('%s is told, and shows nothing', async (_, head, warning) => {
    const {reason, warnings} = await judged(cut, head)
    expect(reason).toBeUndefined()
    expect(warnings).toEqual([expect.stringMatching(warning)])
  })

  test('is never followed to elsewhere, nor waited for', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'evidence')
      mkdirSync(path)
      writeFileSync(join(path, 'evidence-proxy-0.jsonl'), cut.join(''))
      symlinkSync('/dev/zero', join(path, 'evidence-proxy.head'))
      const {units} = await judgeFolder({
        ...{path, keys: [one.public.hex], recursive: false, strict: false, retainedSuffix: false},
      })
      expect(units[0]?.verdict.warnings).toEqual([expect.stringMatching(/says nothing/)])
    }))
})
