import {stripVTControlCharacters} from 'node:util'
import {describe, expect, test} from 'vitest'
import {decide, type Finding} from '../../../../src/core/decision.js'
import type {Exchange} from '../../../../src/core/exchange.js'
import type {TerminalOutput} from '../../../../src/core/ports.js'
import {parseTarget} from '../../../../src/core/target.js'
import {terminalOutput} from '../../../../src/host/serve.js'
import {eventLine, exchangeLine} from '../../../../src/plugins/logging/people.js'

const finding = (over: Partial<Finding> = {}): Finding => ({
  plugin: 'dlp',
  authority: 'scanner',
  layer: 'blocklist',
  reason: 'domain_blocklist',
  action: 'block',
  severity: 'critical',
  order: 1,
  detail: 'domain blocked',
  ...over,
})

function shown(
  url: string,
  options: {findings?: readonly Finding[]; columns?: number; colour?: boolean; x?: Partial<Exchange>} = {},
): string {
  const {findings = [finding()], columns, colour = false, x = {}} = options
  const exchange: Exchange = {
    id: '01890000-0000-7000-8000-0000003f9a2c',
    requestId: 'req-17',
    transport: 'forward',
    purpose: 'request',
    agent: {name: 'coder', basis: 'self-declared'},
    clientIp: '127.0.0.1',
    rawTarget: url,
    target: parseTarget(url).target,
    method: 'GET',
    headers: [],
    startedAtMs: 0,
    signal: new AbortController().signal,
    ...x,
  }
  const terminal: TerminalOutput = {columns: () => columns, hasColour: colour}
  const ruling = {decision: decide(findings), contract: undefined, addresses: [], policy: undefined as never}
  return exchangeLine(
    exchange,
    ruling,
    {status: 200, responseBytes: 5, requestBytes: 4, durationMs: 12.4},
    '12:01:07',
    terminal,
  )
}

test('a block, an allowed request and a tunnel, are one line each', () => {
  expect(shown('https://api.example.com/v1/keys?a=1')).toBe(
    '12:01:07 BLOCK coder GET https://api.example.com/v1/keys?...  domain blocked  req-17-3f9a2c\n',
  )
  expect(shown('http://api.example.com/v1', {findings: []})).toBe(
    '12:01:07 ALLOW coder GET api.example.com/v1  200 12 ms  req-17-3f9a2c\n',
  )
  expect(shown('https://api.example.com:8443/', {findings: [], x: {transport: 'connect', method: 'CONNECT'}})).toBe(
    '12:01:07 ALLOW coder CONNECT api.example.com:8443  9 bytes 12 ms  req-17-3f9a2c\n',
  )
  expect(shown('http://a.example/', {findings: [finding({action: 'warn'})]})).toContain('12:01:07 WARN  coder')
})

test('colour, where the terminal has it, is on the verdict only', () => {
  const line = shown('http://a.example/', {colour: true})
  expect(line).toContain('\u001b[31mBLOCK\u001b[0m')
  expect(stripVTControlCharacters(line)).toBe(shown('http://a.example/'))
})

describe.each([40, 60, 80, 100, 120, 200])('%i columns', (columns) => {
  test('cut the path in its middle and the reason, never verdict and id', () => {
    for (const path of ['x', 'a-rather-long-path/'.repeat(3), 'y'.repeat(1500)]) {
      const line = shown(`http://api.example.com/first/${path}/last`, {
        columns,
        findings: [finding({detail: 'a reason of some length '.repeat(4)})],
      })
      expect(line).toMatch(/^12:01:07 BLOCK coder GET api/)
      expect(line).toMatch(/  req-17-3f9a2c\n$/)
      expect(line.length - 1).toBeLessThanOrEqual(Math.max(columns, 57))
      if (columns >= 80 && path.length > 100) expect(line).toMatch(/api\.ex.*\.\.\..*\/last  /)
    }
  })
})

test('whatever a client sends, the line is one line of printable ASCII', () => {
  const hostile = [
    '\u001b[2J',
    '\n12:01:08 ALLOW coder GET evil.example',
    '\r',
    '\u202e',
    '\u0007',
    '\u009b31m',
    'é',
    '\u2028',
  ]
  for (const text of hostile) {
    const lines = [
      shown('http://a.example/', {findings: [finding({detail: `x${text}y`})]}),
      shown('http://a.example/', {x: {agent: {name: `a${text}b`, basis: 'self-declared'}}}),
      shown('http://a.example/', {x: {method: `GET${text}`}}),
      shown(`http://a.example/${text}`),
      eventLine('INFO', `a${text}b`, '12:01:07', {columns: () => 80, hasColour: false}),
    ]
    for (const line of lines) expect(line).toMatch(/^[ -~]*\n$/)
  }
})

test('a URL with a credential, is shown as the log shows it', () => {
  expect(shown('http://a.example:8080/secret', {findings: [finding({layer: 'dlp'})]})).toContain(
    ' a.example:8080/[redacted]  ',
  )
  expect(shown('http://secret.example/', {findings: [finding({layer: 'dlp', inHost: true})]})).toContain(
    ' [redacted-url]  ',
  )
})

describe('a terminal', () => {
  const tty = {isTTY: true, columns: 100}
  test('is one only where standard output is', () => {
    expect(terminalOutput({}, {isTTY: false})).toBeUndefined()
    expect(terminalOutput({}, {})).toBeUndefined()
    expect(terminalOutput({FORCE_COLOR: '1'}, {})).toBeUndefined()
  })
  test.each([
    [{}, true],
    [{NO_COLOR: '1'}, false],
    [{NO_COLOR: ''}, true],
    [{TERM: 'dumb'}, false],
    [{NO_COLOR: '1', FORCE_COLOR: '1'}, true],
    [{FORCE_COLOR: '0'}, false],
    [{FORCE_COLOR: 'false'}, false],
  ])('%j: colour %s', (env, hasColour) => expect(terminalOutput(env, tty)?.hasColour).toBe(hasColour))
  test.each([
    [{}, 100],
    [{COLUMNS: '72'}, 72],
    [{COLUMNS: '0'}, 100],
    [{COLUMNS: 'wide'}, 100],
  ])('%j: %i columns', (env, columns) => expect(terminalOutput(env, tty)?.columns()).toBe(columns))
})
