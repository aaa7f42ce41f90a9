import {cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {privateKeyFileText} from '../../../../../src/formats/keys/key-file.js'
import {PipelockError} from '../../../../../src/core/errors.js'
import {
  cosignNote,
  noteKey,
  noteKeyText,
  parseNote,
  signNote,
} from '../../../../../src/plugins/receipts/anchor/signed-note.js'
import {exportAnchor, type AnchorExport} from '../../../../../src/plugins/receipts/anchor/export.js'
import {leafEntry, parseLeafEntry} from '../../../../../src/plugins/receipts/anchor/leaf.js'
import type {AnchorReport, AnchorVerifyRequest} from '../../../../../src/plugins/receipts/anchor/report.js'
import {verifyAnchor} from '../../../../../src/plugins/receipts/anchor/verify.js'
import {Log, retentionAnchor, testKey, withFolder} from '../../../../support/evidence.js'

const key = testKey('anchor')
const other = testKey('anchor other')
const signer = {id: key.public.hex, key}
const ORIGIN = 'evidence.example.com/proxy'

interface Place {
  readonly folder: string
  readonly evidence: string
  readonly out: string
  write(log: Log): void
  export(change?: Partial<Parameters<typeof exportAnchor>[0]>): Promise<AnchorExport>
  verify(change?: Partial<AnchorVerifyRequest>): Promise<AnchorReport>
}

function withPlace(use: (place: Place) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    const [evidence, out, keyFile] = [join(folder, 'evidence'), join(folder, 'anchor'), join(folder, 'receipt.key')]
    mkdirSync(evidence)
    writeFileSync(keyFile, privateKeyFileText(key), {mode: 0o600})
    writeFileSync(join(folder, 'other.key'), privateKeyFileText(other), {mode: 0o600})
    await use({
      folder,
      evidence,
      out,
      write: (log) => writeFileSync(join(evidence, 'evidence-proxy-0.jsonl'), log.text),
      export: (change = {}) =>
        exportAnchor({
          evidence,
          session: 'proxy',
          keyFile,
          signers: [],
          origin: ORIGIN,
          out,
          retainedSuffix: false,
          ...change,
        }),
      verify: (change = {}) =>
        verifyAnchor({
          anchor: out,
          keys: [key.public.hex],
          witnesses: [],
          session: 'proxy',
          signers: [key.public.hex],
          retainedSuffix: false,
          ...change,
        }),
    })
  })
}

function grow(log: Log, count: number): Log {
  for (let i = 0; i < count; i++) {
    log.receipt()
    if (i % 7 === 0) log.evidenceReceipt(signer)
    if (i % 50 === 0) log.decision().checkpoint()
  }
  return log.root().checkpoint()
}

const refused = async (act: Promise<unknown>): Promise<string> =>
  act.then(
    () => 'done',
    (error: unknown) => (error instanceof PipelockError ? error.code : String(error)),
  )

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, {recursive: true, encoding: 'utf8'}).filter((name) => statSync(join(folder, name)).isFile())

test('each export extends the one before; everything that was anchored is found again', () =>
  withPlace(async (place) => {
    const log = new Log(key)
    const kept: string[] = []
    let before = 0
    // the third and the fourth each fill a tile of 256
    for (const count of [3, 1, 260, 270]) {
      place.write(grow(log, count))
      const done = await place.export()
      const size = log.receipts.count + log.evidence.seq
      expect(done).toMatchObject({tree_size: size, noop: false, origin: ORIGIN})
      expect(done.previous?.tree_size).toBe(before === 0 ? undefined : before)
      before = size
      const earlier = join(place.folder, `kept-${size}`)
      cpSync(join(place.out, 'checkpoint'), earlier)
      kept.push(earlier)
      for (const previous of kept) {
        expect(await place.verify({previous, evidence: place.evidence})).toMatchObject({
          ok: true,
          tree_size: size,
          evidence: {receipts: size, not_anchored: 0, head_deleted: 0},
        })
      }
    }
    expect(filesBelow(place.out).filter((name) => /^tile\/(0|entries)\/\d+$/.test(name))).toHaveLength(4)
    const again = await place.export()
    expect(again.noop).toBe(true)
    const first = join(place.folder, 'receipt.json')
    writeFileSync(first, log.receipts.lines[0] ?? '')
    expect(await place.verify({receipt: first})).toMatchObject({ok: true, receipt: {index: 0}})
    writeFileSync(first, log.evidence.lines.at(-1) ?? '')
    expect((await place.verify({receipt: first})).receipt?.hash).toBe(log.evidence.hash)
    expect((await place.verify({receipt: log.receipts.hash})).receipt?.index).toBeGreaterThan(2 * 256)
    expect(await place.verify({receipt: '0'.repeat(64)})).toMatchObject({ok: false, reason: 'receipt_not_included'})
    place.write(grow(log, 5))
    expect(await place.verify({evidence: place.evidence})).toMatchObject({ok: true, evidence: {not_anchored: 6}})
  }))

