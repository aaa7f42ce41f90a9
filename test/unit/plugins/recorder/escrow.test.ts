// Raw escrow: the text of every entry before redaction, for the holder of one key, before the entry exists.
import {randomBytes} from 'node:crypto'
import {describe, expect, test} from 'vitest'
import {CONTRACT, facts, keyA, open, T0} from './fixtures.js'
import {entriesOf, MemoryDirectory, verdictOn} from '../../../support/memory-log.js'
import {boxPrivateKey, openWithNonce} from '../../../../src/lib/sealed-box.js'
import {sha256Hex} from '../../../../src/lib/hash.js'
import {decodeFacts, encodeFacts} from '../../../../src/plugins/recorder/facts.js'

const reader = boxPrivateKey(randomBytes(32))
const escrowKey = Buffer.from(reader.public.raw).toString('hex')
const RAW = {actor: 'agent sk-1', target: 'https://api.example.com/?key=sk-2', pattern: ''}

function opened(directory: MemoryDirectory, entry: Record<string, unknown> | undefined): string {
  const bytes = directory.files.get(String(entry?.['raw_ref'])) ?? Buffer.alloc(0)
  return openWithNonce(reader, bytes)?.toString('utf8') ?? 'does not open'
}

describe('escrow', () => {
  test('holds what was redacted, one sidecar for each entry, and the log verifies', async () => {
    const directory = new MemoryDirectory()
    const recorder = open(directory, {escrowKey, maxEntriesPerFile: 3})
    recorder.decide(facts(0))
    recorder.decide(decodeFacts(encodeFacts(facts(1, {raw: RAW, contract: CONTRACT}))))
    recorder.append({
      type: 'decision',
      event_kind: 'x',
      transport: '',
      summary: '',
      detail: '{"redacted":true}',
      raw: '{"secret":1}',
      atMs: T0,
    })
    recorder.close(T0 + 9000)
    const entries = entriesOf(directory)
    const [plain, receipt, second, other] = entries
    expect(JSON.parse(opened(directory, plain))).toEqual(plain?.['detail'])
    expect(JSON.parse(opened(directory, receipt))).toMatchObject({
      version: 1,
      action_record: {actor: RAW.actor, target: RAW.target, chain_seq: 1},
    })
    expect(opened(directory, receipt)).not.toContain('signature')
    expect(JSON.parse(opened(directory, second))).toMatchObject({payload: {target: RAW.target}})
    expect(opened(directory, other)).toBe('{"secret":1}')
    expect(JSON.stringify(entries)).not.toContain('sk-')
    for (const entry of entries) {
      const name = entry['raw_ref']
      if (name === undefined) continue
      expect(name).toMatch(new RegExp(`^evidence-proxy-${String(entry['seq'])}-raw-[0-9a-f]{32}\\.raw\\.enc$`))
      const bytes = directory.files.get(String(name)) ?? Buffer.alloc(0)
      expect(sha256Hex(bytes).slice(0, 32)).toBe(/-raw-(.*)\.raw/.exec(String(name))?.[1])
    }
    expect(entries.filter((e) => e['raw_ref'] !== undefined)).toHaveLength(4)
    expect((await verdictOn(directory, [keyA.public], 'whole')).failure).toBeUndefined()
  })

  test('that cannot be written lets no entry be written, and the chain continues after it', async () => {
    const directory = new MemoryDirectory()
    const recorder = open(directory, {escrowKey})
    recorder.decide(facts(0))
    directory.fault = (call) => (call === 'store' ? 'fail' : undefined)
    expect(() => recorder.decide(facts(1, {contract: CONTRACT}))).toThrow(/EIO/)
    expect(() =>
      recorder.append({type: 'decision', event_kind: 'x', transport: '', summary: '', detail: '{}', atMs: T0}),
    ).toThrow(/EIO/)
    directory.fault = () => undefined
    recorder.decide(facts(2))
    recorder.close(T0 + 9000)
    expect(entriesOf(directory).map((e) => e['type'])).toEqual([
      'action_receipt',
      'action_receipt',
      'transcript_root',
      'checkpoint',
    ])
    expect((await verdictOn(directory, [keyA.public], 'whole')).failure).toBeUndefined()
  })

  test('never replaces a sidecar that is there', () => {
    const directory = new MemoryDirectory()
    const recorder = open(directory, {escrowKey, random: (count) => Buffer.alloc(count, 7)})
    recorder.append({type: 'decision', event_kind: 'x', transport: '', summary: '', detail: '{}', atMs: T0})
    const name = [...directory.files.keys()].find((file) => file.endsWith('.enc')) ?? ''
    const again = open(new MemoryDirectory(new Map([[name, Buffer.from('other')]])), {
      escrowKey,
      random: (count) => Buffer.alloc(count, 7),
    })
    expect(() =>
      again.append({type: 'decision', event_kind: 'x', transport: '', summary: '', detail: '{}', atMs: T0}),
    ).toThrow(/EEXIST/)
  })
})
