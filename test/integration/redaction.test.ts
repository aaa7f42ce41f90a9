// Redaction in a running firewall: what the origin receives, what is refused in every mode, and what the signed receipt says.
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {request} from 'node:http'
import {gzipSync} from 'node:zlib'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, describe, expect, test} from 'vitest'
import {privateKeyFileText} from '../../src/formats/key-file.js'
import {createFirewall, type Firewall} from '../../src/host/firewall.js'
import {createPorts} from '../../src/host/ports.js'
import {privateKeyFromSeed} from '../../src/lib/ed25519.js'
import {BASE} from '../support/firewalls.js'
import {verifyDirectory} from '../support/memory-log.js'
import {startOrigin, type Origin} from '../support/origins.js'
import {RawClient} from '../support/raw-socket.js'

const key = privateKeyFromSeed(Buffer.alloc(32, 9))
const SECTION = `
request_body_scanning: {enabled: true}
redaction:
  enabled: true
  default_profile: code
  profiles: {code: {classes: [email, aws-access-key], dictionaries: [people]}}
  dictionaries: {people: {class: person, entries_file: people.yaml}}
  allowlist_unparseable: [other.example]
`
const RECORDER = 'flight_recorder: {enabled: true, dir: evidence, signing_key_path: key, require_receipts: true}\n'

const open: {close(): unknown}[] = []
afterEach(async () => {
  for (const item of open.splice(0).reverse()) await item.close()
})

interface World {
  readonly firewall: Firewall
  readonly folder: string
  readonly origin: Origin
}

async function world(more = ''): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'pipelock-redaction-'))
  writeFileSync(join(folder, 'key'), privateKeyFileText(key), {mode: 0o600})
  writeFileSync(join(folder, 'people.yaml'), '- Jane Doe\n')
  const ports = createPorts({home: folder, env: {}})
  const text = `${BASE}${SECTION}${more}`
  const firewall = await createFirewall({source: {kind: 'text', text, directory: folder}, ports})
  await firewall.start()
  const origin = await startOrigin()
  open.push({close: () => rmSync(folder, {recursive: true, force: true})}, origin, {
    close: () => firewall.stop('test over', 100),
  })
  return {firewall, folder, origin}
}

interface Sent {
  readonly status: number
  readonly reason: string | undefined
  readonly body: string
}

function post({firewall}: World, url: string, body: string | Buffer, headers: Record<string, string>): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const {port} = firewall.addresses().main
    const req = request(
      {
        host: '127.0.0.1',
        port,
        path: url,
        method: 'POST',
        agent: false,
        headers: {host: new URL(url).host, ...headers},
      },
      (res) => {
        let text = ''
        res.setEncoding('utf8')
        res.on('data', (chunk: string) => (text += chunk))
        res.on('end', () => {
          const reason = res.headers['x-pipelock-block-reason']
          resolve({status: res.statusCode ?? 0, reason: reason?.toString(), body: text})
        })
      },
    )
    req.on('error', reject)
    req.end(body)
  })
}

const JSON_TYPE = {'content-type': 'application/json'}
const SECRET = '{"to": "jane@example.com", "by":"Jane Doe","key":"AKIAIOSFODNN7EXAMPLE", "n": 1.0}'
const REDACTED = '{"to": "<pl:email:1>", "by":"<pl:person:1>","key":"<pl:aws-access-key:1>", "n": 1.0}'

const evidence = ({folder}: World): string =>
  readdirSync(join(folder, 'evidence'))
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => readFileSync(join(folder, 'evidence', name), 'utf8'))
    .join('')

test('the origin receives placeholders, with the length of the new body and without digests of the old one', async () => {
  const w = await world(RECORDER)
  const url = `http://origin.example:${w.origin.port}/v1`
  const sent = await post(w, url, SECRET, {...JSON_TYPE, 'content-digest': 'sha-256=:AAAA:'})
  expect(sent.status).toBe(200)
  const [observed] = w.origin.requests
  expect(observed?.body.toString()).toBe(REDACTED)
  const fields = new Map(
    (observed?.rawHeaders ?? []).flatMap((name, i, all) => (i % 2 === 0 ? [[name.toLowerCase(), all[i + 1]]] : [])),
  )
  expect(fields.get('content-length')).toBe(String(Buffer.byteLength(REDACTED)))
  expect(fields.has('content-digest')).toBe(false)

  const clean = '{"to" : "nobody"}'
  expect((await post(w, url, clean, JSON_TYPE)).status).toBe(200)
  expect(w.origin.requests[1]?.body.toString()).toBe(clean)

  await w.firewall.stop('test', 100)
  const verdict = await verifyDirectory(join(w.folder, 'evidence'), [key.public], 'whole')
  expect(verdict.failure).toBeUndefined()
  const text = evidence(w)
  expect(text).not.toMatch(/jane|Jane|AKIAIOSFODNN7/)
  const summaries = [...text.matchAll(/"redaction":(\{.*?\}\})/g)].map((match) => JSON.parse(match[1] ?? '') as unknown)
  expect(summaries).toEqual([
    {
      profile: 'code',
      provider: 'generic-json',
      parser: 'json',
      total_redactions: 3,
      by_class: {'aws-access-key': 1, email: 1, person: 1},
    },
  ])
})

