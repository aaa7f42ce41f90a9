import {execFileSync} from 'node:child_process'
import {closeSync, constants, mkdtempSync, openSync, readFileSync, renameSync, rmSync, statSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, describe, expect, test} from 'vitest'
import {decide, type Finding} from '../../../../src/core/decision.js'
import type {Exchange} from '../../../../src/core/exchange.js'
import type {Ruling} from '../../../../src/core/policy.js'
import {parseTarget} from '../../../../src/core/target.js'
import {decisionEvents} from '../../../../src/plugins/logging/decisions.js'
import type {LogState} from '../../../../src/plugins/logging/state.js'
import {openLog} from '../../../../src/plugins/logging/stream.js'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, {recursive: true, force: true})
})

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'log-'))
  folders.push(folder)
  return join(folder, 'audit.log')
}

const clock = {now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 678), monotonic: () => 0}
const newState = (): LogState => ({streams: new Map(), dropped: 0})

function exchange(over: Partial<Exchange> = {}): Exchange {
  const rawTarget = over.rawTarget ?? 'https://a.example/x?q=1'
  return {
    id: 'x',
    requestId: 'req-7',
    transport: 'forward',
    purpose: 'request',
    agent: {name: 'builder', basis: 'self-declared'},
    clientIp: '127.0.0.1',
    rawTarget,
    target: parseTarget(rawTarget).target,
    method: 'GET',
    headers: [],
    startedAtMs: 0,
    signal: new AbortController().signal,
    ...over,
  }
}

const finding = (over: Partial<Finding>): Finding => ({
  plugin: 'destination',
  authority: 'scanner',
  layer: 'blocklist',
  reason: 'domain_blocklist',
  action: 'block',
  severity: 'critical',
  order: 1,
  detail: 'domain blocked: a.example',
  ...over,
})

const ruling = (...findings: Finding[]): Ruling => ({
  decision: decide(findings),
  contract: undefined,
  addresses: [],
  policy: {route: () => undefined} as never,
})

const END = {status: 200, responseBytes: 5, requestBytes: 0, durationMs: 1.23456}

async function linesOf(
  write: (log: ReturnType<typeof openLog>['log']) => void,
  format: 'json' | 'text' = 'json',
): Promise<string[]> {
  const file = newFile()
  const {log, release} = openLog({format, output: 'file', file}, newState(), {clock})
  write(log)
  await release()
  return readFileSync(file, 'utf8').split('\n').slice(0, -1)
}

describe('a line of the audit log', () => {
  test('has its members in the specified order', async () => {
    const [line] = await linesOf((log) => log.info('startup', {listen: '127.0.0.1:1', mode: 'strict'}))
    expect(line).toBe(
      '{"level":"info","component":"pipelock","event":"startup","listen":"127.0.0.1:1","mode":"strict","time":"2026-01-02T03:04:05Z","message":"pipelock started"}',
    )
  })

  test('is one line whatever a client sent, without escape sequences', async () => {
    const lines = await linesOf((log) =>
      log.warn('x', {a: 'one\ntwo\r\u001b[31mred\u001b[0m\u0007\u009b', empty: '', none: undefined}),
    )
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({a: 'one\ntwored', level: 'warn'})
    expect(lines[0]).not.toContain('empty')
  })

  test('quotes values in text form', async () => {
    const [line] = await linesOf((log) => log.error('x_y', {a: 'b "c"\n'}), 'text')
    expect(line).toBe('2026-01-02T03:04:05Z ERROR x_y a="b \\"c\\"\\n" x y')
  })

  test('says a text that came with the event once', async () => {
    const lines = await linesOf((log) => log.error('recorder', {message: 'disk "full"', agent: 'a\tb'}))
    expect(lines).toEqual([
      String.raw`{"level":"error","component":"pipelock","agent":"a\tb","event":"recorder","time":"2026-01-02T03:04:05Z","message":"disk \"full\""}`,
    ])
  })

  test.each([
    ['a number', 1.5, '1.5'],
    ['no number', Number.NaN, 'null'],
    ['a truth', false, 'false'],
    ['texts', ['a\u0007', 'b"'], String.raw`["a","b\""]`],
    ['half a character', '\ud800', String.raw`"\ud800"`],
    ['a control character of the second set', 'a\u0085b', '"ab"'],
  ])('holds %s', async (_what, value, text) => {
    const [line] = await linesOf((log) => log.info('x', {value}))
    expect(line).toContain(`"value":${text},`)
    expect(() => JSON.parse(line ?? '')).not.toThrow()
  })

  test('goes out without waiting for the next, and what follows closely goes out whole and in order', async () => {
    const file = newFile()
    const {log, release} = openLog({format: 'json', output: 'file', file}, newState(), {clock})
    const written = (): number => readFileSync(file, 'utf8').split('\n').length - 1
    log.info('first')
    await expect.poll(written).toBe(1)
    for (let n = 0; n < 500; n++) log.info('burst', {n, padding: 'x'.repeat(200)})
    await expect.poll(written).toBe(501)
    const numbers = readFileSync(file, 'utf8')
      .split('\n')
      .slice(1, -1)
      .map((line) => Number(/"n":(\d+)/.exec(line)?.[1]))
    expect(numbers).toEqual(Array.from({length: 500}, (_, n) => n))
    await release()
  })

  test('is written when the process ends before its turn came', async () => {
    const file = newFile()
    const before = new Set(process.listeners('exit'))
    const {log, release} = openLog({format: 'json', output: 'file', file}, newState(), {clock})
    const added = process.listeners('exit').filter((listener) => !before.has(listener))
    log.info('first')
    await expect.poll(() => readFileSync(file, 'utf8')).toContain('first')
    log.info('second')
    log.info('third')
    for (const listener of added) listener(0)
    // the second is on its way already, on another thread
    expect(readFileSync(file, 'utf8')).toContain('third')
    await release()
    expect(process.listeners('exit').filter((listener) => !before.has(listener))).toEqual([])
    expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(4)
  })

  test('is readable by the owner only', async () => {
    const file = newFile()
    const {log, release} = openLog({format: 'json', output: 'file', file}, newState(), {clock})
    log.info('startup')
    await release()
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })
})

