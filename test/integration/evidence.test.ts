// A firewall with evidence and captures on, over several runs with a moved clock: what clients were told is receipted, what
// they did is captured in a session of each run, and both verify.
import {createServer, request, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {privateKeyFileText} from '../../src/formats/keys/key-file.js'
import {hashEntry, parseEntryLine} from '../../src/formats/entry.js'
import {createFirewall} from '../../src/host/firewall.js'
import {createPorts, shiftedClock} from '../../src/host/ports.js'
import {privateKeyFromSeed, verify} from '../../src/lib/ed25519.js'
import {verifyDirectory} from '../support/memory-log.js'

const HOUR = 3_600_000
const key = privateKeyFromSeed(Buffer.alloc(32, 7))

let directory: string
let origin: Server
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'pipelock-evidence-'))
  writeFileSync(join(directory, 'key'), privateKeyFileText(key), {mode: 0o600})
  origin = createServer((req, res) => res.end(`seen ${req.url}`))
  await new Promise<void>((done) => origin.listen(0, '127.0.0.1', done))
})
afterAll(async () => {
  await new Promise((done) => origin.close(done))
  rmSync(directory, {recursive: true})
})

function through(port: number, url: string): Promise<{readonly status: number; readonly body: string}> {
  return new Promise((resolve, reject) => {
    const req = request(
      {
        host: '127.0.0.1',
        port,
        path: url,
        agent: false,
        headers: {host: new URL(url).host, 'x-pipelock-agent': 'coder'},
      },
      (res) => {
        let body = ''
        res.setEncoding('utf8')
        res.on('data', (chunk: string) => (body += chunk))
        res.on('end', () => resolve({status: res.statusCode ?? 0, body}))
      },
    )
    req.on('error', reject)
    req.end()
  })
}

const captured = (): readonly string[] => readdirSync(join(directory, 'captures')).sort()

test('receipts every decision before its answer, and captures each run as a session', async () => {
  const base = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`
  const text = [
    'mode: balanced',
    'fetch_proxy: {listen: "127.0.0.1:0", monitoring: {max_requests_per_minute: 10000}}',
    'forward_proxy: {enabled: true}',
    'ssrf: {ip_allowlist: ["127.0.0.0/8"]}',
    'logging: {output: file, file: audit.log}',
    `flight_recorder: {enabled: true, dir: evidence, signing_key_path: key, require_receipts: true, checkpoint_interval: 4, max_entries_per_file: 5}`,
    `learn: {enabled: true, capture_dir: ${JSON.stringify(join(directory, 'captures'))}}`,
  ].join('\n')
  const receipts = () =>
    readdirSync(join(directory, 'evidence'))
      .filter((name) => name.endsWith('.jsonl'))
      .map((name) => readFileSync(join(directory, 'evidence', name), 'utf8'))
      .join('')
  for (const run of [0, 1, 2]) {
    const ports = createPorts({home: directory, env: {}, clock: shiftedClock(run * HOUR)})
    const firewall = await createFirewall({source: {kind: 'text', text, directory}, ports})
    await firewall.start()
    const {port} = firewall.addresses().main
    for (const path of ['items', `items/${run}`, 'list?page=2']) {
      expect(await through(port, `${base}/${path}`)).toMatchObject({status: 200, body: `seen /${path}`})
      expect(receipts()).toContain(`"target":"${base}/${path}"`)
    }
    const blocked = await through(port, `${base}/x?key=AKIAIOSFODNN7EXAMPLQ`)
    expect(blocked.status).toBe(403)
    const page = await firewall.services().metrics.text()
    for (const line of [
      'capture_dropped_total 0',
      'learn_capture_dropped_total 0',
      // how many are written at this moment is the writer's pace: every exchange is one, in the end
      'learn_capture_records_total ',
      'learn_unclassified_actions_total ',
      'learn_unclassified_rate ',
      'learn_regulated_data_blocked_total{reason="url"} 0',
      'capture_session_id_sanitized_total{reason="unsafe_path"} 0',
    ]) {
      expect(page).toContain(`\npipelock_${line}`)
    }
    await firewall.stop('test', 0)
  }
  expect(receipts()).not.toContain('AKIAIOSFODNN7EXAMPLQ')
  const verdict = await verifyDirectory(join(directory, 'evidence'), [key.public], 'whole')
  expect(verdict.failure).toBeUndefined()
  expect(verdict.v1.receiptCount).toBe(12)
  expect(verdict.completeness).toBe('anchored')

  expect(captured()).toHaveLength(3)
  for (const name of captured()) {
    expect(name).toMatch(/^coder\|127\.0\.0\.1\|\d{8}T\d{6}Z$/)
    const lines = readFileSync(join(directory, 'captures', name, `evidence-${name}-0.jsonl`), 'utf8')
      .split('\n')
      .slice(0, -1)
    const entries = lines.map(parseEntryLine)
    expect(entries.map((entry) => hashEntry(entry.head, entry.detailText))).toEqual(entries.map((entry) => entry.hash))
    const outcomes = entries.slice(0, 4).map((entry) => (JSON.parse(entry.detailText) as {outcome: string}).outcome)
    expect(outcomes).toEqual(['clean', 'clean', 'clean', 'blocked'])
    expect(lines.join('')).toContain('/x?key=[redacted-value]')
    // the interval is four: the last checkpoint covers every capture, signed with the receipt key
    expect(entries.slice(4).map(({head}) => head.type)).toEqual(['checkpoint'])
    const [checkpoint] = entries.slice(4)
    const {signature, ...range} = JSON.parse(checkpoint?.detailText ?? '') as {readonly signature: string}
    expect(range).toEqual({entry_count: 4, first_seq: 0, last_seq: 3})
    const attested = Buffer.from(checkpoint?.head.prev_hash ?? '', 'ascii')
    expect(verify(key.public, attested, Buffer.from(signature, 'hex'))).toBe(true)
  }
})
