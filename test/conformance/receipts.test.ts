// Every row of the receipt conformance data, through the library.
import {copyFileSync, existsSync, readFileSync, writeFileSync} from 'node:fs'
import {basename, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {describe, expect, test} from 'vitest'
import {keyReader, parseActionReceipt} from '../../src/formats/action-receipt.js'
import {readEvidenceObject} from '../../src/formats/evidence-fault.js'
import {parseEndorsement} from '../../src/formats/endorsement.js'
import {receiptTools} from '../../src/plugins/receipts/tools.js'
import {recorderTools} from '../../src/plugins/recorder/tools.js'
import {boxPublicKey, seal, sealWithNonce} from '../../src/lib/sealed-box.js'
import {createPorts} from '../../src/host/ports.js'
import {withFolder} from '../support/evidence.js'

const root =
  process.env['PIPELOCK_CONFORMANCE'] ?? fileURLToPath(new URL('../../../shared/conformance', import.meta.url))
const data = join(root, 'receipts')

interface Case {
  readonly file?: string
  readonly files?: readonly string[]
  readonly mode: string
  readonly key: string | readonly string[] | null
  readonly valid: boolean
  readonly reason?: string
  readonly session?: string
  readonly endorsements?: readonly string[]
  readonly sealed?: boolean
  readonly anchored?: boolean
  readonly [member: string]: unknown
}

const SIDECARS = new Map([
  ['raw-escrow', 'evidence-proxy-0.raw.enc'],
  ['sealed-box', '000001.payload.enc'],
])

if (!existsSync(join(data, 'expect.json'))) {
  console.warn(`receipt conformance data not found in ${data}: skipped (set PIPELOCK_CONFORMANCE)`)
  test.skip('receipt conformance data', () => undefined)
} else {
  const {cases} = JSON.parse(readFileSync(join(data, 'expect.json'), 'utf8')) as {cases: readonly Case[]}
  describe('receipt conformance', () => {
    test.each(cases.map((c, i) => [`${i + 1} ${c.mode} ${c.file ?? c.files?.join(' ')}`, c] as const))(
      '%s',
      async (_, c) => judge(c),
    )
    test('an escrow file is made byte for byte as in the worked example', () => {
      const example = JSON.parse(readFileSync(at('derived/raw-escrow.json'), 'utf8')) as Record<string, string>
      const hex = (name: string) => Buffer.from(example[name] ?? '', 'hex')
      const recipient = boxPublicKey(hex('recipient_public_hex'))
      if (recipient === undefined) throw new Error('the recipient key is refused')
      const text = Buffer.from(example['plaintext_utf8'] ?? '')
      const made = sealWithNonce(recipient, text, hex('ephemeral_private_hex'), hex('nonce_hex'))
      expect(made.toString('hex')).toBe(example['sidecar_hex'])
      expect(made).toHaveLength(72 + text.length)
    })
  })
}

const at = (file: string) => join(data, file)
const keysOf = (c: Case) => [c.key ?? []].flat()
const PRINTED = [
  'action_id',
  'receipt_hash',
  'payload_kind',
  'signer_key_id',
  'receipt_count',
  'final_seq',
  'root_hash',
  'start_time',
  'end_time',
  'broken_at_seq',
  'canonicalization',
]

async function judge(c: Case): Promise<void> {
  const file = c.file ?? ''
  switch (c.mode) {
    case 'endorsement':
      expect(parseEndorsement(readFileSync(at(file)))).toMatchObject({
        prior_signer_key: c['prior_signer_key'],
        new_signer_key: c['new_signer_key'],
      })
      return
    case 'integrity':
    case 'recorder-hash':
    case 'whole-recorder':
      return withFolder((folder) => judgeRecorder(c, folder))
    case 'raw-escrow':
    case 'sealed-box':
      return withFolder((folder) => judgeSidecar(c, folder))
    default: {
      const report = await receiptTools.verifyReceipts(request(c, {file: at(file)}))
      expect(report.valid).toBe(c.valid)
      const json = report.json as Readonly<Record<string, unknown>>
      expect(json['reason']).toBe(c.reason)
      if (c['action_record_sha256'] !== undefined) {
        const read = parseActionReceipt(readEvidenceObject(readFileSync(at(file))), undefined, keyReader())
        expect(read.digest.toString('hex')).toBe(c['action_record_sha256'])
      }
      for (const name of PRINTED) if (c[name] !== undefined) expect([name, json[name]]).toEqual([name, c[name]])
    }
  }
}

async function judgeSidecar(c: Case, folder: string): Promise<void> {
  const vector = JSON.parse(readFileSync(at(c.file ?? ''), 'utf8')) as Readonly<Record<string, string>>
  const key = join(folder, 'recipient.key')
  writeFileSync(key, `${vector['recipient_private_hex']}\n`, {mode: 0o600})
  const path = join(folder, SIDECARS.get(c.mode) ?? '')
  const sidecar = Buffer.from(vector['sidecar_hex'] ?? '', 'hex')
  writeFileSync(path, sidecar)
  const tools = recorderTools(createPorts({}))
  expect(await tools.openEscrow(key, path)).toEqual({
    bytes: Buffer.byteLength(vector['plaintext_utf8'] ?? ''),
    text: vector['plaintext_utf8'],
  })
  if (c.mode === 'sealed-box') {
    const recipient = boxPublicKey(Buffer.from(vector['recipient_public_hex'] ?? '', 'hex'))
    const ephemeral = Buffer.from(vector['ephemeral_private_hex'] ?? '', 'hex')
    // the nonce follows from the two keys, so the same ephemeral key makes the same box
    expect(recipient && seal(recipient, Buffer.from(vector['plaintext_utf8'] ?? ''), ephemeral)).toEqual(sidecar)
  }
  sidecar[sidecar.length - 1] = (sidecar.at(-1) ?? 0) ^ 1
  writeFileSync(path, sidecar)
  await expect(tools.openEscrow(key, path)).rejects.toMatchObject({code: 'escrow_authentication_failed'})
}

async function judgeRecorder(c: Case, folder: string): Promise<void> {
  let session = 'proxy'
  for (const file of c.files ?? [c.file ?? '']) {
    const first = JSON.parse(readFileSync(at(file), 'utf8').split('\n')[0] ?? '') as {session_id: string; seq: number}
    session = first.session_id
    copyFileSync(
      at(file),
      join(folder, file.endsWith('.retained.json') ? basename(file) : `evidence-${session}-${first.seq}.jsonl`),
    )
  }
  if (c.mode === 'whole-recorder') {
    const report = await receiptTools.verifyReceipts(request({...c, session}, {chain: folder, wholeRecorder: true}))
    expect(report.json).toMatchObject({
      valid: c.valid,
      entry_count: c['entry_count'],
      completeness: c.anchored ? 'anchored' : 'sealed',
    })
    return
  }
  const {ok, json} = await receiptTools.verifyIntegrity({
    path: folder,
    keys: keysOf(c),
    recursive: false,
    strict: false,
    retainedSuffix: false,
  })
  const result = json as {
    reason: string | null
    unsigned: boolean
    chains: readonly {kind: string; entries: number; broken: {seq: number; reason: string} | null}[]
    sessions: readonly {completeness: string}[]
  }
  const recorder = result.chains.find((chain) => chain.kind === 'recorder')
  expect(c.mode === 'recorder-hash' ? recorder?.broken === null : ok).toBe(c.valid)
  if (c.reason) expect(result.reason).toBe(c.reason)
  if (c['entry_count'] !== undefined) expect(recorder?.entries).toBe(c['entry_count'])
  if (c['broken_at_entry_seq'] !== undefined) expect(recorder?.broken?.seq).toBe(c['broken_at_entry_seq'])
  if (c['broken_at_seq'] !== undefined)
    expect(result.chains.find((chain) => chain.broken)?.broken?.seq).toBe(c['broken_at_seq'])
  if (c['completeness'] !== undefined) expect(result.sessions[0]?.completeness).toBe(c['completeness'])
  if (c['unsigned'] !== undefined) expect(result.unsigned).toBe(c['unsigned'])
  if (c.sealed !== undefined)
    expect(['sealed', 'anchored'].includes(result.sessions[0]?.completeness ?? '')).toBe(c.sealed)
}

function request(
  c: Case,
  more: Partial<Parameters<typeof receiptTools.verifyReceipts>[0]>,
): Parameters<typeof receiptTools.verifyReceipts>[0] {
  return {
    session: c.session ?? 'proxy',
    keys: keysOf(c),
    endorsements: (c.endorsements ?? []).map(at),
    wholeRecorder: false,
    allowUnanchoredSeal: false,
    strict: false,
    requirePinned: false,
    tolerateTornTail: false,
    retainedSuffix: false,
    ...more,
  }
}
