// The operator at the terminal: one question at a time, and everything but a clear yes is a no.
import {PassThrough} from 'node:stream'
import {describe, expect, test} from 'vitest'
import type {Approval, Question} from '../../../src/core/approver.js'
import {menuApprover, terminalApprover} from '../../../src/host/terminal-approver.js'

const QUESTION: Question = {
  agent: 'coder',
  url: 'http://docs.test/page',
  reason: 'response contains prompt injection: A',
  patterns: ['A', 'B'],
  preview: 'Ignore everything',
}

function setup() {
  let listen: (line: string | undefined) => void = () => undefined
  let shown = ''
  const approver = terminalApprover({
    onLine: (listener) => void (listen = listener),
    write: (text) => void (shown += text),
  })
  return {
    ask: (
      question: Partial<Question> = {},
      timeoutMs = 60_000,
      signal = new AbortController().signal,
    ): Promise<Approval> => approver.ask({...QUESTION, ...question}, {timeoutMs, signal}),
    type: (line: string | undefined) => listen(line),
    shown: () => shown,
  }
}

test.each([
  ['y', 'allow'],
  [' YES ', 'allow'],
  ['s', 'strip'],
  ['Strip', 'strip'],
  ['n', 'block'],
  ['', 'block'],
  ['yess', 'block'],
  ['allow', 'block'],
])('%j means %s', async (line, approval) => {
  const {ask, type} = setup()
  const reply = ask()
  type(line)
  expect(await reply).toBe(approval)
})

test('shows the subject of a question, cut and escaped', async () => {
  const {ask, type, shown} = setup()
  const reply = ask({
    agent: 'a\u001b[2J',
    url: `http://docs.test/${'x'.repeat(200)}`,
    preview: `😀\u202e\r${'y'.repeat(400)}`,
  })
  expect(shown()).toContain('=== PIPELOCK: THREAT DETECTED ===\n')
  expect(shown()).toContain('Allow (y), Block (N), or Strip (s)? [60s timeout] ')
  expect(shown()).toContain('a\\x1b[2J')
  expect(shown()).toContain('😀\\u{202e}\\x0dyyy')
  expect(shown()).not.toMatch(/[\u001b\u202e\r]|x{80}|y{200}/)
  type('n')
  await reply
})

test('asks questions one after the other, in order', async () => {
  const {ask, type, shown} = setup()
  const [first, second] = [ask({agent: 'one'}), ask({agent: 'two'})]
  expect(shown()).not.toContain('two')
  type('y')
  expect(await first).toBe('allow')
  expect(shown()).toContain('two')
  type('s')
  expect(await second).toBe('strip')
})

test('input without a pending question is ignored', async () => {
  const {ask, type} = setup()
  const first = ask()
  type('n')
  await first
  type('y')
  const second = ask()
  type('n')
  expect(await second).toBe('block')
})

describe('without a reply it blocks', () => {
  test('after the timeout, and late input does not decide the next question', async () => {
    const {ask, type, shown} = setup()
    expect(await ask({}, 5)).toBe('block')
    const next = ask()
    expect(shown()).toContain('Press Enter first')
    type('y')
    type('n')
    expect(await next).toBe('block')
    const last = ask()
    type('y')
    expect(await last).toBe('allow')
  })

  test('when the client left', async () => {
    const {ask, type} = setup()
    const leaving = new AbortController()
    const [left, other] = [ask({}, 60_000, leaving.signal), ask()]
    leaving.abort()
    expect(await left).toBe('block')
    type('')
    type('y')
    expect(await other).toBe('allow')
    expect(await ask({}, 60_000, leaving.signal)).toBe('block')
  })

  test('at the end of input, for all further questions', async () => {
    const {ask, type} = setup()
    const [first, second] = [ask(), ask()]
    type(undefined)
    expect([await first, await second, await ask()]).toEqual(['block', 'block', 'block'])
  })

  test('when too many wait', async () => {
    const {ask, type} = setup()
    const replies = Array.from({length: 66}, (_, i) => ask({agent: `agent-${i}`}))
    expect(await replies[65]).toBe('block')
    for (let i = 0; i < 65; i++) type('y')
    const all = await Promise.all(replies)
    expect(all.filter((a) => a === 'allow')).toHaveLength(65)
  })

  test('when one agent asks too often; other agents are served, and so is it after replies', async () => {
    const {ask, type} = setup()
    const replies = Array.from({length: 9}, () => ask())
    expect(await replies[8]).toBe('block')
    const other = ask({agent: 'writer'})
    for (let i = 0; i < 9; i++) type('y')
    expect(await Promise.all([...replies.slice(0, 8), other])).toEqual(Array.from({length: 9}, () => 'allow'))
    const again = ask()
    type('y')
    expect(await again).toBe('allow')
  })
})

