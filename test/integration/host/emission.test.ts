// Events on their way out: a webhook, a syslog daemon and an OpenTelemetry receiver beside a running firewall, which fail,
// hang and come back.
import {afterEach, beforeAll, describe, expect, test} from 'vitest'
import {upper} from '../../support/credentials.js'
import {BASE, send, startFirewall, type TestFirewall, type TestOptions} from '../../support/firewalls.js'
import {freePort} from '../../support/free-port.js'
import {startOrigin, type Origin, type Respond} from '../../support/origins.js'
import {partialSuccess, startOtlpReceiver} from '../../support/otlp-receiver.js'
import {hasSyslogDaemon, startSyslogDaemon, type SyslogDaemon} from '../../support/syslog-daemon.js'

const open: {close(): unknown}[] = []
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close()
})

function kept<One extends {close(): unknown}>(one: One): One {
  open.push(one)
  return one
}

const origin = async (respond?: Respond): Promise<Origin> => kept(await startOrigin(respond))

async function firewall(emit: string, text = BASE, options: TestOptions = {}): Promise<TestFirewall> {
  return kept(await startFirewall(`${text}emit: ${emit}\n`, options))
}

/** A request that the firewall refuses, with a number of its own. */
async function refused({firewall: f}: TestFirewall, n = 0): Promise<void> {
  const {status} = await send(f, `http://refused.example/${n}`, 'DELETE')
  expect(status).toBe(403)
}

const REFUSING = `${BASE.replace('monitoring: {', 'monitoring: {blocklist: [refused.example], ')}`

interface Sent {
  readonly severity: string
  readonly type: string
  readonly timestamp: string
  readonly pipelock_instance: string
  readonly fields: Readonly<Record<string, unknown>>
}

const sent = ({requests}: Pick<Origin, 'requests'>): readonly Sent[] =>
  requests.map(({body}) => JSON.parse(body.toString()) as Sent)

const urls = (events: readonly Sent[]): unknown[] => events.map(({fields}) => fields['url'])

async function metrics({firewall: f}: TestFirewall): Promise<string> {
  return (await send(f, '/metrics')).body
}

