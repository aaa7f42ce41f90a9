// The page of a replay as `learn shadow --html` writes it, in a real browser: what agents did stands there as text.
import {spawnSync} from 'node:child_process'
import {mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {audit, type Browser, findChromium, startBrowser} from '../support/browser.js'
import {captureLines, type CaptureSpec} from '../support/captures.js'
import {HARNESS} from '../support/compiling.js'
import {HOSTILE_MARK, ordinaryCaptures, writeCandidate} from '../support/review-pages.js'

const chromium = findChromium()
const entry = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const RECORDS: readonly CaptureSpec[] = [
  {url: 'https://api.code.example/v1/search'},
  {url: 'https://api.code.example/v1/billing'},
  {url: `https://evil.example/${encodeURI(HOSTILE_MARK.replaceAll('/', ''))}%e2%80%ae`},
  {url: 'http://secret-build.internal/deploy/token-page'},
  {tool: {server: 'files', name: HOSTILE_MARK}},
  {tool: {server: 'files', name: `\u202e${'z'.repeat(5000)}`}},
]

let folder = ''
let browser: Browser
const file = (name: string): string => join(folder, name)
const shadow = (...words: string[]) =>
  spawnSync(
    process.execPath,
    [
      entry,
      ...['learn', 'shadow', '--contract', file('coder.candidate.yaml'), '--sessions', file('sessions')],
      ...['--contract-key', HARNESS.signer.key.public.hex, '--deterministic', ...words],
    ],
    {cwd: folder, env: {PATH: process.env['PATH'] ?? '', HOME: folder}, encoding: 'utf8', timeout: 60_000},
  )

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'replays-'))
  writeCandidate(folder, ordinaryCaptures())
  mkdirSync(file('sessions/s9'), {recursive: true})
  const specs = RECORDS.map((spec, i) => ({session: 's9', ts: `2026-04-29T10:00:0${i}Z`, ...spec}))
  writeFileSync(file('sessions/s9/evidence-s9-0.jsonl'), captureLines(specs))
  if (chromium !== undefined) browser = await startBrowser(chromium)
})

afterAll(async () => {
  if (chromium !== undefined) await browser.close()
  rmSync(folder, {recursive: true, force: true})
})

describe.skipIf(chromium === undefined)('the page of a replay', () => {
  test.each(['light', 'dark'] as const)('says what would be blocked, as text, %s', async (scheme) => {
    const {status, stderr} = shadow('--html', file('replay.html'), '--fail-on-new-blocks')
    expect([status, stderr]).toEqual([1, expect.stringContaining('"review":')])
    expect(statSync(file('replay.html')).mode & 0o777).toBe(0o600)
    const {page, requests, faults} = await browser.open(file('replay.html'), {colorScheme: scheme})
    expect(await page.textContent('h1')).toBe('It would block what was let through')
    const text = await page.evaluate<string>('document.body.textContent')
    expect(text).toContain('/v1/billing')
    expect(text).toContain('<script>')
    expect(text).not.toMatch(/[\u202a-\u202e]|secret-build|token-page/)
    expect(text).toContain('[internal]')
    await page.fill('#places-filter', 'billing')
    await expect.poll(() => page.locator('#blocked tbody tr:visible').count()).toBe(1)
    expect(await page.evaluate('window.owned')).toBeUndefined()
    expect(await page.locator('main img, main script, main style').count()).toBe(0)
    expect(await audit(page)).toEqual([])
    expect([requests, faults]).toEqual([[], []])
  })

  test('has no sideways scroll when it is narrow', async () => {
    shadow('--html', file('narrow.html'))
    const {page} = await browser.open(file('narrow.html'), {viewport: {width: 320, height: 640}})
    const [expected, there] = await page.evaluate<[number, number]>(
      `[document.documentElement.scrollWidth, document.documentElement.clientWidth]`,
    )
    expect(expected).toBeLessThanOrEqual(there)
    await page.screenshot({path: process.env['PIPELOCK_SHOTS'] ?? file('narrow.png')})
  })
})

test('the page is an output like the others: never an input, never twice the same file', () => {
  expect(shadow('--html', file('coder.candidate.yaml')).stderr).toContain('error: usage')
  expect(shadow('--html', file('x'), '--out', file('x')).stderr).toContain('error: usage')
})
