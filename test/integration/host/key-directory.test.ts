// The key directory of a running firewall, read by our own client; and hosts that serve something else.
import {createServer, type RequestListener, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest'
import {PipelockError} from '../../../src/core/errors.js'
import {
  DIRECTORY_PATH,
  DIRECTORY_TAG,
  directoryText,
  JSON_TYPE,
  JWK_TYPE,
  thumbprint,
} from '../../../src/formats/keys/key-directory.js'
import {privateKeyFileText} from '../../../src/formats/keys/key-file.js'
import {createPorts} from '../../../src/host/ports.js'
import {fingerprint, privateKeyFromSeed} from '../../../src/lib/ed25519.js'
import {contentDigest, signMessage, type Fields} from '../../../src/lib/http-signature.js'
import {fetchDirectory} from '../../../src/plugins/signing/directory-fetch.js'
import {signingTools} from '../../../src/plugins/signing/tools.js'
import {send, BASE, startFirewall} from '../../support/firewalls.js'
import {RawClient} from '../../support/raw-socket.js'

const NOW = 1_800_000_000
const clock = {now: () => NOW * 1000, monotonic: () => performance.now()}
const [first, second] = [1, 2].map((n) => privateKeyFromSeed(Buffer.alloc(32, n))) as [
  ReturnType<typeof privateKeyFromSeed>,
  ReturnType<typeof privateKeyFromSeed>,
]

let folder: string
const open: (() => Promise<unknown>)[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'directory-'))
})
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close()
  rmSync(folder, {recursive: true})
})

const keyPath = () => join(folder, 'key')
const putKey = (key: typeof first): void => {
  writeFileSync(`${keyPath()}.new`, privateKeyFileText(key), {mode: 0o600})
  renameSync(`${keyPath()}.new`, keyPath())
}
const recording = (): string =>
  `${BASE}flight_recorder: {enabled: true, dir: ${join(folder, 'evidence')}, signing_key_path: ${keyPath()}}\n`

async function firewall(text: string) {
  const made = await startFirewall(text, {clock})
  open.push(() => made.close())
  return made
}