describe('a webhook', () => {
  test('receives what was refused, with a token, and nothing that passed', async () => {
    const hook = await origin()
    const service = await origin()
    const f = await firewall(
      `{instance_id: prod-1, webhook: {url: "http://127.0.0.1:${hook.port}/in?k=v", auth_token: t0k3n}}`,
      REFUSING,
    )
    await send(f.firewall, `http://origin.example:${service.port}/`)
    await refused(f)
    await expect.poll(() => sent(hook)).toHaveLength(1)
    const [request] = hook.requests
    expect([request?.method, request?.url]).toEqual(['POST', '/in?k=v'])
    expect(request?.rawHeaders).toEqual(expect.arrayContaining(['Bearer t0k3n', 'application/json']))
    expect(sent(hook)[0]).toEqual({
      severity: 'warn',
      type: 'blocked',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/) as string,
      pipelock_instance: 'prod-1',
      fields: expect.objectContaining({
        method: 'DELETE',
        url: 'http://refused.example/0',
        client_ip: '127.0.0.1',
        agent: 'anonymous',
        scanner: 'blocklist',
        block_reason: 'domain_blocklist',
      }) as object,
    })
    expect(await metrics(f)).toMatch(/^pipelock_emit_sent_total\{sink="webhook"\} 1$/m)
  })

  test('receives everything that the log receives with min_severity info, durations in whole milliseconds', async () => {
    const hook = await origin()
    const service = await origin()
    const f = await firewall(`{webhook: {url: "http://127.0.0.1:${hook.port}/", min_severity: info}}`)
    await send(f.firewall, `http://origin.example:${service.port}/`)
    await expect
      .poll(() => sent(hook).map(({type}) => type))
      .toEqual(expect.arrayContaining(['startup', 'forward_http']))
    const [passed] = sent(hook).filter(({type}) => type === 'forward_http')
    expect(Number.isInteger(passed?.fields['duration_ms'])).toBe(true)
  })

  test.each([
    ['include_blocked: false', 'blocked', 1],
    ['include_allowed: false', 'forward_http', 0],
  ])('with %s in the log: events %s: %d', async (setting, type, count) => {
    const hook = await origin()
    const service = await origin()
    const f = await firewall(
      `{webhook: {url: "http://127.0.0.1:${hook.port}/", min_severity: info}}`,
      REFUSING.replace('file: audit.log', `file: audit.log, ${setting}`),
    )
    await send(f.firewall, `http://origin.example:${service.port}/`)
    await refused(f)
    await f.firewall.stop('test over', 0)
    expect(sent(hook).filter((one) => one.type === type)).toHaveLength(count)
    expect(f.log().filter(({event}) => event === type)).toEqual([])
  })

  test('never receives a credential', async () => {
    const hook = await origin()
    const f = await firewall(`{webhook: {url: "http://127.0.0.1:${hook.port}/", min_severity: info}}`)
    const secret = ['AK', 'IA', upper(16)].join('')
    await send(f.firewall, `http://origin.example/?k=${secret}`)
    await f.firewall.stop('test over', 0)
    expect(sent(hook).map(({type}) => type)).toContain('blocked')
    expect(hook.requests.map(({body}) => body.toString()).join('\n')).not.toContain(secret)
  })

  test('that is away receives everything once it is back, in order', async () => {
    const port = await freePort()
    const f = await firewall(`{webhook: {url: "http://127.0.0.1:${port}/"}}`, REFUSING)
    for (const n of [1, 2, 3]) await refused(f, n)
    await expect.poll(() => f.log().map(({event}) => event)).toContain('emit_failed')
    const hook = kept(await startOrigin(undefined, port))
    await expect
      .poll(() => urls(sent(hook)), {timeout: 10_000})
      .toEqual([1, 2, 3].map((n) => `http://refused.example/${n}`))
    await expect.poll(() => f.log().map(({event}) => event)).toContain('emit_recovered')
    expect(f.log().find(({event}) => event === 'emit_failed')).toMatchObject({
      sink: 'webhook',
      error: 'ECONNREFUSED',
      dropped: 0,
    })
  })

  test.each([500, 503, 429])('that responds with %d and then works, loses nothing', async (status) => {
    let left = 1
    const hook = await origin((_request, res) => void res.writeHead(left-- > 0 ? status : 204).end())
    const f = await firewall(`{webhook: {url: "http://127.0.0.1:${hook.port}/"}}`, REFUSING)
    await refused(f, 1)
    await refused(f, 2)
    await expect
      .poll(() => urls(sent(hook)), {timeout: 10_000})
      .toEqual([1, 1, 2].map((n) => `http://refused.example/${n}`))
    expect(await metrics(f)).toMatch(/^pipelock_emit_dropped_total\{sink="webhook",reason="refused"\} 0$/m)
  })

  test('that hangs is tried again, and delays no request and not the end', async () => {
    let hung = 0
    const hook = await origin((_request, res) => (hung++ === 0 ? undefined : void res.end()))
    const f = await firewall(`{webhook: {url: "http://127.0.0.1:${hook.port}/", timeout_seconds: 0.2}}`, REFUSING)
    await refused(f, 1)
    await refused(f, 2)
    await expect
      .poll(() => urls(sent(hook)), {timeout: 10_000})
      .toEqual([1, 1, 2].map((n) => `http://refused.example/${n}`))
    expect(f.log().find(({event}) => event === 'emit_failed')).toMatchObject({error: 'no response in time'})
  })

  test('that refuses is not asked again, and what was lost is counted', async () => {
    const hook = await origin((_request, res) => void res.writeHead(400).end())
    const f = await firewall(`{webhook: {url: "http://127.0.0.1:${hook.port}/"}}`, REFUSING)
    await refused(f)
    await expect.poll(() => metrics(f)).toMatch(/^pipelock_emit_dropped_total\{sink="webhook",reason="refused"\} 1$/m)
    expect(hook.requests).toHaveLength(1)
    await expect
      .poll(() => f.log().find(({event}) => event === 'emit_failed'))
      .toMatchObject({error: 'HTTP 400', dropped: 1})
  })

  test('that redirects elsewhere is not followed: the token is for one host', async () => {
    const other = await origin()
    const hook = await origin(
      (_request, res) => void res.writeHead(307, {location: `http://127.0.0.1:${other.port}/`}).end(),
    )
    const f = await firewall(`{webhook: {url: "http://127.0.0.1:${hook.port}/", auth_token: t0k3n}}`, REFUSING)
    await refused(f)
    await expect.poll(() => metrics(f)).toMatch(/^pipelock_emit_dropped_total\{sink="webhook",reason="refused"\} 1$/m)
    expect(other.requests).toEqual([])
  })

  test('a full queue loses the newest, counted, and requests pass on', async () => {
    const held: (() => void)[] = []
    const hook = await origin((_request, res) => void held.push(() => res.end()))
    const f = await firewall(`{webhook: {url: "http://127.0.0.1:${hook.port}/", queue_size: 2}}`, REFUSING)
    for (const n of [1, 2, 3, 4, 5]) await refused(f, n)
    expect(await metrics(f)).toMatch(/^pipelock_emit_dropped_total\{sink="webhook",reason="overflow"\} 3$/m)
    expect(await metrics(f)).toMatch(/^pipelock_emit_waiting\{sink="webhook"\} 2$/m)
    for (const n of [1, 2]) {
      await expect.poll(() => held).toHaveLength(n)
      held.at(-1)?.()
    }
    await expect.poll(() => urls(sent(hook))).toEqual([1, 2].map((n) => `http://refused.example/${n}`))
  })

  test('keeps what waits over a reload that changes something else', async () => {
    const port = await freePort()
    const emit = `emit: {webhook: {url: "http://127.0.0.1:${port}/"}}\n`
    const f = kept(await startFirewall(`${REFUSING}${emit}`))
    await refused(f, 1)
    f.rewrite(`${REFUSING}${emit}explain_blocks: true\n`)
    await f.firewall.reload()
    await refused(f, 2)
    expect(await metrics(f)).toMatch(/^pipelock_emit_waiting\{sink="webhook"\} 2$/m)
    expect(await metrics(f)).toMatch(/^pipelock_emit_dropped_total\{sink="webhook",reason="shutdown"\} 0$/m)
    const hook = kept(await startOrigin(undefined, port))
    await expect.poll(() => urls(sent(hook)).filter((url) => url !== undefined), {timeout: 10_000}).toHaveLength(2)
  })

  test('a reload to another one sends what waited to the old one', async () => {
    const [before, after] = [await origin(), await origin()]
    const to = ({port}: Origin): string => `${REFUSING}emit: {webhook: {url: "http://127.0.0.1:${port}/"}}\n`
    const f = kept(await startFirewall(to(before)))
    await refused(f, 1)
    f.rewrite(to(after))
    await f.firewall.reload()
    await refused(f, 2)
    await expect.poll(() => urls(sent(after)).filter((url) => url !== undefined)).toEqual(['http://refused.example/2'])
    await expect.poll(() => urls(sent(before)).filter((url) => url !== undefined)).toEqual(['http://refused.example/1'])
  })
})