test('a line after the end is dropped, not thrown at whoever writes it', async () => {
  const file = newFile()
  const {log, release} = openLog({format: 'json', output: 'file', file}, newState(), {clock})
  log.info('startup')
  await release()
  log.error('recorder', {message: 'late'})
  expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(2)
})

describe('a name that takes no lines', () => {
  const open = (file: string) => () => openLog({format: 'json', output: 'file', file}, newState(), {clock})

  test('is refused when it is a pipe, read from or not, instead of waited for', () => {
    const file = newFile()
    execFileSync('mkfifo', [file])
    expect(open(file)).toThrow(expect.objectContaining({code: 'file_not_regular'}))
    const reader = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
    expect(open(file)).toThrow(expect.objectContaining({code: 'file_not_regular'}))
    closeSync(reader)
  })

  test('is refused when its folder is missing', () => {
    expect(open(join(newFile(), 'audit.log'))).toThrow(expect.objectContaining({code: 'file_unreadable'}))
  })

  test('has its lines dropped and counted when it came in place of the file', async () => {
    const file = newFile()
    const state = newState()
    const {log, reopen, release} = openLog({format: 'json', output: 'file', file}, state, {clock})
    log.info('one')
    // the writer opens the file in its own time, and would make it anew in a name that is free for a moment
    await expect.poll(() => readFileSync(file, 'utf8')).toContain('one')
    execFileSync('mkfifo', [`${file}.pipe`])
    renameSync(`${file}.pipe`, file)
    reopen()
    log.info('two')
    expect(state.dropped).toBe(1)
    await release()
  })
})

test('a reopened log continues in a new file', async () => {
  const file = newFile()
  const state = newState()
  const first = openLog({format: 'json', output: 'file', file}, state, {clock})
  // a reload opens the same destination before the old user lets go
  const second = openLog({format: 'json', output: 'file', file}, state, {clock})
  first.log.info('startup')
  await first.release()
  second.log.info('shutdown')
  await second.release()
  expect(readFileSync(file, 'utf8').match(/"event":"\w+"/g)).toEqual(['"event":"startup"', '"event":"shutdown"'])
  const third = openLog({format: 'json', output: 'file', file}, state, {clock})
  renameSync(file, `${file}.1`)
  third.reopen()
  third.log.info('startup')
  await third.release()
  expect(readFileSync(file, 'utf8')).toContain('startup')
  expect(state.streams.size).toBe(0)
})

