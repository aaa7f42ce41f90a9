// The linked offline verifier against the one of the commands: they share the rules, but neither hashes nor signatures.
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import type {OfflineResult} from '../../../../../src/plugins/receipts/verify/offline-verifier.js'
import type {LogVerdict} from '../../../../../src/plugins/receipts/verify/log-verdict.js'
import {verifyLog} from '../../../../../src/plugins/receipts/verify/log.js'
import {Log, Receipts, testKey, withFolder} from '../../../../support/evidence.js'
import {linkedVerifier} from '../../../../support/offline-verifier.js'
import {sampled} from '../../../../support/thorough.js'

const one = testKey('one')
const two = testKey('two')
const offline = linkedVerifier()

interface Judged {
  readonly keys?: readonly string[]
  readonly isRecorder?: boolean
  readonly session?: string
}

const judge = (bytes: Uint8Array, {keys = [one.public.hex], isRecorder = true, session}: Judged = {}) =>
  offline.verifyLines({lines: offline.linesOf('log', new Uint8Array(bytes)), isRecorder, session, keys})

const native = (path: string, trusted = [one.public], isRecorder = true) =>
  verifyLog([{path, named: undefined}], {
    level: isRecorder ? 'integrity' : 'chains',
    session: '',
    entrySession: undefined,
    trusted,
    structuralWithoutKey: true,
  })

const failuresOf = ({recorder, v1, v2}: LogVerdict) =>
  [recorder?.failure, v1.failure, v2.failure].flatMap((failure) =>
    failure ? [[failure.reason, String(failure.seq), failure.place?.line]] : [],
  )
const failuresIn = ({failures}: OfflineResult) => failures.map(({reason, seq, line}) => [reason, seq, line])

function ordinaryLog(): Log {
  const log = new Log(one)
  const signer = {id: one.public.hex, key: one}
  for (let i = 0; i < 4; i++) log.receipt({target: `https://api.example/${i}?a=1&b=<é>`})
  log.evidenceReceipt(signer).checkpoint().receipt({verdict: 'block'}).evidenceReceipt(signer)
  return log.root().checkpoint()
}

describe('the linked verifier', () => {
  test('accepts a log, says what it checked, and needs the key that signed it', async () => {
    const log = ordinaryLog()
    const result = await judge(Buffer.from(log.text))
    expect(result).toMatchObject({
      ok: true,
      begins: 'at the beginning',
      entries: 10,
      receipts: 5,
      evidenceReceipts: 2,
      signatures: {receipts: 5, evidence: 2, checkpoints: 2},
      rootHash: log.receipts.hash,
      finalSeq: '4',
    })
    expect([...result.signers]).toEqual([one.public.hex])
    expect(failuresIn(await judge(Buffer.from(log.text), {keys: [two.public.hex]}))[0]?.[0]).toBe('checkpoint_invalid')
    const unpinned = await judge(Buffer.from(log.text), {keys: []})
    expect([unpinned.ok, unpinned.signatures.receipts, unpinned.signatures.evidence]).toEqual([true, 5, 0])
    expect((await judge(new Uint8Array())).ok).toBe(false)
  })

  test('says of every changed byte what the command says of it', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'log')
      const bytes = Buffer.from(ordinaryLog().text)
      let failed = 0
      const places = sampled(
        [...bytes.keys()].filter((at) => at % 131 === 3),
        30,
      )
      for (const at of places) {
        const changed = Buffer.from(bytes)
        changed[at] = (changed[at] ?? 0) ^ 1
        writeFileSync(path, changed)
        const expected = failuresOf(await native(path))
        expect([at, failuresIn(await judge(changed))]).toEqual([at, expected])
        if (expected.length > 0) failed++
      }
      expect(failed).toBeGreaterThan(0.8 * places.length)
    }))

  test('follows a change of keys, and refuses one to a key that nobody trusts', async () => {
    const receipts = new Receipts()
    receipts.add(one)
    receipts.add(one)
    receipts.rotate(one, two)
    receipts.add(two)
    const keys = [one.public.hex, two.public.hex]
    const bare = {isRecorder: false}
    expect(await judge(Buffer.from(receipts.text), {...bare, keys})).toMatchObject({ok: true, receipts: 4})
    expect(failuresIn(await judge(Buffer.from(receipts.text), bare))).toEqual([['rotation_unauthorized', '0', 3]])
    const tail = receipts.lines.slice(2).join('\n')
    expect(await judge(Buffer.from(tail), {...bare, keys})).toMatchObject({ok: true, begins: 'in the middle'})
  })

  test('judges any excerpt by what it holds, and names the line that is wrong in it', async () => {
    const {lines} = ordinaryLog()
    for (let from = 0; from < lines.length; from++) {
      for (const to of [from + 1, lines.length]) {
        const result = await judge(Buffer.from(lines.slice(from, to).join('')))
        expect([from, to, failuresIn(result), result.begins]).toEqual([
          from,
          to,
          [],
          from === 0 ? 'at the beginning' : 'in the middle',
        ])
      }
    }
    const hole = [...lines.slice(2, 4), ...lines.slice(5)].join('')
    expect(failuresIn(await judge(Buffer.from(hole)))[0]).toEqual(['recorder_chain_break', '5', 3])
    const forged = [...lines.slice(2, 3), (lines[3] ?? '').replace('"verdict":"allow"', '"verdict":"block"')].join('')
    const reasons = failuresIn(await judge(Buffer.from(forged)))
    expect(reasons.map(([reason, , line]) => [reason, line])).toEqual([
      ['recorder_hash_mismatch', 2],
      ['signature_invalid', 2],
    ])
  })

  test('reads keys out of what people paste, and refuses what is none', () => {
    const [a, b] = [one.public.hex, two.public.hex]
    expect(offline.readKeys(` ${a.toUpperCase()},\n${b} ${a}`)).toEqual({keys: [a, b]})
    expect(offline.readKeys('')).toEqual({keys: []})
    expect(offline.readKeys('abc')).toMatchObject({fault: expect.stringContaining('64 hexadecimal') as string})
    const smallOrder = `01${'00'.repeat(31)}`
    expect(offline.readKeys(smallOrder)).toMatchObject({fault: expect.stringContaining('not a usable') as string})
  })

  test('lets its caller breathe', async () => {
    const receipts = new Receipts()
    for (let i = 0; i < 70; i++) receipts.add(one)
    const observed: number[] = []
    const bytes = new Uint8Array(Buffer.from(receipts.text))
    const result = await offline.verifyLines({
      lines: offline.linesOf('log', bytes),
      isRecorder: false,
      keys: [],
      pause: (count) => void observed.push(count),
    })
    expect([result.ok, observed]).toEqual([true, [32, 64]])
  })
})