// at the same time: a menu takes no key for 300 ms, and each test has one of its own
describe.concurrent('a menu', () => {
  function menu() {
    const input = Object.assign(new PassThrough(), {isTTY: true, setRawMode: () => undefined})
    // like standard error, it is not ended by a prompt that is over
    const output = new PassThrough()
    output.end = () => output
    let text = ''
    let check = (): void => undefined
    output.on('data', (data: Buffer) => {
      text += data.toString()
      check()
    })
    let interrupts = 0
    const approver = menuApprover({input, output, onInterrupt: () => void interrupts++})
    return {
      input,
      shown: () => text,
      interrupts: () => interrupts,
      ask: (timeoutMs = 60_000, signal = new AbortController().signal, question: Partial<Question> = {}) =>
        approver.ask({...QUESTION, ...question}, {timeoutMs, signal}),
      /** Resolves once the menu of the n-th question can be used. */
      ready: (n = 1) =>
        new Promise<void>((done) => {
          check = () => {
            if (text.split('navigate').length > n) done()
          }
          check()
        }),
    }
  }

  test.each([
    ['Enter', '\r', 'block'],
    ['the number of strip', '2\r', 'strip'],
    ['the number of allow', '3\r', 'allow'],
    ['arrows to allow', '\u001b[B\u001b[B\r', 'allow'],
    ['a shell command with the letters of every choice', 'apt install strip allow\r', 'block'],
    ['yes', 'yes\r', 'block'],
    ['a number of no choice', '42\r', 'block'],
    ['bytes of no text', '\u0000\u009b\ufffd\r', 'block'],
  ])('%s: %j means %s', async (_, keys, approval) => {
    const {ask, ready, input} = menu()
    const reply = ask()
    await ready()
    input.write(keys)
    expect(await reply).toBe(approval)
  })

  test('keys typed before the question could be read decide nothing', async () => {
    const {ask, ready, input} = menu()
    input.write('3\r3')
    const reply = ask()
    const turn = () => new Promise((next) => setImmediate(next))
    while (input.listenerCount('data') === 0) await turn()
    // a menu without delay would be drawn within these
    for (let i = 0; i < 500; i++) await turn()
    input.write('\u001b[B\u001b[B\r')
    await ready()
    input.write('\r')
    expect(await reply).toBe('block')
  })

  test('a timeout, a client that left and the end of input block, and later questions are asked', async () => {
    const {ask, ready, shown, input} = menu()
    expect(await ask(500)).toBe('block')
    expect(shown()).toContain('no reply in time: blocked')
    const leaving = new AbortController()
    const left = ask(60_000, leaving.signal)
    await ready(2)
    leaving.abort()
    expect(await left).toBe('block')
    expect(shown()).toContain('the client left: blocked')
    const last = ask()
    await ready(3)
    input.end()
    expect(await last).toBe('block')
    expect(await ask()).toBe('block')
  })

  test.each([
    ['while it is read', 0],
    ['before it can be read', 1],
  ])('Ctrl-C %s blocks and is handed on', async (_, early) => {
    const {ask, ready, input, interrupts} = menu()
    const reply = ask()
    if (early === 0) await ready()
    // the listener is attached behind an import
    else while (input.listenerCount('data') === 0) await new Promise((next) => setImmediate(next))
    input.write('\u0003')
    expect(await reply).toBe('block')
    expect(interrupts()).toBe(1)
  })

  test('shows the subject escaped', async () => {
    const {ask, ready, shown, input} = menu()
    const reply = ask(60_000, undefined, {agent: 'a\u001b[2J', preview: '\u202e\rx'})
    await ready()
    expect(shown()).toContain('a\\x1b[2J')
    expect(shown()).toContain('\\u{202e}\\x0dx')
    expect(shown()).not.toContain('\u202e')
    input.write('\r')
    await reply
  })
})
