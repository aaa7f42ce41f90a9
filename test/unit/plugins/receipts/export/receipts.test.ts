import {existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {PipelockError} from '../../../../../src/core/errors.js'
import {privateKeyFileText} from '../../../../../src/formats/keys/key-file.js'
import {parseEnvelope, payloadText, signEnvelope} from '../../../../../src/plugins/receipts/export/dsse.js'
import {sha256Hex} from '../../../../../src/lib/hash.js'
import {verifyAttestation} from '../../../../../src/plugins/receipts/export/attestation.js'
import {exportReceipts, verifyExport, type ExportRequest} from '../../../../../src/plugins/receipts/export/receipts.js'
import {Log, testKey, withFolder} from '../../../../support/evidence.js'

const key = testKey('export')
const other = testKey('export other')
const signer = {id: key.public.hex, key}

const log = new Log(key)
log
  .receipt({target: 'https://api.example.com/?q=<a>&b=\u2028é😀'})
  .evidenceReceipt(signer)
  .receipt()
  .decision()
  .root()
  .checkpoint()

interface Place {
  readonly folder: string
  export(change: Partial<ExportRequest>): ReturnType<typeof exportReceipts>
  file(name: string, text: string): string
}

function withPlace(use: (place: Place) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    const keyFile = join(folder, 'key')
    writeFileSync(keyFile, privateKeyFileText(key), {mode: 0o600})
    mkdirSync(join(folder, 'evidence'))
    writeFileSync(join(folder, 'evidence', 'evidence-proxy-0.jsonl'), log.text)
    await use({
      folder,
      export: (change) => exportReceipts({session: 'proxy', format: 'in-toto', keyFile, signers: [], ...change}),
      file(name, text) {
        const path = join(folder, name)
        writeFileSync(path, text)
        return path
      },
    })
  })
}

const KEYS = [key.public.hex]
const verifyText = (text: string) => verifyAttestation(Buffer.from(text), [key.public], [key.public])

test('a receipt of either kind goes out in either form, verifies, and is found again byte for byte', () =>
  withPlace(async (place) => {
    for (const [text, type] of [
      [log.receipts.lines[0] ?? '', 'action'],
      [log.evidence.lines[0] ?? '', 'evidence'],
    ] as const) {
      const receipt = place.file('receipt.json', text)
      const dsse = parseEnvelope((await place.export({receipt, format: 'dsse'})).envelope ?? '')
      expect(payloadText(dsse)).toBe(text)
      expect(dsse.payloadType).toMatch(new RegExp(`^application/vnd\\.pipelock\\.${type}-receipt\\.v[12]\\+json$`))
      const envelope = (await place.export({receipt})).envelope ?? ''
      const payload = payloadText(parseEnvelope(envelope)) ?? ''
      expect(payload.endsWith(`,"predicate":${text}}`)).toBe(true)
      expect(JSON.parse(payload)).toMatchObject({
        _type: 'https://in-toto.io/Statement/v1',
        subject: [{digest: {sha256: sha256Hex(text)}}],
      })
      const path = place.file('envelope.json', envelope)
      expect(verifyExport({path, keys: KEYS, signers: []})).toMatchObject({
        ok: true,
        verified: 1,
        receipt_hash: sha256Hex(text),
      })
    }
  }))

test('a chain goes out as one envelope a line', () =>
  withPlace(async (place) => {
    const out = join(place.folder, 'proxy.intoto.jsonl')
    expect(await place.export({chain: join(place.folder, 'evidence'), out})).toMatchObject({receipts: 3, out})
    expect(verifyExport({path: out, keys: KEYS, signers: []})).toMatchObject({
      ok: true,
      verified: 3,
      action_receipts: 2,
      evidence_receipts: 1,
    })
    const text = readFileSync(out, 'utf8')
    const mixed = place.file('mixed.jsonl', `${text}{}\n`)
    expect(verifyExport({path: mixed, keys: KEYS, signers: []})).toMatchObject({ok: false, line: 4, verified: 3})
    const empty = place.file('empty.jsonl', '\n')
    expect(verifyExport({path: empty, keys: KEYS, signers: []})).toMatchObject({ok: false, reason: 'no_receipts'})
    expect(verifyExport({path: out, keys: [other.public.hex], signers: KEYS})).toMatchObject({
      reason: 'signature_invalid',
    })
    expect(verifyExport({path: out, keys: KEYS, signers: [other.public.hex]})).toMatchObject({
      reason: 'signer_key_mismatch',
    })
  }))