test('a removed tail, another history and a missing session show', () =>
  withPlace(async (place) => {
    const log = grow(new Log(key), 40)
    place.write(log)
    await place.export()
    const lines = log.text.split('\n')
    const cut = (count: number): void =>
      writeFileSync(join(place.evidence, 'evidence-proxy-0.jsonl'), `${lines.slice(0, count).join('\n')}\n`)
    for (const count of [1, 20, lines.length - 5]) {
      cut(count)
      expect([count, await place.verify({evidence: place.evidence})]).toMatchObject([
        count,
        {ok: false, reason: 'evidence_truncated'},
      ])
      expect(await refused(place.export())).toBe('anchor_inconsistent')
    }
    // signed by the right key, a chain that verifies, and not what was anchored
    const forged = new Log(key)
    forged.receipt().receipt({verdict: 'block'})
    place.write(grow(forged, 60))
    expect(await place.verify({evidence: place.evidence})).toMatchObject({ok: false, reason: 'evidence_differs'})
    const written = filesBelow(place.out).sort()
    expect(await refused(place.export())).toBe('anchor_inconsistent')
    expect(filesBelow(place.out).sort()).toEqual(written)
    expect(await place.verify()).toMatchObject({ok: true})
    expect(await refused(place.export({session: 'agent'}))).toBe('evidence_unreadable')
    const stranger = new Log(other)
    place.write(grow(stranger, 5))
    expect(await refused(place.export())).toBe('evidence_invalid')
  }))

test('the checkpoint of another key or name, or of another log, is refused', () =>
  withPlace(async (place) => {
    const log = grow(new Log(key), 4)
    place.write(log)
    await place.export()
    expect(await place.verify({keys: [other.public.hex]})).toMatchObject({ok: false, reason: 'checkpoint_invalid'})
    expect(await place.verify({origin: 'evidence.example.com/else'})).toMatchObject({reason: 'checkpoint_invalid'})
    expect(await place.verify({keys: [noteKeyText(noteKey(ORIGIN, key.public))]})).toMatchObject({ok: true})
    expect(await place.verify({keys: [noteKeyText(noteKey('else', key.public))]})).toMatchObject({ok: false})
    expect(await refused(place.export({origin: 'evidence.example.com/else'}))).toBe('anchor_inconsistent')
    const keyFile = join(place.folder, 'other.key')
    expect(await refused(place.export({keyFile, signers: [key.public.hex]}))).toBe('anchor_inconsistent')
    for (const origin of ['', 'a b', 'a+b', 'a\nb']) expect(await refused(place.export({origin}))).toBe('usage')
    // an anchor may be signed by a key that signs no receipts
    const separate = join(place.folder, 'separate')
    expect(await place.export({keyFile, signers: [key.public.hex], out: separate})).toMatchObject({noop: false})
    expect(await place.verify({anchor: separate, keys: [other.public.hex]})).toMatchObject({ok: true})
  }))

test('one changed bit in any file of the log shows', () =>
  withPlace(async (place) => {
    place.write(grow(new Log(key), 260))
    await place.export()
    for (const name of filesBelow(place.out)) {
      const path = join(place.out, name)
      const bytes = readFileSync(path)
      for (const at of [0, bytes.length >> 1, bytes.length - 1]) {
        const changed = Buffer.from(bytes)
        changed[at] = (changed[at] ?? 0) ^ 1
        writeFileSync(path, changed)
        expect([name, at, (await place.verify()).ok]).toEqual([name, at, false])
        if (at === 0 && name !== 'checkpoint')
          expect([name, await refused(place.export())]).toEqual([name, expect.stringMatching(/anchor_invalid|done/)])
      }
      for (const changed of [bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.alloc(1)])]) {
        writeFileSync(path, changed)
        expect([name, (await place.verify()).ok]).toEqual([name, false])
      }
      rmSync(path)
      if (name !== 'checkpoint') expect([name, (await place.verify()).ok]).toEqual([name, false])
      writeFileSync(path, bytes)
    }
    expect(await place.verify()).toMatchObject({ok: true})
  }))

