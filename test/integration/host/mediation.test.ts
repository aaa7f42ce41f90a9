// The mediation envelope in a whole firewall: long and coded bodies, redirects, signatures of others, bodies that are not
// the signed ones, the key directory, metrics, and what a configuration must have.
import {readFileSync} from 'node:fs'
import {request} from 'node:http'
import {afterEach, describe, expect, test} from 'vitest'
import {privateKeyFileText} from '../../../src/formats/keys/key-file.js'
import {privateKeyFromSeed} from '../../../src/lib/ed25519.js'
import {fieldValue, readSignatures, verifySignature, type Fields} from '../../../src/lib/http-signature.js'
import {isBodyOf} from '../../../src/plugins/mediation/verify.js'
import {BASE, send, startFirewall, type TestFirewall} from '../../support/firewalls.js'
import {startOrigin, type Origin, type Respond} from '../../support/origins.js'
import {peerFields} from '../../support/peer-envelopes.js'

const KEY = privateKeyFromSeed(Buffer.alloc(32, 5))
const PEER = privateKeyFromSeed(Buffer.alloc(32, 6))
const MORE = 'max_body_bytes: 100'

const open: {close(): unknown}[] = []
afterEach(async () => {
  for (const item of open.splice(0).reverse()) await item.close()
})

async function origin(respond?: Respond): Promise<Origin> {
  const started = await startOrigin(respond)
  open.push(started)
  return started
}

async function signing(more = MORE, rest = ''): Promise<TestFirewall> {
  const section = `mediation_envelope: {enabled: true, sign: true, signing_key_path: mediation.key, ${more}}\n`
  const f = await startFirewall(`${BASE}${section}${rest}`, {files: {'mediation.key': privateKeyFileText(KEY)}})
  open.push(f)
  return f
}

async function requiring(more = '', rest = ''): Promise<TestFirewall> {
  const list = `trust_list: [{key_id: peer, public_key: "${PEER.public.hex}"}]`
  const f = await startFirewall(`${BASE}mediation_envelope: {verify_inbound: {enabled: true, ${list}}${more}}\n${rest}`)
  open.push(f)
  return f
}

interface Sent {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: string
  /** Without a length. */
  readonly chunked?: boolean
}

interface Response {
  readonly status: number
  readonly reason: string | undefined
  readonly body: string
}

function through(f: TestFirewall, url: string, {method = 'GET', headers = {}, body, chunked}: Sent): Promise<Response> {
  return new Promise((done, fail) => {
    const {port} = f.firewall.addresses().main
    const length = body === undefined || chunked ? {} : {'content-length': String(body.length)}
    const req = request({
      host: '127.0.0.1',
      port,
      method,
      path: url,
      agent: false,
      headers: {host: new URL(url).host, ...length, ...headers},
    })
    req.on('error', fail)
    req.on('response', (res) => {
      let text = ''
      res.setEncoding('utf8').on('data', (part: string) => (text += part))
      res.on('end', () => {
        const reason = res.headers['x-pipelock-block-reason'] as string | undefined
        done({status: res.statusCode ?? 0, reason, body: text})
      })
    })
    for (let at = 0; at < (body?.length ?? 0); at += 40) req.write(body?.slice(at, at + 40))
    req.end()
  })
}

function fieldsOf({requests}: Origin, index = -1): Fields {
  const {rawHeaders = []} = requests.at(index) ?? {}
  return rawHeaders.flatMap((value, i) => (i % 2 === 0 ? [] : [[rawHeaders[i - 1] ?? '', value] as const]))
}

/** True where our signature covers the request that the origin received. */
function isSigned(fields: Fields, method: string, uri: string): boolean {
  const [own] = readSignatures(fields, (label) => label === 'pipelock1')
  const message = {method, targetUri: uri, authority: new URL(uri).host, fields}
  return own !== undefined && verifySignature(message, own, KEY.public)
}

