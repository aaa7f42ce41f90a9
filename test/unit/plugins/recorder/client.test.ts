// The recorder behind its port, over real files: acknowledgement, crowds, locks, and what a broken directory does.
import {execFileSync} from 'node:child_process'
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {facts, keyA, T0} from './fixtures.js'
import {verifyDirectory} from '../../../support/memory-log.js'
import {privateKeyFileText} from '../../../../src/formats/key-file.js'
import type {Ports} from '../../../../src/core/ports.js'
import {receiptTools} from '../../../../src/plugins/receipts/tools.js'
import {RecorderClient, type ClientEvents} from '../../../../src/plugins/recorder/client.js'
import {sections} from '../../../../src/plugins/recorder/config.js'
import {encodeFacts} from '../../../../src/plugins/recorder/facts.js'
import type {WriterInit} from '../../../../src/plugins/recorder/protocol.js'
import {startRecorder} from '../../../../src/plugins/recorder/running.js'
import {openLogDirectory} from '../../../../src/lib/log-directory.js'
import {createPorts} from '../../../../src/host/ports.js'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pipelock-recorder-'))
})
afterEach(() => rmSync(directory, {recursive: true, force: true}))

const init = (): WriterInit => ({
  directory,
  session: 'proxy',
  seed: keyA.seed,
  settings: {
    checkpointInterval: 1000,
    maxEntriesPerFile: 10_000,
    signCheckpoints: true,
    fsync: 'group',
    escrowKey: '',
    retentionDays: 0,
  },
  nowMs: T0,
})
const failures: string[] = []
const events: ClientEvents = {
  now: () => T0,
  onNotice: () => {},
  onFailure: (message) => void failures.push(message),
}

describe('the client', () => {
  test('acknowledges what is awaited, records what is not, and seals on close', async () => {
    const client = await RecorderClient.start(init(), events)
    for (let n = 0; n < 200; n++) void client.push(encodeFacts(facts(n)))
    await client.pushAwaited(encodeFacts(facts(200)))
    const lines = readFileSync(join(directory, 'evidence-proxy-0.jsonl'), 'utf8').split('\n')
    expect(lines.length - 1).toBe(201)
    void client.push(encodeFacts(facts(201)))
    await client.close()
    const verdict = await verifyDirectory(directory, [keyA.public], 'whole')
    expect(verdict.failure).toBeUndefined()
    expect(verdict.v1.receiptCount).toBe(202)
  })

  test('makes a crowd wait until the writer has caught up, and loses nothing', async () => {
    const client = await RecorderClient.start(init(), events)
    const waits: Promise<void>[] = []
    for (let n = 0; n < 9000; n++) {
      const wait = client.push(encodeFacts(facts(n)))
      if (wait !== undefined) waits.push(wait)
    }
    expect(waits.length).toBeGreaterThan(0)
    await Promise.all(waits)
    await client.close()
    expect(client.failures).toBe(0)
    expect((await verifyDirectory(directory, [keyA.public], 'whole')).v1.receiptCount).toBe(9000)
  })

  test('rejects what cannot be recorded and continues with the rest', async () => {
    const client = await RecorderClient.start(init(), events)
    const bad = {type: 'decision', event_kind: 'proxy_decision', transport: '', summary: 'a\0b', detail: '{}', atMs: T0}
    const [first, second] = await Promise.allSettled([
      client.pushAwaited(bad),
      client.pushAwaited(encodeFacts(facts(0))),
    ])
    expect(first).toMatchObject({status: 'rejected', reason: {code: 'receipt_emission_failed'}})
    expect(second.status).toBe('fulfilled')
    await client.close()
  })

  test('rejects everything after it was closed', async () => {
    const client = await RecorderClient.start(init(), events)
    await client.close()
    await expect(client.pushAwaited(encodeFacts(facts(0)))).rejects.toMatchObject({code: 'receipt_emission_failed'})
    expect(client.degraded).toBeDefined()
  })

  test('recreates a directory that is removed while it runs, and says what was lost', async () => {
    const notices: string[] = []
    const client = await RecorderClient.start(init(), {...events, onNotice: (text) => void notices.push(text)})
    await client.pushAwaited(encodeFacts(facts(0)))
    rmSync(directory, {recursive: true})
    await client.pushAwaited(encodeFacts(facts(1)))
    await client.close()
    expect(notices).toContainEqual(expect.stringMatching(/earlier evidence is lost/))
    const text = readFileSync(join(directory, 'evidence-proxy-1.jsonl'), 'utf8')
    expect(text).toContain('"type":"recovery"')
  })
})

