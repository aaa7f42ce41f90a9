// The content of a sent event: its severity, its text, and its frame in syslog.
import {describe, expect, test} from 'vitest'
import {retryAfterMs} from '../../../../src/plugins/emission/delivery.js'
import {eventText, type EmittedEvent} from '../../../../src/plugins/emission/event.js'
import {severityOf, type Level} from '../../../../src/plugins/emission/severity.js'
import {frame, type SyslogOptions} from '../../../../src/plugins/emission/syslog.js'

const AT = Date.UTC(2026, 1, 25, 12, 34, 56, 789)
const of = (fields: EmittedEvent['fields'], atMs = AT): EmittedEvent => ({
  severity: 'warn',
  type: 'blocked',
  atMs,
  fields,
})

describe('severity', () => {
  test.each<[event: string, level: Level, fields: Record<string, unknown>, expected: string]>([
    ['kill_switch_deny', 'warn', {}, 'critical'],
    ['adaptive_escalation', 'warn', {to: 'critical'}, 'critical'],
    ['adaptive_escalation', 'warn', {to: 'high'}, 'warn'],
    ['adaptive_upgrade', 'warn', {to_action: 'block', scanner: 'dlp'}, 'critical'],
    ['adaptive_upgrade', 'warn', {to_action: 'block', scanner: 'session_deny'}, 'warn'],
    ['adaptive_upgrade', 'warn', {to_action: 'warn'}, 'warn'],
    ['chain_detection', 'warn', {action: 'block'}, 'critical'],
    ['chain_detection', 'warn', {action: 'warn'}, 'warn'],
    ['taint_decision', 'warn', {decision: 'allow'}, 'info'],
    ['taint_decision', 'warn', {decision: 'deny'}, 'warn'],
    ['response_scan_exempt', 'info', {}, 'warn'],
    ['anomaly', 'info', {}, 'warn'],
    ['error', 'error', {}, 'warn'],
    ['blocked', 'warn', {}, 'warn'],
    ['header_dlp', 'warn', {}, 'warn'],
    ['sni_mismatch', 'warn', {}, 'warn'],
    ['allowed', 'info', {}, 'info'],
    ['config_reload', 'info', {}, 'info'],
    ['of a later version', 'info', {}, 'info'],
    ['of a later version', 'error', {}, 'warn'],
  ])('%s logged as %s with %j: %#', (event, level, fields, expected) => {
    expect(severityOf(level, event, fields)).toBe(expected)
  })
})

describe('text', () => {
  test('members in order, the time without trailing zeros', () => {
    expect(eventText(of({method: 'GET', agent: 'coder'}), 'prod-1')).toBe(
      '{"severity":"warn","type":"blocked","timestamp":"2026-02-25T12:34:56.789Z","pipelock_instance":"prod-1","fields":{"method":"GET","agent":"coder"}}',
    )
    expect(eventText(of({}, AT - 89), 'p')).toContain('"2026-02-25T12:34:56.7Z"')
    expect(eventText(of({}, AT - 789), 'p')).toContain('"2026-02-25T12:34:56Z"')
  })

  test('empty fields are left out, durations are whole, control characters are removed', () => {
    const fields = {
      url: 'http://a/\u001b[31mred\u0007',
      agent: '',
      header: undefined,
      duration_ms: 12.7,
      score: 0.5,
      patterns: ['A\u0000', 'B'],
      ok: false,
    }
    expect(JSON.parse(eventText(of(fields), 'p'))).toMatchObject({
      fields: {url: 'http://a/red', duration_ms: 13, score: 0.5, patterns: ['A', 'B'], ok: false},
    })
    expect(eventText(of(fields), 'p')).not.toMatch(/agent|header/)
  })
})

test('an event is bounded, however long a URL or a list is', () => {
  const long = of({
    url: `http://a.example/${'x'.repeat(100_000)}`,
    patterns: Array.from({length: 500}, () => 'y'.repeat(9_000)),
  })
  const {fields} = JSON.parse(eventText(long, 'p')) as {fields: {url: string; patterns: string[]}}
  expect(fields.url).toMatch(/^http:\/\/a\.example\/x+\.\.\.$/)
  expect([fields.url.length, fields.patterns.length, fields.patterns[0]?.length]).toEqual([4_096, 64, 4_096])
})

describe('syslog frames', () => {
  const options: SyslogOptions = {
    address: 'udp://127.0.0.1:514',
    facility: 'local0',
    tag: 'pipelock',
    format: 'rfc3164',
  }
  const origin = {host: 'node-1', pid: 42, instance: 'prod-1'}
  const text = eventText(of({n: 1}), 'prod-1')

  test('classic: one line, over both', () => {
    const expected = `<132>2026-02-25T12:34:56.789Z node-1 pipelock[42]: ${text}\n`
    for (const isTcp of [false, true]) expect(frame(of({n: 1}), options, origin, isTcp).toString()).toBe(expected)
  })

  test('RFC 5424: with its length in bytes over TCP', () => {
    const modern = {...options, format: 'rfc5424', facility: 'auth'} as const
    const message = `<36>1 2026-02-25T12:34:56.789Z node-1 pipelock 42 blocked - ${text}`
    expect(frame(of({n: 1}), modern, origin, false).toString()).toBe(message)
    expect(frame(of({n: 1}), modern, origin, true).toString()).toBe(`${message.length} ${message}`)
    const accented = frame(of({n: 'é'}), modern, origin, true)
    expect(Number(accented.toString().split(' ', 1)[0])).toBe(accented.length - accented.indexOf(' ') - 1)
  })

  test.each([
    ['critical', 130],
    ['warn', 132],
    ['info', 134],
  ] as const)('%s of local0 has priority %d', (severity, priority) => {
    expect(frame({...of({}), severity}, options, origin, false).toString()).toMatch(`<${priority}>`)
  })

  test('no text of a client begins a line of its own', () => {
    const forged = frame(of({url: 'http://a/\n<0>forged\r\n'}), options, origin, true).toString()
    expect(forged.trimEnd()).not.toMatch(/[\r\n]/)
  })
})

test.each([
  ['120', 120_000],
  ['0', 0],
  ['Wed, 25 Feb 2026 12:35:06 GMT', 9_211],
  ['Wed, 25 Feb 2020 12:35:06 GMT', undefined],
  ['soon', undefined],
  ['-1', undefined],
  [undefined, undefined],
])('Retry-After: %s is %s ms', (value, expected) => {
  expect(retryAfterMs(value, AT)).toBe(expected)
})
