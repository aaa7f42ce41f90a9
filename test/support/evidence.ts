// Builds logs and chains of receipts for tests, with public test keys and fixed times.
import {createHash} from 'node:crypto'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {signActionReceipt, type ActionRecord} from '../../src/formats/action-receipt.js'
import {writeEntry} from '../../src/formats/entry.js'
import {signEvidenceReceipt, type EvidenceDraft, type EvidenceSigner} from '../../src/formats/evidence-receipt.js'
import {privateKeyFromSeed, sign, signatureText, type PrivateKey, type PublicKey} from '../../src/lib/ed25519.js'
import type {LogVerdict} from '../../src/plugins/receipts/verify/log-verdict.js'
import {verifyLog, type ReadOptions} from '../../src/plugins/receipts/verify/log.js'

export const testKey = (label: string): PrivateKey => privateKeyFromSeed(createHash('sha256').update(label).digest())

const BASE: ActionRecord = {
  version: 1,
  action_id: 'a',
  action_type: 'read',
  timestamp: '2026-05-10T10:00:00Z',
  principal: 'local',
  actor: 'agent-a',
  delegation_chain: null,
  target: 'https://api.example.com/items?page=1&size=2',
  side_effect_class: 'external_read',
  reversibility: 'full',
  policy_hash: 'defaults',
  verdict: 'allow',
  transport: 'forward',
  method: 'GET',
  chain_prev_hash: 'genesis',
  chain_seq: 0,
}

const time = (n: number) =>
  `2026-05-10T10:${String(Math.floor(n / 60) % 60).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}Z`

/** A v1 chain under construction; `change` is applied to the record before it is signed. */
export class Receipts {
  readonly lines: string[] = []
  hash = 'genesis'
  seq = 0
  count = 0
  start = ''
  end = ''

  add(key: PrivateKey, change: Partial<ActionRecord> = {}): string {
    const timestamp = time(this.count)
    const record = {
      ...BASE,
      action_id: `action-${this.count}`,
      timestamp,
      chain_prev_hash: this.hash,
      chain_seq: this.seq,
      ...change,
    }
    const {text, hash} = signActionReceipt(record, key)
    this.hash = hash
    this.seq = Number(record.chain_seq) + 1
    if (this.seq === 1) this.start = timestamp
    this.end = timestamp
    this.count++
    this.lines.push(text)
    return text
  }

  /** The first receipt of a new segment. */
  rotate(from: PrivateKey, to: PrivateKey, change: Partial<NonNullable<ActionRecord['key_transition']>> = {}): string {
    const transition = {
      prior_signer_key: from.public.hex,
      prior_chain_seq: this.seq - 1,
      prior_chain_hash: this.hash,
      ...change,
    }
    return this.add(to, {chain_seq: 0, key_transition: transition})
  }

  get text(): string {
    return this.lines.map((line) => `${line}\n`).join('')
  }
}

const PAYLOAD = {
  action_type: 'connect',
  policy_sources: ['contract'],
  target: 'example.com',
  transport: 'forward',
  verdict: 'allow',
  winning_source: 'contract',
}

export class EvidenceReceipts {
  readonly lines: string[] = []
  hash = 'genesis'
  seq = 0

  add(signer: EvidenceSigner, change: Partial<EvidenceDraft> = {}, position = {}): string {
    const draft: EvidenceDraft = {
      payload_kind: 'proxy_decision',
      event_id: `event-${this.seq}`,
      timestamp: time(this.seq),
      payload: PAYLOAD,
      ...change,
    }
    const {text, hash} = signEvidenceReceipt(
      draft,
      {chain_seq: this.seq, chain_prev_hash: this.hash, ...position},
      signer,
    )
    this.hash = hash
    this.seq++
    this.lines.push(text)
    return text
  }

  get text(): string {
    return this.lines.map((line) => `${line}\n`).join('')
  }
}

/** A recorder log under construction. */
export class Log {
  readonly lines: string[] = []
  readonly receipts = new Receipts()
  readonly evidence = new EvidenceReceipts()
  readonly session: string
  readonly key: PrivateKey
  hash = 'genesis'
  seq = 0
  covered = 0

