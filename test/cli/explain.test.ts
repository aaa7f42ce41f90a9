// What `check --text|--file` and `explain` print and how they end. Runs the build.
import {spawnSync} from 'node:child_process'
import {mkdtempSync, rmSync, truncateSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {mixed, upper} from '../support/credentials.js'
import {runCommand} from '../support/warm-cli.js'

const entry = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const AWS = `AKIA${upper(16)}`
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli-explain-'))
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))

function pipelock(...words: string[]): {status: number | null; out: string; err: string} {
  const {status, stdout, stderr} = runCommand(words, {
    cwd: folder,
    env: {PATH: process.env['PATH'] ?? '', HOME: folder, PIPELOCK_HOME: join(folder, 'home')},
  })
  return {status, out: stdout, err: stderr}
}

function write(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

interface Document {
  readonly content?: string
  readonly result?: string
  readonly surfaces: readonly {
    readonly surface: string
    readonly action: string
    readonly findings: readonly {
      readonly layer: string
      readonly action: string
      readonly matches: readonly {readonly rule: string; readonly view: string; readonly line?: number}[]
      readonly hint?: {readonly field: string}
    }[]
  }[]
}

describe('check of a text', () => {
  test('is clean: 0', () => {
    expect(pipelock('check', '--text', 'An ordinary sentence.')).toMatchObject({
      status: 0,
      out: expect.stringContaining('Content:  CLEAN') as string,
    })
  })

  test('names rule, view and place of a find, never the find: 1', () => {
    const encoded = Buffer.from(`the key is ${AWS}`).toString('base64')
    const file = write('note.txt', `first line\n\n  ${encoded}\n`)
    const {status, out} = pipelock('check', '--file', file, '--json')
    expect(status).toBe(1)
    for (const secret of [AWS, AWS.toLowerCase(), encoded]) expect(out).not.toContain(secret)
    const {content, surfaces} = JSON.parse(out) as Document
    expect(content).toBe('FINDING')
    expect(surfaces.map(({surface}) => surface)).toEqual(['request', 'response'])
    expect(surfaces[0]?.findings[0]).toMatchObject({
      layer: 'body_dlp',
      action: 'block',
      matches: [{rule: 'AWS Access Key ID', view: 'base64', line: 3, column: 3}],
    })
  })

  test('reads a file by its ending or the media type given', () => {
    const parts = JSON.stringify({a: AWS.slice(0, 9), b: AWS.slice(9)})
    const file = write('parts.json', parts)
    expect(pipelock('check', '--file', file).status).toBe(1)
    expect(pipelock('check', '--file', file, '--media-type', 'nonsense')).toMatchObject({status: 2, out: ''})
  })

  test('tells of a file that the scanners would not take, and cannot read what is none', () => {
    const file = write('long.txt', '')
    truncateSync(file, 6 * 1024 * 1024)
    const {status, out} = pipelock('explain', '--file', file, '--as', 'request')
    expect(status).toBe(1)
    expect(out).toContain('request body exceeds max_body_bytes (5242880)')
    expect(pipelock('check', '--file', folder)).toMatchObject({status: 2, out: ''})
    expect(pipelock('check', '--file', join(folder, 'none'))).toMatchObject({status: 2, out: ''})
    expect(pipelock('check', '--file', file, '--text', 'x').status).toBe(2)
  })
})

describe('explain', () => {
  test('needs something to explain: 2', () => {
    const {status, err} = pipelock('explain')
    expect([status, err]).toEqual([2, expect.stringContaining('hint: name it with --url, --text or --file')])
  })

  test('shows every layer, what fired and the setting that works when written', () => {
    const first = pipelock('explain', '--url', 'https://www.pastebin.com/x', '--json')
    expect(first.status).toBe(1)
    const {surfaces} = JSON.parse(first.out) as Document
    expect(surfaces[0]).toMatchObject({
      surface: 'url',
      action: 'block',
      findings: [{layer: 'blocklist', hint: {field: 'api_allowlist', value: ['www.pastebin.com'], then: 'allowed'}}],
    })
    const config = write('allowed.yaml', 'api_allowlist:\n  - "www.pastebin.com"\n')
    const second = pipelock('explain', '-c', config, '--url', 'https://www.pastebin.com/x')
    expect(second).toMatchObject({status: 0, err: ''})
    expect(second.out).toMatch(/^URL: ALLOWED\n {2}parser +clean/)
  })

  test('asks the layers behind a refusal, and says what no setting changes', () => {
    const {status, out} = pipelock('explain', '--url', `https://www.pastebin.com/?k=${AWS}`)
    expect(status).toBe(1)
    expect(out).toMatch(/blocklist +fired/)
    expect(out).toMatch(/core_dlp +fired/)
    expect(out).toContain('the core floor: no setting changes it')
    expect(out).not.toContain(AWS)
  })

  test('leaves a host name out that holds a credential', () => {
    const key = `dapi${'1f2e3d4c5b6a7089'.repeat(2)}`
    const {status, out} = pipelock('explain', '--url', `https://${key}.pastebin.com/${mixed(4)}`)
    expect(status).toBe(1)
    expect(out).toContain('the host name holds a credential and is withheld')
    expect(out).not.toContain(key)
    expect(out).toContain('no setting is named: it would hold a credential')
  })

  test('quotes no name that holds a credential', () => {
    const key = `AIza${mixed(35)}`
    const {out} = pipelock('explain', '--url', `https://example.com/?${key}=1`)
    expect(out).toMatch(/entropy: block: high entropy query key "…"/)
    expect(out).not.toContain(key)
  })
})

describe('at a terminal', () => {
  const explain = (columns: number, ...words: readonly string[]): string => {
    const line = [process.execPath, entry, 'explain', ...words].map((word) => `'${word}'`).join(' ')
    const {stdout} = spawnSync('script', ['-qec', `stty cols ${columns}; exec ${line}`, '/dev/null'], {
      cwd: folder,
      env: {PATH: process.env['PATH'] ?? '', HOME: folder, TERM: 'xterm'},
      encoding: 'utf8',
      timeout: 30_000,
    })
    return stdout.replaceAll('\r\n', '\n')
  }
  const url = 'https://www.pastebin.com/raw/x'

  test('explain is laid out for its width and coloured, and a pipe gets the plain lines', ({skip}) => {
    if (spawnSync('script', ['--version']).status !== 0) skip('script (util-linux) is missing')
    const coloured = explain(80, '--url', url)
    const text = coloured.replaceAll(/\u001b\[\d+m/g, '')
    expect(coloured).toContain('\u001b[1mBLOCKED\u001b[0m')
    expect(text).toMatch(/^URL: BLOCKED \(blocklist\)\n\nLayer +Result +Inspected\n─+ /)
    expect(text).toMatch(/\n {8}api_allowlist:\n {8} {2}- "www\.pastebin\.com"\n/)
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([])
    const piped = pipelock('explain', '--url', url).out
    expect(piped).toMatch(/^URL: BLOCKED \(blocklist\)\n {2}parser {17}clean {9}one reading of the URL\n/)
    expect(piped).not.toMatch(/[\u001b─#|]/)
  })

  test('report is laid out, and a pipe gets the plain lines', ({skip}) => {
    if (spawnSync('script', ['--version']).status !== 0) skip('script (util-linux) is missing')
    write('evidence-proxy-0.jsonl', 'no evidence\n')
    // relative: a line holds the path, which may be as long as it likes
    const file = 'evidence-proxy-0.jsonl'
    const words = [process.execPath, entry, 'report', '--evidence', file].map((word) => `'${word}'`).join(' ')
    const {stdout} = spawnSync('script', ['-qec', words, '/dev/null'], {
      cwd: folder,
      env: {PATH: process.env['PATH'] ?? '', HOME: folder, TERM: 'xterm', NO_COLOR: '1', COLUMNS: '60'},
      encoding: 'utf8',
    })
    const lines = stdout.split('\r\n')
    expect(lines.slice(1, 4).join('\n')).toContain('0 agents')
    expect(lines.some((line) => line.startsWith('- NOT INTACT: '))).toBe(true)
    expect(lines.filter((line) => line.length > 60 && line.includes(' '.repeat(2)))).toEqual([])
    expect(pipelock('report', '--evidence', file).out).toMatch(/^NOT VERIFIED .*\n {2}0 agents, [^]*\nNOT INTACT: /)
  })
})