describe('witnesses', () => {
  const witnesses = ['w1', 'w2'].map((label) => ({name: `${label}.example.com`, key: testKey(label)}))
  const texts = witnesses.map((w) => noteKeyText(noteKey(w.name, w.key.public, 'cosignature')))

  test('must have signed as many as were required, and their lines outlive an export without news', () =>
    withPlace(async (place) => {
      place.write(grow(new Log(key), 4))
      await place.export()
      const path = join(place.out, 'checkpoint')
      const {text} = parseNote(readFileSync(path))
      expect(await place.verify({witnesses: texts})).toMatchObject({ok: false, reason: 'cosignature_missing'})
      const [first, second] = witnesses as [(typeof witnesses)[0], (typeof witnesses)[0]]
      const line = cosignNote(text, first.name, first.key, 1_790_000_000n)
      writeFileSync(path, readFileSync(path, 'utf8') + line)
      expect(await place.verify({witnesses: texts})).toMatchObject({ok: false, reason: 'cosignature_missing'})
      expect(await place.verify({witnesses: texts, quorum: 1})).toMatchObject({
        ok: true,
        cosignatures: [{name: first.name, time: 1_790_000_000}],
      })
      expect(await place.export()).toMatchObject({noop: true})
      expect(readFileSync(path, 'utf8')).toContain(line)
      writeFileSync(path, readFileSync(path, 'utf8') + cosignNote(`${text}x`, second.name, second.key, 1n))
      expect(await place.verify({witnesses: texts, quorum: 1})).toMatchObject({ok: false, reason: 'checkpoint_invalid'})
      expect(await place.verify()).toMatchObject({ok: true})
    }))

  test('one key under two names is one witness', () =>
    withPlace(async (place) => {
      place.write(grow(new Log(key), 4))
      await place.export()
      const path = join(place.out, 'checkpoint')
      const {text} = parseNote(readFileSync(path))
      const lines = ['a', 'b'].map((name) => signNote(text, name, other))
      writeFileSync(path, readFileSync(path, 'utf8') + lines.join(''))
      const same = ['a', 'b'].map((name) => noteKeyText(noteKey(name, other.public)))
      expect(await place.verify({witnesses: same})).toMatchObject({ok: false, reason: 'cosignature_missing'})
    }))
})

test('a log whose head was deleted under a retention anchor continues, and is compared from where it begins', () =>
  withPlace(async (place) => {
    const log = grow(new Log(key), 300)
    place.write(log)
    await place.export()
    const all = log.lines
    const at = 200
    const kept = JSON.parse(all[at] ?? '') as {prev_hash: string}
    const gone = all
      .slice(0, at)
      .map((line) => JSON.parse(line) as {type: string; detail: {action_record: {chain_seq: number}}})
    const last = gone.filter((entry) => entry.type === 'action_receipt').at(-1)
    const count = gone.filter((entry) => entry.type.endsWith('_receipt')).length
    const seq = last?.detail.action_record.chain_seq ?? 0
    const next = JSON.parse(log.receipts.lines[seq + 1] ?? '') as {action_record: {chain_prev_hash: string}}
    const keep = (lines: readonly string[]): void => {
      rmSync(place.evidence, {recursive: true})
      mkdirSync(place.evidence)
      writeFileSync(join(place.evidence, `evidence-proxy-${at}.jsonl`), lines.join(''))
      const members = {
        session_id: 'proxy',
        deleted_through_seq: at - 1,
        entry_hash: kept.prev_hash,
        receipt_seq: seq,
        receipt_hash: next.action_record.chain_prev_hash,
        time: '2026-05-11T10:00:00Z',
      }
      writeFileSync(join(place.evidence, 'evidence-proxy.retained.json'), retentionAnchor(members, key))
    }
    keep(all.slice(at))
    expect(await refused(place.export())).toBe('evidence_invalid')
    expect(await place.export({retainedSuffix: true})).toMatchObject({noop: true})
    grow(log, 20)
    keep(log.lines.slice(at))
    const size = log.receipts.count + log.evidence.seq
    expect(await place.export({retainedSuffix: true})).toMatchObject({noop: false, tree_size: size})
    expect(await place.verify({evidence: place.evidence, retainedSuffix: true})).toMatchObject({
      ok: true,
      evidence: {receipts: size - count, head_deleted: count, not_anchored: 0},
    })
    keep(log.lines.slice(at, -20))
    expect(await place.verify({evidence: place.evidence, retainedSuffix: true})).toMatchObject({
      reason: 'evidence_truncated',
    })
  }))

test('leaves have one spelling', () => {
  const leaf = {
    session: 'proxy',
    recordType: 'action_receipt_v1',
    chainSeq: 2n ** 64n - 1n,
    hash: 'a'.repeat(64),
  } as const
  const entry = leafEntry(leaf)
  expect(parseLeafEntry(entry)).toEqual(leaf)
  for (const [from, to] of [
    ['v1\n', 'v2\n'],
    ['proxy', ''],
    ['proxy', 'a\u0085b'],
    ['1844', '01844'],
    ['aa', 'AA'],
    ['_v1', '_v3'],
  ] as const) {
    expect([to, parseLeafEntry(Buffer.from(entry.toString().replace(from, to)))]).toEqual([to, undefined])
  }
  expect(parseLeafEntry(Buffer.concat([entry, Buffer.from('x')]))).toBeUndefined()
  expect(() => leafEntry({...leaf, session: 'a\nb'})).toThrow()
})
