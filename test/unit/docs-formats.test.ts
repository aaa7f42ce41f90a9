// The examples of docs/formats on evidence, verified twice: by the product's verifier, and by one that is written from the
// pages alone, on node:crypto. A page that leaves something out, or an example that is not genuine, fails.
import {describe, expect, test} from 'vitest'
import {parseHeadLine} from '../../src/formats/evidence-head.js'
import {linesOf, verifyLines} from '../../src/plugins/receipts/offline-verifier.js'
import {block, formJ, isSigned, page, sha256, verifyLog, type Json, type Members} from '../support/format-pages.js'

const ESCAPES: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
}

/** Form G of values whose members stand in the order of their table. */
function formG(value: Json): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (c) => ESCAPES[c] ?? c)
}

/** The order of a table's members, as its page states it. */
function orderOf(markdown: string, heading: string): readonly string[] {
  const [, section = ''] = markdown.split(`\n## ${heading}\n`)
  const [table = ''] = section.split('\n\n### ')
  return [...table.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, name = '']) => name)
}

interface Verdict {
  readonly valid: boolean
  readonly hash: string
}

/** docs/formats/action-receipt.md, "Signature and hash": members in the order of the page's own table. */
function verifyAction(text: string, key: string): Verdict {
  const {version, action_record, signature, signer_key} = JSON.parse(text) as {
    readonly version: number
    readonly action_record: Members
    readonly signature: string
    readonly signer_key: string
  }
  const order = orderOf(page('action-receipt'), 'Record')
  const unknown = Object.keys(action_record).some((name) => !order.includes(name))
  const record = Object.fromEntries(
    order.flatMap((name) => (name in action_record ? [[name, action_record[name] ?? null]] : [])),
  )
  const hash = sha256(formG({version, action_record: record, signature, signer_key})).toString('hex')
  return {valid: !unknown && signer_key === key && isSigned(key, sha256(formG(record)), signature), hash}
}

/** docs/formats/evidence-receipt.md, "Proof, signature and hash". */
function verifyEvidence(text: string, key: string): Verdict {
  const receipt = JSON.parse(text) as {readonly signature: {readonly signature: string; readonly algorithm: string}}
  const blank = {algorithm: '', key_purpose: '', signature: '', signer_key_id: ''}
  const message = Buffer.from(formJ({...receipt, signature: blank}))
  const valid = receipt.signature.algorithm === 'ed25519' && isSigned(key, message, receipt.signature.signature)
  return {valid, hash: sha256(formJ(receipt)).toString('hex')}
}

/** One digit of a text changed, where it stands. */
const changed = (text: string, before: string, after: string): string => {
  expect(text).toContain(before)
  return text.replace(before, after)
}

describe('published formats', () => {
  test('action receipts, in the example of their page, verify, link and have the stated hashes', async () => {
    const markdown = page('action-receipt')
    const key = block(markdown, 'key').trim()
    const text = block(markdown, 'jsonl')
    const [first = '', second = ''] = text.split('\n')
    const [one, two] = [verifyAction(first, key), verifyAction(second, key)]
    expect([one.valid, two.valid]).toEqual([true, true])
    for (const {hash} of [one, two]) expect(markdown).toContain(`\`${hash}\``)
    expect(JSON.parse(second)).toMatchObject({action_record: {chain_prev_hash: one.hash, chain_seq: 1}})
    expect(verifyAction(changed(second, '"block"', '"allow"'), key).valid).toBe(false)

    const lines = linesOf('receipts.jsonl', Buffer.from(text))
    const result = await verifyLines({lines, isRecorder: false, keys: [key]})
    expect(result).toMatchObject({ok: true, receipts: 2, rootHash: two.hash, failures: []})
  })

  test('an evidence receipt, in the example of its page, verifies and has the stated hash', async () => {
    const markdown = page('evidence-receipt')
    const key = block(markdown, 'key').trim()
    const text = block(markdown, 'json')
    const verdict = verifyEvidence(text, key)
    expect(verdict.valid).toBe(true)
    expect(markdown).toContain(`\`${verdict.hash}\``)
    expect(verifyEvidence(changed(text, '"scanner","contract"', '"scanner","operator"'), key).valid).toBe(false)

    const lines = linesOf('receipts.jsonl', Buffer.from(text))
    const result = await verifyLines({lines, isRecorder: false, keys: [key]})
    expect(result).toMatchObject({ok: true, evidenceReceipts: 1, signatures: {evidence: 1}, rootHash: verdict.hash})
  })

  test('a recorder log, in the example of its page, verifies with its receipts, root, checkpoint and head', async () => {
    const markdown = page('recorder-log')
    const key = block(markdown, 'key').trim()
    const text = block(markdown, 'jsonl')
    const lines = text.trimEnd().split('\n')
    expect(verifyLog(lines, key)).toBe(true)
    expect(verifyLog([...lines.slice(0, 2), changed(lines[2] ?? '', 'via scanner', 'via contract')], key)).toBe(false)
    expect(verifyLog(lines.slice(1), key)).toBe(false)
    const signature = /"signature":"[0-9a-f]/.exec(lines.at(-1) ?? '')?.[0] ?? ''
    const other = `${signature.slice(0, -1)}${signature.endsWith('0') ? '1' : '0'}`
    expect(verifyLog([...lines.slice(0, -1), changed(lines.at(-1) ?? '', signature, other)], key)).toBe(false)

    const result = await verifyLines({
      lines: linesOf('evidence-proxy-0.jsonl', Buffer.from(text)),
      isRecorder: true,
      keys: [key],
    })
    expect(result).toMatchObject({
      ok: true,
      entries: 5,
      signatures: {receipts: 2, evidence: 1, checkpoints: 1},
      failures: [],
    })

    const head = parseHeadLine(Buffer.from(block(markdown, 'head').trimEnd()), 'proxy')
    const last = JSON.parse(lines.at(-1) ?? '') as {readonly seq: number; readonly prev_hash: string}
    expect(head).toMatchObject({seq: last.seq, entry_hash: last.prev_hash, root_hash: result.rootHash})
    const {signature: signed = '', ...rest} = JSON.parse(block(markdown, 'head')) as Record<string, string>
    expect(isSigned(key, sha256('pipelock-evidence-head-v1\0', formG(rest)), signed)).toBe(true)
  })

  test('the tables of the pages name the members of the formats, in order', async () => {
    const {ACTION_RECORD} = await import('../../src/formats/action-record.js')
    const {PAYLOAD_KINDS} = await import('../../src/formats/evidence-payload.js')
    const rows = [...page('action-receipt').matchAll(/^\| `([a-z_]+)` \| [^|]+ \| (yes)? *\|/gm)]
    expect(rows.map(([, name, optional]) => [name, optional === 'yes' ? 'opt' : 'always'])).toEqual(
      ACTION_RECORD.members.map(({name, presence}) => [name, presence]),
    )
    const kinds = [...page('evidence-receipt').matchAll(/^\| `([a-z_]+)` \| ([RA]) \| (.+) \|$/gm)]
    expect(
      kinds.map(([, kind, purpose, members = '']) => ({
        kind,
        purpose: purpose === 'R' ? 'receipt-signing' : 'contract-activation-signing',
        members: [...members.matchAll(/`([a-z_]+)`/g)].map(([, name]) => name),
      })),
    ).toEqual(
      Object.entries(PAYLOAD_KINDS).map(([kind, {purpose, fields}]) => ({kind, purpose, members: Object.keys(fields)})),
    )
  })
})