describe('an OpenTelemetry receiver', () => {
  test('receives log records with text attributes', async () => {
    const receiver = kept(await startOtlpReceiver())
    const f = await firewall(
      `{instance_id: prod-1, otlp: {endpoint: "http://127.0.0.1:${receiver.port}/base/", headers: {X-Key: abc, Content-Type: text/plain}}}`,
      REFUSING,
    )
    const before = Date.now()
    await refused(f)
    await expect.poll(() => receiver.logs()).toHaveLength(1)
    const [request] = receiver.requests
    expect(request?.url).toBe('/base/v1/logs')
    expect(request?.rawHeaders).toEqual(expect.arrayContaining(['x-key', 'abc', 'application/x-protobuf']))
    expect(request?.rawHeaders).not.toContain('text/plain')
    const [record] = receiver.logs()
    expect(record).toMatchObject({
      severity: [13, 'WARN'],
      body: 'blocked',
      eventName: 'blocked',
      scope: '',
      attributes: {
        'pipelock.instance': 'prod-1',
        method: 'DELETE',
        block_reason: 'domain_blocklist',
      },
      resource: {
        'service.name': 'pipelock',
        'service.instance.id': 'prod-1',
        'service.version': expect.any(String) as string,
      },
    })
    expect(Object.values(record?.attributes ?? {}).every((value) => typeof value === 'string')).toBe(true)
    expect(Number(BigInt(record?.timeUnixNano ?? 0) / 1_000_000n)).toBeGreaterThanOrEqual(before)
  })

  test('with gzip and typed attributes', async () => {
    const receiver = kept(await startOtlpReceiver())
    const service = await origin()
    const f = await firewall(
      `{otlp: {endpoint: "http://127.0.0.1:${receiver.port}", gzip: true, typed_attributes: true, min_severity: info}}`,
    )
    await send(f.firewall, `http://origin.example:${service.port}/`)
    await expect.poll(() => receiver.logs().map(({body}) => body)).toContain('forward_http')
    const passed = receiver.logs().find(({body}) => body === 'forward_http')
    expect(passed).toMatchObject({
      severity: [9, 'INFO'],
      attributes: {status_code: 200, duration_ms: expect.any(Number) as number},
    })
  })

  test('an active kill switch is an error there', async () => {
    const receiver = kept(await startOtlpReceiver())
    const f = await firewall(
      `{otlp: {endpoint: "http://127.0.0.1:${receiver.port}"}}`,
      `${BASE}kill_switch: {enabled: true}\n`,
    )
    await send(f.firewall, 'http://origin.example/')
    await expect
      .poll(() => receiver.logs())
      .toContainEqual(expect.objectContaining({body: 'kill_switch_deny', severity: [17, 'ERROR']}))
  })

  test('what waits goes in one request, and a part that is refused is counted', async () => {
    let release: () => void = () => undefined
    const first = new Promise<void>((done) => (release = done))
    let count = 0
    const receiver = kept(
      await startOtlpReceiver((_request, res) => {
        if (count++ === 0) void first.then(() => res.end())
        else res.end(partialSuccess(2))
      }),
    )
    const f = await firewall(`{otlp: {endpoint: "http://127.0.0.1:${receiver.port}"}}`, REFUSING)
    await refused(f, 1)
    await expect.poll(() => receiver.requests).toHaveLength(1)
    for (const n of [2, 3, 4]) await refused(f, n)
    release()
    await expect.poll(() => receiver.requests).toHaveLength(2)
    expect(receiver.logs().map(({attributes}) => attributes['url'])).toEqual(
      [1, 2, 3, 4].map((n) => `http://refused.example/${n}`),
    )
    await expect.poll(() => metrics(f)).toMatch(/^pipelock_emit_dropped_total\{sink="otlp",reason="refused"\} 2$/m)
    expect(await metrics(f)).toMatch(/^pipelock_emit_sent_total\{sink="otlp"\} 2$/m)
  })

  test('500 is final there', async () => {
    const receiver = kept(await startOtlpReceiver((_request, res) => void res.writeHead(500).end()))
    const f = await firewall(`{otlp: {endpoint: "http://127.0.0.1:${receiver.port}"}}`, REFUSING)
    await refused(f)
    await expect.poll(() => metrics(f)).toMatch(/^pipelock_emit_dropped_total\{sink="otlp",reason="refused"\} 1$/m)
    expect(receiver.requests).toHaveLength(1)
  })
})

