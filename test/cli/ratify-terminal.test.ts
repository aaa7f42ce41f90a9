// `learn ratify --interactive` at a real terminal: script (Debian: bsdutils, always installed) holds the other end of a
// pseudo-terminal. Ctrl-C, the end of input and a lost terminal leave answers and nothing else.
import {spawn, spawnSync, type ChildProcess} from 'node:child_process'
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {compileCaptures, HARNESS} from '../support/compiling.js'
import {hourly, type CaptureSpec} from '../support/captures.js'

const entry = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const day = Array.from({length: 6}, (_, hour) =>
  ['https://api.example.com/v1/items', 'https://docs.example.com/guide'].flatMap((url) =>
    Array.from({length: 4}, (__, i): CaptureSpec => ({session: `s${hour}`, ts: hourly(hour, i), url})),
  ),
).flat()
const {contract} = compileCaptures(day)
const PROMPT = '[r]eject, Enter = '
const SIGN = 'Sign this decision?'

let folder: string
let children: ChildProcess[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pipelock-terminal-'))
  writeFileSync(join(folder, 'candidate.yaml'), contract)
  children = []
})
afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, {recursive: true, force: true})
})

interface Terminal {
  /** Waits until the text came after the last keys. */
  readonly shows: (text: string) => Promise<void>
  readonly type: (keys: string) => void
  readonly status: Promise<number | null>
  readonly pull: () => void
  readonly all: () => string
  /** The line of a menu that Enter takes. */
  readonly active: () => string
}