describe('bodies', () => {
  const SCANNED = ''
  const UNSCANNED = 'request_body_scanning: {enabled: false}\n'
  const short = 'x'.repeat(90)
  const long = 'abcdefghij'.repeat(30)

  test.each([
    ['short, not scanned', UNSCANNED, short, false, true],
    ['short, in chunks, not scanned', UNSCANNED, short, true, true],
    ['long, not scanned', UNSCANNED, long, false, false],
    ['long, in chunks, not scanned', UNSCANNED, long, true, false],
    ['long, scanned and so known as a whole', SCANNED, long, false, true],
    ['long, in chunks, scanned', SCANNED, long, true, true],
  ])('%s: complete at the origin, and covered where it is held', async (_how, rest, body, chunked, isCovered) => {
    const o = await origin()
    const f = await signing(MORE, rest)
    const url = `http://origin.example:${o.port}/p`
    const {status} = await through(f, url, {method: 'POST', body, chunked, headers: {'content-type': 'text/plain'}})
    expect([status, o.requests.at(-1)?.body.toString()]).toEqual([200, body])
    const fields = fieldsOf(o)
    expect(isSigned(fields, 'POST', url)).toBe(true)
    const digest = fieldValue(fields, 'content-digest')
    expect(digest === undefined ? false : isBodyOf(digest, Buffer.from(body))).toBe(isCovered)
  })

  test.each([false, true])('a long one is refused where it must be covered (chunked: %s)', async (chunked) => {
    const o = await origin()
    const f = await signing(`${MORE}, oversize_body: block`, UNSCANNED)
    const url = `http://origin.example:${o.port}/p`
    const {status, reason, body} = await through(f, url, {method: 'POST', body: long, chunked})
    expect([status, reason, o.requests]).toEqual([403, 'outbound_envelope_failed', []])
    expect(body).toBe('mediation envelope signing failed\n')
  })

  test('a redacted one is covered as it is sent', async () => {
    const o = await origin()
    const f = await signing('', 'redaction: {enabled: true, default_profile: p, profiles: {p: {classes: [email]}}}\n')
    const url = `http://origin.example:${o.port}/p`
    const headers = {'content-type': 'application/json'}
    await through(f, url, {method: 'POST', body: '{"to":"jane.doe@mail.example"}', headers})
    const sent = o.requests.at(-1)?.body ?? Buffer.alloc(0)
    expect(sent.toString()).not.toContain('jane.doe')
    expect(isBodyOf(fieldValue(fieldsOf(o), 'content-digest') ?? '', sent)).toBe(true)
  })
})

describe('redirects', () => {
  const moving: Respond = ({url}, res) =>
    url === '/end' ? void res.end('end') : void res.writeHead(302, {location: '/end'}).end()

  test('that are followed are signed anew, with the number of redirects', async () => {
    const o = await origin(moving)
    const f = await signing('')
    const start = `http://origin.example:${o.port}/start`
    await send(f.firewall, `/fetch?url=${encodeURIComponent(start)}`)
    expect(o.requests.map(({url}) => url)).toEqual(['/start', '/end'])
    const [first, second] = [fieldsOf(o, 0), fieldsOf(o, 1)]
    expect([isSigned(first, 'GET', start), isSigned(second, 'GET', start.replace('start', 'end'))]).toEqual([
      true,
      true,
    ])
    expect(fieldValue(first, 'pipelock-mediation')).not.toContain('hop=')
    expect(fieldValue(second, 'pipelock-mediation')).toMatch(/, hop=1$/)
    const rid = (fields: Fields) => /rid="([^"]+)"/.exec(fieldValue(fields, 'pipelock-mediation') ?? '')?.[1]
    expect(rid(second)).toBe(rid(first))
    expect(fieldValue(second, 'signature')).not.toBe(fieldValue(first, 'signature'))
  })

  test('that the forward proxy follows are as well', async () => {
    const o = await origin(moving)
    const base = BASE.replace('{enabled: true}', '{enabled: true, follow_redirects: true}')
    const section = 'mediation_envelope: {enabled: true, sign: true, signing_key_path: mediation.key}\n'
    const f = await startFirewall(`${base}${section}`, {files: {'mediation.key': privateKeyFileText(KEY)}})
    open.push(f)
    const start = `http://origin.example:${o.port}/start`
    expect((await through(f, start, {})).body).toBe('end')
    expect(isSigned(fieldsOf(o), 'GET', start.replace('start', 'end'))).toBe(true)
    expect(fieldValue(fieldsOf(o), 'pipelock-mediation')).toMatch(/, hop=1$/)
  })
})