const hasDaemon = hasSyslogDaemon()

describe.skipIf(!hasDaemon)('a syslog daemon', () => {
  let daemon: SyslogDaemon
  beforeAll(async () => {
    daemon = await startSyslogDaemon()
    return () => daemon.close()
  })

  test.each([
    ['udp', 'rfc3164', '-'],
    ['tcp', 'rfc3164', '-'],
    ['udp', 'rfc5424', 'blocked'],
    ['tcp', 'rfc5424', 'blocked'],
  ])('over %s in %s understands every part', async (protocol, format, id) => {
    const marker = `${protocol}-${format}`
    const f = await firewall(
      `{instance_id: ${marker}, syslog: {address: "${protocol}://127.0.0.1:${daemon.port}", facility: local3, tag: fw, format: ${format}}}`,
      REFUSING,
    )
    for (const n of [1, 2, 3]) await refused(f, n)
    const own = () => daemon.messages().filter(({text}) => text.includes(`"pipelock_instance":"${marker}"`))
    await expect.poll(own, {timeout: 5_000}).toHaveLength(3)
    for (const message of own()) {
      expect(message).toMatchObject({
        facility: 'local3',
        severity: 'warning',
        program: 'fw',
        process: String(process.pid),
        id,
      })
      expect(message.host).not.toBe('')
    }
    expect(urls(own().map(({text}) => JSON.parse(text) as Sent))).toEqual(
      [1, 2, 3].map((n) => `http://refused.example/${n}`),
    )
  })

  test('over TCP that restarts receives what happened meanwhile', async () => {
    const first = await startSyslogDaemon()
    const f = await firewall(`{syslog: {address: "tcp://127.0.0.1:${first.port}"}}`, REFUSING)
    await refused(f, 1)
    await expect.poll(() => first.messages()).toHaveLength(1)
    await first.close()
    // the connection is known to be closed once the port is free
    await refused(f, 2)
    await expect.poll(() => f.log().map(({event}) => event)).toContain('emit_failed')
    const second = kept(await startSyslogDaemon(first.port))
    await expect
      .poll(() => urls(second.messages().map(({text}) => JSON.parse(text) as Sent)), {timeout: 10_000})
      .toEqual(['http://refused.example/2'])
  })
})