  constructor(key: PrivateKey, session = 'proxy') {
    this.key = key
    this.session = session
  }

  entry(type: string, detail: string, summary = type, transport = 'forward'): this {
    const {line, hash} = writeEntry(
      {
        seq: this.seq,
        ts: time(this.seq),
        session_id: this.session,
        type,
        event_kind: type,
        transport,
        summary,
        prev_hash: this.hash,
      },
      detail,
    )
    this.lines.push(line)
    this.hash = hash
    this.seq++
    return this
  }

  receipt(change: Partial<ActionRecord> = {}, key = this.key): this {
    return this.entry('action_receipt', this.receipts.add(key, change), 'receipt: allow read forward')
  }

  evidenceReceipt(signer: EvidenceSigner): this {
    return this.entry('evidence_receipt', this.evidence.add(signer))
  }

  decision(): this {
    return this.entry('decision', '{"layer":"scanner","pattern":"","request_id":"r","verdict":"allow"}')
  }

  checkpoint(key: PrivateKey | undefined = this.key, change: object = {}): this {
    const signature = key ? sign(key, Buffer.from(this.hash)).toString('hex') : ''
    const detail = {
      entry_count: this.seq - this.covered,
      first_seq: this.covered,
      last_seq: this.seq - 1,
      signature,
      ...change,
    }
    this.entry('checkpoint', JSON.stringify(detail), 'checkpoint', '')
    this.covered = this.seq
    return this
  }

  root(change: object = {}): this {
    const {receipts} = this
    const root = {
      session_id: this.session,
      final_seq: receipts.seq - 1,
      root_hash: receipts.hash,
      receipt_count: receipts.seq,
      start_time: receipts.start,
      end_time: receipts.end,
      ...change,
    }
    return this.entry('transcript_root', JSON.stringify(root), 'transcript_root', '')
  }

  get text(): string {
    return this.lines.join('')
  }
}

/** Runs `use` with a temporary directory. */
export async function withFolder<T>(use: (folder: string) => Promise<T> | T): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'pipelock-evidence-'))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, {recursive: true, force: true})
  }
}

export type TestLogOptions = Partial<Omit<ReadOptions, 'trusted'>> & {readonly trusted?: readonly PublicKey[]}

export const LOG_DEFAULTS = {level: 'chains', session: 'proxy', entrySession: 'proxy', trusted: []} as const

/** Verifies texts as the files of one session, the first one starting at seq 0 unless numbers are given. */
export function verifyTexts(
  texts: string | Readonly<Record<number, string | Buffer>>,
  options: TestLogOptions = {},
): Promise<LogVerdict> {
  const files = typeof texts === 'string' ? {0: texts} : texts
  return withFolder((folder) => {
    const numbers = Object.keys(files).map(Number)
    const paths = numbers.map((n) => {
      const path = join(folder, `evidence-proxy-${n}.jsonl`)
      writeFileSync(path, files[n] ?? '')
      return {path, named: {session: 'proxy', firstSeq: BigInt(n)}}
    })
    return verifyLog(paths, {...LOG_DEFAULTS, ...options})
  })
}

/** The text of a retention anchor file, its members in signing order. */
export function retentionAnchor(
  members: {
    readonly session_id: string
    readonly deleted_through_seq: number
    readonly entry_hash: string
    readonly receipt_seq: number
    readonly receipt_hash: string
    readonly time: string
  },
  key: PrivateKey,
): string {
  const {session_id, deleted_through_seq, entry_hash, receipt_seq, receipt_hash, time} = members
  const signed = {
    version: 1,
    session_id,
    deleted_through_seq,
    entry_hash,
    receipt_seq,
    receipt_hash,
    signer_key: key.public.hex,
    time,
  }
  const digest = createHash('sha256')
    .update(`pipelock-retention-anchor-v1\0${JSON.stringify(signed)}`)
    .digest()
  return JSON.stringify({...signed, signature: signatureText(sign(key, digest))})
}