describe('starting', () => {
  const ports: Ports = createPorts({home: tmpdir(), env: {}})
  const section = (more: object) =>
    sections.flight_recorder.parse({enabled: true, dir: directory, signing_key_path: '', ...more})
  const start = (more: object = {}) => startRecorder(section(more), ports, () => {})

  test('refuses a second writer, also in the same process, and frees the lock on close', async () => {
    const running = await start()
    await expect(start()).rejects.toMatchObject({code: 'recorder_locked'})
    await running.close()
    await (await start()).close()
    expect(readdirSync(directory).filter((name) => name.endsWith('.lock'))).toEqual([])
  })

  test('leaves no probe behind, and refuses what cannot be written', async () => {
    await (await start()).close()
    expect(readdirSync(directory).filter((name) => name.includes('probe'))).toEqual([])
    const file = join(directory, 'file')
    writeFileSync(file, '')
    await expect(start({dir: join(file, 'below')})).rejects.toMatchObject({code: 'recorder_unwritable'})
  })

  test('refuses a key that others may write or read', async () => {
    const path = join(directory, 'key')
    writeFileSync(path, privateKeyFileText(keyA), {mode: 0o600})
    chmodSync(path, 0o644)
    await expect(start({signing_key_path: path})).rejects.toMatchObject({code: 'file_permissions'})
    chmodSync(path, 0o640)
    const running = await start({signing_key_path: path})
    expect(running.key?.public.hex).toBe(keyA.public.hex)
    await running.close()
  })

  test('locks a directory again that was removed while it ran, and says so', async () => {
    const text: string[] = []
    const log = {...ports.log, error: (_event: string, fields: object = {}) => void text.push(JSON.stringify(fields))}
    const running = await startRecorder(section({}), {...ports, log}, () => {})
    const lock = join(directory, 'evidence-proxy.lock')
    await running.client.pushAwaited(encodeFacts(facts(0)))
    rmSync(directory, {recursive: true})
    await running.client.pushAwaited(encodeFacts(facts(1)))
    await running.client.pushAwaited(encodeFacts(facts(2)))
    expect(existsSync(lock)).toBe(true)
    expect(text.join()).toContain('removed while running')
    await expect(start()).rejects.toMatchObject({code: 'recorder_locked'})
    await running.close()
    expect(existsSync(lock)).toBe(false)
  })

  test('writes nothing into a directory that another one has locked meanwhile, and continues when it is free', async () => {
    const key = join(directory, 'key')
    writeFileSync(key, privateKeyFileText(keyA), {mode: 0o600})
    const running = await start({signing_key_path: key})
    const {client} = running
    await client.pushAwaited(encodeFacts(facts(0)))
    rmSync(directory, {recursive: true})
    mkdirSync(directory)
    const lock = join(directory, 'evidence-proxy.lock')
    // a process that runs, and is not this one
    const theirs = `${JSON.stringify({pid: process.ppid, started: ''})}\n`
    writeFileSync(lock, theirs)
    for (const n of [1, 2]) {
      await expect(client.pushAwaited(encodeFacts(facts(n)))).rejects.toMatchObject({
        code: 'receipt_emission_failed',
        message: expect.stringContaining(`in use by process ${process.ppid}`) as string,
      })
    }
    expect(client.degraded).toContain('in use by process')
    expect(readdirSync(directory)).toEqual(['evidence-proxy.lock'])
    rmSync(lock)
    await client.pushAwaited(encodeFacts(facts(3)))
    const log = join(directory, 'evidence-proxy-1.jsonl')
    const recoveries = (): readonly string[] => readFileSync(log, 'utf8').match(/"recovery: [^"]*"/g) ?? []
    const reported = [
      '"recovery: 2 entries could not be written"',
      '"recovery: evidence was removed while running, a new file was begun"',
    ]
    expect(recoveries()).toEqual(reported)
    expect(client.degraded).toBeUndefined()
    writeFileSync(lock, theirs)
    // not even a seal goes into a log that is another's
    await expect(running.close()).rejects.toThrow('could not be sealed')
    expect(recoveries()).toEqual(reported)
    expect(readFileSync(lock, 'utf8')).toBe(theirs)
  })

  test('is not held up by a pipe under the name of its log', async () => {
    const path = join(directory, 'evidence-proxy-0.jsonl')
    execFileSync('mkfifo', [path])
    expect(() => openLogDirectory(directory).append('evidence-proxy-0.jsonl')).toThrow(/ENXIO|EINVAL/)
    expect(() => openLogDirectory(directory).read('evidence-proxy-0.jsonl', 0, 1)).toThrow(/EINVAL/)
    const running = await start()
    await running.client.pushAwaited(encodeFacts(facts(0)))
    await running.close()
    expect(readFileSync(path, 'utf8')).toContain('"seq":0')
  })

  test('expires evidence by its own clock, while it runs, behind an anchor', async () => {
    const key = join(directory, 'key')
    writeFileSync(key, privateKeyFileText(keyA), {mode: 0o600})
    let now = ports.clock.now()
    const clock = {...ports.clock, now: () => now}
    const more = {signing_key_path: key, retention_days: 2, max_entries_per_file: 3}
    const running = await startRecorder(section(more), {...ports, clock}, () => {})
    for (let n = 0; n < 9; n++) await running.client.pushAwaited(encodeFacts(facts(n)))
    const names = () => readdirSync(directory).filter((name) => /^evidence-proxy-\d+\.jsonl$/.test(name))
    const before = names().length
    now += 3 * 24 * 60 * 60 * 1000
    await running.client.pushAwaited(encodeFacts(facts(10)))
    expect(names().length).toBeLessThan(before)
    await running.close()
    const request = {path: directory, keys: [keyA.public.hex], recursive: false, strict: false}
    expect((await receiptTools.verifyIntegrity({...request, retainedSuffix: true})).ok).toBe(true)
    expect((await receiptTools.verifyIntegrity({...request, retainedSuffix: false})).ok).toBe(false)
  })

  test('frees the lock when the log cannot be taken up', async () => {
    writeFileSync(join(directory, 'evidence-proxy-0.jsonl'), '')
    chmodSync(join(directory, 'evidence-proxy-0.jsonl'), 0o600)
    await (await start()).close()
    expect(existsSync(join(directory, 'evidence-proxy.lock'))).toBe(false)
  })
})

describe('configuration', () => {
  const parse = (value: object) => sections.flight_recorder.safeParse(value).success

  test('refuses what is not built or cannot work', () => {
    expect(parse({enabled: true, dir: '/x'})).toBe(true)
    for (const wrong of [
      {raw_escrow: true},
      {raw_escrow: true, escrow_public_key: 'ab'},
      {escrow_public_key: 'ab'},
      {enabled: true, dir: '/x', retention_days: 3, signing_key_path: ''},
      {retention_days: -1},
      {checkpoint_interval: -1},
      {fsync: 'never'},
      {enabled: true, dir: '/x', require_receipts: true, signing_key_path: ''},
      {unknown: 1},
    ]) {
      expect(parse(wrong), JSON.stringify(wrong)).toBe(false)
    }
  })

  test('reads zero sizes as defaults and null as protected', () => {
    const section = sections.flight_recorder.parse({checkpoint_interval: 0, max_entries_per_file: 0, redact: null})
    expect(section).toMatchObject({
      checkpoint_interval: 1000,
      max_entries_per_file: 10_000,
      redact: true,
      fsync: 'group',
    })
  })
})