describe.each([['mode: balanced\n'], ['mode: audit\nenforce: false\n']])('%s', (mode) => {
  test.each([
    ['broken JSON', '{"a":', 'application/json', 'body_unparseable'],
    ['a form', 'a=1', 'application/x-www-form-urlencoded', 'non_json_body'],
    ['multipart', '--x--', 'multipart/form-data; boundary=x', 'multipart_unsupported'],
    ['duplicate names', '{"a":1,"a":2}', 'application/json', 'duplicate_object_key'],
    ['depth', `${'['.repeat(65)}${']'.repeat(65)}`, 'application/json', 'json_depth_exceeded'],
  ])('%s is refused, and nothing of it is sent', async (_name, body, type, code) => {
    const w = await world(mode)
    const sent = await post(w, `http://origin.example:${w.origin.port}/`, body, {'content-type': type})
    expect(sent).toEqual({
      status: 403,
      reason: 'redaction_failure',
      body: `blocked: redaction blocked request: ${code}\n`,
    })
    expect(w.origin.connections()).toBe(0)
  })
})

test('other bodies stream to listed hosts, and requests without a body pass', async () => {
  const w = await world()
  const csv = `jane@example.com\n`.repeat(100_000)
  expect((await post(w, `http://other.example:${w.origin.port}/`, csv, {'content-type': 'text/csv'})).status).toBe(200)
  expect(w.origin.requests[0]?.body.toString()).toBe(csv)
  expect((await post(w, `http://origin.example:${w.origin.port}/`, '', {})).status).toBe(200)
})

test('a coded body is read decoded, and is forwarded as received, or without its coding when it changed', async () => {
  const w = await world()
  const url = `http://origin.example:${w.origin.port}/v1`
  const coding = {...JSON_TYPE, 'content-encoding': 'gzip'}
  const clean = gzipSync('{"a":"b"}')
  expect((await post(w, url, clean, coding)).status).toBe(200)
  expect(w.origin.requests[0]?.body).toEqual(clean)
  expect((await post(w, url, gzipSync(SECRET), coding)).status).toBe(200)
  expect(w.origin.requests[1]?.body.toString()).toBe(REDACTED)
  expect(w.origin.requests[1]?.rawHeaders.join()).not.toMatch(/content-encoding/i)
  const broken = await post(w, url, clean.subarray(0, -4), coding)
  expect([broken.status, broken.reason]).toEqual([403, 'redaction_failure'])
  expect((await post(w, url, clean, {...JSON_TYPE, 'content-encoding': 'br'})).status).toBe(403)
  expect(w.origin.requests).toHaveLength(2)
})

test('needs request_body_scanning', async () => {
  await expect(
    world('').then(() =>
      createFirewall({
        source: {kind: 'text', text: `${BASE}${SECTION.replace('enabled: true}', 'enabled: false}')}`, directory: '/'},
        ports: createPorts({home: '/', env: {}}),
      }),
    ),
  ).rejects.toThrow(/redaction\.enabled.*needs request_body_scanning\.enabled/s)
})

test('plain HTTP inside a tunnel is redacted like any other', async () => {
  const w = await world()
  const client = await RawClient.open(w.firewall.addresses().main.port)
  open.push(client)
  const authority = `origin.example:${w.origin.port}`
  client.send(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`)
  expect((await client.response(true)).status).toBe(200)
  client.send(
    `POST /v1 HTTP/1.1\r\nHost: ${authority}\r\nContent-Type: application/json\r\nContent-Length: ${SECRET.length}\r\n\r\n${SECRET}`,
  )
  expect((await client.response()).status).toBe(200)
  expect(w.origin.requests[0]?.body.toString()).toBe(REDACTED)
})