describe('signatures of others', () => {
  test('stay beside ours', async () => {
    const o = await origin()
    const f = await signing('')
    const url = `http://origin.example:${o.port}/`
    await through(f, url, {headers: {'signature-input': 'sig1=("@method")', signature: 'sig1=:AAAA:'}})
    expect(isSigned(fieldsOf(o), 'GET', url)).toBe(true)
    expect(fieldValue(fieldsOf(o), 'signature')).toMatch(/^sig1=:AAAA:, pipelock1=:/)
  })

  test('of an older draft are refused and not overwritten, with a receipt and a reason', async () => {
    const o = await origin()
    const f = await signing('', 'request_body_scanning: {enabled: false}\n')
    const {status, reason, body} = await through(f, `http://origin.example:${o.port}/`, {
      headers: {signature: 'keyId="k",algorithm="rsa-sha256",signature="AAAA"'},
    })
    expect([status, reason, body]).toEqual([403, 'outbound_envelope_failed', 'mediation envelope signing failed\n'])
    expect(o.requests).toEqual([])
    await expect.poll(() => JSON.stringify(f.log())).toContain('RFC 9421')
  })
})

describe('envelopes of clients', () => {
  const envelope = (method: string, uri: string, body?: string): Record<string, string> =>
    Object.fromEntries(peerFields(PEER, Date.now(), {method, uri, body}))

  test.each([
    ['the signed body', 'one', 'one', undefined],
    ['another body', 'one', 'two', 'envelope_verify_failed'],
    ['no body in place of the signed one', 'one', undefined, 'envelope_verify_failed'],
  ])('%s', async (_how, signed, sent, expected) => {
    const o = await origin()
    const f = await requiring()
    const url = `http://origin.example:${o.port}/p`
    const headers = envelope('POST', url, signed)
    const {reason} = await through(f, url, {method: 'POST', headers, ...(sent !== undefined && {body: sent})})
    expect([reason, o.requests.length]).toEqual([expected, expected === undefined ? 1 : 0])
  })

  test('a body that is too long to be verified is refused, also where nothing else reads it', async () => {
    const o = await origin()
    const f = await requiring(', max_body_bytes: 10', 'request_body_scanning: {enabled: false}\n')
    const url = `http://origin.example:${o.port}/p`
    const body = 'longer than ten'
    const {reason} = await through(f, url, {method: 'POST', headers: envelope('POST', url, body), body})
    expect([reason, o.requests]).toEqual(['envelope_verify_failed', []])
  })

  test('are accepted once, also after a reload, and counted', async () => {
    const o = await origin()
    const f = await requiring()
    const url = `http://origin.example:${o.port}/p`
    const headers = envelope('GET', url)
    expect((await through(f, url, {headers})).status).toBe(200)
    f.rewrite(`${readFileSync(f.configPath, 'utf8')}# changed\n`)
    expect((await f.firewall.reload()).status).toBe('success')
    expect((await through(f, url, {headers})).reason).toBe('envelope_verify_failed')
    await through(f, url, {})
    const {body} = await send(f.firewall, '/metrics')
    for (const [result, count] of [
      ['verified', 1],
      ['failed', 1],
      ['missing', 1],
    ] as const) {
      expect(body).toContain(`pipelock_envelope_verify_total{result="${result}"} ${count}`)
    }
    const reasons = (): unknown[] => f.log().flatMap(({event, reason}) => (event === 'blocked' ? [reason] : []))
    await expect
      .poll(reasons)
      .toEqual([
        'inbound mediation envelope verification failed: replay',
        'inbound mediation envelope verification failed: missing',
      ])
  })

  test('own routes need none', async () => {
    const f = await requiring()
    for (const path of ['/health', '/metrics', '/stats']) {
      expect([path, (await send(f.firewall, path)).status]).toEqual([path, 200])
    }
  })
})

