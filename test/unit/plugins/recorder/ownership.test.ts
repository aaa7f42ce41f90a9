// A writer whose lock another one took while it was held up: nothing is written to a log that is not its own any more.
import {appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {createPorts} from '../../../../src/host/ports.js'
import {ownerText, thisProcess} from '../../../../src/lib/lock-owner.js'
import {encodeFacts} from '../../../../src/plugins/recorder/facts.js'
import {sections} from '../../../../src/plugins/recorder/config.js'
import {startRecorder, type Running} from '../../../../src/plugins/recorder/running.js'
import {facts} from './fixtures.js'

let directory: string
let running: Running
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'pipelock-ownership-'))
  const section = sections.flight_recorder.parse({enabled: true, dir: directory, signing_key_path: ''})
  running = await startRecorder(section, createPorts({home: directory, env: {}}), () => {})
  await push(0)
})
afterEach(async () => {
  await running.close().catch(() => {}) // a log of another writer is not sealed
  rmSync(directory, {recursive: true})
})

const push = (n: number) => running.client.pushAwaited(encodeFacts(facts(n)))
const log = () => readFileSync(join(directory, 'evidence-proxy-0.jsonl'), 'utf8')
const lock = () => join(directory, 'evidence-proxy.lock')
const elsewhere = ownerText({...thisProcess('f'.repeat(32)), pid: 1, started: '7', pidNamespace: '1', host: 'pod-b'})

test('a writer whose lock was taken over: it writes nothing and names the new holder', async () => {
  const before = log()
  writeFileSync(lock(), elsewhere)
  await expect(push(1)).rejects.toThrow(
    'in use by process 1 of host "pod-b", in another container or on another machine',
  )
  expect(running.client.degraded).toContain('pod-b')
  await expect(push(2)).rejects.toThrow('in use by process 1')
  expect(log()).toBe(before)
  await expect(running.close()).rejects.toThrow('could not be sealed')
  expect(readFileSync(lock(), 'utf8')).toBe(elsewhere)
})

test('a lock that is free again, the log as it was left: the writer continues and records what was lost', async () => {
  writeFileSync(lock(), elsewhere)
  await expect(push(1)).rejects.toThrow('in use by')
  rmSync(lock())
  await push(2)
  expect(log()).toContain('recovery: 1 entries could not be written')
  expect(JSON.parse(readFileSync(lock(), 'utf8'))).toMatchObject({pid: process.pid})
})

test('a lock that is free again, the log continued by another writer: nothing is ever written', async () => {
  writeFileSync(lock(), elsewhere)
  await expect(push(1)).rejects.toThrow('in use by')
  appendFileSync(join(directory, 'evidence-proxy-0.jsonl'), '{}\n')
  const before = log()
  rmSync(lock())
  for (const n of [2, 3]) await expect(push(n)).rejects.toThrow('another writer has continued the evidence log')
  expect(log()).toBe(before)
})

test('a removed lock whose log another writer continued in a new file: nothing is written', async () => {
  writeFileSync(join(directory, 'evidence-proxy-9.jsonl'), '{}\n')
  const before = log()
  rmSync(lock())
  await expect(push(1)).rejects.toThrow('another writer has continued the evidence log')
  expect(log()).toBe(before)
})