function terminal(words: readonly string[] = [], environment: Readonly<Record<string, string>> = {}): Terminal {
  const key = HARNESS.signer.key.public.hex
  const command = ['learn', 'ratify', '--interactive', '--candidate', 'candidate.yaml', '--out', 'out.yaml', ...words]
  const line = [process.execPath, entry, ...command, '--contract-key', key, '--deterministic'].join(' ')
  const child = spawn('script', ['-qec', `stty cols 80; exec ${line}`, '/dev/null'], {
    cwd: folder,
    env: {PATH: process.env['PATH'] ?? '', HOME: folder, TERM: 'dumb', ...environment},
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  children.push(child)
  let text = ''
  let mark = 0
  let ended = false
  let check = (): void => undefined
  child.stdout.on('data', (data: Buffer) => {
    text += data.toString('utf8')
    check()
  })
  child.stdin.on('error', () => undefined) // keys for a terminal that was pulled
  const status = new Promise<number | null>((done) => {
    child.on('close', (code) => {
      ended = true
      check()
      done(code)
    })
  })
  return {
    shows: (expected) =>
      new Promise((done, fail) => {
        check = () => {
          if (text.slice(mark).includes(expected)) done()
          else if (ended) fail(new Error(`never shown: ${expected}\n${text}`))
        }
        check()
      }),
    type(keys) {
      mark = text.length
      child.stdin.write(keys)
    },
    status,
    pull: () => child.kill('SIGKILL'),
    all: () => text,
    active: () => text.slice(text.lastIndexOf('❯')).split('\n')[0] ?? '',
  }
}

const progress = () => join(folder, 'out.yaml.progress.json')
const untouched = () => {
  expect(existsSync(join(folder, 'out.yaml'))).toBe(false)
  expect(readFileSync(join(folder, 'candidate.yaml'), 'utf8')).toBe(contract)
  expect(readdirSync(folder).filter((name) => name.endsWith('.jsonl') || name.endsWith('.tmp'))).toEqual([])
}

describe.skipIf(process.platform !== 'linux')('ratify at a terminal', () => {
  test('ratify: after Ctrl-C the session continues where it was left, and signs what was confirmed', async () => {
    const first = terminal()
    await first.shows(PROMPT)
    first.type('\n')
    await first.shows(PROMPT)
    first.type('\u0003')
    expect(await first.status).toBe(1)
    expect(first.all()).toContain('error: aborted: nothing is signed; 1 of')
    untouched()

    const second = terminal(['--save-decisions', 'saved.yaml'])
    await second.shows('An earlier session decided 1 of')
    await second.shows('Go on from there?')
    second.type('\n')
    await second.shows('Rule 2/')
    await second.shows(PROMPT)
    second.type('d\n')
    await second.shows(SIGN)
    second.type('yes\n')
    expect(await second.status).toBe(0)
    expect(second.all()).toMatch(
      /ratify: 2 of 8 rules will be enforced, 6 kept for information, 0 rejected, written to .*out\.yaml/,
    )
    expect(second.all()).toMatch(
      /next: pipelock learn promote --contract-hash sha256:[0-9a-f]{64} --candidate \S+out\.yaml --selector coder/,
    )
    expect(second.all()).not.toContain('"event"')
    expect(second.all()).toContain('to repeat this decision: --decisions saved.yaml')
    expect(existsSync(progress())).toBe(false)

    const repeat = [
      'learn',
      'ratify',
      '--candidate',
      'candidate.yaml',
      '--out',
      'again.yaml',
      '--decisions',
      'saved.yaml',
    ]
    const key = ['--contract-key', HARNESS.signer.key.public.hex, '--deterministic']
    expect(spawnSync(process.execPath, [entry, ...repeat, ...key], {cwd: folder}).status).toBe(0)
    expect(readFileSync(join(folder, 'again.yaml'), 'utf8')).toBe(readFileSync(join(folder, 'out.yaml'), 'utf8'))
  })

  test.each([
    ['the end of input', (at: Terminal) => at.type('\u0004'), 1],
    ['a lost terminal', (at: Terminal) => at.pull(), null],
  ])('%s leaves the answers', async (_, leave, status) => {
    const at = terminal()
    await at.shows(PROMPT)
    at.type('r\n')
    await at.shows(PROMPT)
    leave(at)
    expect(await at.status).toBe(status)
    untouched()
    expect(readFileSync(progress(), 'utf8')).toContain('"reject"')
  })

  test('uses colours only where they are wanted, and never moves the cursor', async () => {
    const left = async (environment: Readonly<Record<string, string>>): Promise<string> => {
      const at = terminal([], environment)
      await at.shows(PROMPT)
      at.type('l\n')
      await at.shows('Nothing is decided yet.')
      await at.shows(PROMPT)
      at.type('q\n')
      await at.status
      return at.all()
    }
    const plain = await left({NO_COLOR: '1'})
    expect(plain).not.toContain('\u001b')
    expect(await left({})).not.toContain('\u001b')
    const coloured = await left({FORCE_COLOR: '1'})
    expect(coloured).toContain('\u001b[1m')
    expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).toBe(plain)
    const lines = plain.split(/\r?\n/).filter((line) => !line.startsWith('warning: '))
    expect(lines.filter((line) => line.length > 80)).toEqual([])
  })
})

describe.skipIf(process.platform !== 'linux')('ratify with menus', () => {
  const MENUS = {TERM: 'xterm'}
  const [DOWN, ENTER, SPACE] = ['\u001b[B', '\r', ' ']
  /** Down to a choice by its name, and Enter. */
  const choose = async (at: Terminal, name: string): Promise<void> => {
    for (let i = 0; i < 12; i++) {
      if (at.active().includes(name)) return at.type(ENTER)
      at.type(DOWN)
      await at.shows('select')
    }
    throw new Error(`no choice ${name}\n${at.all()}`)
  }

  test('select decides, confirm continues, and the whole is signed', async () => {
    const first = terminal([], MENUS)
    await first.shows('What becomes of this rule?')
    await first.shows('select')
    first.type(ENTER)
    await first.shows('Rule 2/')
    await first.shows('select')
    first.type('\u0003')
    expect(await first.status).toBe(1)
    expect(first.all()).toContain('error: aborted: nothing is signed; 1 of')
    untouched()

    const second = terminal(['--save-decisions', 'saved.yaml'], MENUS)
    await second.shows('(Y/n)')
    second.type(ENTER)
    await second.shows('Rule 2/')
    await second.shows('select')
    await choose(second, 'The default for every rule')
    await second.shows(SIGN)
    await second.shows('select')
    // Enter would change the decision, not sign it
    expect(second.active()).toContain('Change it')
    await choose(second, 'Sign it')
    expect(await second.status).toBe(0)
    expect(second.all()).toMatch(/ratify: 2 of 8 rules will be enforced, 6 kept for information, 0 rejected/)
  })

  test('several rules of a host are ticked in one list', async () => {
    const at = terminal([], MENUS)
    await at.shows('select')
    await choose(at, 'Pick from all that follow')
    await at.shows('submit')
    at.type(SPACE)
    await at.shows('submit')
    at.type(ENTER)
    await at.shows('select')
    await choose(at, 'Quit')
    expect(await at.status).toBe(1)
    expect(readFileSync(progress(), 'utf8')).toContain('"capture_only"')
  })

  test.each([
    ['the end of input', (at: Terminal) => at.type('\u0004'), 1],
    ['a lost terminal', (at: Terminal) => at.pull(), null],
  ])('%s keeps the answers and signs nothing', async (_, leave, status) => {
    const at = terminal([], MENUS)
    await at.shows('select')
    await choose(at, 'Reject')
    await at.shows('select')
    leave(at)
    expect(await at.status).toBe(status)
    untouched()
    expect(readFileSync(progress(), 'utf8')).toContain('"reject"')
  })
})