test('what does not verify is not signed, and leaves no file', () =>
  withPlace(async (place) => {
    const code = async (change: Partial<ExportRequest>): Promise<string> =>
      place.export(change).then(
        () => 'done',
        (error: unknown) => (error instanceof PipelockError ? error.code : String(error)),
      )
    const forged = (log.receipts.lines[0] ?? '').replace('"allow"', '"block"')
    expect(await code({receipt: place.file('forged.json', forged)})).toBe('evidence_invalid')
    expect(await code({receipt: place.file('x.json', log.receipts.lines[0] ?? ''), signers: [other.public.hex]})).toBe(
      'evidence_invalid',
    )
    const evidence = join(place.folder, 'evidence')
    const out = join(place.folder, 'out.jsonl')
    expect(await code({chain: evidence})).toBe('usage')
    expect(await code({})).toBe('usage')
    expect(await code({chain: evidence, receipt: 'x'})).toBe('usage')
    writeFileSync(join(evidence, 'evidence-proxy-0.jsonl'), log.text.replace('"allow"', '"block"'))
    expect(await code({chain: evidence, out})).toBe('evidence_invalid')
    expect(existsSync(out)).toBe(false)
    expect(readdirSync(place.folder).filter((name) => name.endsWith('.tmp'))).toEqual([])
  }))

test('a statement that was changed is refused although its envelope is signed by the right key', () =>
  withPlace(async (place) => {
    const receipt = place.file('receipt.json', log.receipts.lines[0] ?? '')
    const envelope = (await place.export({receipt})).envelope ?? ''
    const payload = payloadText(parseEnvelope(envelope)) ?? ''
    const resigned = (text: string, type = 'application/vnd.in-toto+json'): string =>
      verifyText(signEnvelope(type, Buffer.from(text), key, 'k')).failure?.reason ?? 'valid'
    expect(resigned(payload)).toBe('valid')
    const hash = sha256Hex(log.receipts.lines[0] ?? '')
    for (const [from, to, reason] of [
      [hash, 'a'.repeat(64), 'digest_mismatch'],
      [hash, hash.toUpperCase(), 'digest_mismatch'],
      ['Statement/v1', 'Statement/v0.1', 'statement_invalid'],
      ['urn:pipelock:action-receipt:v1', 'urn:pipelock:evidence-receipt:v2', 'statement_invalid'],
      ['urn:pipelock:action-receipt:v1', 'urn:else', 'statement_invalid'],
      ['"subject":[', '"subject":[{"digest":{"sha256":"00"}},', 'statement_invalid'],
      ['"sha256":', '"sha512":', 'statement_invalid'],
      ['"predicate":', '"predicate":{},"predicate":', 'duplicate_key'],
      ['"verdict":"allow"', '"verdict":"block"', 'signature_invalid'],
      ['"action_record":{', '"action_record":{"x":1,', 'unknown_field'],
      ['{"_type"', '{"_type":1,"_type"', 'duplicate_key'],
      ['"predicate"', '"other"', 'malformed_json'],
    ] as const) {
      expect([to, resigned(payload.replace(from, to))]).toEqual([to, reason])
    }
    expect(resigned(payload, 'application/json')).toBe('envelope_invalid')
    expect(resigned(payload, 'application/vnd.pipelock.action-receipt.v1+json')).not.toBe('valid')
    for (let i = 0; i < envelope.length; i += 7) {
      const changed = envelope.slice(0, i) + String.fromCharCode(envelope.charCodeAt(i) ^ 1) + envelope.slice(i + 1)
      const isHint = i > envelope.indexOf('"keyid"') && i < envelope.indexOf('"sig"')
      if (!isHint) expect([i, verifyText(changed).failure === undefined]).toEqual([i, false])
    }
  }))