describe('a configuration', () => {
  test.each([
    ['{webhook: {url: "ftp://a.example/"}}', 'emit.webhook.url'],
    ['{webhook: {url: "http:///path"}}', 'emit.webhook.url'],
    ['{webhook: {url: "http://user:pass@a.example/"}}', 'emit.webhook.url'],
    ['{webhook: {url: "http://a.example/", auth_token: "a b"}}', 'emit.webhook.auth_token'],
    ['{webhook: {url: "http://a.example/", queue_size: 0}}', 'emit.webhook.queue_size'],
    ['{webhook: {url: "http://a.example/", min_severity: error}}', 'emit.webhook.min_severity'],
    ['{webhook: {url: "http://127.0.0.1:18888/"}}', 'emit.webhook.url: is the listener of this firewall'],
    ['{otlp: {endpoint: "http://localhost:18888"}}', 'emit.otlp.endpoint: is the listener of this firewall'],
    ['{syslog: {address: "127.0.0.1:514"}}', 'emit.syslog.address'],
    ['{syslog: {address: "udp://127.0.0.1"}}', 'emit.syslog.address'],
    ['{syslog: {address: "tls://127.0.0.1:514"}}', 'emit.syslog.address'],
    ['{syslog: {address: "udp://[::1]:514", facility: local8}}', 'emit.syslog.facility'],
    ['{syslog: {address: "udp://a.example:514", tag: "a b"}}', 'emit.syslog.tag'],
    ['{otlp: {endpoint: "a.example:4318"}}', 'emit.otlp.endpoint'],
    ['{otlp: {endpoint: "http://a.example", headers: {"a b": c}}}', 'emit.otlp.headers'],
    ['{otlp: {endpoint: "http://a.example", headers: {a: "b\\r\\nc: d"}}}', 'emit.otlp.headers'],
    ['{sentry: {}}', 'emit.sentry'],
  ])('%s is refused', async (emit, message) => {
    const text = BASE.replace('127.0.0.1:0', '127.0.0.1:18888')
    await expect(firewall(emit, text, {start: false})).rejects.toThrow(message)
  })

  test('that sends a token in clear is warned about', async () => {
    const f = await firewall('{webhook: {url: "http://a.example/", auth_token: t}}', BASE, {start: false})
    expect(f.firewall.warnings()).toContainEqual({
      field: 'emit.webhook.url',
      message: expect.stringContaining('in clear') as string,
    })
  })
})