describe('decisions as events', () => {
  const all = {include_allowed: true, include_blocked: true}
  const events = async (includes: typeof all, x: Exchange, r: Ruling): Promise<Record<string, unknown>[]> => {
    const lines = await linesOf((log) => decisionEvents(includes, log)(x, r, END))
    return lines.map((l) => JSON.parse(l) as Record<string, unknown>)
  }

  test('allowed', async () => {
    const [event] = await events(all, exchange(), ruling())
    expect(event).toEqual({
      level: 'info',
      component: 'pipelock',
      event: 'forward_http',
      agent: 'builder',
      method: 'GET',
      client_ip: '127.0.0.1',
      request_id: 'req-7',
      url: 'https://a.example/x?q=1',
      status_code: 200,
      size_bytes: 5,
      duration_ms: 1.235,
      time: '2026-01-02T03:04:05Z',
      message: 'forward proxy request',
    })
  })

  test('blocked, with its technique', async () => {
    const [event] = await events(all, exchange(), ruling(finding({score: 1})))
    expect(event).toMatchObject({
      event: 'blocked',
      level: 'warn',
      scanner: 'blocklist',
      block_reason: 'domain_blocklist',
      score: 1,
      mitre_technique: 'T1071.001',
    })
  })

  test('a rate limit is no attack evidence', async () => {
    const [event] = await events(
      all,
      exchange(),
      ruling(finding({layer: 'ratelimit', reason: 'rate_limit', class: 'protective'})),
    )
    expect(event).not.toHaveProperty('mitre_technique')
  })

  test('a secret in the URL is not written', async () => {
    const x = exchange({rawTarget: 'https://a.example/p?k=AKIAIOSFODNN7EXAMPLE'})
    const [event] = await events(all, x, ruling(finding({layer: 'dlp', reason: 'dlp_match', detail: 'AWS Access Key'})))
    expect(event?.['url']).toBe('https://a.example/[redacted]')
    expect(JSON.stringify(event)).not.toContain('AKIA')
  })

  test('long query values are cut', async () => {
    const [event] = await events(all, exchange({rawTarget: `https://a.example/p?k=${'v'.repeat(100)}&b=1`}), ruling())
    expect(event?.['url']).toBe(`https://a.example/p?k=${'v'.repeat(32)}…&b=1`)
  })

  test('a hit of a report-only pattern is an event of its own, and hides what it found', async () => {
    const x = exchange({rawTarget: 'https://a.example/p?k=softsecret1'})
    const r = {...ruling(), warnMatches: [{pattern_name: 'Soft', severity: 'low'}]}
    const [warned, allowed] = await events(all, x, r)
    expect(warned).toMatchObject({
      event: 'dlp_warn',
      level: 'warn',
      mode: 'warn',
      pattern: 'Soft',
      severity: 'low',
      transport: 'forward',
      mitre_technique: 'T1048',
      url: 'https://a.example/[redacted]',
      message: 'DLP warn-mode match (informational)',
    })
    expect(allowed).toMatchObject({event: 'forward_http', url: 'https://a.example/[redacted]'})
  })

  test('says which resolver failure it was', async () => {
    const over = {
      layer: 'ssrf',
      reason: 'timeout',
      class: 'infrastructure_error',
      rule: 'resolver_no_such_host',
    } as const
    const [event] = await events(all, exchange(), ruling(finding(over)))
    expect(event).toMatchObject({scanner: 'ssrf', display_label: 'dns_no_such_host'})
  })

  test('the agent stands before the event', async () => {
    const [line] = await linesOf((log) => decisionEvents(all, log)(exchange(), ruling(), END))
    expect(line).toMatch(/^\{"level":"info","component":"pipelock","agent":"builder","event":"forward_http","method"/)
  })

  test('a warning is an event of its own beside the allow', async () => {
    const names = (await events(all, exchange(), ruling(finding({action: 'warn'})))).map((e) => e['event'])
    expect(names).toEqual(['anomaly', 'forward_http'])
  })

  test('a tunnel has a target, not a URL', async () => {
    const x = exchange({transport: 'connect', method: 'CONNECT', rawTarget: 'https://a.example:8443/'})
    const [event] = await events(all, x, ruling())
    expect(event).toMatchObject({event: 'tunnel_close', target: 'a.example:8443', total_bytes: 5})
    expect(event).not.toHaveProperty('url')
  })

  test('can be left out', async () => {
    expect(await events({include_allowed: false, include_blocked: true}, exchange(), ruling())).toEqual([])
  })
})
