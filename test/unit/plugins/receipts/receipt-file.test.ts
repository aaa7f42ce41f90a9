import {appendFileSync, existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import type {EvidenceDraft} from '../../../../src/formats/evidence-receipt.js'
import {tryLock} from '../../../../src/lib/lockfile.js'
import {appendEvidenceReceipt} from '../../../../src/plugins/receipts/receipt-file.js'
import {testKey, verifyTexts, withFolder} from '../../../support/evidence.js'

const signer = {id: 'receipts-1', key: testKey('one')}
const draft: EvidenceDraft = {
  payload_kind: 'contract_expired',
  event_id: 'event',
  timestamp: '2026-05-10T10:00:00Z',
  payload: {contract_hash: 'sha256:a', rule_id: 'r', expiration_reason: 'age'},
}

const inFile = (use: (path: string, folder: string) => Promise<void> | void) =>
  withFolder((folder) => use(join(folder, 'receipts.jsonl'), folder))
const verdict = async (path: string) => {
  const {failure, v2} = await verifyTexts(readFileSync(path, 'utf8'), {trusted: [signer.key.public]})
  return failure?.reason ?? v2.receiptCount
}

describe('lifecycle receipt files', () => {
  test('each append continues the chain; the file is private', () =>
    inFile(async (path, folder) => {
      for (let i = 0; i < 3; i++) expect(appendEvidenceReceipt(path, draft, signer).chainSeq).toBe(i)
      expect(await verdict(path)).toBe(3)
      expect(statSync(path).mode & 0o777).toBe(0o600)
      expect(readdirSync(folder)).toEqual(['receipts.jsonl'])
    }))

  test('what a crash left behind the last line is set aside', () =>
    inFile(async (path) => {
      appendEvidenceReceipt(path, draft, signer)
      const {size} = statSync(path)
      appendFileSync(path, '{"record_type":"evid')
      appendEvidenceReceipt(path, draft, signer)
      expect(await verdict(path)).toBe(2)
      expect(readFileSync(`${path}.torn-${size}`, 'utf8')).toBe('{"record_type":"evid')
    }))

  test('a crash at every byte of the first line leaves a chain that starts anew', () =>
    inFile(async (path) => {
      appendEvidenceReceipt(path, draft, signer)
      const whole = readFileSync(path)
      for (const length of [0, 1, whole.length - 2, whole.length - 1]) {
        writeFileSync(path, whole.subarray(0, length))
        appendEvidenceReceipt(path, draft, signer)
        expect(await verdict(path)).toBe(1)
      }
    }))

  test('a damaged last receipt is refused, and nothing is written', () =>
    inFile((path) => {
      appendEvidenceReceipt(path, draft, signer)
      for (const damage of [
        (t: string) => t.replace('"age"', '"old"'),
        (t: string) => t.replace('"rule_id"', '"rule"'),
        () => 'x\n',
      ]) {
        const text = damage(readFileSync(path, 'utf8'))
        writeFileSync(path, text)
        expect(() => appendEvidenceReceipt(path, draft, signer)).toThrow(/is damaged/)
        expect(readFileSync(path, 'utf8')).toBe(text)
        truncateSync(path, 0)
        appendEvidenceReceipt(path, draft, signer)
      }
    }))

  test('a file that another writer holds is refused', () =>
    inFile((path) => {
      const held = tryLock(`${path}.lock`)
      expect(() => appendEvidenceReceipt(path, draft, signer)).toThrow(/is writing /)
      expect(existsSync(path)).toBe(false)
      if (held.held) held.lock.release()
    }))
})
