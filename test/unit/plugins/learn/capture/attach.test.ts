import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {decide} from '../../../../../src/core/decision.js'
import type {Exchange} from '../../../../../src/core/exchange.js'
import type {Context} from '../../../../../src/core/plugin.js'
import type {Policy, Ruling} from '../../../../../src/core/policy.js'
import {parseTarget} from '../../../../../src/core/target.js'
import type {Services} from '../../../../../src/core/services/index.js'
import {createPorts} from '../../../../../src/host/ports.js'
import {attachCaptures} from '../../../../../src/plugins/learn/capture/attach.js'
import {machineOf} from '../../../../../src/plugins/learn/capture/session.js'
import {openEngine} from '../../../../../src/lib/regex/engine.js'
import {DEFAULT_PRIVACY, createPrivacy} from '../../../../../src/plugins/learn/privacy/privacy.js'
import {sections} from '../../../../../src/plugins/learn/config.js'
import {sections as redactionSections} from '../../../../../src/plugins/redaction/config.js'

let directory: string
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'pipelock-attach-'))))
afterEach(() => rmSync(directory, {recursive: true, force: true}))

const ports = createPorts({home: tmpdir(), env: {}})
const context = (redacts: boolean): Context<Services> =>
  ({
    ports,
    settings: () => ({redacts, signsCheckpoints: true, signingKeyPath: ''}),
    service: (name: string) => (name === 'dlp' ? {isClean: (text: string) => !text.includes('SECRET')} : undefined),
  }) as unknown as Context<Services>

const policy = {configHash: 'c'} as Policy
const ruling: Ruling = {decision: decide([]), contract: undefined, addresses: [], policy}
const END = {status: 200, responseBytes: 0, requestBytes: 0, durationMs: 1}

function exchange(agent: string, url = 'http://api.example.com/a'): Exchange {
  return {
    id: 'x',
    requestId: 'req-1',
    transport: 'forward',
    purpose: 'request',
    agent: {name: agent, basis: 'self-declared'},
    clientIp: '127.0.0.1',
    rawTarget: url,
    target: parseTarget(url).target,
    method: 'GET',
    headers: [],
    startedAtMs: 0,
    signal: new AbortController().signal,
  }
}

function captured(redact: boolean): {readonly names: readonly string[]; readonly text: string} {
  const config = {learn: sections.learn.parse({enabled: true, capture_dir: directory})}
  const captures = attachCaptures(config, DEFAULT_PRIVACY, new Map(), context(redact))
  for (const agent of ['coder', 'SECRET-1', 'coder']) captures.observe?.(exchange(agent), ruling, END)
  captures.close()
  const names = readdirSync(directory).sort()
  return {
    names: names.map((name) => name.replace(/\d{8}T\d{6}Z$/, 'start')),
    text: names.map((name) => readFileSync(join(directory, name, `evidence-${name}-0.jsonl`), 'utf8')).join(''),
  }
}

test('writes no agent name that holds a credential, neither in a capture nor as a directory', () => {
  const {names, text} = captured(true)
  expect(names).toEqual(['[redacted-agent]|127.0.0.1|start', 'coder|127.0.0.1|start'])
  expect(text).not.toContain('SECRET')
  expect(text.match(/"agent":"coder"/g)).toHaveLength(2)
  expect(text.match(/"agent":"\[redacted-agent\]"/g)).toHaveLength(1)
})

test('writes every name where redaction is off', () => {
  expect(captured(false).names).toEqual(['SECRET-1|127.0.0.1|start', 'coder|127.0.0.1|start'])
})

test('names the machine of the configuration in session ids, whatever counts as one observation', () => {
  for (const per of ['window', 'machine']) {
    const learn = sections.learn.parse({enabled: true, capture_dir: directory, sessions: {per, machine: `by-${per}`}})
    const captures = attachCaptures({learn}, DEFAULT_PRIVACY, new Map(), context(true))
    captures.observe?.(exchange('coder'), ruling, END)
    captures.close()
  }
  expect(readdirSync(directory).map(machineOf).sort()).toEqual(['by-machine', 'by-window'])
})

test('writes nothing of an exchange that holds a regulated value, and counts it by place', () => {
  const learn = sections.learn.parse({
    enabled: true,
    capture_dir: directory,
    privacy: {regulated_patterns: [{name: 'patient', regex: 'patient-\\d+'}]},
  })
  const privacy = createPrivacy({privacy: learn.privacy, redaction: redactionSections.redaction.parse({})}, openEngine)
  const captures = attachCaptures({learn}, privacy, new Map(), context(true))
  captures.observe?.(exchange('coder', 'http://api.example.com/patient%2D17'), ruling, END)
  captures.observe?.(exchange('Patient-17'), ruling, END)
  captures.observe?.(exchange('coder'), ruling, END)
  expect(captures.counts().regulated).toEqual({url: 1, agent: 1, unknown: 0})
  captures.close()
  expect(captures.counts()).toMatchObject({records: 1, dropped: 0, sessions: 1})
  expect(JSON.stringify(readdirSync(directory, {recursive: true}))).not.toMatch(/patient/i)
})

test.each([
  ['2xx', {status: 200}],
  ['5xx', {status: 502}],
  ['4xx', {status: 200, originStatus: 404}],
  [undefined, {status: 0}],
])('status_class %s: the first digit of the status in %j', (expected, status) => {
  const config = {learn: sections.learn.parse({enabled: true, capture_dir: directory})}
  const captures = attachCaptures(config, DEFAULT_PRIVACY, new Map(), context(true))
  captures.observe?.(exchange('coder'), ruling, {...END, ...status})
  captures.close()
  const [session = ''] = readdirSync(directory)
  const line = readFileSync(join(directory, session, `evidence-${session}-0.jsonl`), 'utf8')
  expect((JSON.parse(line) as {detail: {status_class?: string}}).detail.status_class).toBe(expected)
})