async function hostOf(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  open.push(() => {
    server.closeAllConnections()
    return new Promise((done) => server.close(done))
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

const fetched = (host: string, nowSeconds = NOW, timeoutMs = 10_000) =>
  fetchDirectory({scheme: 'http', host, timeoutMs, nowSeconds})
const failure = (host: string, ...rest: [nowSeconds?: number, timeoutMs?: number]): Promise<unknown> =>
  fetched(host, ...rest).then(
    () => 'fetched',
    (error: unknown) => (error instanceof PipelockError ? error.code : error),
  )

describe('a running firewall', () => {
  test('lists its receipt key, proves it, and keeps the previous one after a key change', async () => {
    putKey(first)
    const {firewall: f, rewrite, log} = await firewall(recording())
    const host = `127.0.0.1:${f.addresses().main.port}`
    const response = await send(f, DIRECTORY_PATH)
    expect(response.status).toBe(200)
    expect(response.headers).toMatchObject({'content-type': JSON_TYPE, 'cache-control': 'public, max-age=300'})
    expect(JSON.parse(response.body)).toEqual({
      keys: [{keyid: first.public.hex, alg: 'ed25519', public_key: first.public.hex, use: 'pipelock-receipt'}],
    })
    const {keys, proven} = await fetched(host)
    expect([keys.length, [...proven]]).toEqual([1, [first.public.hex]])
    // the log is written after the response
    await vi.waitFor(() => expect(log().map((line) => line['event'])).toContain('key_directory'))

    putKey(second)
    rewrite(`${recording()}# another key\n`)
    expect((await f.reload()).status).toBe('success')
    const after = await eventually(async () => {
      const each = await fetched(host)
      return each.keys.length === 2 ? each : undefined
    })
    expect(after.keys.map(({keyId}) => keyId)).toEqual([second.public.hex, first.public.hex])
    expect([...after.proven]).toEqual([second.public.hex])
    expect(after.keys.map(({notBefore, notAfter}) => [notBefore, notAfter])).toEqual([
      [NOW, undefined],
      [undefined, NOW],
    ])
  })

  test('lists the keys of its log after a restart, including one changed in the meantime', async () => {
    const keysOf = async (key: typeof first) => {
      putKey(key)
      const {firewall: f, close} = await startFirewall(recording(), {clock})
      const {keys} = JSON.parse((await send(f, DIRECTORY_PATH)).body) as {keys: Record<string, unknown>[]}
      await send(f, '/fetch?url=http://127.0.0.1:1/') // refused, with a receipt
      await close()
      return keys.map(({keyid, nbf, exp}) => [keyid, nbf, exp])
    }
    expect(await keysOf(first)).toEqual([[first.public.hex, undefined, undefined]])
    const both = [
      [second.public.hex, NOW, undefined],
      [first.public.hex, undefined, NOW],
    ]
    expect(await keysOf(second)).toEqual(both)
    expect(await keysOf(second)).toEqual(both)
  })

  test('lists the keys of the damaged log after damage, and of every session that continued one', async () => {
    const third = privateKeyFromSeed(Buffer.alloc(32, 3))
    const evidence = join(folder, 'evidence')
    const keysOf = async (key: typeof first) => {
      putKey(key)
      const {firewall: f, close} = await startFirewall(recording(), {clock})
      const {keys} = JSON.parse((await send(f, DIRECTORY_PATH)).body) as {keys: Record<string, unknown>[]}
      await send(f, '/fetch?url=http://127.0.0.1:1/') // refused, and receipted
      await close()
      return keys.map(({keyid}) => keyid)
    }
    /** Breaks the last line, which is a checkpoint: the receipts before it still verify. */
    const damage = (name: string) => {
      const path = join(evidence, name)
      const text = readFileSync(path, 'utf8').split('\n')
      text.splice(-2, 1, text.at(-2)?.replace('"type"', '"tYpe"') ?? '')
      writeFileSync(path, text.join('\n'))
    }
    const logs = () => readdirSync(evidence).filter((name) => name.endsWith('.jsonl'))
    await keysOf(first)
    await keysOf(second)
    damage('evidence-proxy-0.jsonl')
    // one that continues with the same key, and is continued
    expect(await keysOf(second)).toEqual([second.public.hex, first.public.hex])
    expect(await keysOf(second)).toEqual([second.public.hex, first.public.hex])
    const [recovered = ''] = logs().filter((name) => name.includes('recovered'))
    damage(recovered)
    // one that continues with another key
    const all = [third.public.hex, second.public.hex, first.public.hex]
    expect(await keysOf(third)).toEqual(all)
    expect(await keysOf(third)).toEqual(all)
    expect(logs()).toHaveLength(3)
  })

  test('serves clients of the standard a JWK set, and HEAD without a body', async () => {
    putKey(first)
    const {firewall: f} = await firewall(`${recording()}allowed_hosts: [proxy.example]\n`)
    const raw = await RawClient.open(f.addresses().main.port)
    raw.send(`GET ${DIRECTORY_PATH} HTTP/1.1\r\nHost: proxy.example\r\nAccept: text/html;q=0.2, ${JWK_TYPE}\r\n\r\n`)
    const set = await raw.response()
    raw.close()
    expect(set.fields.get('content-type')).toBe(JWK_TYPE)
    expect(JSON.parse(set.body.toString())).toMatchObject({keys: [{kty: 'OKP', kid: thumbprint(first.public)}]})
    expect(set.fields.get('signature-input')).toContain(`tag="${DIRECTORY_TAG}"`)
    const head = await send(f, DIRECTORY_PATH, 'HEAD')
    expect([head.status, head.body]).toEqual([200, ''])
    expect((await send(f, DIRECTORY_PATH, 'POST')).status).toBe(405)
  })

  test('has no directory where nothing is signed', async () => {
    const {firewall: f} = await firewall(`${BASE}flight_recorder: {enabled: false}\n`)
    expect((await send(f, DIRECTORY_PATH)).status).toBe(404)
    expect((await send(f, DIRECTORY_PATH, 'DELETE')).status).toBe(405)
    expect(await failure(`127.0.0.1:${f.addresses().main.port}`)).toBe('directory_unreachable')
  })
})

describe('a host', () => {
  const body = directoryText([{keyId: 'k', use: 'pipelock-receipt', key: first.public}])
  const signed = (
    host: string,
    over: {readonly expires?: number; readonly body?: string; readonly key?: typeof first} = {},
  ): Fields => {
    const fields: Fields = [['Content-Digest', contentDigest(Buffer.from(over.body ?? body))]]
    const request = {method: 'GET', targetUri: `http://${host}${DIRECTORY_PATH}`, authority: host, fields: []}
    const signature = signMessage(
      {status: 200, fields, request},
      {
        label: 'x',
        components: [{name: '@authority', ofRequest: true}, {name: 'content-digest'}],
        parameters: [
          ['created', NOW - 10],
          ['expires', over.expires ?? NOW + 100],
          ['keyid', thumbprint(first.public)],
          ['tag', DIRECTORY_TAG],
        ],
      },
      over.key ?? first,
    )
    return [...fields, ...signature]
  }
  const serving = (fields: (host: string) => Fields, text = body, type: string = JSON_TYPE): Promise<string> =>
    hostOf((req, res) => {
      res.setHeader('Content-Type', type)
      for (const [name, value] of fields(req.headers.host ?? '')) res.setHeader(name, value)
      res.end(text)
    })

  test('proves its key by the signature over the response', async () => {
    const {keys, proven} = await fetched(await serving(signed))
    expect([keys[0]?.keyId, [...proven]]).toEqual(['k', ['k']])
    expect((await fetched(await serving(() => []))).proven.size).toBe(0)
  })

  test('is refused for an invalid signature', async () => {
    const cases: readonly ((host: string) => Fields)[] = [
      (host) => signed(host, {key: second}),
      (host) => signed(host, {expires: NOW - 100}),
      () => signed('other.example'),
      (host) => signed(host, {body: '{"keys":[]}'}),
      () => [['Signature', 'keyId="x"']],
    ]
    for (const fields of cases) expect(await failure(await serving(fields))).toBe('directory_invalid')
  })

  test('is refused for what is not a directory', async () => {
    expect(await failure(await serving(() => [], body, 'text/html'))).toBe('directory_invalid')
    expect(await failure(await serving(() => [], '{}'))).toBe('directory_invalid')
    expect(await failure(await serving(() => [], ' '.repeat(300 * 1024)))).toBe('directory_invalid')
    expect(await failure(await serving(() => [['Content-Encoding', 'gzip']]))).toBe('directory_unreachable')
    expect(await failure(await hostOf((_, res) => res.writeHead(500).end()))).toBe('directory_unreachable')
  })

  test('that never ends its response times out', async () => {
    const silent = await hostOf(() => undefined)
    expect(await failure(silent, NOW, 50)).toBe('directory_unreachable')
    const endless = await hostOf((_, res) => {
      res.setHeader('Content-Type', JSON_TYPE)
      const more = (): void => void res.write(' '.repeat(64 * 1024), more)
      more()
    })
    expect(await failure(endless)).toBe('directory_invalid')
  })

  test('may redirect within its origin, a few times, and nowhere else', async () => {
    const other = await serving(() => [])
    const to = (location: string | undefined): Promise<string> =>
      hostOf((req, res) => {
        if (req.url === '/keys') return void res.setHeader('Content-Type', JSON_TYPE).end(body)
        res.writeHead(302, location === undefined ? {} : {Location: location}).end()
      })
    expect((await fetched(await to('/keys'))).keys).toHaveLength(1)
    for (const location of [
      `http://${other}${DIRECTORY_PATH}`,
      'https://127.0.0.1/',
      '//x@y/',
      DIRECTORY_PATH,
      undefined,
    ])
      expect([location, await failure(await to(location))]).toEqual([location, 'directory_unreachable'])
  })

  test.each(['a/b', 'a\\b', 'user@host', 'a?b', 'a#b', 'a b', '', 'a%2fb', '[::1'])(
    'has an invalid name: %j',
    async (host) => {
      expect(await failure(host)).toBe('usage')
    },
  )

  test('provides the pinned key as a file, and never another one', async () => {
    const tools = signingTools(createPorts({clock}))
    const host = await serving(() => [])
    const request = {
      scheme: 'http',
      host,
      timeoutSeconds: 10,
      keyId: undefined,
      use: 'pipelock-receipt',
      fingerprint: fingerprint(first.public.raw),
      out: join(folder, 'signer.pub'),
      force: false,
    } as const
    expect(await tools.fetchDirectory(request)).toMatchObject({chosen: 'k', pinned: true})
    const text = readFileSync(join(folder, 'signer.pub'), 'utf8')
    expect(text).toContain(Buffer.from(first.public.raw).toString('base64'))
    const wrong = tools.fetchDirectory({...request, fingerprint: fingerprint(second.public.raw), force: true})
    await expect(wrong).rejects.toMatchObject({code: 'key_unknown'})
    await expect(tools.fetchDirectory(request)).rejects.toMatchObject({code: 'file_exists'})
    expect(readFileSync(join(folder, 'signer.pub'), 'utf8')).toBe(text)
  })
})

/** The writer switches keys asynchronously. */
async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 200; tries++) {
    const received = await look()
    if (received !== undefined) return received
  }
  throw new Error('it never happened')
}