test('the key directory lists the key under its id, signed by a key that it lists', async () => {
  const f = await signing('key_id: prod-1', 'flight_recorder: {enabled: false}\n')
  const {status, body} = await send(f.firewall, '/.well-known/http-message-signatures-directory')
  expect(status).toBe(200)
  expect(JSON.parse(body)).toEqual({
    keys: [{keyid: 'prod-1', alg: 'ed25519', public_key: KEY.public.hex, use: 'pipelock-mediation'}],
  })
  f.rewrite(
    `${BASE}mediation_envelope: {enabled: true, sign: true, signing_key_path: mediation.key, key_id: prod-2}\nflight_recorder: {enabled: false}\n`,
  )
  await f.firewall.reload()
  const after = await send(f.firewall, '/.well-known/http-message-signatures-directory')
  expect(JSON.parse(after.body)).toMatchObject({
    keys: [{keyid: 'prod-2'}, {keyid: 'prod-1', exp: expect.any(Number) as number}],
  })
})

describe('a configuration', () => {
  test.each([
    ['sign: true', 'mediation_envelope.sign: needs mediation_envelope.enabled'],
    ['enabled: true, sign: true, signing_key_path: ""', 'mediation_envelope.signing_key_path: is required'],
    ['enabled: true, sign: true', 'agents/mediation/id_ed25519 does not exist'],
    ['signed_components: [x]', 'mediation_envelope.signed_components'],
    ['signed_components: []', 'mediation_envelope.signed_components'],
    ['signed_components: ["@method", " @METHOD "]', 'must name each component once'],
    ['actor_format: uuid', 'mediation_envelope.actor_format'],
    ['trust_domain: "prod.example:1"', 'mediation_envelope.trust_domain'],
    ['trust_domain: 10.0.0.1', 'mediation_envelope.trust_domain'],
    ['created_skew_seconds: -1', 'mediation_envelope.created_skew_seconds'],
    ['signature_expires: soon', 'mediation_envelope.signature_expires'],
    ['verify_inbound: {enabled: true}', 'verify_inbound.trust_list: must name a peer'],
    [`verify_inbound: {trust_list: [{key_id: a, public_key: "00"}]}`, 'trust_list[0].public_key'],
    [
      `verify_inbound: {trust_list: [{key_id: a, public_key: "${PEER.public.hex}"}, {key_id: a, public_key: "${PEER.public.hex}"}]}`,
      'two entries with the same key_id',
    ],
    [
      `signature_expires: 10m, verify_inbound: {enabled: true, trust_list: [{key_id: a, public_key: "${PEER.public.hex}"}]}`,
      'must not exceed verify_inbound.replay_cache.window',
    ],
  ])('with %s is refused', async (text, message) => {
    await expect(startFirewall(`${BASE}mediation_envelope: {${text}}\n`, {start: false})).rejects.toThrow(message)
  })

  test('of a key that is missing or readable by others does not start', async () => {
    const section = 'mediation_envelope: {enabled: true, sign: true, signing_key_path: mediation.key}\n'
    await expect(startFirewall(`${BASE}${section}`, {start: false})).rejects.toThrow('mediation.key')
  })

  test('whose signature covers too little is warned about', async () => {
    const f = await signing('signed_components: ["@method", "@authority"]')
    expect(f.firewall.warnings().map(({message}) => message)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('without pipelock-mediation'),
        expect.stringContaining('without @target-uri'),
      ]),
    )
  })
})
