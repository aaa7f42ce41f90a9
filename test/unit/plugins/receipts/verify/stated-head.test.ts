// A tail cut at a sealed checkpoint leaves a log that is whole in itself; the head file beside it says that there was more.
import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {parseEntryLine} from '../../../../../src/formats/entry.js'
import {headLine} from '../../../../../src/formats/evidence-head.js'
import {verifyChain} from '../../../../../src/plugins/receipts/verify/chain.js'
import {judgeFolder, verifyIntegrity} from '../../../../../src/plugins/receipts/verify/folder.js'
import {Log, testKey, withFolder} from '../../../../support/evidence.js'

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
    const {failure, completeness, warnings, headFile} = unit.verdict
    return {reason: failure?.reason, completeness, warnings, headFile, line: failure?.place?.line}
  })
}

/** A log of so many runs, and what was stated at the end of each. */
function runs(count: number, prefix?: string) {
  const log = new Log(one)
  const heads: string[] = []
  for (let run = 0; run < count; run++) {
    log.receipt().receipt()
    if (prefix !== undefined) log.entry('decision', JSON.stringify({layer: prefix}))
    log.root()
    const {hash: root_hash, seq} = log.receipts
    log.checkpoint(one)
    const {head} = parseEntryLine((log.lines.at(-1) ?? '').trimEnd())
    const stated = {session_id: 'proxy', seq: head.seq, entry_hash: head.prev_hash, receipt_seq: seq - 1, root_hash}
    heads.push(headLine({...stated, checkpoint_signature: '00', time: '2026-05-10T10:00:00Z'}, one))
  }
  return {lines: log.lines, heads}
}

describe('the head file', () => {
  const {lines, first, heads} = twoRuns()
  const cut = lines.slice(0, first)

  test('that agrees changes nothing; without one a cut tail leaves no trace', async () => {
    const anchored = {reason: undefined, completeness: 'anchored', warnings: [], line: undefined}
    expect(await judged(lines, heads.join(''))).toEqual({...anchored, headFile: 'held'})
    expect(await judged(cut, heads[0])).toEqual({...anchored, headFile: 'held'})
    expect(await judged(cut, undefined)).toEqual({...anchored, headFile: 'missing'})
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

describe('the head file of a log that was cut and continued', () => {
  const before = runs(4)
  // another process of the same recorder from the first run on: the same numbers, other entries
  const after = runs(6, 'other')
  const stated = (from: number, ...lines: readonly string[]) => [...before.heads.slice(0, from), ...lines].join('')

  test('a later run that states a consistent head: the lines from before the cut still fail it, at the entry', async () => {
    const verdict = await judged(after.lines, stated(4, ...after.heads.slice(4)))
    expect(verdict).toMatchObject({reason: 'head_mismatch', completeness: 'not_proven'})
    expect(verdict.line).toBeGreaterThan(0)
  })

  test('a single early line among later ones that agree: it fails the log', async () => {
    const heads = after.heads.with(2, before.heads[2] ?? '')
    expect(await judged(after.lines, heads.join(''))).toMatchObject({reason: 'head_mismatch'})
    expect(await judged(after.lines, [...after.heads, before.heads[1]].join(''))).toMatchObject({
      reason: 'head_mismatch',
    })
  })

  test('lines that the recorder did not sign, before, between and behind its own: told, and they hide nothing', async () => {
    const far = (before.heads[0] ?? '').replace(/"seq":\d+/, '"seq":1000000000')
    const near = (before.heads[0] ?? '').replace(/"seq":\d+/, '"seq":7')
    for (const junk of [[far], [near], [far, near, far], ['{}\n', far]]) {
      const sound = await judged(
        after.lines,
        [...junk, ...after.heads.slice(0, 3), ...junk, ...after.heads.slice(3), ...junk].join(''),
      )
      expect(sound).toMatchObject({
        reason: undefined,
        headFile: 'held',
        warnings: [expect.stringMatching(/says nothing/)],
      })
      expect(await judged(after.lines, [...junk, ...before.heads].join(''))).toMatchObject({reason: 'head_mismatch'})
      expect(await judged(after.lines.slice(0, -1), [...after.heads, ...junk].join(''))).toMatchObject({
        reason: 'head_mismatch',
      })
    }
  })

  test('a head file that was begun anew behind signed checkpoints: the verdict says so', async () => {
    expect(await judged(after.lines, after.heads.slice(3).join(''))).toMatchObject({
      ...{reason: undefined, headFile: 'begun_later'},
    })
  })

  test('receipts alone: each stated root has to be met', () =>
    withFolder(async (chain) => {
      const request = {
        ...{file: undefined, chain, session: 'proxy', keys: [], endorsements: [], wholeRecorder: false},
        ...{allowUnanchoredSeal: false, strict: false, requirePinned: false, tolerateTornTail: false},
        retainedSuffix: false,
      }
      const cut = before.lines.slice(0, before.lines.length / 4)
      writeFileSync(join(chain, 'evidence-proxy-0.jsonl'), cut.join(''))
      writeFileSync(join(chain, 'evidence-proxy.head'), [...before.heads, before.heads[0]].join(''))
      expect((await verifyChain(request, [one.public])).json).toMatchObject({reason: 'head_mismatch'})
      writeFileSync(join(chain, 'evidence-proxy.head'), before.heads[0] ?? '')
      expect((await verifyChain(request, [one.public])).json).toMatchObject({valid: true, head_file: 'held'})
    }))
})

test('a log with signed checkpoints and no head file: a sentence and a member of the report say so', () =>
  withFolder(async (path) => {
    writeFileSync(join(path, 'evidence-proxy-0.jsonl'), runs(1).lines.join(''))
    const request = {path, keys: [one.public.hex], recursive: false, strict: false, retainedSuffix: false}
    const report = await verifyIntegrity(request)
    expect(report.text).toMatch(/head file .* is missing/)
    expect(report.json).toMatchObject({ok: true, sessions: [{head_file: 'missing'}]})
  }))

test('a removed tail, as text: no entry and no line is made up for it', () =>
  withFolder(async (path) => {
    const {lines, heads} = runs(2)
    writeFileSync(join(path, 'evidence-proxy-0.jsonl'), lines.slice(0, lines.length / 2).join(''))
    writeFileSync(join(path, 'evidence-proxy.head'), heads.join(''))
    const request = {path, keys: [one.public.hex], recursive: false, strict: false, retainedSuffix: false}
    const {text} = await verifyIntegrity(request)
    expect(text).toMatch(
      /^TAMPERED: session "proxy": head_mismatch\nVIOLATED proxy: .*\n {2}of the log as a whole: head_mismatch: /,
    )
  }))
